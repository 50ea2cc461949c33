/* test_err.c - kinds, places and chains of errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "testing/test.h"

TEST(a_zeroed_error_is_none)
{
	autoerr struct err err = {0};
	CHECK(!err_is_set(&err));
	CHECK_STR(err_text(&err), "");
}

TEST(wrapping_puts_the_outer_text_in_front)
{
	autoerr struct err err = {0};
	CHECK_INT(err_set(&err, ERR_CORRUPT, "digest does not %s", "match"), -1);
	CHECK_INT(err_wrap(&err, "pulling '%s'", "debian"), -1);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "pulling 'debian': digest does not match");
}

TEST(errno_decides_the_kind_of_a_system_error)
{
	static const struct {
		int number;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ENOENT, ERR_MISSING, "opening 'x': No such file or directory"},
		{EEXIST, ERR_EXISTS, "opening 'x': File exists"},
		{EACCES, ERR_DENIED, "opening 'x': Permission denied"},
		{EPERM, ERR_DENIED, "opening 'x': Operation not permitted"},
		{EIO, ERR_SYSTEM, "opening 'x': Input/output error"},
		{ENOSPC, ERR_SYSTEM, "opening 'x': No space left on device"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		errno = cases[i].number;
		CHECK_INT(err_sys(&err, "opening '%s'", "x"), -1);
		CHECK_INT(err.kind, cases[i].kind);
		CHECK_INT(err.sys_errno, cases[i].number);
		CHECK_STR(err_text(&err), cases[i].text);
	}
}

TEST(a_place_stands_in_front_as_far_as_it_is_known)
{
	static const struct {
		struct src_pos at;
		const char *text;
	} cases[] = {
		{{"a.json", 7, 5}, "a.json:7:5: wrong"}, {{"a.json", 7, 0}, "a.json:7: wrong"},
		{{"a.json", 0, 0}, "a.json: wrong"},     {{NULL, 7, 5}, "line 7:5: wrong"},
		{{NULL, 7, 0}, "line 7: wrong"},         {{NULL, 0, 0}, "wrong"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		CHECK_INT(err_at(&err, cases[i].at, "wrong"), -1);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), cases[i].text);
	}
}

TEST(a_cleared_error_can_be_set_again)
{
	autoerr struct err err = {0};
	err_set(&err, ERR_MISSING, "first");
	err_clear(&err);
	CHECK(!err_is_set(&err));
	err_set(&err, ERR_LIMIT, "second");
	CHECK_STR(err_text(&err), "second");
}

TEST(a_moved_error_is_owned_once)
{
	autoerr struct err from = {0}, to = {0};
	err_set(&from, ERR_LIMIT, "too long");
	err_move(&to, &from);
	CHECK(!err_is_set(&from));
	CHECK_INT(to.kind, ERR_LIMIT);
	CHECK_STR(err_text(&to), "too long");
}

static void set_twice(void)
{
	struct err err = {0};
	err_set(&err, ERR_LIMIT, "one");
	err_set(&err, ERR_LIMIT, "two");
}

static void wrap_nothing(void)
{
	struct err err = {0};
	err_wrap(&err, "outer");
}

TEST(misuse_is_noticed)
{
	void (*const misuses[])(void) = {set_twice, wrap_nothing};
	for (size_t i = 0; i < ARRAY_LEN(misuses); i++) {
		pid_t child = fork();
		if (child == 0) {
			int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
			dup2(quiet, STDERR_FILENO);
			misuses[i]();
			_exit(0);
		}
		int status;
		CHECK_INT(waitpid(child, &status, 0), child);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}
