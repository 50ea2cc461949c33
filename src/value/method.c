/* method.c - finding methods, and checking what they are called with.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"

#include "base/banned.h"

const struct method *method_find(struct value v, struct str name)
{
	const struct method *methods = NULL;
	size_t from = 0, n = 0;

	switch (v.kind) {
	case VALUE_STRING:
		methods = str_methods;
		n = n_str_methods;
		break;
	case VALUE_LIST:
		methods = list_methods;
		n = n_list_methods;
		break;
	case VALUE_TUPLE:
		methods = tuple_methods;
		n = n_tuple_methods;
		break;
	case VALUE_DICT:
		methods = dict_methods;
		n = n_dict_methods;
		break;
	default: return NULL;
	}
	while (from < n && name.len) {
		size_t middle = from + (n - from) / 2;
		int order = *name.ptr - *methods[middle].name;

		if (order == 0)
			order = strncmp(name.ptr, methods[middle].name, name.len);

		if (order == 0 && !methods[middle].name[name.len])
			return &methods[middle];
		if (order <= 0)
			n = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static int count_refuse(const struct call *call, const struct method *method, struct err *err)
{
	size_t given = call->n_args + (method->keywords ? call->n_keywords : 0);
	bool few = given < method->min;
	unsigned limit = few ? method->min : method->max;
	const char *much = method->min == method->max ? ""
			   : few                      ? "at least "
						      : "at most ",
		   *plural = limit == 1 ? "" : "s";

	if (method->phrase == SAYS_TAKES_EXACTLY)
		return err_set(err, ERR_INPUT, "%s.%s() takes %s (%zu given)",
			       value_type_name(call->self), method->name,
			       method->max ? "exactly one argument" : "no arguments", given);
	if (method->phrase == SAYS_EXPECTED)
		return err_set(err, ERR_INPUT, "%s expected %s%u argument%s, got %zu", method->name,
			       much, limit, plural, given);
	return err_set(err, ERR_INPUT, "%s() takes %s%u argument%s (%zu given)", method->name,
		       method->min == method->max ? "exactly " : much, limit, plural, given);
}

static int keyword_refuse(const struct call *call, const struct method *method, struct err *err)
{
	for (size_t i = 0; i < call->n_keywords; i++) {
		struct str name = call->keywords[i].name;
		size_t at = 0;

		while (method->keywords && at < method->n_keywords &&
		       !(method->keywords[at] && str_is(name, method->keywords[at])))
			at++;
		if (at == method->n_keywords)
			return err_set(err, ERR_INPUT,
				       "'%.*s' is an invalid keyword argument for %s()",
				       STR_ARG(name), method->name);
		if (at < call->n_args)
			return err_set(
				err, ERR_INPUT,
				"argument for %s() given by name ('%.*s') and position (%zu)",
				method->name, STR_ARG(name), at + 1);
	}
	return 0;
}

int method_call(const struct method *method, struct call *call, struct value *ret_value,
		struct err *err)
{
	call->closure = method;
	if (call->n_keywords && !method->n_keywords)
		return err_set(err, ERR_INPUT, "%s.%s() takes no keyword arguments",
			       value_type_name(call->self), method->name);
	if (method->keywords && call->n_args + call->n_keywords > method->n_keywords)
		return count_refuse(call, method, err);
	if (call->n_args < method->min || (method->max != ANY_NUMBER && call->n_args > method->max))
		return count_refuse(call, method, err);
	if (call->n_keywords && method->n_keywords != ANY_NUMBER &&
	    keyword_refuse(call, method, err))
		return -1;
	return method->fn(call, ret_value, err);
}

/* Of a bound method: the closure is its row. */
static int bound_call(struct call *call, struct value *ret_value, struct err *err)
{
	return method_call(call->closure, call, ret_value, err);
}

struct value method_bind(struct heap *heap, struct value v, const struct method *method)
{
	struct value bound = value_native(heap, method->name, bound_call, method);

	((struct native *)bound.object)->self = v;
	return bound;
}

const struct value *method_arg(const struct call *call, size_t i)
{
	const struct method *method = method_of(call);

	if (i < call->n_args)
		return &call->args[i];
	if (!call->n_keywords || i >= method->n_keywords || !method->keywords ||
	    !method->keywords[i])
		return NULL;
	return call_keyword(call, method->keywords[i]);
}

int method_text(const struct call *call, size_t i, struct str *ret_text, struct err *err)
{
	const struct method *method = method_of(call);
	const struct value *arg = method_arg(call, i);
	const char *given;

	if (!arg)
		return 0;
	if (arg->kind == VALUE_UNDEFINED)
		return value_refuse_undefined(*arg, err);
	given = arg->kind == VALUE_NONE ? "None" : value_type_name(*arg);
	if (arg->kind == VALUE_STRING) {
		*ret_text = value_bytes(*arg);
		return 0;
	}
	if (method->max == 1)
		return err_set(err, ERR_INPUT, "%s() argument must be str, not %s", method->name,
			       given);
	return err_set(err, ERR_INPUT, "%s() argument %zu must be str, not %s", method->name, i + 1,
		       given);
}

int method_whole(const struct call *call, size_t i, int64_t *ret_whole, struct err *err)
{
	const struct value *arg = method_arg(call, i);

	if (!arg)
		return 0;
	if (arg->kind == VALUE_UNDEFINED)
		return value_refuse_undefined(*arg, err);
	if (!value_is_whole(*arg))
		return err_set(err, ERR_INPUT, "'%s' object cannot be interpreted as an integer",
			       value_type_name(*arg));
	*ret_whole = value_integer(*arg);
	return 0;
}

int method_bounds(const struct call *call, size_t i, int64_t length, int64_t ret_bounds[2],
		  struct err *err)
{
	ret_bounds[0] = 0;
	ret_bounds[1] = length;
	for (size_t k = 0; k < 2; k++) {
		const struct value *arg = method_arg(call, i + k);

		bool is_text = call->self.kind == VALUE_STRING;

		if (!arg || (is_text && arg->kind == VALUE_NONE))
			continue;
		if (arg->kind == VALUE_UNDEFINED)
			return value_refuse_undefined(*arg, err);
		if (!value_is_whole(*arg))
			return err_set(err, ERR_INPUT,
				       "slice indices must be integers or %shave an __index__ "
				       "method",
				       is_text ? "None or " : "");
		ret_bounds[k] = value_integer(*arg);
		if (ret_bounds[k] < 0)
			ret_bounds[k] = ret_bounds[k] + length < 0 ? 0 : ret_bounds[k] + length;
	}
	if (ret_bounds[1] > length)
		ret_bounds[1] = length;
	return 0;
}
