/* test.h - the unit test harness: TEST, CHECK and a main that speaks TAP.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   TEST(blob_missing_says_which)
 *   {
 *           CHECK(blob_open(…) < 0);
 *           CHECK_STR(err_text(&err), "…");
 *   }
 *
 * A failed CHECK prints where and why and ends the test. Run one: `test-oci NAME`. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct test {
	const char *name;
	const char *file;
	void (*run)(void);
	struct test *next;
};
void test_register(struct test *test);
void test_fail(const char *file, int line, const char *fmt, ...) printf_like(3, 4)
	__attribute__((noreturn));
/* Ends the test as skipped; `why` names the missing kernel feature or right. */
void test_skip(const char *why) __attribute__((noreturn));
/* A fresh directory, removed when the test ends; its descriptor and (borrowed) path. */
int test_dir(const char **ret_path);

#define TEST(test_name)                                                                            \
	static void test_##test_name(void);                                                        \
	__attribute__((constructor)) static void test_register_##test_name(void)                   \
	{                                                                                          \
		static struct test test = {#test_name, __FILE__, test_##test_name, NULL};          \
		test_register(&test);                                                              \
	}                                                                                          \
	static void test_##test_name(void)

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			test_fail(__FILE__, __LINE__, "%s", #cond);                                \
	} while (0)
#define CHECK_INT(got, want)                                                                       \
	do {                                                                                       \
		long long check_got = (long long)(got), check_want = (long long)(want);            \
		if (check_got != check_want)                                                       \
			test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #got, check_got,     \
				  check_want);                                                     \
	} while (0)
#define CHECK_STR(got, want)                                                                       \
	do {                                                                                       \
		const char *check_got = (got), *check_want = (want);                               \
		if (!check_got || !check_want ? check_got != check_want                            \
					      : strcmp(check_got, check_want) != 0)                \
			test_fail(__FILE__, __LINE__, "%s is '%s', not '%s'", #got,                \
				  check_got ? check_got : "(null)",                                \
				  check_want ? check_want : "(null)");                             \
	} while (0)
/* The call succeeded; else its error text is the reason of the failure. */
#define CHECK_OK(call, err)                                                                        \
	do {                                                                                       \
		if ((call) != 0)                                                                   \
			test_fail(__FILE__, __LINE__, "%s: %s", #call, err_text(err));             \
	} while (0)
