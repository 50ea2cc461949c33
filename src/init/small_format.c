/* small_format.c - printf's texts, without locale, wide characters and long double.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/small.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#include "base/banned.h"

/* 22 octal digits; 20 decimal ones, a point and nine behind it. */
#define NUMBER_SIZE    32
#define FRACTION_MAX   9
#define POINT_STANDARD 6 /* digits of %f and %g without precision */

_Static_assert(sizeof(long) == 8, "the length is 4 or 8: l, ll, z, j and t are all the same");

struct conversion {
	bool left, zero, plus, blank, alternate;
	bool is_long;
	unsigned n_short; /* h: 1, hh: 2 */
	int width;
	int precision; /* -1: none */
	char letter;
};

struct writing {
	struct small_sink *sink;
	size_t len; /* of all so far */
};

static void put(struct writing *writing, struct str text)
{
	writing->sink->put(writing->sink, text.ptr, text.len);
	writing->len += text.len;
}

static void put_times(struct writing *writing, char c, int n)
{
	for (; n > 0; n--)
		put(writing, (struct str){&c, 1});
}

/* Sign or "0x", zeros, digits or text; padded to the width. */
static void put_field(struct writing *writing, const struct conversion *conversion,
		      struct str prefix, int n_zeros, struct str body)
{
	int n_blanks = conversion->width - (int)prefix.len - n_zeros - (int)body.len;

	if (!conversion->left)
		put_times(writing, ' ', n_blanks);
	put(writing, prefix);
	put_times(writing, '0', n_zeros);
	put(writing, body);
	if (conversion->left)
		put_times(writing, ' ', n_blanks);
}

static struct str sign_of(const struct conversion *conversion, bool is_negative)
{
	return is_negative         ? STR("-")
	       : conversion->plus  ? STR("+")
	       : conversion->blank ? STR(" ")
				   : STR("");
}

/* Digits from the end of `out` to the front. */
static struct str digits_of(char out[NUMBER_SIZE], uint64_t value, unsigned base, char ten)
{
	size_t at = NUMBER_SIZE;

	do {
		unsigned digit = (unsigned)(value % base);
		out[--at] = (char)(digit < 10 ? '0' + digit : (unsigned)ten + digit - 10);
		value /= base;
	} while (value);
	return (struct str){out + at, NUMBER_SIZE - at};
}

/* Zeros that fill the width, where the flag asks for them. */
static int zeros_for(const struct conversion *conversion, size_t len)
{
	bool fills = conversion->zero && !conversion->left && conversion->width > (int)len;

	return fills ? conversion->width - (int)len : 0;
}

static void put_integer(struct writing *writing, const struct conversion *conversion,
			uint64_t value, struct str prefix)
{
	char room[NUMBER_SIZE];
	char letter = conversion->letter;
	bool is_hex = letter == 'x' || letter == 'X' || letter == 'p';
	unsigned base = is_hex ? 16 : letter == 'o' ? 8 : 10;
	struct str digits = digits_of(room, value, base, letter == 'X' ? 'A' : 'a');

	if (!value && conversion->precision == 0)
		digits.len = 0;
	if ((is_hex && conversion->alternate && value) || letter == 'p')
		prefix = letter == 'X' ? STR("0X") : STR("0x");
	int n_zeros = conversion->precision < 0 ? zeros_for(conversion, prefix.len + digits.len)
						: conversion->precision - (int)digits.len;
	if (letter == 'o' && conversion->alternate && n_zeros <= 0 &&
	    !(digits.len && *digits.ptr == '0'))
		n_zeros = 1;
	put_field(writing, conversion, prefix, n_zeros > 0 ? n_zeros : 0, digits);
}

/* %g: digits behind the point, so that `precision` of them count. */
static int digits_behind(double value, int precision)
{
	int n = precision > 0 ? precision - 1 : 0;

	for (; value >= 10 && n > 0; value /= 10)
		n--;
	for (; value > 0 && value < 1 && n < FRACTION_MAX; value *= 10)
		n++;
	return n;
}

static void put_double(struct writing *writing, const struct conversion *conversion, double value)
{
	bool is_negative = value < 0, is_short = conversion->letter == 'g';
	double size = is_negative ? -value : value;
	int n = conversion->precision < 0 ? POINT_STANDARD : conversion->precision;
	uint64_t scale = 1;
	char room[NUMBER_SIZE], text[NUMBER_SIZE * 2];
	size_t len = 0;

	if (!(size < (double)INT64_MAX)) /* nobody's; and NaN */
		size = 0;
	if (is_short)
		n = digits_behind(size, n);
	if (n > FRACTION_MAX)
		n = FRACTION_MAX;
	for (int i = 0; i < n; i++)
		scale *= 10;
	uint64_t whole = (uint64_t)size;
	double exact = (size - (double)whole) * (double)scale;
	uint64_t part = (uint64_t)exact;
	double rest = exact - (double)part;
	uint64_t last = n ? part : whole;
	part += rest > 0.5 || (rest == 0.5 && last % 2);
	whole += part / scale;
	struct str digits = digits_of(room, whole, 10, 0);
	memcpy(text, digits.ptr, digits.len);
	len = digits.len;
	if (n) {
		digits = digits_of(room, scale + part % scale, 10,
				   0); /* a 1 in front of the zeros */
		memcpy(text + len, digits.ptr, digits.len);
		text[len] = '.';
		len += digits.len;
	}
	while (is_short && n && (text[len - 1] == '0' || text[len - 1] == '.'))
		n = text[--len] == '.' ? 0 : n;
	struct str sign = sign_of(conversion, is_negative);
	put_field(writing, conversion, sign, zeros_for(conversion, sign.len + len),
		  (struct str){text, len});
}

