/* string_shape.c - padding, stripping and replacing.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"
#include "value/unicode.h"

#include "base/banned.h"

/* `left` and `right` fillings around the string. */
static int pad(struct call *call, int64_t left, int64_t right, struct str fill,
	       struct value *ret_value, struct err *err)
{
	size_t total, n;
	char *bytes, *at;

	if (left <= 0 && right <= 0) {
		*ret_value = call->self;
		return 0;
	}
	n = (size_t)left + (size_t)right;
	if (n > LIMIT_VALUE_BYTES)
		n = LIMIT_VALUE_BYTES + 1;
	total = call->self.len + n * fill.len;
	if (heap_room(call->heap, total, err))
		return -1;
	at = bytes = heap_alloc(call->heap, total + 1);
	for (int64_t i = 0; i < left; i++, at += fill.len)
		memcpy(at, fill.ptr, fill.len);
	if (call->self.len)
		memcpy(at, call->self.text, call->self.len);
	at += call->self.len;
	for (int64_t i = 0; i < right; i++, at += fill.len)
		memcpy(at, fill.ptr, fill.len);
	*ret_value = string_part(call, (struct str){bytes, total});
	return 0;
}

/* (width[, fillchar]): the characters that are missing. */
static int pad_args(struct call *call, int64_t *ret_missing, struct str *ret_fill, struct err *err)
{
	const struct value *fill = method_arg(call, 1);
	int64_t width = 0, length = (int64_t)utf8_count(value_bytes(call->self));

	*ret_fill = STR(" ");
	if (method_whole(call, 0, &width, err))
		return -1;
	if (fill && fill->kind == VALUE_UNDEFINED)
		return value_refuse_undefined(*fill, err);
	if (fill && fill->kind != VALUE_STRING)
		return err_set(err, ERR_INPUT,
			       "The fill character must be a unicode character, not %s",
			       value_type_name(*fill));
	if (fill && utf8_count(value_bytes(*fill)) != 1)
		return err_set(err, ERR_INPUT,
			       "The fill character must be exactly one character long");
	if (fill)
		*ret_fill = value_bytes(*fill);
	*ret_missing = width > length ? width - length : 0;
	return 0;
}

int string_ljust(struct call *call, struct value *ret_value, struct err *err)
{
	struct str fill;
	int64_t missing = 0;

	return pad_args(call, &missing, &fill, err) || pad(call, 0, missing, fill, ret_value, err)
		       ? -1
		       : 0;
}

int string_rjust(struct call *call, struct value *ret_value, struct err *err)
{
	struct str fill;
	int64_t missing = 0;

	return pad_args(call, &missing, &fill, err) || pad(call, missing, 0, fill, ret_value, err)
		       ? -1
		       : 0;
}

int string_center(struct call *call, struct value *ret_value, struct err *err)
{
	struct str fill;
	int64_t missing = 0, left, width = 0;

	if (pad_args(call, &missing, &fill, err) || method_whole(call, 0, &width, err))
		return -1;
	/* CPython puts the odd one to the left when the width is odd too. */
	left = missing / 2 + (missing & width & 1);
	return pad(call, left, missing - left, fill, ret_value, err);
}

int string_zfill(struct call *call, struct value *ret_value, struct err *err)
{
	struct call unsigned_call = *call;
	int64_t width = 0, length = (int64_t)utf8_count(value_bytes(call->self));
	bool is_signed = call->self.len && (*call->self.text == '-' || *call->self.text == '+');
	struct value padded;
	char *bytes;

	if (method_whole(call, 0, &width, err))
		return -1;
	if (width <= length) {
		*ret_value = call->self;
		return 0;
	}
	unsigned_call.self.text += is_signed;
	unsigned_call.self.len -= is_signed;
	if (pad(&unsigned_call, width - length, 0, STR("0"), &padded, err))
		return -1;
	*ret_value = padded;
	if (!is_signed)
		return 0;
	bytes = heap_alloc(call->heap, (size_t)padded.len + 2);
	bytes[0] = *call->self.text;
	memcpy(bytes + 1, padded.text, padded.len);
	*ret_value = string_part(call, (struct str){bytes, (size_t)padded.len + 1});
	return 0;
}

/* Whether the character is one of those to strip; `set` NULL: white space. */
static bool is_stripped(const struct str *set, uint32_t code)
{
	uint32_t member;

	if (!set)
		return unicode_is_space(code);
	for (size_t i = 0; i < set->len;) {
		i += utf8_decode(set->ptr + i, set->len - i, &member);
		if (member == code)
			return true;
	}
	return false;
}

