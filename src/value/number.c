/* number.c - arithmetic as Python does it, on integers of 64 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "value/value_private.h"

#include "base/banned.h"

static int whole_refuse(struct err *err)
{
	return err_set(err, ERR_LIMIT, "integer beyond 64 bits");
}

/* Towards minus infinity; the remainder has the sign of the divisor. */
static int whole_divide(int64_t a, int64_t b, int64_t *ret_quotient, int64_t *ret_rest,
			struct err *err)
{
	if (b == -1 && a == INT64_MIN) {
		if (ret_quotient || !ret_rest)
			return whole_refuse(err);
		*ret_rest = 0;
		return 0;
	}
	if (ret_quotient)
		*ret_quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
	if (ret_rest)
		*ret_rest = a % b + (a % b != 0 && (a < 0) != (b < 0) ? b : 0);
	return 0;
}

static int whole_power(int64_t base, int64_t exponent, int64_t *ret_power, struct err *err)
{
	int64_t power = 1;

	for (; exponent; exponent >>= 1) {
		if ((exponent & 1) && __builtin_mul_overflow(power, base, &power))
			return whole_refuse(err);
		if (exponent > 1 && __builtin_mul_overflow(base, base, &base))
			return whole_refuse(err);
	}
	*ret_power = power;
	return 0;
}

static double float_floor_divide(double a, double b)
{
	double rest = fmod(a, b), quotient = (a - rest) / b, whole;

	if (rest != 0 && (rest < 0) != (b < 0))
		quotient -= 1;
	if (quotient == 0)
		return copysign(0, a / b);
	whole = floor(quotient);
	return quotient - whole > 0.5 ? whole + 1 : whole;
}

static double float_modulo(double a, double b)
{
	double rest = fmod(a, b);

	if (rest == 0)
		return copysign(0, b);
	return (rest < 0) != (b < 0) ? rest + b : rest;
}

static int float_power(double a, double b, double *ret_power, struct err *err)
{
	double power;

	if (a == 0 && b < 0 && isfinite(b))
		return err_set(err, ERR_INPUT, "0.0 cannot be raised to a negative power");
	if (a < 0 && isfinite(a) && isfinite(b) && floor(b) != b)
		return err_set(err, ERR_INPUT, "complex numbers are not supported");
	power = pow(a, b);
	if (isinf(power) && isfinite(a) && isfinite(b))
		return err_set(err, ERR_INPUT, "(34, 'Numerical result out of range')");
	*ret_power = power;
	return 0;
}

static int zero_refuse(enum value_op op, bool whole, struct err *err)
{
	static const char *const texts[][2] = {
		[OP_DIV] = {"float division by zero", "division by zero"},
		[OP_FLOORDIV] = {"float floor division by zero",
				 "integer division or modulo by zero"},
		[OP_MOD] = {"float modulo", "integer modulo by zero"},
	};

	return err_set(err, ERR_INPUT, "%s", texts[op][whole]);
}

static int float_binary(enum value_op op, double a, double b, double *ret_number, struct err *err)
{
	switch (op) {
	case OP_ADD: *ret_number = a + b; return 0;
	case OP_SUB: *ret_number = a - b; return 0;
	case OP_MUL: *ret_number = a * b; return 0;
	case OP_POW: return float_power(a, b, ret_number, err);
	case OP_DIV:
	case OP_FLOORDIV:
	case OP_MOD: break;
	}
	if (b == 0)
		return zero_refuse(op, false, err);
	*ret_number = op == OP_DIV   ? a / b
		      : op == OP_MOD ? float_modulo(a, b)
				     : float_floor_divide(a, b);
	return 0;
}

static int whole_binary(enum value_op op, int64_t a, int64_t b, int64_t *ret_number,
			struct err *err)
{
	switch (op) {
	case OP_ADD: return __builtin_add_overflow(a, b, ret_number) ? whole_refuse(err) : 0;
	case OP_SUB: return __builtin_sub_overflow(a, b, ret_number) ? whole_refuse(err) : 0;
	case OP_MUL: return __builtin_mul_overflow(a, b, ret_number) ? whole_refuse(err) : 0;
	case OP_POW: return whole_power(a, b, ret_number, err);
	case OP_FLOORDIV:
		return b ? whole_divide(a, b, ret_number, NULL, err) : zero_refuse(op, true, err);
	case OP_MOD:
		return b ? whole_divide(a, b, NULL, ret_number, err) : zero_refuse(op, true, err);
	case OP_DIV: break;
	}
	return -1;
}

int number_binary(enum value_op op, struct value a, struct value b, struct value *ret_value,
		  struct err *err)
{
	bool whole = value_is_whole(a) && value_is_whole(b);
	int64_t result = 0;
	double number = 0;

	if (whole && op == OP_DIV && value_integer(b) == 0)
		return zero_refuse(op, true, err);
	if (whole && op != OP_DIV && (op != OP_POW || value_integer(b) >= 0)) {
		if (whole_binary(op, value_integer(a), value_integer(b), &result, err))
			return -1;
		*ret_value = value_int(result);
		return 0;
	}
	if (float_binary(op, value_double(a), value_double(b), &number, err))
		return -1;
	*ret_value = value_float(number);
	return 0;
}

static int unary_refuse(const char *sign, struct value v, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	return err_set(err, ERR_INPUT, "bad operand type for unary %s: '%s'", sign,
		       value_type_name(v));
}

int value_negate(struct heap *heap, struct value v, struct value *ret_value, struct err *err)
{
	if (!value_is_number(v))
		return unary_refuse("-", v, err);
	if (v.kind == VALUE_FLOAT)
		*ret_value = value_float(-v.number);
	else if (value_integer(v) == INT64_MIN)
		return whole_refuse(err);
	else
		*ret_value = value_int(-value_integer(v));
	return 0;
}

int value_plus(struct heap *heap, struct value v, struct value *ret_value, struct err *err)
{
	if (!value_is_number(v))
		return unary_refuse("+", v, err);
	*ret_value = v.kind == VALUE_FLOAT ? v : value_int(value_integer(v));
	return 0;
}
