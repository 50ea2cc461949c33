/* journal.c - two buffers: one is filled while the other is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/journal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "service/limits.h"

#include "base/banned.h"

struct journal {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	char *filling, *writing; /* LIMIT_SERVICE_JOURNAL bytes each */
	size_t len;              /* of filling */
	bool is_ending;
	atomic_uint_least64_t lost;
};

static void write_out(struct journal *journal, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(journal->fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) { /* nobody can be told but the counter */
			atomic_fetch_add(&journal->lost, 1);
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
}

/* Waiting a little gathers the lines of many requests into one write. */
static void gather(const struct journal *journal)
{
	struct timespec pause = {.tv_nsec = LIMIT_SERVICE_JOURNAL_PAUSE_MS * 1000000L};
	nanosleep(&pause, NULL);
}

static void *write_lines(void *arg)
{
	struct journal *journal = arg;

	pthread_mutex_lock(&journal->lock);
	for (;;) {
		while (!journal->len && !journal->is_ending)
			pthread_cond_wait(&journal->filled, &journal->lock);
		if (!journal->len)
			break;
		if (!journal->is_ending) {
			pthread_mutex_unlock(&journal->lock);
			gather(journal);
			pthread_mutex_lock(&journal->lock);
		}
		char *bytes = journal->filling;
		size_t len = journal->len;
		journal->filling = journal->writing;
		journal->writing = bytes;
		journal->len = 0;
		pthread_mutex_unlock(&journal->lock);
		write_out(journal, bytes, len);
		pthread_mutex_lock(&journal->lock);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

static void release(struct journal *journal)
{
	pthread_cond_destroy(&journal->filled);
	pthread_mutex_destroy(&journal->lock);
	free(journal->filling);
	free(journal->writing);
	free(journal);
}

int journal_new(int fd, struct journal **ret_journal, struct err *err)
{
	struct journal *journal = xcalloc(1, sizeof(*journal));

	journal->fd = fd;
	journal->filling = xmalloc(LIMIT_SERVICE_JOURNAL);
	journal->writing = xmalloc(LIMIT_SERVICE_JOURNAL);
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->filled, NULL);
	int failed = pthread_create(&journal->thread, NULL, write_lines, journal);
	if (failed) {
		release(journal);
		errno = failed;
		return err_sys(err, "starting the thread that writes the log");
	}
	*ret_journal = journal;
	return 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->lock);
	journal->is_ending = true;
	pthread_cond_signal(&journal->filled);
	pthread_mutex_unlock(&journal->lock);
	pthread_join(journal->thread, NULL);
	release(journal);
}

void journal_add(struct journal *journal, struct str line)
{
	pthread_mutex_lock(&journal->lock);
	bool was_empty = !journal->len;
	bool fits = line.len <= LIMIT_SERVICE_JOURNAL - journal->len;
	if (fits) {
		memcpy(journal->filling + journal->len, line.ptr, line.len);
		journal->len += line.len;
	}
	if (was_empty && journal->len)
		pthread_cond_signal(&journal->filled);
	pthread_mutex_unlock(&journal->lock);
	if (!fits)
		atomic_fetch_add(&journal->lost, 1);
}

uint64_t journal_lost(const struct journal *journal)
{
	return atomic_load(&journal->lost);
}
