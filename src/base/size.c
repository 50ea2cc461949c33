/* size.c - byte counts in the two ways of Docker: 1000 to show, 1024 to ask.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <stdio.h>

#include "base/banned.h"

void size_format(uint64_t bytes, char out[SIZE_TEXT_MAX])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	size_t i = 0;
	/* 999.5 would be rounded to four digits, which %.3g writes as "1e+03". */
	for (; value >= 999.5 && i + 1 < ARRAY_LEN(units); i++)
		value /= 1000;
	if (i == 0)
		snprintf(out, SIZE_TEXT_MAX, "%uB", (unsigned)bytes);
	else
		snprintf(out, SIZE_TEXT_MAX, "%.3g%s", value, units[i]);
}

/* What stands behind the number: "", "b", "k", "kb", "kib", in any case. */
static bool suffix_shift(struct str suffix, unsigned *ret_shift)
{
	static const char letters[] = "bkmgtp";
	if (suffix.len == 0) {
		*ret_shift = 0;
		return true;
	}
	char lower[4] = {0};
	for (size_t i = 0; i < suffix.len; i++) {
		if (i == 3)
			return false;
		lower[i] = (char)(suffix.ptr[i] | 0x20);
	}
	const char *letter = strchr(letters, lower[0]);
	if (!letter || (lower[0] == 'b' && lower[1]))
		return false;
	*ret_shift = (unsigned)(letter - letters) * 10;
	return !lower[1] || text_eq(lower + 1, "b") || text_eq(lower + 1, "ib");
}

/* "5" of "1.5" in units of 2^shift bytes, rounded down. */
static bool fraction_bytes(struct str digits, unsigned shift, uint64_t *ret_bytes)
{
	/* Further digits are less than a byte of the largest unit. */
	uint64_t value = 0, scale = 1;
	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = (unsigned)(unsigned char)digits.ptr[i] - '0';
		if (digit > 9)
			return false;
		if (i < 18) {
			value = value * 10 + digit;
			scale *= 10;
		}
	}
	*ret_bytes = (uint64_t)(((unsigned __int128)value << shift) / scale);
	return digits.len > 0;
}

bool size_parse(struct str text, uint64_t *ret_bytes)
{
	size_t n = 0;
	while (n < text.len && strchr("0123456789.", text.ptr[n]) && text.ptr[n])
		n++;
	struct str number = {text.ptr, n}, suffix = {text.ptr + n, text.len - n};
	if (suffix.len > 1 && suffix.ptr[0] == ' ')
		suffix = (struct str){suffix.ptr + 1, suffix.len - 1};
	unsigned shift;
	uint64_t whole, part = 0, bytes;
	if (!suffix_shift(suffix, &shift) || !str_to_u64(str_cut(&number, '.'), &whole))
		return false;
	if (number.ptr && !fraction_bytes(number, shift, &part))
		return false;
	if (__builtin_mul_overflow(whole, (uint64_t)1 << shift, &bytes) ||
	    __builtin_add_overflow(bytes, part, &bytes))
		return false;
	*ret_bytes = bytes;
	return true;
}
