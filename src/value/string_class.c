/* string_class.c - isalpha() and its kin.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/method_private.h"
#include "value/unicode.h"

#include "base/banned.h"

/* Every character, and at least one. */
static int all_of(struct call *call, bool holds(uint32_t code), struct value *ret_value)
{
	struct str s = value_bytes(call->self);
	bool all = s.len > 0;
	uint32_t code;

	for (size_t i = 0; i < s.len && all;) {
		i += utf8_decode(s.ptr + i, s.len - i, &code);
		all = holds(code);
	}
	*ret_value = value_bool(all);
	return 0;
}

static bool is_alnum(uint32_t code)
{
	return unicode_is_letter(code) || unicode_is_decimal(code) || unicode_is_digit(code) ||
	       unicode_is_numeric(code);
}

static bool is_ascii(uint32_t code)
{
	return code < 0x80;
}

static bool is_name_part(uint32_t code)
{
	return code == '_' || unicode_is_letter(code) || unicode_is_decimal(code);
}

int string_isalnum(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, is_alnum, ret_value);
}

int string_isalpha(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, unicode_is_letter, ret_value);
}

int string_isascii(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(true);
	return call->self.len ? all_of(call, is_ascii, ret_value) : 0;
}

int string_isdecimal(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, unicode_is_decimal, ret_value);
}

int string_isdigit(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, unicode_is_digit, ret_value);
}

int string_isidentifier(struct call *call, struct value *ret_value, struct err *err)
{
	uint32_t first = 0;

	if (call->self.len)
		utf8_decode(call->self.text, call->self.len, &first);
	*ret_value = value_bool(false);
	return first == '_' || unicode_is_letter(first) ? all_of(call, is_name_part, ret_value) : 0;
}

int string_isnumeric(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, unicode_is_numeric, ret_value);
}

int string_isprintable(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_bool(true);
	return call->self.len ? all_of(call, unicode_is_printable, ret_value) : 0;
}

int string_isspace(struct call *call, struct value *ret_value, struct err *err)
{
	return all_of(call, unicode_is_space, ret_value);
}

/* One cased character at least, and none of the wrong case. */
static int cased(struct call *call, bool right(uint32_t code), bool wrong(uint32_t code),
		 struct value *ret_value)
{
	struct str s = value_bytes(call->self);
	bool some = false, none_wrong = true;
	uint32_t code;

	for (size_t i = 0; i < s.len && none_wrong;) {
		i += utf8_decode(s.ptr + i, s.len - i, &code);
		some = some || right(code);
		none_wrong = !wrong(code) && !unicode_is_title(code);
	}
	*ret_value = value_bool(some && none_wrong);
	return 0;
}

int string_islower(struct call *call, struct value *ret_value, struct err *err)
{
	return cased(call, unicode_is_lower, unicode_is_upper, ret_value);
}

int string_isupper(struct call *call, struct value *ret_value, struct err *err)
{
	return cased(call, unicode_is_upper, unicode_is_lower, ret_value);
}

int string_istitle(struct call *call, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self);
	bool after_cased = false, some = false, right = true;
	uint32_t code;

	for (size_t i = 0; i < s.len && right;) {
		i += utf8_decode(s.ptr + i, s.len - i, &code);
		bool upper = unicode_is_upper(code) || unicode_is_title(code);
		bool lower = unicode_is_lower(code);

		right = upper ? !after_cased : lower ? after_cased : true;
		after_cased = upper || lower;
		some = some || after_cased;
	}
	*ret_value = value_bool(some && right);
	return 0;
}
