/* exec_for.c - {% for %}: turns, targets, the else branch.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/interp_private.h"

#include "base/banned.h"

static struct loop_value *loop_new(struct interp *interp, struct turns *turns,
				   const struct loop_value *outer)
{
	struct loop_value *loop = heap_alloc(interp->heap, sizeof(*loop));

	loop->object.type = &loop_type;
	loop->interp = interp;
	loop->stmt = turns->stmt;
	loop->turns = turns;
	loop->around = interp->now;
	loop->index0 = loop->length = -1;
	loop->depth0 = outer ? outer->depth0 + 1 : 0;
	if (turns->stmt->loop.is_recursive)
		scope_capture(interp->now.scope);
	return loop;
}

/* One turn: a fresh scope for what the body sets. */
static int turn_run(struct interp *interp, const struct stmt *stmt, struct loop_value *loop,
		    struct value item, struct err *err)
{
	struct scope *scope = interp->now.scope;

	if (scope->is_captured)
		scope = interp->now.scope = scope_new(interp, scope->parent);
	scope_clear(scope);
	if (loop)
		scope_set(interp, scope, interp->engine->words.loop,
			  value_of_object(&loop->object));
	if (assign(interp, stmt->loop.target, item, err))
		return -1;
	return exec_body(interp, stmt->loop.body, err);
}

/* *ret_any: a turn came to its end: one that breaks or continues does not count for `else`. */
static int turns_run(struct interp *interp, struct turns *turns, struct loop_value *loop,
		     bool *ret_any, struct err *err)
{
	for (;;) {
		struct value item;
		int got = loop ? loop_advance(loop, err) : turns_next(turns, &item, err);
		if (got < 0)
			return fail_here(interp, turns->stmt->loop.of->mark);
		if (got == 0)
			return 0;
		if (loop)
			item = loop->current;
		int flow = turn_run(interp, turns->stmt, loop, item, err);
		if (flow < 0)
			return -1;
		*ret_any = *ret_any || flow == FLOW_NEXT;
		if (flow == FLOW_BREAK)
			return 0;
	}
}

int loop_run(struct interp *interp, const struct stmt *stmt, struct value of,
	     const struct loop_value *outer, struct err *err)
{
	struct turns turns = {.stmt = stmt, .interp = interp, .of = of};
	struct loop_value *loop = NULL;
	bool any = false;

	if (value_iterate(interp->heap, of, &turns.iter, err)) {
		fail_operand(interp, stmt->loop.of, of);
		return fail_here(interp, stmt->loop.of->mark);
	}
	if (stmt->loop.uses_loop || stmt->loop.is_recursive)
		loop = loop_new(interp, &turns, outer);
	scope_push(interp);
	int failed = turns_run(interp, &turns, loop, &any, err);
	if (loop)
		loop->turns = NULL;
	if (failed)
		return -1;
	scope_pop(interp);
	if (any || !stmt->loop.otherwise)
		return FLOW_NEXT;
	scope_push(interp);
	int flow = exec_body(interp, stmt->loop.otherwise, err);
	if (flow >= 0)
		scope_pop(interp);
	return flow;
}

int exec_for(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value of;

	if (eval(interp, stmt->loop.of, &of, err))
		return -1;
	return loop_run(interp, stmt, of, NULL, err);
}