static void put_text(struct writing *writing, const struct conversion *conversion, const char *text)
{
	size_t most = conversion->precision < 0 ? SIZE_MAX : (size_t)conversion->precision;

	if (!text)
		text = "(null)";
	put_field(writing, conversion, STR(""), 0, (struct str){text, strnlen(text, most)});
}

/* ---- the words of a format ---- */

static bool take_flag(struct conversion *conversion, char c)
{
	switch (c) {
	case '-': return conversion->left = true;
	case '0': return conversion->zero = true;
	case '+': return conversion->plus = true;
	case ' ': return conversion->blank = true;
	case '#': return conversion->alternate = true;
	default: return false;
	}
}

static const char *take_number(const char *at, int *ret_number)
{
	unsigned number = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		if (number < INT_MAX / 20)
			number = number * 10 + (unsigned)(*at - '0');
	*ret_number = (int)number;
	return at;
}

static const char *take_length(const char *at, struct conversion *conversion)
{
	for (;; at++) {
		if (*at == 'h')
			conversion->n_short++;
		else if (*at && strchr("lzjt", *at))
			conversion->is_long = true;
		else
			return at;
	}
}

struct args { /* a va_list may be an array: only a struct can be handed on */
	va_list list;
};

/* What stands behind the percent sign; returns where it ends. */
static const char *conversion_read(const char *at, struct args *args, struct conversion *ret)
{
	*ret = (struct conversion){.precision = -1};
	while (take_flag(ret, *at))
		at++;
	if (*at == '*') {
		ret->width = va_arg(args->list, int);
		if (ret->width < 0) {
			ret->left = true;
			ret->width = -ret->width;
		}
		at++;
	} else {
		at = take_number(at, &ret->width);
	}
	if (*at == '.' && at[1] == '*') {
		ret->precision = va_arg(args->list, int);
		at += 2;
	} else if (*at == '.') {
		at = take_number(at + 1, &ret->precision);
	}
	at = take_length(at, ret);
	ret->letter = *at;
	return *at ? at + 1 : at;
}

static int64_t signed_arg(const struct conversion *conversion, struct args *args)
{
	if (conversion->is_long)
		return va_arg(args->list, long);
	int value = va_arg(args->list, int);
	return conversion->n_short == 0   ? value
	       : conversion->n_short == 1 ? (short)value
					  : (signed char)value;
}

static uint64_t unsigned_arg(const struct conversion *conversion, struct args *args)
{
	if (conversion->is_long)
		return va_arg(args->list, unsigned long);
	unsigned value = va_arg(args->list, unsigned);
	return conversion->n_short == 0   ? value
	       : conversion->n_short == 1 ? (unsigned short)value
					  : (unsigned char)value;
}

/* false: not known here. */
static bool convert(struct writing *writing, const struct conversion *conversion, struct args *args,
		    int error)
{
	char c;
	int64_t number;

	switch (conversion->letter) {
	case 'd':
	case 'i':
		number = signed_arg(conversion, args);
		put_integer(writing, conversion, number < 0 ? -(uint64_t)number : (uint64_t)number,
			    sign_of(conversion, number < 0));
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_integer(writing, conversion, unsigned_arg(conversion, args), STR(""));
		return true;
	case 'p':
		put_integer(writing, conversion, (uintptr_t)va_arg(args->list, void *), STR(""));
		return true;
	case 'f':
	case 'g': put_double(writing, conversion, va_arg(args->list, double)); return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_field(writing, conversion, STR(""), 0, (struct str){&c, 1});
		return true;
	case 's': put_text(writing, conversion, va_arg(args->list, const char *)); return true;
	case 'm': put_text(writing, conversion, strerror(error)); return true;
	case '%': put(writing, STR("%")); return true;
	default: return false;
	}
}

int small_format(struct small_sink *sink, const char *format, va_list args)
{
	struct writing writing = {.sink = sink};
	struct args rest;
	int error = errno;

	va_copy(rest.list, args);
	while (*format) {
		struct conversion conversion;
		size_t n = strcspn(format, "%");
		put(&writing, (struct str){format, n});
		format += n;
		if (!*format)
			break;
		const char *end = conversion_read(format + 1, &rest, &conversion);
		if (!convert(&writing, &conversion, &rest, error))
			put(&writing, (struct str){format, (size_t)(end - format)});
		format = end;
	}
	va_end(rest.list);
	if (writing.len > INT_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	return (int)writing.len;
}

/* ---- into room ---- */

struct room {
	struct small_sink sink;
	char *at, *end; /* of what may be written: one byte is kept */
};

static void room_put(struct small_sink *sink, const char *bytes, size_t len)
{
	struct room *room = (struct room *)sink;
	size_t left = (size_t)(room->end - room->at);
	size_t n = len < left ? len : left;

	memcpy(room->at, bytes, n);
	room->at += n;
}

int small_vsnprintf(char *out, size_t size, const char *format, va_list args)
{
	char none;
	struct room room = {{room_put}, size ? out : &none, size ? out + size - 1 : &none};
	int n = small_format(&room.sink, format, args);

	*room.at = '\0';
	return n;
}
