/* tests.c - what `is` asks.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"
#include "tmpl/filter_private.h"
#include "value/regex.h"

#include "base/banned.h"

/* ---- of one value: every row of the kind is one line ---- */

#define TEST_OF_VALUE(name, holds)                                                        \
	int test_##name(struct call *call, struct value *ret_value, struct err *err)      \
	{                                                                                 \
		static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}}; \
		struct value v;                                                           \
		if (call_bind(call, "test_" #name, params, &v, err))                      \
			return -1;                                                        \
		*ret_value = value_bool(holds);                                           \
		return 0;                                                                 \
	}

TEST_OF_VALUE(boolean, v.kind == VALUE_BOOL)
TEST_OF_VALUE(callable, v.kind == VALUE_OBJECT && v.object->type->call)
TEST_OF_VALUE(defined, v.kind != VALUE_UNDEFINED)
TEST_OF_VALUE(escaped, is_markup(v))
TEST_OF_VALUE(false, v.kind == VALUE_BOOL && !v.boolean)
TEST_OF_VALUE(float, v.kind == VALUE_FLOAT)
TEST_OF_VALUE(integer, v.kind == VALUE_INT)
TEST_OF_VALUE(list, v.kind == VALUE_LIST)
TEST_OF_VALUE(mapping, v.kind == VALUE_DICT)
TEST_OF_VALUE(none, v.kind == VALUE_NONE)
TEST_OF_VALUE(number, value_is_number(v))
TEST_OF_VALUE(string, value_is_string(v))
TEST_OF_VALUE(true, v.kind == VALUE_BOOL && v.boolean)
TEST_OF_VALUE(undefined, v.kind == VALUE_UNDEFINED)

/* Has a length and items: not the views of a dict. */
int test_sequence(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, "test_sequence", params, &v, err))
		return -1;
	bool is_lax = v.kind == VALUE_UNDEFINED && call->heap->undefined != UNDEFINED_STRICT;
	bool is_object = v.kind == VALUE_OBJECT && v.object->type->length &&
			 (v.object->type->at || v.object->type->item);
	*ret_value =
		value_bool(value_is_string(v) || value_is_sequence(v) || v.kind == VALUE_DICT ||
			   v.kind == VALUE_RANGE || is_object || is_lax);
	return 0;
}

int test_iterable(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value_iter iter;
	struct value v;

	if (call_bind(call, "test_iterable", params, &v, err))
		return -1;
	if (value_iterate(call->heap, v, &iter, err)) {
		if (v.kind == VALUE_UNDEFINED || err->kind == ERR_LIMIT)
			return -1;
		err_clear(err);
		*ret_value = value_bool(false);
		return 0;
	}
	*ret_value = value_bool(true);
	return 0;
}

static int case_test(struct call *call, const char *name, const char *method,
		     struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, name, params, &v, err) ||
	    (!value_is_string(v) && value_str(call->heap, v, &v, err)))
		return -1;
	return call_named(call, v, method, NULL, 0, ret_value, err);
}

int test_lower(struct call *call, struct value *ret_value, struct err *err)
{
	return case_test(call, "test_lower", "islower", ret_value, err);
}

int test_upper(struct call *call, struct value *ret_value, struct err *err)
{
	return case_test(call, "test_upper", "isupper", ret_value, err);
}

int test_filter(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;
	uint64_t hash;

	if (call_bind(call, "test_filter", params, &v, err) || value_hash(v, &hash, err))
		return -1;
	*ret_value = value_bool(value_is_string(v) && is_filter(call, value_bytes(v)));
	return 0;
}

int test_test(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;
	uint64_t hash;

	if (call_bind(call, "test_test", params, &v, err) || value_hash(v, &hash, err))
		return -1;
	*ret_value = value_bool(value_is_string(v) && is_test(call, value_bytes(v)));
	return 0;
}

/* ---- arithmetic ---- */

