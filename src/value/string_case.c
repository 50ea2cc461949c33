/* string_case.c - upper and lower case of any alphabet, without a locale.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"
#include "value/unicode.h"

#include "base/banned.h"

#define FINAL_SIGMA   0x3c2
#define CAPITAL_SIGMA 0x3a3

static bool is_cased(uint32_t code)
{
	return unicode_is_lower(code) || unicode_is_upper(code) || unicode_is_title(code);
}

/* What may stand between a letter and the end of its word: the signs of Unicode's Case_Ignorable
 * that one meets in text. */
static bool is_ignored(uint32_t code)
{
	return code == '\'' || code == '.' || code == ':' || code == '^' || code == '`' ||
	       code == 0xad || code == 0xb7 || code == 0x2019 || (code >= 0x300 && code < 0x370);
}

static bool starts_with_letter(struct str rest)
{
	uint32_t code;

	for (size_t i = 0; i < rest.len;) {
		i += utf8_decode(rest.ptr + i, rest.len - i, &code);
		if (!is_ignored(code))
			return is_cased(code);
	}
	return false;
}

/* Which case the next character gets, after `before` (0: at the start). */
typedef enum unicode_change change_fn(uint32_t before, uint32_t code);

static int case_change(struct call *call, change_fn *next, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self);
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};
	uint32_t before = 0, code, codes[3];
	bool after_letter = false;

	if (heap_room(call->heap, s.len, err))
		return -1;
	for (size_t i = 0; i < s.len; before = code) {
		i += utf8_decode(s.ptr + i, s.len - i, &code);
		enum unicode_change to = next(before, code);
		unsigned n = unicode_change(code, to, codes);

		/* SpecialCasing.txt, Final_Sigma: after a letter, and before none. */
		if (code == CAPITAL_SIGMA && to == TO_LOWER && after_letter &&
		    !starts_with_letter((struct str){s.ptr + i, s.len - i}))
			codes[0] = FINAL_SIGMA;
		for (unsigned k = 0; k < n; k++)
			utf8_append(&buf, codes[k]);
		if (!is_ignored(code))
			after_letter = is_cased(code);
	}
	return string_made(call, &buf, ret_value, err);
}

/* Most text is ASCII: no decoding. False: it is not. */
static bool ascii_change(struct call *call, char first, struct value *ret_value)
{
	struct str s = value_bytes(call->self);
	unsigned char seen = 0;
	char *bytes;

	for (size_t i = 0; i < s.len; i++)
		seen |= (unsigned char)s.ptr[i];
	if (seen >= 0x80)
		return false;
	bytes = heap_alloc(call->heap, s.len + 1);
	for (size_t i = 0; i < s.len; i++)
		bytes[i] = (char)(s.ptr[i] ^ ((unsigned char)(s.ptr[i] - first) < 26 ? 0x20 : 0));
	*ret_value = string_part(call, (struct str){bytes, s.len});
	return true;
}

static enum unicode_change next_upper(uint32_t before, uint32_t code)
{
	return TO_UPPER;
}

static enum unicode_change next_lower(uint32_t before, uint32_t code)
{
	return TO_LOWER;
}

static enum unicode_change next_folded(uint32_t before, uint32_t code)
{
	return TO_FOLDED;
}

static enum unicode_change next_capital(uint32_t before, uint32_t code)
{
	return before ? TO_LOWER : TO_TITLE;
}

static enum unicode_change next_title(uint32_t before, uint32_t code)
{
	return is_cased(before) ? TO_LOWER : TO_TITLE;
}

static enum unicode_change next_swapped(uint32_t before, uint32_t code)
{
	return unicode_is_upper(code) ? TO_LOWER : unicode_is_lower(code) ? TO_UPPER : TO_ITSELF;
}

int string_upper(struct call *call, struct value *ret_value, struct err *err)
{
	if (heap_room(call->heap, call->self.len, err))
		return -1;
	return ascii_change(call, 'a', ret_value) ? 0
						  : case_change(call, next_upper, ret_value, err);
}

int string_lower(struct call *call, struct value *ret_value, struct err *err)
{
	if (heap_room(call->heap, call->self.len, err))
		return -1;
	return ascii_change(call, 'A', ret_value) ? 0
						  : case_change(call, next_lower, ret_value, err);
}

int string_casefold(struct call *call, struct value *ret_value, struct err *err)
{
	return case_change(call, next_folded, ret_value, err);
}

int string_capitalize(struct call *call, struct value *ret_value, struct err *err)
{
	return case_change(call, next_capital, ret_value, err);
}

int string_title(struct call *call, struct value *ret_value, struct err *err)
{
	return case_change(call, next_title, ret_value, err);
}

int string_swapcase(struct call *call, struct value *ret_value, struct err *err)
{
	return case_change(call, next_swapped, ret_value, err);
}
