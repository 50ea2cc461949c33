/* format_number.c - numbers in pieces, as format() and % want them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/format_private.h"
#include "value/unicode.h"

#include <assert.h>

#include "base/banned.h"

#define DIGITS_OF_DOUBLE 1100 /* after the point: more are zeros (DBL_TRUE_MIN has 1074) */

static char sign_of(const struct format_spec *spec, bool negative)
{
	if (negative)
		return '-';
	if (spec->sign == '-')
		return '\0';
	return spec->sign;
}

static int character(const struct format_spec *spec, int64_t code, struct buf *buf, struct err *err)
{
	autobuf struct buf text = {0};
	struct format_pieces pieces = {.prefix = ""};

	if (spec->sign)
		return err_set(err, ERR_INPUT,
			       "Sign not allowed with integer format specifier 'c'");
	if (spec->alternate)
		return err_set(err, ERR_INPUT,
			       "Alternate form (#) not allowed with integer format "
			       "specifier 'c'");
	if (code < 0 || code > UNICODE_LAST)
		return err_set(err, ERR_INPUT, "%%c arg not in range(0x110000)");
	utf8_append(&text, (uint32_t)code);
	if (text.len > 1) { /* a width counts characters */
		struct format_spec plain = {.fill = spec->fill,
					    .align = spec->align,
					    .width = spec->width,
					    .precision = -1};

		if (!plain.align || plain.align == '=')
			plain.align = '>';
		return format_text(&plain, buf_str(&text), buf, err);
	}
	pieces.rest = buf_str(&text);
	return format_lay_out(spec, &pieces, buf, err);
}

static unsigned base_of(char type)
{
	switch (type) {
	case 'b': return 2;
	case 'o': return 8;
	case 'x':
	case 'X': return 16;
	default: return 10;
	}
}

