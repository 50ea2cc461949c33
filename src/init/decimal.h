/* decimal.h - whole numbers as text and back, without libc.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "init/raw.h"

#define DECIMAL_BYTES 21 /* "-9223372036854775808" and its end */

/* The length, without the NUL that ends it. */
RAW static inline size_t decimal_format(int64_t value, char *out)
{
	char digits[DECIMAL_BYTES];
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	size_t n = 0, len = 0;

	do
		digits[n++] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		out[len++] = '-';
	while (n)
		out[len++] = digits[--n];
	out[len] = '\0';
	return len;
}

/* What stands in front of the first byte that is no digit; too large a number wraps. */
RAW static inline int64_t decimal_parse(const char *text)
{
	uint64_t value = 0;
	int is_negative = *text == '-';

	for (text += is_negative; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return is_negative ? -(int64_t)value : (int64_t)value;
}
