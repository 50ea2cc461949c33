/* filter_number.c - numbers, and texts that are numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "tmpl/filter_private.h"

#include "base/banned.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* "0x", "0o", "0b" in front, when the base is theirs or is to be guessed. */
static bool prefix_cut(struct str *text, int64_t *base)
{
	static const struct {
		char letter;
		int64_t base;
	} prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (text->len > 2 && text->ptr[0] == '0' &&
		    (text->ptr[1] | 32) == prefixes[i].letter &&
		    (*base == 0 || *base == prefixes[i].base)) {
			*base = prefixes[i].base;
			*text = (struct str){text->ptr + 2, text->len - 2};
			if (text->ptr[0] == '_')
				*text = (struct str){text->ptr + 1, text->len - 1};
			return true;
		}
	return false;
}

int int_parse(struct str text, int64_t base, int64_t *ret_int, struct err *err)
{
	struct str rest = str_trim(text);
	bool is_negative = rest.len && rest.ptr[0] == '-', is_wide = false, is_zero = true;
	uint64_t number = 0, max = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+'))
		rest = (struct str){rest.ptr + 1, rest.len - 1};
	bool is_guessed = !prefix_cut(&rest, &base) && base == 0;
	base = base ? base : 10;
	if (base < 2 || base > 36)
		return 0;
	if (!rest.len || rest.ptr[rest.len - 1] == '_')
		return 0;
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.ptr[i] == '_' && i && rest.ptr[i - 1] != '_')
			continue;
		int digit = digit_of(rest.ptr[i]);
		if (digit >= base)
			return 0;
		is_wide |= number > (max - (uint64_t)digit) / (uint64_t)base;
		number = number * (uint64_t)base + (uint64_t)digit;
		is_zero &= digit == 0;
	}
	if (is_guessed && rest.len > 1 && rest.ptr[0] == '0' && !is_zero)
		return 0; /* int("012", 0) */
	if (is_wide)
		return err_set(err, ERR_INPUT, "'%.*s' does not fit into 64 bits", STR_ARG(text));
	*ret_int = (int64_t)(is_negative ? 0 - number : number);
	return 1;
}

#define FLOAT_TEXT_MAX 512 /* bytes: more digits than a double can tell apart */

bool float_parse(struct str text, double *ret_number)
{
	struct str rest = str_trim(text);
	char digits[FLOAT_TEXT_MAX + 1], *end;
	size_t n = 0;

	if (!rest.len || rest.len > FLOAT_TEXT_MAX)
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		char c = rest.ptr[i];
		if (c == '_') {
			if (!i || i + 1 == rest.len || digit_of(rest.ptr[i - 1]) > 9 ||
			    digit_of(rest.ptr[i + 1]) > 9)
				return false;
			continue;
		}
		if (c == '(' || c == 'x' || c == 'X' || c == 0)
			return false; /* strtod(3) reads them */
		digits[n++] = c;
	}
	digits[n] = 0;
	if (digits[0] == ' ')
		return false;
	*ret_number = strtod(digits, &end);
	return end != digits && !*end;
}

/* float(v): 1 it is one, 0 it cannot be. */
int float_of(struct value v, double *ret_number, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "%s", v.why ? v.why->message : "undefined");
	if (value_is_string(v))
		return float_parse(value_bytes(v), ret_number);
	if (!value_is_number(v))
		return 0;
	*ret_number = v.kind == VALUE_FLOAT ? v.number
		      : v.kind == VALUE_INT ? (double)v.integer
					    : (double)v.boolean;
	return 1;
}

int filter_float(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"default", PARAM_OPTIONAL}, {NULL}};
	struct value v[2];
	double number;

	if (call_bind(call, "do_float", params, v, err))
		return -1;
	int is_number = float_of(v[0], &number, err);
	if (is_number < 0)
		return -1;
	if (is_number)
		*ret_value = value_float(number);
	else
		*ret_value = param_given(v[1]) ? v[1] : value_float(0);
	return 0;
}

#define INT_SPAN 9223372036854775808.0 /* 2**63 */

