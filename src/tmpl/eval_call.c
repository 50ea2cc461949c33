/* eval_call.c - calls, filters, tests: arguments gathered, then called.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tmpl/filters.h"
#include "tmpl/interp_private.h"
#include "tmpl/markup.h"

#include "base/banned.h"

#define ARGS_INLINE     6
#define KEYWORDS_INLINE 6

struct gathered {
	struct value *args;
	struct keyword *keywords;
	size_t n_args, args_cap, n_keywords, keywords_cap;
	struct value first_args[ARGS_INLINE];
	struct keyword first_keywords[KEYWORDS_INLINE];
};

static void gather_begin(struct gathered *gathered)
{
	gathered->args = gathered->first_args;
	gathered->args_cap = ARGS_INLINE;
	gathered->keywords = gathered->first_keywords;
	gathered->keywords_cap = KEYWORDS_INLINE;
	gathered->n_args = gathered->n_keywords = 0;
}

static void *grow(struct heap *heap, const void *items, size_t n, size_t size, size_t *cap)
{
	void *grown = heap_alloc(heap, size * *cap * 2);

	memcpy(grown, items, n * size);
	*cap *= 2;
	return grown;
}

static void gather_arg(struct heap *heap, struct gathered *gathered, struct value v)
{
	if (gathered->n_args == gathered->args_cap)
		gathered->args = grow(heap, gathered->args, gathered->n_args,
				      sizeof(*gathered->args), &gathered->args_cap);
	gathered->args[gathered->n_args++] = v;
}

static int gather_keyword(struct heap *heap, struct gathered *gathered, struct str name,
			  struct value v, struct err *err)
{
	for (size_t i = 0; i < gathered->n_keywords; i++)
		if (str_eq(gathered->keywords[i].name, name))
			return err_set(err, ERR_INPUT,
				       "got multiple values for keyword argument '%.*s'",
				       STR_ARG(name));
	if (gathered->n_keywords == gathered->keywords_cap)
		gathered->keywords = grow(heap, gathered->keywords, gathered->n_keywords,
					  sizeof(*gathered->keywords), &gathered->keywords_cap);
	gathered->keywords[gathered->n_keywords++] = (struct keyword){name, v};
	return 0;
}

static int gather_star(struct interp *interp, const struct expr *star, struct gathered *gathered,
		       struct err *err)
{
	struct value all, v;
	struct value_iter iter;
	int got;

	if (eval(interp, star, &all, err))
		return -1;
	if (value_iterate(interp->heap, all, &iter, err)) {
		if (all.kind != VALUE_UNDEFINED) {
			err_clear(err);
			err_set(err, ERR_INPUT, "Value after * must be an iterable, not %s",
				value_type_name(all));
		}
		fail_operand(interp, star, all);
		return fail_here(interp, star->mark);
	}
	while ((got = value_next(&iter, &v, err)) > 0)
		gather_arg(interp->heap, gathered, v);
	return got;
}

static int gather_star_star(struct interp *interp, const struct expr *star,
			    struct gathered *gathered, struct err *err)
{
	struct value all;
	bool unused;

	if (eval(interp, star, &all, err))
		return -1;
	if (all.kind == VALUE_UNDEFINED && value_truth(interp->heap, all, &unused, err))
		return fail_operand(interp, star, all);
	if (all.kind != VALUE_DICT) {
		err_set(err, ERR_INPUT,
			"jinja2.runtime.Context.call() argument after ** must be a mapping, not %s",
			value_type_name(all));
		return fail_here(interp, star->mark);
	}
	dict_foreach(entry, all.dict)
	{
		if (entry->key.kind != VALUE_STRING) {
			err_set(err, ERR_INPUT, "keywords must be strings");
			return fail_here(interp, star->mark);
		}
		if (gather_keyword(interp->heap, gathered, value_bytes(entry->key), entry->value,
				   err))
			return fail_here(interp, star->mark);
	}
	return 0;
}

static int gather(struct interp *interp, const struct args *args, struct gathered *gathered,
		  struct err *err)
{
	struct value v;

	for (const struct expr *arg = args->positional; arg; arg = arg->next) {
		if (eval(interp, arg, &v, err))
			return -1;
		gather_arg(interp->heap, gathered, v);
	}
	if (args->star && gather_star(interp, args->star, gathered, err))
		return -1;
	for (const struct keyword_arg *arg = args->keywords; arg; arg = arg->next)
		if (eval(interp, arg->value, &v, err) ||
		    gather_keyword(interp->heap, gathered, str_of(arg->name), v, err))
			return -1;
	return args->star_star ? gather_star_star(interp, args->star_star, gathered, err) : 0;
}

static struct call call_of(struct interp *interp, const struct gathered *gathered)
{
	return (struct call){.heap = interp->heap,
			     .args = gathered->args,
			     .n_args = gathered->n_args,
			     .keywords = gathered->keywords,
			     .n_keywords = gathered->n_keywords,
			     .interp = interp};
}

/* x.name(…) failed: x may be undefined, or have no such thing. */
static int fail_method(struct interp *interp, const struct expr *method, struct value of)
{
	autoerr struct err none = {0};
	struct value found;

	fail_operand(interp, method->of, of);
	if (!interp->failure.is_set &&
	    value_attribute(interp->heap, of, str_of(method->name), &found, &none) == 0)
		fail_operand(interp, method, found);
	return -1;
}

