/* test_small.c - the small pieces do what the C library's do.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/small.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "testing/test.h"

static int printf_like(3, 4) format_small(char *out, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = small_vsnprintf(out, size, format, args);
	va_end(args);
	return n;
}

/* Whole, and in room for five. */
#define SAME(...)                                                                      \
	do {                                                                           \
		char want[512], got[512], few_want[6] = "-----", few_got[6] = "-----"; \
		int n = snprintf(want, sizeof(want), __VA_ARGS__);                     \
		CHECK_INT(format_small(got, sizeof(got), __VA_ARGS__), n);             \
		CHECK_STR(got, want);                                                  \
		int n_few = snprintf(few_want, sizeof(few_want), __VA_ARGS__);         \
		CHECK_INT(format_small(few_got, sizeof(few_got), __VA_ARGS__), n_few); \
		CHECK_STR(few_got, few_want);                                          \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif

static const long long numbers[] = {0,       1,       -1,       7,         8,
				    9,       10,      -10,      12345,     -99999,
				    INT_MAX, INT_MIN, UINT_MAX, LLONG_MAX, LLONG_MIN};

TEST(integers_are_written_as_printf_writes_them)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		long long wide = numbers[i];
		int value = (int)wide;
		SAME("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-+8.3d|%+05d", value, value, value,
		     value, value, value, value, value, value, value);
		SAME("%u|%x|%X|%o|%#x|%#X|%#o|%08x|%-8x|%.4x|%#10x|%#010x", value, value, value,
		     value, value, value, value, value, value, value, value, value);
		SAME("%hd|%hhd|%hu|%hhu|%hhx|%04hx", value, value, value, value, value, value);
		SAME("%lld|%20lld|%-20lld|%020lld|%llu|%llx|%llo|%+lld", wide, wide, wide, wide,
		     wide, wide, wide, wide);
		SAME("%ld|%zu|%zd|%jd|%ju|%td|%lx", (long)wide, (size_t)wide, (ssize_t)wide,
		     (intmax_t)wide, (uintmax_t)wide, (ptrdiff_t)wide, (long)wide);
		SAME("%*d|%-*d|%0*d|%.*d|%*.*d", 7, value, 7, value, 7, value, 3, value, -9, 4,
		     value);
		SAME("%.0d|%.0x|%#.0o|%#.2o", value, value, value, value);
		SAME("%.*d", -1, value);
	}
}

TEST(texts_are_written_as_printf_writes_them)
{
	static const char *const texts[] = {"", "a", "words and more", "\xc3\xa4", "100%"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		SAME("<%s|%5s|%-5s|%.3s|%8.2s|%-8.2s|%.*s|%*s|%.s|%%>", texts[i], texts[i],
		     texts[i], texts[i], texts[i], texts[i], 2, texts[i], -9, texts[i], texts[i]);
	char no_end[3] = {'a', 'b', 'c'};
	SAME("%.3s", no_end);
	SAME("%c%3c%-3c|", 'x', 'y', 'z');
	SAME("%p %20p", (void *)no_end, (void *)no_end);
	SAME("%s %.9s", (char *)NULL, (char *)NULL);
	SAME("nothing to fill in");
	SAME("%s", "");
	errno = ENOENT;
	SAME("%m");
}

TEST(fractions_are_written_as_printf_writes_them)
{
	static const double values[] = {0,     1,     -1,     0.5,   1.5,   2.5,    0.25,  0.125,
					0.1,   0.999, 0.9999, 9.999, 99.95, 99.96,  999.5, 12.345,
					-3.75, 100,   12345,  65536, 0.001, 0.0123, 1e9,   3600.25};
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		double value = values[i];
		SAME("%f|%.0f|%.1f|%.2f|%.3f|%.9f|%8.2f|%-8.2f|%08.2f|%+.1f|% .1f", value, value,
		     value, value, value, value, value, value, value, value, value);
	}
	static const double seconds[] = {0,     1,      5,  0.5,    1.5,   0.25,
					 0.001, 0.0015, 90, 100000, 12.25, -2.5};
	for (size_t i = 0; i < ARRAY_LEN(seconds); i++)
		SAME("%g|%.9g|%8g|%-8g|%08g", seconds[i], seconds[i], seconds[i], seconds[i],
		     seconds[i]);
	static const double measured[] = {0, 1, 0.503, 1.2345, 60.04, 0.0456, 999.4};
	for (size_t i = 0; i < ARRAY_LEN(measured); i++)
		SAME("%.3g", measured[i]);
}

TEST(what_is_not_known_stays_as_it_is)
{
	char out[64];
	CHECK_INT(format_small(out, sizeof(out), "a%5kb%d", 7), 6);
	CHECK_STR(out, "a%5kb7");
	CHECK_INT(format_small(out, sizeof(out), "end%"), 4);
	CHECK_STR(out, "end%");
	CHECK_INT(format_small(NULL, 0, "%d", 12345), 5);
	CHECK_INT(format_small(out, sizeof(out), "%.1f", 1e300), 3);
}

TEST(searches_find_what_is_there)
{
	static const char *const texts[] = {"",    "a",    "aa",      "ab",
					    "aab", "abab", "xaabaab", "\xff\xfe\xff"};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			const char *text = texts[i], *sought = texts[j];
			CHECK(small_strstr(text, sought) == strstr(text, sought));
			CHECK(small_memmem(text, strlen(text) + 1, sought, strlen(sought) + 1) ==
			      memmem(text, strlen(text) + 1, sought, strlen(sought) + 1));
		}
	}
}

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

TEST(sorting_sorts)
{
	unsigned state = 1;
	for (size_t n = 0; n < 70; n++) {
		int got[70], want[70];
		for (size_t i = 0; i < n; i++) {
			state = state * 1103515245 + 12345;
			got[i] = want[i] = (int)(state >> 16) % 50;
		}
		small_qsort(got, n, sizeof(*got), compare_ints);
		qsort(want, n, sizeof(*want), compare_ints);
		CHECK(!memcmp(got, want, n * sizeof(*got)));
	}
}
