/* exec_stmt.c - statements: each kind has a function; the body is a walk over them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"
#include "tmpl/interp_private.h"

#include "base/banned.h"

typedef int exec_fn(struct interp *interp, const struct stmt *stmt, struct err *err);

/* A template that extends another prints nothing itself from there on, but what it captures. */
static bool is_silent(const struct interp *interp)
{
	const struct rendering *rendering = interp->now.rendering;

	return rendering->extended && interp->n_captures == rendering->n_captures;
}

static int exec_text(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	if (is_silent(interp))
		return 0;
	out_mark(interp, stmt->mark, true);
	return out_text(interp, stmt->text, err) ? fail_here(interp, stmt->mark) : 0;
}

static int exec_output(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value v;

	if (is_silent(interp))
		return 0;
	if (eval(interp, stmt->expr, &v, err))
		return -1;
	out_mark(interp, stmt->expr->mark, false);
	if (out_value(interp, v, err)) {
		fail_operand(interp, stmt->expr, v);
		return fail_here(interp, stmt->expr->mark);
	}
	return 0;
}

static int exec_if(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	for (const struct branch *branch = stmt->branches; branch; branch = branch->next) {
		bool truth = true;
		if (branch->test && eval_truth(interp, branch->test, &truth, err))
			return -1;
		if (truth)
			return exec_body(interp, branch->body, err);
	}
	return FLOW_NEXT;
}

static int namespace_of(struct interp *interp, const struct target *target, struct value *ret_space,
			struct err *err)
{
	*ret_space = variable_find(interp, target->name);
	if (ret_space->kind == VALUE_OBJECT && ret_space->object->type == &namespace_type)
		return 0;
	err_set(err, ERR_INPUT, "cannot assign attribute on non-namespace object");
	return fail_here(interp, target->mark);
}

static int assign_attribute(struct interp *interp, const struct target *target, struct value v,
			    struct err *err)
{
	struct value space;

	if (namespace_of(interp, target, &space, err))
		return -1;
	dict_put(interp->heap, namespace_dict(space.object), value_view(str_of(target->attribute)),
		 v);
	return 0;
}

static int assign_tuple(struct interp *interp, const struct target *target, struct value v,
			struct err *err)
{
	struct value_iter iter;
	struct value item;
	uint32_t n = 0;
	int got;
	autoerr struct err why = {0};

	if (value_iterate(interp->heap, v, &iter, &why)) {
		if (v.kind == VALUE_UNDEFINED)
			err_move(err, &why);
		else
			err_set(err, ERR_INPUT, "cannot unpack non-iterable %s object",
				value_type_name(v));
		return fail_here(interp, target->mark);
	}
	struct list *items = list_new(interp->heap, target->n_items);
	while ((got = value_next(&iter, &item, err)) > 0 && n < target->n_items) {
		list_push(interp->heap, items, item);
		n++;
	}
	if (got > 0)
		err_set(err, ERR_INPUT, "too many values to unpack (expected %u)", target->n_items);
	else if (got == 0 && n < target->n_items)
		err_set(err, ERR_INPUT, "not enough values to unpack (expected %u, got %u)",
			target->n_items, n);
	if (err_is_set(err))
		return fail_here(interp, target->mark);
	n = 0;
	for (const struct target *part = target->items; part; part = part->next)
		if (assign(interp, part, items->items[n++], err))
			return -1;
	return 0;
}

int assign(struct interp *interp, const struct target *target, struct value v, struct err *err)
{
	if (target->kind == TARGET_NAME) {
		scope_set(interp, interp->now.scope, target->name, v);
		return 0;
	}
	if (target->kind == TARGET_ATTRIBUTE)
		return assign_attribute(interp, target, v, err);
	return assign_tuple(interp, target, v, err);
}

/* What is set at the top of a template is what an import of it gives. */
static void export(struct interp *interp, const struct target *target)
{
	struct scope *scope = interp->now.scope;

	if (!scope->is_top)
		return;
	if (target->kind == TARGET_NAME) {
		struct variable *variable = scope_find(scope, target->name);
		if (variable)
			variable->is_exported = target->name[0] != '_';
	}
	if (target->kind == TARGET_TUPLE)
		for (const struct target *part = target->items; part; part = part->next)
			export(interp, part);
}

/* That attributes are set on namespaces only is looked at before the value is made. */
static int target_check(struct interp *interp, const struct target *target, struct err *err)
{
	struct value space;

	for (const struct target *part = target->kind == TARGET_TUPLE ? target->items : NULL; part;
	     part = part->next)
		if (target_check(interp, part, err))
			return -1;
	return target->kind == TARGET_ATTRIBUTE ? namespace_of(interp, target, &space, err) : 0;
}

int assign_set(struct interp *interp, const struct target *target, struct value v, struct err *err)
{
	if (assign(interp, target, v, err))
		return -1;
	export(interp, target);
	return 0;
}

static int exec_set(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value v;

	if (target_check(interp, stmt->set.target, err) || eval(interp, stmt->set.expr, &v, err) ||
	    assign_set(interp, stmt->set.target, v, err))
		return -1;
	return FLOW_NEXT;
}