static struct str strip_front(struct str s, const struct str *set)
{
	while (s.len) {
		uint32_t code;
		size_t len = utf8_decode(s.ptr, s.len, &code);

		if (!is_stripped(set, code))
			break;
		s = (struct str){s.ptr + len, s.len - len};
	}
	return s;
}

static struct str strip_back(struct str s, const struct str *set)
{
	while (s.len) {
		size_t i = s.len - 1;
		uint32_t code;

		while (i && s.len - i < 4 && ((unsigned char)s.ptr[i] & 0xc0) == 0x80)
			i--;
		if (utf8_decode(s.ptr + i, s.len - i, &code) != s.len - i)
			utf8_decode(s.ptr + (i = s.len - 1), 1, &code);
		if (!is_stripped(set, code))
			break;
		s.len = i;
	}
	return s;
}

static int strip(struct call *call, bool front, bool back, struct value *ret_value, struct err *err)
{
	const struct value *given = method_arg(call, 0);
	struct str s = value_bytes(call->self), set = {0};
	bool has_set = given && given->kind != VALUE_NONE;

	if (has_set && given->kind != VALUE_STRING && given->kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "%s arg must be None or str", method_of(call)->name);
	if (has_set && method_text(call, 0, &set, err))
		return -1;
	if (front)
		s = strip_front(s, has_set ? &set : NULL);
	if (back)
		s = strip_back(s, has_set ? &set : NULL);
	*ret_value = string_part(call, s);
	return 0;
}

int string_strip(struct call *call, struct value *ret_value, struct err *err)
{
	return strip(call, true, true, ret_value, err);
}

int string_lstrip(struct call *call, struct value *ret_value, struct err *err)
{
	return strip(call, true, false, ret_value, err);
}

int string_rstrip(struct call *call, struct value *ret_value, struct err *err)
{
	return strip(call, false, true, ret_value, err);
}

int string_removeprefix(struct call *call, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self), prefix = {0};

	if (method_text(call, 0, &prefix, err))
		return -1;
	if (str_starts(s, prefix))
		s = (struct str){s.ptr + prefix.len, s.len - prefix.len};
	*ret_value = string_part(call, s);
	return 0;
}

int string_removesuffix(struct call *call, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self), suffix = {0};

	if (method_text(call, 0, &suffix, err))
		return -1;
	if (str_ends(s, suffix))
		s.len -= suffix.len;
	*ret_value = string_part(call, s);
	return 0;
}

int string_expandtabs(struct call *call, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self);
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};
	int64_t size = 8, column = 0;

	if (method_whole(call, 0, &size, err))
		return -1;
	for (size_t i = 0, len; i < s.len && !buf.overflowed; i += len) {
		len = utf8_length(s.ptr + i, s.len - i);
		if (s.ptr[i] == '\t') {
			int64_t n = size > 0 ? size - column % size : 0;

			for (column += n; n > 0 && !buf.overflowed; n--)
				buf_putc(&buf, ' ');
			continue;
		}
		column = s.ptr[i] == '\n' || s.ptr[i] == '\r' ? 0 : column + 1;
		buf_append(&buf, s.ptr + i, len);
	}
	return string_made(call, &buf, ret_value, err);
}

/* "" is replaced before every character and at the end. */
static int replace_between(struct call *call, struct str with, int64_t count,
			   struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self);
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};

	for (size_t i = 0, len; i <= s.len; i += len) {
		if (count != 0)
			buf_append_str(&buf, with);
		count -= count > 0;
		if (i == s.len)
			break;
		len = utf8_length(s.ptr + i, s.len - i);
		buf_append(&buf, s.ptr + i, len);
	}
	return string_made(call, &buf, ret_value, err);
}

int string_replace(struct call *call, struct value *ret_value, struct err *err)
{
	struct str s = value_bytes(call->self), old = {0}, with = {0};
	autobuf struct buf buf = {.max = LIMIT_VALUE_BYTES};
	int64_t count = -1;
	const char *found;

	if (method_text(call, 0, &old, err) || method_text(call, 1, &with, err) ||
	    method_whole(call, 2, &count, err))
		return -1;
	if (!old.len)
		return replace_between(call, with, count, ret_value, err);
	while (count-- != 0 && s.len >= old.len &&
	       (found = memmem(s.ptr, s.len, old.ptr, old.len))) {
		size_t before = (size_t)(found - s.ptr);

		buf_append(&buf, s.ptr, before);
		buf_append_str(&buf, with);
		s = (struct str){s.ptr + before + old.len, s.len - before - old.len};
	}
	if (s.len == call->self.len) {
		*ret_value = call->self;
		return 0;
	}
	buf_append_str(&buf, s);
	return string_made(call, &buf, ret_value, err);
}
