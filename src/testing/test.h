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
/* A fresh directory, removed when the test ends; its descriptor and (borrowed; NULL: nobody asks)
 * path. */
int test_dir(const char **ret_path);

#define TEST(test_name)                                                                   \
	static void test_##test_name(void);                                               \
	__attribute__((constructor)) static void test_register_##test_name(void)          \
	{                                                                                 \
		static struct test test = {#test_name, __FILE__, test_##test_name, NULL}; \
		test_register(&test);                                                     \
	}                                                                                 \
	static void test_##test_name(void)

#define CHECK(cond)          test_check((cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want) test_check_int((got), (want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) test_check_str((got), (want), __FILE__, __LINE__, #got)
/* The call succeeded; else its error text is the reason of the failure. */
#define CHECK_OK(call, err)  test_check_ok((call), (err), __FILE__, __LINE__, #call)

/* What the macros are made of; the first and the last are inline, so that compilers and analysers
 * learn what holds behind them. */
void test_check_int(long long got, long long want, const char *file, int line, const char *what);
void test_check_str(const char *got, const char *want, const char *file, int line,
		    const char *what);
static inline void test_check(bool holds, const char *file, int line, const char *what)
{
	if (!holds)
		test_fail(file, line, "%s", what);
}
static inline void test_check_ok(int result, const struct err *err, const char *file, int line,
				 const char *what)
{
	if (result)
		test_fail(file, line, "%s: %s", what, err_text(err));
}
