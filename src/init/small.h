/* small.h - what hull-init has instead of some large pieces of the C library.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The functions do what those of the same name without `small_` do; cmd/hull-init/libc.c gives them
 * those names, so that the static program links these. Everything else calls libc's as ever. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Where a text goes, piece by piece. */
struct small_sink {
	void (*put)(struct small_sink *sink, const char *bytes, size_t len);
};

/* printf(3): the flags "-0+ #", width and precision (`*` too), the lengths hh h l ll z j t, the
 * conversions d i u o x X c s p m %. Of f and g: at most nine digits behind the point, numbers
 * within 64 bits, never an exponent. No %n, no wide characters, no long double: what it does not
 * know stands in the text as it is. Returns the bytes of the whole text. */
int small_format(struct small_sink *sink, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
int small_vsnprintf(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

void *small_memmem(const void *bytes, size_t len, const void *sought, size_t sought_len);
char *small_strstr(const char *text, const char *sought);

/* In place and in O(n log n); equals in any order. */
void small_qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *));
