/* test.c - runs registered tests one after the other and speaks TAP.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#include "base/banned.h"

#define DIRS_MAX 16 /* directories one test may ask for */

enum outcome { PASSED, FAILED, SKIPPED };

/* The harness is a program of its own: its state may be file-wide. */
static struct test *first, **last = &first;
static jmp_buf back;
static struct buf reason;
static pid_t runner;
static struct {
	char path[64];
	int fd;
} dirs[DIRS_MAX];
static size_t n_dirs;

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
}

static _Noreturn void leave(enum outcome outcome)
{
	if (getpid() != runner) { /* a child that the test forked must not run the others */
		fprintf(stderr, "# in a child: %s\n", buf_text(&reason));
		_exit(1);
	}
	longjmp(back, outcome);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	buf_truncate(&reason, 0);
	buf_printf(&reason, "%s:%d: ", file, line);
	va_list args;
	va_start(args, fmt);
	buf_vprintf(&reason, fmt, args);
	va_end(args);
	leave(FAILED);
}

void test_check_int(long long got, long long want, const char *file, int line, const char *what)
{
	if (got != want)
		test_fail(file, line, "%s is %lld, not %lld", what, got, want);
}

void test_check_str(const char *got, const char *want, const char *file, int line, const char *what)
{
	if (!text_eq(got, want))
		test_fail(file, line, "%s is '%s', not '%s'", what, got ? got : "(null)",
			  want ? want : "(null)");
}

void test_skip(const char *why)
{
	buf_truncate(&reason, 0);
	buf_puts(&reason, why);
	leave(SKIPPED);
}

int test_dir(const char **ret_path)
{
	if (n_dirs == DIRS_MAX)
		test_fail(__FILE__, __LINE__, "more than %d directories wanted", DIRS_MAX);
	const char *top = getenv("TMPDIR");
	int len = snprintf(dirs[n_dirs].path, sizeof(dirs[n_dirs].path), "%s/hull-test-XXXXXX",
			   top && strlen(top) < 40 ? top : "/tmp");
	if (len < 0 || !mkdtemp(dirs[n_dirs].path))
		test_fail(__FILE__, __LINE__, "%s: %m", dirs[n_dirs].path);
	dirs[n_dirs].fd = open(dirs[n_dirs].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirs[n_dirs].fd < 0)
		test_fail(__FILE__, __LINE__, "%s: %m", dirs[n_dirs].path);
	if (ret_path)
		*ret_path = dirs[n_dirs].path;
	return dirs[n_dirs++].fd;
}

/* nftw(3) rather than base/io.h: the harness does not lean on what it tests. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	if (remove(path))
		printf("# left behind: %s: %m\n", path);
	return 0;
}

static void dirs_remove(void)
{
	for (; n_dirs; n_dirs--) {
		close(dirs[n_dirs - 1].fd);
		nftw(dirs[n_dirs - 1].path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	}
}

static void reason_print(void)
{
	for (struct str rest = buf_str(&reason); rest.ptr;) {
		struct str line = str_cut(&rest, '\n');
		printf("# %.*s\n", STR_ARG(line));
	}
}

static bool test_passes(const struct test *test, size_t number)
{
	/* No local changes between setjmp and longjmp, so none needs to be volatile. */
	enum outcome outcome = (enum outcome)setjmp(back);
	if (outcome == PASSED)
		test->run();
	printf("%s %zu - %s%s%s\n", outcome == FAILED ? "not ok" : "ok", number, test->name,
	       outcome == SKIPPED ? " # SKIP " : "", outcome == SKIPPED ? buf_text(&reason) : "");
	if (outcome == FAILED)
		reason_print();
	dirs_remove();
	fflush(stdout);
	return outcome != FAILED;
}

static bool is_wanted(const struct test *test, char **names)
{
	bool wanted = !*names;
	for (; *names && !wanted; names++)
		wanted = strcmp(test->name, *names) == 0;
	return wanted;
}

int main(int argc, char **argv)
{
	runner = getpid();
	char **names = argc ? argv + 1 : argv;
	size_t n_wanted = 0, number = 0, n_failed = 0;
	for (const struct test *test = first; test; test = test->next)
		n_wanted += is_wanted(test, names);
	if (n_wanted == 0) {
		fprintf(stderr, "no such test: %s\n", *names ? *names : "none registered");
		return 2;
	}
	printf("1..%zu\n", n_wanted);
	fflush(stdout);
	for (const struct test *test = first; test; test = test->next) {
		if (is_wanted(test, names))
			n_failed += !test_passes(test, ++number);
	}
	buf_done(&reason);
	return n_failed != 0;
}
