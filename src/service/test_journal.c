/* test_journal.c - lines arrive whole and in order; what does not fit is counted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/journal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/io.h"
#include "service/limits.h"
#include "testing/test.h"

#include "base/banned.h"

#define N_LINES 2000

static void *tell(void *arg)
{
	char line[32];
	for (int i = 0; i < N_LINES; i++) {
		int len = snprintf(line, sizeof(line), "line %d\n", i);
		journal_add(arg, (struct str){line, (size_t)len});
	}
	return NULL;
}

TEST(lines_of_several_threads_arrive_whole)
{
	int dirfd = test_dir(NULL);
	autoclose int fd = openat(dirfd, "log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct journal *journal = NULL;
	autoerr struct err err = {0};
	autobuf struct buf text = {0};
	pthread_t threads[3];

	CHECK_OK(journal_new(fd, &journal, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK_INT(pthread_create(&threads[i], NULL, tell, journal), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(journal_lost(journal), 0);
	journal_free(journal);

	CHECK_OK(file_read_at(dirfd, "log", 0, &text, &err), &err);
	struct str rest = buf_str(&text);
	int n = 0;
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		uint64_t number = 0;
		CHECK(str_starts(line, STR("line ")));
		CHECK(str_to_u64((struct str){line.ptr + 5, line.len - 5}, &number));
		CHECK(number < N_LINES);
		n++;
	}
	CHECK_INT(n, 3 * N_LINES);
}

TEST(a_reader_that_stands_still_costs_lines_and_not_the_server)
{
	int fds[2];
	struct journal *journal = NULL;
	autoerr struct err err = {0};
	char line[1000];
	char drained[65536];

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	CHECK_OK(journal_new(fds[1], &journal, &err), &err);
	/* A pipe's 64 KiB, both buffers, and more. */
	for (size_t i = 0; i < 4 * LIMIT_SERVICE_JOURNAL / sizeof(line); i++)
		journal_add(journal, (struct str){line, sizeof(line)});
	CHECK(journal_lost(journal) > 0);

	CHECK(read(fds[0], drained, sizeof(drained)) > 0);
	close(fds[0]); /* and a reader that has gone ends the writing: EPIPE */
	journal_free(journal);
	close(fds[1]);
}
