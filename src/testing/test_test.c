/* test_test.c - the harness seen from outside: what failing, skipping and passing tests print.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

static void play_wrong_number(void)
{
	CHECK_INT(1 + 1, 3);
}

static void play_wrong_text(void)
{
	CHECK_STR("one\nline", NULL);
}

static void play_error(void)
{
	struct err err = {.kind = ERR_LIMIT, .msg = (char[]){"too long"}};
	CHECK_OK(-1, &err);
}

static void play_pass(void)
{
	CHECK(1 < 2);
}

static void play_skip(void)
{
	test_skip("needs a newer kernel");
}

static void play_litter(void)
{
	const char *path;
	int dir = test_dir(&path);
	CHECK_INT(mkdirat(dir, "closed", 0), 0);
	CHECK_INT(symlinkat("/", dir, "root"), 0);
	test_fail("a file", 1, "%s", path);
}

static void play_child(void)
{
	pid_t child = fork();
	if (child == 0)
		CHECK(!"the child must not run the other tests");
	int status = 0;
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(WEXITSTATUS(status), 1);
}

/* They take part only in a run that a test below starts. */
__attribute__((constructor)) static void plays_register(void)
{
	static struct test plays[] = {
		{"play_wrong_number", __FILE__, play_wrong_number, NULL},
		{"play_wrong_text", __FILE__, play_wrong_text, NULL},
		{"play_error", __FILE__, play_error, NULL},
		{"play_pass", __FILE__, play_pass, NULL},
		{"play_skip", __FILE__, play_skip, NULL},
		{"play_litter", __FILE__, play_litter, NULL},
		{"play_child", __FILE__, play_child, NULL},
	};
	for (size_t i = 0; getenv("HULL_TEST_PLAY") && i < ARRAY_LEN(plays); i++)
		test_register(&plays[i]);
}

/* Runs this program with one argument; its output and exit status. */
static int play(const char *name, char said[1000])
{
	char self[4000];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(len > 0);
	self[len] = '\0';
	int pipe_fds[2];
	CHECK_INT(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		setenv("HULL_TEST_PLAY", "1", 1);
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(pipe_fds[1], STDERR_FILENO);
		execl(self, self, name, (char *)NULL);
		_exit(127);
	}
	close(pipe_fds[1]);
	size_t n = 0;
	for (ssize_t got; n < 999 && (got = read(pipe_fds[0], said + n, 999 - n)) > 0;)
		n += (size_t)got;
	said[n] = '\0';
	close(pipe_fds[0]);
	int status;
	CHECK_INT(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(a_failure_says_where_and_why)
{
	static const struct {
		const char *name, *why;
	} cases[] = {
		{"play_wrong_number", ": 1 + 1 is 2, not 3\n"},
		{"play_wrong_text", ": \"one\\nline\" is 'one\n# line', not '(null)'\n"},
		{"play_error", ": -1: too long\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char said[1000];
		CHECK_INT(play(cases[i].name, said), 1);
		autofree char *start = xasprintf("1..1\nnot ok 1 - %s\n# ", cases[i].name);
		CHECK(text_starts(said, start));
		CHECK(strstr(said, "test_test.c:") != NULL);
		CHECK(text_ends(said, cases[i].why));
	}
}

TEST(a_pass_is_ok)
{
	char said[1000];
	CHECK_INT(play("play_pass", said), 0);
	CHECK_STR(said, "1..1\nok 1 - play_pass\n");
}

TEST(a_skip_says_what_is_missing)
{
	char said[1000];
	CHECK_INT(play("play_skip", said), 0);
	CHECK_STR(said, "1..1\nok 1 - play_skip # SKIP needs a newer kernel\n");
}

TEST(directories_are_removed_after_a_failure)
{
	char said[1000];
	struct stat st;
	CHECK_INT(play("play_litter", said), 1);
	char *path = strstr(said, "a file:1: ");
	CHECK(path != NULL);
	path += strlen("a file:1: ");
	path[strcspn(path, "\n")] = '\0';
	CHECK(path[0] == '/');
	CHECK_INT(lstat(path, &st), -1);
	CHECK_INT(lstat("/etc", &st), 0);
}

TEST(a_failing_child_does_not_go_on)
{
	char said[1000];
	CHECK_INT(play("play_child", said), 0);
	CHECK(text_starts(said, "1..1\n# in a child: "));
	CHECK(text_ends(said, "\nok 1 - play_child\n"));
}

TEST(an_unknown_name_is_a_wrong_call)
{
	char said[1000];
	CHECK_INT(play("no_such_play", said), 2);
	CHECK_STR(said, "no such test: no_such_play\n");
}