/* int(number) of a float: 0 for NaN, as ValueError falls back to the default. */
static int int_of_float(double number, int64_t *ret_int, struct err *err)
{
	if (isnan(number))
		return 0;
	if (isinf(number))
		return err_set(err, ERR_INPUT, "cannot convert float infinity to integer");
	if (number >= INT_SPAN || number < -INT_SPAN)
		return err_set(err, ERR_INPUT, "%g does not fit into 64 bits", number);
	*ret_int = (int64_t)number;
	return 1;
}

int filter_int(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"default", PARAM_OPTIONAL},
					      {"base", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[3];
	int64_t base, integer = 0;
	double number;
	int is_int = 0;

	if (call_bind(call, "do_int", params, v, err) || arg_int(v[2], 10, &base, err))
		return -1;
	if (value_is_string(v[0]))
		is_int = int_parse(value_bytes(v[0]), base, &integer, err);
	else if (v[0].kind == VALUE_BOOL || v[0].kind == VALUE_INT)
		is_int = value_as_int(v[0], &integer, err) ? -1 : 1;
	if (is_int < 0)
		return -1;
	if (!is_int) {
		int is_number = float_of(v[0], &number, err);
		if (value_is_string(v[0]) && is_number > 0 && isinf(number))
			is_number = 0; /* of a text, OverflowError gives the default too */
		is_int = is_number > 0 ? int_of_float(number, &integer, err) : is_number;
	}
	if (is_int < 0)
		return -1;
	if (is_int)
		*ret_value = value_int(integer);
	else
		*ret_value = param_given(v[1]) ? v[1] : value_int(0);
	return 0;
}

int filter_abs(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"x", PARAM_REQUIRED}, {NULL}};
	struct value v;
	int64_t integer;

	if (call_bind(call, "abs", params, &v, err))
		return -1;
	if (v.kind == VALUE_UNDEFINED)
		return value_plus(call->heap, v, ret_value, err);
	if (!value_is_number(v))
		return err_set(err, ERR_INPUT, "bad operand type for abs(): '%s'",
			       value_type_name(v));
	if (v.kind == VALUE_FLOAT) {
		*ret_value = value_float(fabs(v.number));
		return 0;
	}
	if (value_as_int(v, &integer, err))
		return -1;
	if (integer < 0)
		return value_negate(call->heap, v, ret_value, err);
	*ret_value = value_int(integer);
	return 0;
}

/* Digits before the point of a finite number other than 0, less one: its decimal exponent. */
static int exponent_of(double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%.17e", number);
	const char *e = strchr(text, 'e');
	return e ? (int)strtol(e + 1, NULL, 10) : 0;
}

#define ROUND_DIGITS_MAX 340 /* behind the point: no double has more */

static double round_float(double number, int64_t precision)
{
	char text[ROUND_DIGITS_MAX + 400];

	if (!isfinite(number) || number == 0 || precision > ROUND_DIGITS_MAX - 16)
		return number;
	if (precision >= 0) {
		snprintf(text, sizeof(text), "%.*f", (int)precision, number);
		return strtod(text, NULL);
	}
	if (precision < -310)
		return copysign(0, number);
	int n_digits = exponent_of(number) + 1 + (int)precision;
	if (n_digits < 0)
		return copysign(0, number);
	if (n_digits == 0) /* more than half of the unit? */
		return fabs(number) > 5 * pow(10, (double)-precision - 1)
			       ? copysign(pow(10, (double)-precision), number)
			       : copysign(0, number);
	snprintf(text, sizeof(text), "%.*e", n_digits - 1, number);
	return strtod(text, NULL);
}

/* To tens, hundreds…, halves to the even one; what does not fit stays. */
static int64_t round_int(int64_t number, int64_t precision)
{
	int64_t unit = 1;

	if (precision >= 0)
		return number;
	for (; precision < 0; precision++)
		if (__builtin_mul_overflow(unit, 10, &unit))
			return 0;
	int64_t rest = number % unit, whole = number - rest, half = unit / 2;
	if (rest < 0) {
		rest += unit;
		whole -= unit;
	}
	bool is_up = rest > half || (rest == half && (whole / unit) % 2 != 0);
	return is_up && whole <= INT64_MAX - unit ? whole + unit : whole;
}