int format_whole(const struct format_spec *spec, int64_t number, struct buf *buf, struct err *err)
{
	char digits[72];
	size_t at = sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char type = (char)(spec->type ? spec->type : 'd');
	unsigned base = base_of(type);
	struct format_pieces pieces = {.sign = sign_of(spec, number < 0), .prefix = ""};

	if (spec->precision >= 0)
		return err_set(err, ERR_INPUT, "Precision not allowed in integer format specifier");
	if (spec->no_negative_zero)
		return err_set(err, ERR_INPUT,
			       "Negative zero coercion (z) not allowed in format "
			       "specifier with integer presentation type");
	if (type == 'c')
		return character(spec, number, buf, err);
	do
		digits[--at] = (type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[rest % base];
	while (rest /= base);
	if (spec->alternate && base != 10)
		pieces.prefix = base == 2 ? "0b" : base == 8 ? "0o" : type == 'X' ? "0X" : "0x";
	pieces.digits = (struct str){digits + at, sizeof(digits) - at};
	return format_lay_out(spec, &pieces, buf, err);
}

/* With trailing zeros where the precision asks for more than there are in a double. */
static void fixed_append(double number, int64_t precision, bool alternate, struct buf *buf)
{
	int shown = precision > DIGITS_OF_DOUBLE ? DIGITS_OF_DOUBLE : (int)precision;

	buf_printf(buf, alternate ? "%#.*f" : "%.*f", shown, number);
	format_fill(buf, STR("0"), precision - shown);
}

static void exponent_append(double number, int64_t precision, bool alternate, struct buf *buf)
{
	int shown = precision > DIGITS_OF_DOUBLE ? DIGITS_OF_DOUBLE : (int)precision;
	char text[DIGITS_OF_DOUBLE + 32], *exponent;

	snprintf(text, sizeof(text), alternate ? "%#.*e" : "%.*e", shown, number);
	exponent = strchr(text, 'e');
	assert(exponent); /* the number is finite */
	buf_append(buf, text, (size_t)(exponent - text));
	format_fill(buf, STR("0"), precision - shown);
	buf_puts(buf, exponent);
}

/* "1.50e+03" without the zeros at the end of its digits, and without a bare point. */
static void zeros_drop(char *text)
{
	char *end = strchr(text, 'e'), *last = end;

	assert(end); /* the number is finite */
	while (last > text + 1 && last[-1] == '0' && strchr(text, '.'))
		last--;
	if (last[-1] == '.')
		last--;
	memmove(last, end, strlen(end) + 1);
}

/* As 'g', but with a point, and with an exponent where that would need all the digits: what
 * format() does without a type and with a precision. */
static void general_append(double number, int64_t precision, bool alternate, struct buf *buf)
{
	int shown = precision > DIGITS_OF_DOUBLE ? DIGITS_OF_DOUBLE
		    : precision                  ? (int)precision
						 : 1;
	char text[DIGITS_OF_DOUBLE + 32];
	long exponent;

	snprintf(text, sizeof(text), alternate ? "%#.*e" : "%.*e", shown - 1, number);
	exponent = strtol(strchr(text, 'e') + 1, NULL, 10);
	if (exponent >= shown - 1 || exponent < -4) {
		if (!alternate)
			zeros_drop(text);
		buf_puts(buf, text);
		return;
	}
	snprintf(text, sizeof(text), alternate ? "%#.*g" : "%.*g", shown, number);
	buf_puts(buf, text);
	if (!strpbrk(text, ".e"))
		buf_puts(buf, ".0");
}

static void shortest_append(double number, bool alternate, struct buf *buf)
{
	autobuf struct buf text = {0};
	const char *exponent;

	float_print(number, &text);
	exponent = strchr(buf_text(&text), 'e');
	if (!alternate || !exponent || memchr(text.ptr, '.', text.len)) {
		buf_append_str(buf, buf_str(&text));
		return;
	}
	buf_printf(buf, "%.*s.%s", (int)(exponent - text.ptr), text.ptr, exponent);
}

void format_float_digits(double number, char type, int64_t precision, bool alternate,
			 struct buf *buf)
{
	size_t start = buf->len;
	char lower = (char)(type >= 'A' && type <= 'Z' ? type | 0x20 : type);

	number = fabs(number);
	if (!isfinite(number))
		buf_puts(buf, number != number ? "nan" : "inf");
	else if (lower == 'f')
		fixed_append(number, precision, alternate, buf);
	else if (lower == 'e')
		exponent_append(number, precision, alternate, buf);
	else if (lower == 'g')
		buf_printf(buf, alternate ? "%#.*g" : "%.*g",
			   precision > DIGITS_OF_DOUBLE ? DIGITS_OF_DOUBLE : (int)precision,
			   number);
	else if (precision >= 0)
		general_append(number, precision, alternate, buf);
	else
		shortest_append(number, alternate, buf);
	for (size_t i = start; lower != type && i < buf->len; i++)
		if (buf->ptr[i] >= 'a' && buf->ptr[i] <= 'z')
			buf->ptr[i] ^= 0x20;
}

static bool is_zero_text(struct str text)
{
	for (size_t i = 0; i < text.len && text.ptr[i] != 'e' && text.ptr[i] != 'E'; i++)
		if (text.ptr[i] != '0' && text.ptr[i] != '.')
			return false;
	return true;
}

int format_float(const struct format_spec *spec, double number, struct buf *buf, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_VALUE_BYTES};
	struct format_pieces pieces = {.prefix = ""};
	struct format_spec ungrouped = *spec;
	char type = (char)(spec->type == 'n' ? 'g' : spec->type == '%' ? 'f' : spec->type);
	int64_t precision = spec->precision < 0 && type ? 6 : spec->precision;
	bool negative = signbit(number) && number == number;

	format_float_digits(spec->type == '%' ? number * 100 : number, type, precision,
			    spec->alternate, &text);
	if (spec->no_negative_zero && is_zero_text(buf_str(&text)))
		negative = false;
	if (spec->type == '%')
		buf_putc(&text, '%');
	if (text_room(&text, err))
		return -1;
	while (pieces.digits.len < text.len && text.ptr[pieces.digits.len] >= '0' &&
	       text.ptr[pieces.digits.len] <= '9')
		pieces.digits.len++;
	pieces.digits.ptr = text.ptr;
	pieces.rest = (struct str){text.ptr + pieces.digits.len, text.len - pieces.digits.len};
	pieces.sign = sign_of(spec, negative);
	if (!isfinite(number))
		ungrouped.grouping = 0;
	return format_lay_out(&ungrouped, &pieces, buf, err);
}
