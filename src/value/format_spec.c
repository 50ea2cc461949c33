/* format_spec.c - format(value, spec): PEP 3101's little language.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/format_private.h"
#include "value/unicode.h"

#include "base/banned.h"

static bool is_align(char c)
{
	return c == '<' || c == '>' || c == '=' || c == '^';
}

/* Digits at *at; -1: none. Larger than any limit when it is too large. */
static int64_t number_read(struct str text, size_t *at)
{
	int64_t number = 0;
	size_t start = *at;

	for (; *at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9'; ++*at)
		if (number <= (int64_t)LIMIT_VALUE_BYTES)
			number = number * 10 + (text.ptr[*at] - '0');
	return *at == start ? -1 : number;
}

static bool take(struct str text, size_t *at, const char *set, char *ret_char)
{
	if (*at >= text.len || !text.ptr[*at] || !strchr(set, text.ptr[*at]))
		return false;
	*ret_char = text.ptr[(*at)++];
	return true;
}

/* Fill and alignment at the front; whether a fill was named. */
static bool align_read(struct str text, size_t *at, struct format_spec *spec)
{
	size_t len = text.len ? utf8_length(text.ptr, text.len) : 0;

	if (len && len < text.len && is_align(text.ptr[len])) {
		spec->fill = (struct str){text.ptr, len};
		spec->align = text.ptr[len];
		*at = len + 1;
		return true;
	}
	if (text.len && is_align(*text.ptr))
		spec->align = text.ptr[(*at)++];
	return false;
}

static int grouping_read(struct str text, size_t *at, struct format_spec *spec, struct err *err)
{
	char again;

	if (!take(text, at, ",_", &spec->grouping) || !take(text, at, ",_", &again))
		return 0;
	if (again != spec->grouping)
		return err_set(err, ERR_INPUT, "Cannot specify both ',' and '_'.");
	return err_set(err, ERR_INPUT, "Cannot specify '%c' with '%c'.", again, again);
}

static int grouping_check(const struct format_spec *spec, struct err *err)
{
	if (!spec->grouping || !spec->type || format_type_in(spec, "deEfFgG%") ||
	    (spec->grouping == '_' && format_type_in(spec, "boxX")))
		return 0;
	if (spec->type > ' ' && spec->type < 0x80)
		return err_set(err, ERR_INPUT, "Cannot specify '%c' with '%c'.", spec->grouping,
			       (char)spec->type);
	return err_set(err, ERR_INPUT, "Cannot specify '%c' with '\\x%x'.", spec->grouping,
		       (unsigned)spec->type);
}

int format_spec_parse(struct str text, const char *type_name, struct format_spec *ret_spec,
		      struct err *err)
{
	struct format_spec spec = {.fill = STR(" "), .precision = -1};
	size_t at = 0;
	bool has_fill = align_read(text, &at, &spec);
	char seen;

	take(text, &at, "+- ", &spec.sign);
	spec.no_negative_zero = take(text, &at, "z", &seen);
	spec.alternate = take(text, &at, "#", &seen);
	if (!has_fill && take(text, &at, "0", &seen)) {
		spec.fill = STR("0");
		if (!spec.align && !text_eq(type_name, "str"))
			spec.align = '=';
	}
	spec.width = number_read(text, &at);
	if (spec.width < 0)
		spec.width = 0;
	if (grouping_read(text, &at, &spec, err))
		return -1;
	if (at < text.len && text.ptr[at] == '.') {
		at++;
		spec.precision = number_read(text, &at);
		if (spec.precision < 0)
			return err_set(err, ERR_INPUT, "Format specifier missing precision");
	}
	if (at < text.len && utf8_length(text.ptr + at, text.len - at) < text.len - at)
		return err_set(err, ERR_INPUT,
			       "Invalid format specifier '%.*s' for object of type '%s'",
			       STR_ARG(text), type_name);
	if (at < text.len)
		utf8_decode(text.ptr + at, text.len - at, &spec.type);
	if (grouping_check(&spec, err))
		return -1;
	if (spec.width > (int64_t)LIMIT_VALUE_BYTES || spec.precision > (int64_t)LIMIT_VALUE_BYTES)
		return err_set(err, ERR_LIMIT, "Too many decimal digits in format string");
	*ret_spec = spec;
	return 0;
}

void format_fill(struct buf *buf, struct str fill, int64_t n)
{
	size_t len = n > 0 ? (size_t)n * fill.len : 0;
	char *at = len ? buf_reserve(buf, len) : NULL;

	if (!at)
		return;
	if (fill.len == 1)
		memset(at, fill.ptr[0], len);
	for (size_t i = 0; i < len && fill.len > 1; i += fill.len)
		memcpy(at + i, fill.ptr, fill.len);
	buf_added(buf, len);
}

/* How much of the padding stands on the left. */
static int64_t padding_left(char align, int64_t padding)
{
	if (padding <= 0 || align == '<' || align == '=')
		return 0;
	return align == '^' ? padding / 2 : padding;
}

static int text_spec_check(const struct format_spec *spec, struct err *err)
{
	if (spec->grouping)
		return err_set(err, ERR_INPUT, "Cannot specify '%c' with 's'.", spec->grouping);
	if (spec->sign)
		return err_set(err, ERR_INPUT, "%s not allowed in string format specifier",
			       spec->sign == ' ' ? "Space" : "Sign");
	if (spec->no_negative_zero)
		return err_set(err, ERR_INPUT,
			       "Negative zero coercion (z) not allowed in string "
			       "format specifier");
	if (spec->alternate)
		return err_set(err, ERR_INPUT,
			       "Alternate form (#) not allowed in string format specifier");
	if (spec->align == '=')
		return err_set(err, ERR_INPUT,
			       "'=' alignment not allowed in string format specifier");
	return 0;
}

static int type_refuse(uint32_t type, const char *type_name, struct err *err)
{
	if (type > ' ' && type < 0x7f)
		return err_set(err, ERR_INPUT, "Unknown format code '%c' for object of type '%s'",
			       (char)type, type_name);
	return err_set(err, ERR_INPUT, "Unknown format code '\\x%x' for object of type '%s'",
		       (unsigned)type, type_name);
}

int format_text(const struct format_spec *spec, struct str text, struct buf *buf, struct err *err)
{
	int64_t padding, left;
	size_t n = utf8_count(text);

	if (text_spec_check(spec, err))
		return -1;
	if (spec->precision >= 0 && (size_t)spec->precision < n) {
		n = (size_t)spec->precision;
		text.len = utf8_offset(text, n);
	}
	padding = spec->width - (int64_t)n;
	left = padding_left((char)(spec->align ? spec->align : '<'), padding);
	format_fill(buf, spec->fill, left);
	buf_append_str(buf, text);
	format_fill(buf, spec->fill, padding - left);
	return text_room(buf, err);
}

/* Separators between groups counted from the right; zeros in front up to min_width (CPython's
 * InsertThousandsGrouping: never a separator at the very front). */
static void digits_group(struct str digits, char separator, int group, int64_t min_width,
			 struct buf *ret_reversed)
{
	int64_t left = (int64_t)digits.len;

	for (bool first = true; !ret_reversed->overflowed; first = false) {
		int64_t most = left > min_width ? left : min_width,
			len = most < 1                    ? 1
			      : separator && most > group ? group
							  : most;

		if (!first)
			buf_putc(ret_reversed, separator);
		int64_t n_digits = len < left ? len : left;
		for (int64_t i = 0; i < n_digits; i++)
			buf_putc(ret_reversed, digits.ptr[left - 1 - i]);
		format_fill(ret_reversed, STR("0"), len - n_digits);
		left -= n_digits;
		min_width -= len;
		if (left <= 0 && min_width <= 0)
			break;
		min_width--;
	}
}

int format_lay_out(const struct format_spec *spec, const struct format_pieces *pieces,
		   struct buf *buf, struct err *err)
{
	char align = (char)(spec->align ? spec->align : '>');
	int group = format_type_in(spec, "boxX") ? 4 : 3;
	int64_t around = (pieces->sign != 0) + (int64_t)strlen(pieces->prefix) +
			 (int64_t)pieces->rest.len,
		padding, left;
	autobuf struct buf reversed = {.max = buf->max};

	if (pieces->digits.len || (align == '=' && str_is(spec->fill, "0")))
		digits_group(pieces->digits, spec->grouping, group,
			     align == '=' && str_is(spec->fill, "0") ? spec->width - around : 0,
			     &reversed);
	if (text_room(&reversed, err))
		return -1;
	padding = spec->width - around - (int64_t)reversed.len;
	left = padding_left(align, padding);
	format_fill(buf, spec->fill, left);
	if (pieces->sign)
		buf_putc(buf, pieces->sign);
	buf_puts(buf, pieces->prefix);
	if (align == '=')
		format_fill(buf, spec->fill, padding);
	for (size_t i = reversed.len; i-- > 0;)
		buf_putc(buf, reversed.ptr[i]);
	buf_append_str(buf, pieces->rest);
	if (align != '=')
		format_fill(buf, spec->fill, padding - left);
	return text_room(buf, err);
}

static int number_value(struct value v, const struct format_spec *spec, struct buf *buf,
			struct err *err)
{
	bool whole = value_is_whole(v);
	const char *types = whole ? "bcdnoxXeEfFgG%" : "eEfFgGn%";

	if (spec->type && !format_type_in(spec, types))
		return type_refuse(spec->type, value_type_name(v), err);
	if (whole && (!spec->type || format_type_in(spec, "bcdnoxX")))
		return format_whole(spec, value_integer(v), buf, err);
	return format_float(spec, value_double(v), buf, err);
}

int format_value(struct heap *heap, struct value v, struct str text, struct buf *buf,
		 struct err *err)
{
	struct format_spec spec;

	if (!text.len)
		return value_print(heap, v, buf, err);
	if (v.kind != VALUE_STRING && !value_is_number(v))
		return err_set(err, ERR_INPUT, "unsupported format string passed to %s.__format__",
			       value_type_name(v));
	if (format_spec_parse(text, value_type_name(v), &spec, err))
		return -1;
	if (v.kind != VALUE_STRING)
		return number_value(v, &spec, buf, err);
	if (spec.type && spec.type != 's')
		return type_refuse(spec.type, "str", err);
	return format_text(&spec, value_bytes(v), buf, err);
}
