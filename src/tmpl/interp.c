/* interp.c - what filters, tests and functions may ask of the template that calls them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/interp_private.h"

#include "base/banned.h"

/* The row's function with `piped` in front of the call's arguments. */
static int call_row(struct interp *interp, const struct native_row *row, struct value piped,
		    const struct call *call, struct value *ret_value, struct err *err)
{
	struct value few[8];
	struct value *args = few;

	if (call->n_args + 1 > ARRAY_LEN(few))
		args = heap_alloc(interp->heap, sizeof(*args) * (call->n_args + 1));
	args[0] = piped;
	for (size_t i = 0; i < call->n_args; i++)
		args[i + 1] = call->args[i];
	struct call inner = {.heap = interp->heap,
			     .args = args,
			     .n_args = call->n_args + 1,
			     .keywords = call->keywords,
			     .n_keywords = call->n_keywords,
			     .interp = interp,
			     .closure = row->closure};
	return row->fn(&inner, ret_value, err);
}

int interp_filter(struct interp *interp, struct str name, struct value piped, struct call *call,
		  struct value *ret_value, struct err *err)
{
	const struct native_row *row = engine_filter(interp->engine, name);

	if (heap_step(interp->heap, err))
		return -1;
	if (!row)
		return err_set(err, ERR_INPUT, "No filter named '%.*s'.", STR_ARG(name));
	return call_row(interp, row, piped, call, ret_value, err);
}

int interp_test(struct interp *interp, struct str name, struct value piped, struct call *call,
		bool *ret_holds, struct err *err)
{
	const struct native_row *row = engine_test(interp->engine, name);
	struct value holds;

	if (heap_step(interp->heap, err))
		return -1;
	if (!row)
		return err_set(err, ERR_INPUT, "No test named '%.*s'.", STR_ARG(name));
	if (call_row(interp, row, piped, call, &holds, err))
		return -1;
	return value_truth(interp->heap, holds, ret_holds, err);
}

void interp_save(const struct interp *interp, struct interp_state *ret_state)
{
	*ret_state = (struct interp_state){
		.now = interp->now,
		.failure = interp->failure,
		.out_len = interp->out.len,
		.n_notes = interp->diag->notes.n,
		.n_captures = interp->n_captures,
		.depth = interp->depth,
	};
}

void interp_restore(struct interp *interp, const struct interp_state *state)
{
	interp->now = state->now;
	interp->failure = state->failure;
	interp->n_captures = state->n_captures;
	interp->depth = state->depth;
	buf_truncate(&interp->out, state->out_len);
	while (interp->diag->notes.n > state->n_notes)
		free(interp->diag->notes.items[--interp->diag->notes.n].text);
}

struct engine *interp_engine(struct interp *interp)
{
	return interp->engine;
}

bool interp_autoescape(const struct interp *interp)
{
	return interp->now.autoescape;
}

struct value interp_variable(struct interp *interp, struct str name)
{
	return variable_find(interp, names_intern(&interp->engine->names, interp->heap, name));
}

struct dict *interp_variables(struct interp *interp)
{
	const struct dict *context = interp->now.rendering->context;
	struct dict *all = dict_copy(interp->heap, interp->engine->globals);
	const struct scope *seen = scope_snapshot(interp, interp->now.scope);

	if (context)
		dict_update(interp->heap, all, context);
	for (uint32_t i = 0; i < seen->n; i++)
		dict_set(interp->heap, all, seen->variables[i].name, seen->variables[i].value);
	return all;
}