int call_enter(struct interp *interp, struct err *err)
{
	const char here = 0;
	ptrdiff_t used = interp->stack_base - &here;

	if (interp->depth >= LIMIT_CALLS || used > LIMIT_STACK || -used > LIMIT_STACK)
		return err_set(
			err, ERR_LIMIT,
			"maximum recursion depth exceeded: more than %d calls within each other",
			LIMIT_CALLS);
	interp->depth++;
	return 0;
}

int eval_call(struct interp *interp, const struct expr *expr, const struct value *caller,
	      struct value *ret_value, struct err *err)
{
	const struct expr *callee_expr = expr->of;
	bool is_method = callee_expr->kind == EXPR_ATTRIBUTE;
	struct gathered gathered;
	struct value callee;

	gather_begin(&gathered);
	if (eval(interp, is_method ? callee_expr->of : callee_expr, &callee, err) ||
	    gather(interp, &expr->args, &gathered, err))
		return -1;
	if (caller && gather_keyword(interp->heap, &gathered, STR("caller"), *caller, err))
		return -1;
	struct call call = call_of(interp, &gathered);
	if (!is_method) {
		if (value_call(callee, &call, ret_value, err))
			return fail_operand(interp, callee_expr, callee);
		return 0;
	}
	struct str name = str_of(callee_expr->name);
	if (markup_is(callee) ? markup_method(callee, name, &call, ret_value, err)
			      : value_call_method(callee, name, &call, ret_value, err))
		return interp->failure.is_set ? -1 : fail_method(interp, callee_expr, callee);
	return 0;
}

static int unknown_filter(const char *name, struct err *err)
{
	return err_set(err, ERR_INPUT, "No filter named '%s' found.", name);
}

int eval_filter(struct interp *interp, const struct expr *expr, const struct value *captured,
		struct value *ret_value, struct err *err)
{
	const struct native_row *row = expr->found;
	struct gathered gathered;
	struct value piped;

	gather_begin(&gathered);
	if (!expr->of)
		piped = *captured;
	else if (captured ? eval_filter(interp, expr->of, captured, &piped, err)
			  : eval(interp, expr->of, &piped, err))
		return captured ? fail_here(interp, expr->of->mark) : -1;
	gather_arg(interp->heap, &gathered, piped);
	if (gather(interp, &expr->args, &gathered, err))
		return -1;
	if (!row)
		return unknown_filter(expr->name, err);
	struct call call = call_of(interp, &gathered);
	call.closure = row->closure;
	if (row->fn(&call, ret_value, err) == 0)
		return 0;
	if (expr->of)
		fail_operand(interp, expr->of, piped);
	return -1;
}

int eval_test(struct interp *interp, const struct expr *expr, struct value *ret_value,
	      struct err *err)
{
	const struct native_row *row = expr->found;
	struct gathered gathered;
	struct value piped, holds;
	bool truth;

	gather_begin(&gathered);
	if (eval(interp, expr->of, &piped, err))
		return -1;
	gather_arg(interp->heap, &gathered, piped);
	if (gather(interp, &expr->args, &gathered, err))
		return -1;
	if (!row)
		return err_set(err, ERR_INPUT, "No test named '%s' found.", expr->name);
	struct call call = call_of(interp, &gathered);
	call.closure = row->closure;
	if (row->fn(&call, &holds, err))
		return fail_operand(interp, expr->of, piped);
	if (value_truth(interp->heap, holds, &truth, err))
		return -1;
	*ret_value = value_bool(truth != expr->is_negated);
	return 0;
}