static int round_common(struct value v, int64_t precision, struct value *ret_value, struct err *err)
{
	int64_t integer;

	if (v.kind == VALUE_FLOAT) {
		*ret_value = value_float(round_float(v.number, precision));
		return 0;
	}
	if (!value_is_number(v))
		return err_set(err, ERR_INPUT, "type %s doesn't define __round__ method",
			       value_type_name(v));
	if (value_as_int(v, &integer, err))
		return -1;
	*ret_value = value_int(round_int(integer, precision));
	return 0;
}

int filter_round(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"precision", PARAM_OPTIONAL},
					      {"method", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[3];
	int64_t precision;
	struct str method = STR("common");
	double number;

	if (call_bind(call, "do_round", params, v, err) || arg_int(v[1], 0, &precision, err) ||
	    (value_is_string(v[2]) && value_as_str(v[2], &method, err)))
		return -1;
	if (v[0].kind == VALUE_UNDEFINED)
		return value_plus(call->heap, v[0], ret_value, err);
	if (!param_given(v[1]))
		v[1] = value_int(0);
	bool is_common = str_is(method, "common"), is_ceil = str_is(method, "ceil");
	if ((param_given(v[2]) && !value_is_string(v[2])) ||
	    !(is_common || is_ceil || str_is(method, "floor")))
		return err_set(err, ERR_INPUT, "method must be common, ceil or floor");
	if (is_common)
		return round_common(v[0], precision, ret_value, err);
	if (v[0].kind == VALUE_DICT || v[0].kind == VALUE_NONE)
		return value_binary(call->heap, OP_MUL, v[0], v[1], ret_value, err);
	if (!value_is_number(v[0]))
		return err_set(err, ERR_INPUT, "must be real number, not %s",
			       value_type_name(v[0]));
	if (float_of(v[0], &number, err) < 0)
		return -1;
	double factor = pow(10, (double)precision);
	number *= factor;
	if (!isfinite(number))
		return err_set(err, ERR_INPUT, "cannot convert float %s to integer",
			       isnan(number) ? "NaN" : "infinity");
	*ret_value = value_float(((is_ceil ? ceil(number) : floor(number)) + 0.0) / factor);
	return 0;
}

static int not_a_float(struct heap *heap, struct value v, struct err *err)
{
	autobuf struct buf shown = {0};

	if (!value_is_string(v))
		return err_set(err, ERR_INPUT,
			       "float() argument must be a string or a real number, not '%s'",
			       value_type_name(v));
	if (value_print_repr(heap, v, &shown, err))
		return -1;
	return err_set(err, ERR_INPUT, "could not convert string to float: %s", buf_text(&shown));
}

int filter_filesizeformat(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"binary", PARAM_OPTIONAL}, {NULL}};
	static const char *const decimal[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
	static const char *const binaries[] = {"KiB", "MiB", "GiB", "TiB",
					       "PiB", "EiB", "ZiB", "YiB"};
	struct value v[2];
	bool binary;
	double bytes;

	if (call_bind(call, "do_filesizeformat", params, v, err) ||
	    arg_bool(call->heap, v[1], false, &binary, err))
		return -1;
	int is_number = float_of(v[0], &bytes, err);
	if (is_number < 0)
		return -1;
	if (!is_number)
		return not_a_float(call->heap, v[0], err);
	double base = binary ? 1024 : 1000, unit = base;
	size_t i = 0;
	if (bytes == 1) {
		*ret_value = value_literal("1 Byte");
		return 0;
	}
	if (bytes < base) {
		*ret_value = value_printf(call->heap, "%.0f Bytes", trunc(bytes) + 0.0);
		return 0;
	}
	for (; i < ARRAY_LEN(decimal) - 1 && bytes >= unit * base; i++)
		unit *= base;
	*ret_value = value_printf(call->heap, "%.1f %s", bytes / unit,
				  binary ? binaries[i] : decimal[i]);
	return 0;
}