static int remainder_is(struct call *call, struct value v, struct value divisor, int64_t wanted,
			struct value *ret_value, struct err *err)
{
	struct value rest;
	bool equal;

	if (value_binary(call->heap, OP_MOD, v, divisor, &rest, err) ||
	    value_equal(call->heap, rest, value_int(wanted), &equal, err))
		return -1;
	*ret_value = value_bool(equal);
	return 0;
}

int test_odd(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	return call_bind(call, "test_odd", params, &v, err)
		       ? -1
		       : remainder_is(call, v, value_int(2), 1, ret_value, err);
}

int test_even(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	return call_bind(call, "test_even", params, &v, err)
		       ? -1
		       : remainder_is(call, v, value_int(2), 0, ret_value, err);
}

int test_divisibleby(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"num", PARAM_REQUIRED}, {NULL}};
	struct value v[2];

	return call_bind(call, "test_divisibleby", params, v, err)
		       ? -1
		       : remainder_is(call, v[0], v[1], 0, ret_value, err);
}

/* ---- of two values ---- */

static const struct param pair[] = {{"a", PARAM_REQUIRED}, {"b", PARAM_REQUIRED}, {NULL}};

static int equal_test(struct call *call, const char *name, bool wanted, struct value *ret_value,
		      struct err *err)
{
	struct value v[2];
	bool equal;

	if (call_bind(call, name, pair, v, err) || value_equal(call->heap, v[0], v[1], &equal, err))
		return -1;
	*ret_value = value_bool(equal == wanted);
	return 0;
}

int test_eq(struct call *call, struct value *ret_value, struct err *err)
{
	return equal_test(call, "eq", true, ret_value, err);
}

int test_ne(struct call *call, struct value *ret_value, struct err *err)
{
	return equal_test(call, "ne", false, ret_value, err);
}

static int order_test(struct call *call, const char *name, const char *sign, int *ret_order,
		      struct err *err)
{
	struct value v[2];

	if (call_bind(call, name, pair, v, err))
		return -1;
	return value_order_by(call->heap, sign, v, ret_order, err);
}

#define TEST_OF_ORDER(name, sign, holds)                                             \
	int test_##name(struct call *call, struct value *ret_value, struct err *err) \
	{                                                                            \
		int order;                                                           \
		if (order_test(call, #name, sign, &order, err))                      \
			return -1;                                                   \
		*ret_value = value_bool(order holds);                                \
		return 0;                                                            \
	}

TEST_OF_ORDER(lt, "<", < 0)
TEST_OF_ORDER(le, "<=", <= 0)
TEST_OF_ORDER(gt, ">", > 0)
TEST_OF_ORDER(ge, ">=", >= 0)

int test_sameas(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"other", PARAM_REQUIRED}, {NULL}};
	struct value v[2];

	if (call_bind(call, "test_sameas", params, v, err))
		return -1;
	*ret_value = value_bool(value_is(v[0], v[1]));
	return 0;
}

int test_in(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"seq", PARAM_REQUIRED}, {NULL}};
	struct value v[2];
	bool contains;

	if (call_bind(call, "test_in", params, v, err) ||
	    value_contains(call->heap, v[1], v[0], &contains, err))
		return -1;
	*ret_value = value_bool(contains);
	return 0;
}

/* Salt's: the beginning of a text matches. */
int test_match(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"txt", PARAM_REQUIRED},
					      {"rgx", PARAM_REQUIRED},
					      {"ignorecase", PARAM_OPTIONAL},
					      {"multiline", PARAM_OPTIONAL},
					      {NULL}};
	struct regex_match match;
	struct regex *regex;
	struct value v[4];
	struct str text;

	if (call_bind(call, "test_match", params, v, err) || matched_text(v[0], &text, err) ||
	    regex_of(call, &v[1], &regex, err))
		return -1;
	int found = regex_search(regex, text, 0, true, &match, err);
	if (found < 0)
		return -1;
	*ret_value = value_bool(found);
	return 0;
}