int capture_body(struct interp *interp, const struct stmt *body, struct value *ret_value,
		 struct err *err)
{
	size_t begin = capture_begin(interp);

	scope_push(interp);
	int flow = exec_body(interp, body, err);
	if (flow < 0)
		return -1;
	scope_pop(interp);
	*ret_value = capture_end(interp, begin);
	return flow;
}

static int exec_set_block(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value captured, v;
	int flow = capture_body(interp, stmt->set.body, &captured, err);

	if (flow != FLOW_NEXT)
		return flow;
	v = captured;
	if (stmt->set.filters && eval_filter(interp, stmt->set.filters, &captured, &v, err))
		return fail_here(interp, stmt->set.filters->mark);
	if (interp->now.autoescape && v.kind == VALUE_STRING)
		v.flags |= VALUE_MARKUP;
	return assign_set(interp, stmt->set.target, v, err) ? -1 : FLOW_NEXT;
}

static int exec_filter(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value captured, v;
	int flow = capture_body(interp, stmt->filter.body, &captured, err);

	if (flow != FLOW_NEXT)
		return flow;
	if (eval_filter(interp, stmt->filter.filters, &captured, &v, err))
		return fail_here(interp, stmt->filter.filters->mark);
	out_mark(interp, stmt->mark, false);
	if (v.kind == VALUE_STRING) /* it is output as it is: not escaped a second time */
		v.flags |= VALUE_MARKUP;
	return out_value(interp, v, err) ? fail_here(interp, stmt->mark) : FLOW_NEXT;
}

static int exec_macro(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct scope *scope = interp->now.scope;
	const char *name = stmt->macro->name;

	scope_set(interp, scope, name, macro_new(interp, stmt->macro));
	if (scope->is_top)
		scope_find(scope, name)->is_exported = name[0] != '_';
	return FLOW_NEXT;
}

static int exec_call(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value caller = macro_new(interp, stmt->call_block.caller), v;

	if (eval_call(interp, stmt->call_block.call, &caller, &v, err)) {
		fail_called(interp, stmt->call_block.call->mark);
		return fail_here(interp, stmt->call_block.call->mark);
	}
	out_mark(interp, stmt->mark, false);
	return out_value(interp, v, err) ? fail_here(interp, stmt->mark) : FLOW_NEXT;
}

/* The values see what is around the block, not each other. */
static int exec_with(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct scope *around = interp->now.scope, *inside = scope_new(interp, around);
	const struct target *target = stmt->with.targets;

	for (const struct expr *expr = stmt->with.values; expr; expr = expr->next) {
		struct value v;
		if (eval(interp, expr, &v, err))
			return -1;
		interp->now.scope = inside;
		if (assign(interp, target, v, err))
			return -1;
		interp->now.scope = around;
		target = target->next;
	}
	interp->now.scope = inside;
	int flow = exec_body(interp, stmt->with.body, err);
	if (flow >= 0)
		scope_pop(interp);
	return flow;
}

static int exec_do(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	struct value unused;

	return eval(interp, stmt->expr, &unused, err);
}

static int exec_break(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	return FLOW_BREAK;
}

static int exec_continue(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	return FLOW_CONTINUE;
}

static int exec_autoescape(struct interp *interp, const struct stmt *stmt, struct err *err)
{
	bool around = interp->now.autoescape, wanted;

	if (eval_truth(interp, stmt->filter.filters, &wanted, err))
		return -1;
	scope_push(interp);
	interp->now.autoescape = wanted;
	int flow = exec_body(interp, stmt->filter.body, err);
	if (flow >= 0)
		scope_pop(interp);
	interp->now.autoescape = around;
	return flow;
}

/* break and continue leave captures and scopes behind: the loop's own are put back here. */
static exec_fn *const kinds[] = {
	[STMT_TEXT] = exec_text,
	[STMT_OUTPUT] = exec_output,
	[STMT_IF] = exec_if,
	[STMT_FOR] = exec_for,
	[STMT_SET] = exec_set,
	[STMT_SET_BLOCK] = exec_set_block,
	[STMT_MACRO] = exec_macro,
	[STMT_CALL] = exec_call,
	[STMT_IMPORT] = exec_import,
	[STMT_FROM] = exec_from,
	[STMT_INCLUDE] = exec_include,
	[STMT_FILTER] = exec_filter,
	[STMT_WITH] = exec_with,
	[STMT_DO] = exec_do,
	[STMT_BREAK] = exec_break,
	[STMT_CONTINUE] = exec_continue,
	[STMT_BLOCK] = exec_block,
	[STMT_EXTENDS] = exec_extends,
	[STMT_AUTOESCAPE] = exec_autoescape,
	[STMT_LOAD] = exec_load,
	[STMT_IMPORT_TEXT] = exec_import_text,
};

int exec_body(struct interp *interp, const struct stmt *body, struct err *err)
{
	for (const struct stmt *stmt = body; stmt; stmt = stmt->next) {
		if (heap_step(interp->heap, err))
			return fail_here(interp, stmt->mark);
		int flow = kinds[stmt->kind](interp, stmt, err);
		if (flow < 0)
			return fail_here(interp, stmt->mark);
		if (flow != FLOW_NEXT)
			return flow;
	}
	return FLOW_NEXT;
}
