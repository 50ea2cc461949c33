/* call.c - calling values, and binding arguments to parameters.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/call.h"

#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

static int native_call(struct call *call, struct value *ret_value, struct err *err)
{
	const struct native *native = (const struct native *)call->self.object;

	call->self = native->self;
	call->closure = native->closure;
	return native->fn(call, ret_value, err);
}

static int native_print(struct heap *heap, struct object *object, struct buf *buf, struct err *err)
{
	buf_printf(buf, "<function %s>", ((struct native *)object)->name);
	return 0;
}

const struct object_type native_type = {
	.name = "function",
	.call = native_call,
	.print = native_print,
};

struct value value_native(struct heap *heap, const char *name, call_fn *fn, const void *closure)
{
	struct native *native = heap_alloc(heap, sizeof(*native));

	*native = (struct native){.object = {&native_type},
				  .name = name,
				  .fn = fn,
				  .closure = closure,
				  .self = {.kind = VALUE_UNDEFINED}};
	return value_of_object(&native->object);
}

int value_call(struct value callee, struct call *call, struct value *ret_value, struct err *err)
{
	if (callee.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(callee, err);
	if (callee.kind != VALUE_OBJECT || !callee.object->type->call)
		return err_set(err, ERR_INPUT, "'%s' object is not callable",
			       value_type_name(callee));
	call->self = callee;
	return callee.object->type->call(call, ret_value, err);
}

int value_call_method(struct value v, struct str name, struct call *call, struct value *ret_value,
		      struct err *err)
{
	const struct method *method = method_find(v, name);
	struct value callee;

	if (method) {
		call->self = v;
		return method_call(method, call, ret_value, err);
	}
	if (value_attribute(call->heap, v, name, &callee, err))
		return -1;
	return value_call(callee, call, ret_value, err);
}

const struct native_row *native_find(const struct native_row *sorted, size_t n, struct str name)
{
	size_t from = 0;

	while (from < n) {
		size_t middle = from + (n - from) / 2;
		struct str row = str_of(sorted[middle].name);
		int order = memcmp(name.ptr, row.ptr, name.len < row.len ? name.len : row.len);

		if (order == 0)
			order = (name.len > row.len) - (name.len < row.len);
		if (order == 0)
			return &sorted[middle];
		if (order < 0)
			n = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

const struct value *call_keyword(const struct call *call, const char *name)
{
	for (size_t i = 0; i < call->n_keywords; i++)
		if (str_is(call->keywords[i].name, name))
			return &call->keywords[i].value;
	return NULL;
}

static size_t param_search(const struct param *params, size_t n, struct str name)
{
	size_t i = 0;

	while (i < n && !str_is(name, params[i].name))
		i++;
	return i;
}

/* As Python says it of functions written in it, and of its own types' methods, that are not. */
static int too_many(const struct call *call, const char *function, const struct param *params,
		    size_t n, struct err *err)
{
	size_t least = 0;

	if (call->self.kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "%s() takes at most %zu argument%s (%zu given)",
			       function, n, n == 1 ? "" : "s", call->n_args);
	while (least < n && params[least].kind == PARAM_REQUIRED)
		least++;
	if (least < n)
		return err_set(err, ERR_INPUT,
			       "%s() takes from %zu to %zu positional arguments but %zu were given",
			       function, least, n, call->n_args);
	return err_set(err, ERR_INPUT, "%s() takes %zu positional argument%s but %zu %s given",
		       function, n, n == 1 ? "" : "s", call->n_args,
		       call->n_args == 1 ? "was" : "were");
}

/* "'a'", "'a' and 'b'", "'a', 'b', and 'c'" */
static int missing_told(const char *function, const struct param *params,
			const struct value *values, size_t n, struct err *err)
{
	autobuf struct buf names = {0};
	size_t n_missing = 0, n_told = 0;

	for (size_t i = 0; i < n; i++)
		n_missing += params[i].kind == PARAM_REQUIRED && !param_given(values[i]);
	if (!n_missing)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (params[i].kind != PARAM_REQUIRED || param_given(values[i]))
			continue;
		if (n_told++)
			buf_puts(&names, n_missing == 2        ? " and "
					 : n_told == n_missing ? ", and "
							       : ", ");
		buf_printf(&names, "'%s'", params[i].name);
	}
	return err_set(err, ERR_INPUT, "%s() missing %zu required positional argument%s: %s",
		       function, n_missing, n_missing == 1 ? "" : "s", buf_text(&names));
}

int call_bind(const struct call *call, const char *function, const struct param *params,
	      struct value *ret_values, struct err *err)
{
	const char *dot = strrchr(function, '.');
	size_t n = 0;

	if (dot && call->self.kind == VALUE_UNDEFINED)
		function = dot + 1; /* Python knows no modules here */
	for (; params[n].name; n++)
		ret_values[n] = (struct value){.kind = VALUE_UNDEFINED};
	if (call->n_args > n)
		return too_many(call, function, params, n, err);
	for (size_t i = 0; i < call->n_args; i++)
		ret_values[i] = call->args[i];
	for (size_t i = 0; i < call->n_keywords; i++) {
		struct str name = call->keywords[i].name;
		size_t at = param_search(params, n, name);

		if (at == n)
			return err_set(err, ERR_INPUT,
				       "%s() got an unexpected keyword argument '%.*s'", function,
				       STR_ARG(name));
		if (param_given(ret_values[at]))
			return err_set(err, ERR_INPUT,
				       "%s() got multiple values for argument '%.*s'", function,
				       STR_ARG(name));
		ret_values[at] = call->keywords[i].value;
	}
	return missing_told(function, params, ret_values, n, err);
}
