/* eval_expr.c - expressions to values.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each kind has a function of its own; eval() counts the step and notes where it failed. Depth is
 * bounded by the parser (LIMIT_NESTING) and by call_enter. */
#include "tmpl/filter_private.h"
#include "tmpl/interp_private.h"
#include "tmpl/markup.h"

#include "base/banned.h"

typedef int eval_fn(struct interp *interp, const struct expr *expr, struct value *ret_value,
		    struct err *err);

static int eval_const(struct interp *interp, const struct expr *expr, struct value *ret_value,
		      struct err *err)
{
	*ret_value = expr->constant;
	return 0;
}

static int eval_name(struct interp *interp, const struct expr *expr, struct value *ret_value,
		     struct err *err)
{
	*ret_value = variable_find(interp, expr->name);
	return 0;
}

static int eval_items(struct interp *interp, const struct expr *expr, struct list **ret_list,
		      struct err *err)
{
	struct list *list = list_new(interp->heap, expr->n_items);

	for (const struct expr *item = expr->items; item; item = item->next) {
		struct value v;
		if (eval(interp, item, &v, err))
			return -1;
		list_push(interp->heap, list, v);
	}
	*ret_list = list;
	return 0;
}

static int eval_list(struct interp *interp, const struct expr *expr, struct value *ret_value,
		     struct err *err)
{
	struct list *list;

	if (eval_items(interp, expr, &list, err))
		return -1;
	*ret_value = value_of_list(list);
	return 0;
}

static int eval_tuple(struct interp *interp, const struct expr *expr, struct value *ret_value,
		      struct err *err)
{
	if (eval_list(interp, expr, ret_value, err))
		return -1;
	ret_value->kind = VALUE_TUPLE;
	return 0;
}

static int eval_dict(struct interp *interp, const struct expr *expr, struct value *ret_value,
		     struct err *err)
{
	struct dict *dict = dict_new(interp->heap);

	for (const struct expr *item = expr->items; item; item = item->next->next) {
		struct value key, v;
		if (eval(interp, item, &key, err) || eval(interp, item->next, &v, err))
			return -1;
		if (dict_assign(interp->heap, dict, key, v, err)) {
			fail_operand(interp, item, key);
			return fail_here(interp, item->mark);
		}
	}
	*ret_value = value_of_dict(dict);
	return 0;
}

static int eval_attribute(struct interp *interp, const struct expr *expr, struct value *ret_value,
			  struct err *err)
{
	struct value of;

	if (eval(interp, expr->of, &of, err))
		return -1;
	if (value_attribute(interp->heap, of, str_of(expr->name), ret_value, err))
		return fail_operand(interp, expr->of, of);
	return 0;
}

static int eval_item(struct interp *interp, const struct expr *expr, struct value *ret_value,
		     struct err *err)
{
	struct value of, key;

	if (eval(interp, expr->of, &of, err) || eval(interp, expr->index, &key, err))
		return -1;
	if (value_item(interp->heap, of, key, ret_value, err) == 0)
		return 0;
	fail_operand(interp, expr->of, of);
	return fail_operand(interp, expr->index, key);
}

static int eval_slice(struct interp *interp, const struct expr *expr, struct value *ret_value,
		      struct err *err)
{
	struct value of, parts[3] = {value_none(), value_none(), value_none()};

	if (eval(interp, expr->of, &of, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (expr->slice[i] && eval(interp, expr->slice[i], &parts[i], err))
			return -1;
	if (value_slice(interp->heap, of, parts, ret_value, err) == 0)
		return 0;
	fail_operand(interp, expr->of, of);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (expr->slice[i])
			fail_operand(interp, expr->slice[i], parts[i]);
	return -1;
}

static int eval_call_expr(struct interp *interp, const struct expr *expr, struct value *ret_value,
			  struct err *err)
{
	return eval_call(interp, expr, NULL, ret_value, err);
}

static int eval_filter_expr(struct interp *interp, const struct expr *expr, struct value *ret_value,
			    struct err *err)
{
	return eval_filter(interp, expr, NULL, ret_value, err);
}

int eval_truth(struct interp *interp, const struct expr *expr, bool *ret_truth, struct err *err)
{
	struct value v;

	if (eval(interp, expr, &v, err))
		return -1;
	if (v.kind == VALUE_BOOL) {
		*ret_truth = v.boolean;
		return 0;
	}
	if (value_truth(interp->heap, v, ret_truth, err)) {
		fail_operand(interp, expr, v);
		return fail_here(interp, expr->mark);
	}
	return 0;
}

static int eval_not(struct interp *interp, const struct expr *expr, struct value *ret_value,
		    struct err *err)
{
	bool truth;

	if (eval_truth(interp, expr->of, &truth, err))
		return -1;
	*ret_value = value_bool(!truth);
	return 0;
}

static int eval_negate(struct interp *interp, const struct expr *expr, struct value *ret_value,
		       struct err *err)
{
	struct value v;

	if (eval(interp, expr->of, &v, err))
		return -1;
	if (value_negate(interp->heap, v, ret_value, err))
		return fail_operand(interp, expr->of, v);
	return 0;
}

static int eval_plus(struct interp *interp, const struct expr *expr, struct value *ret_value,
		     struct err *err)
{
	struct value v;

	if (eval(interp, expr->of, &v, err))
		return -1;
	if (value_plus(interp->heap, v, ret_value, err))
		return fail_operand(interp, expr->of, v);
	return 0;
}

static int eval_binary(struct interp *interp, const struct expr *expr, struct value *ret_value,
		       struct err *err)
{
	struct value left, right;

	if (eval(interp, expr->left, &left, err) || eval(interp, expr->right, &right, err))
		return -1;
	int failed = markup_is(left) || markup_is(right)
			     ? markup_binary(interp->heap, expr->op, left, right, ret_value, err)
			     : value_binary(interp->heap, expr->op, left, right, ret_value, err);
	if (!failed)
		return 0;
	fail_operand(interp, expr->left, left);
	return fail_operand(interp, expr->right, right);
}

/* `and` and `or` give one of their operands, as Python's do. */
static int eval_either(struct interp *interp, const struct expr *expr, struct value *ret_value,
		       struct err *err)
{
	struct value left;
	bool truth;

	if (eval(interp, expr->left, &left, err))
		return -1;
	if (value_truth(interp->heap, left, &truth, err))
		return fail_operand(interp, expr->left, left);
	if (truth == (expr->kind == EXPR_OR)) {
		*ret_value = left;
		return 0;
	}
	return eval(interp, expr->right, ret_value, err);
}

static int concat_piece(struct interp *interp, struct value v, bool as_markup, struct buf *buf,
			struct err *err)
{
	struct value string = v;

	if (!as_markup || v.flags & VALUE_MARKUP)
		return value_print(interp->heap, v, buf, err);
	if (value_str(interp->heap, v, &string, err))
		return -1;
	markup_escape(buf, value_bytes(string));
	return 0;
}

/* a ~ b: all as text; when one of them is safe HTML, the others are escaped (autoescape only). */
static int eval_concat(struct interp *interp, const struct expr *expr, struct value *ret_value,
		       struct err *err)
{
	autobuf struct buf buf = {.max = LIMIT_OUTPUT};
	struct list *parts;
	bool as_markup = false;
	size_t i = 0;

	if (eval_items(interp, expr, &parts, err))
		return -1;
	for (; interp->now.autoescape && i < parts->n; i++)
		as_markup = as_markup || parts->items[i].flags & VALUE_MARKUP;
	i = 0;
	for (const struct expr *item = expr->items; item; item = item->next, i++)
		if (concat_piece(interp, parts->items[i], as_markup, &buf, err)) {
			fail_operand(interp, item, parts->items[i]);
			return fail_here(interp, item->mark);
		}
	if (buf_check(&buf, "a text", err) || heap_room(interp->heap, buf.len, err))
		return -1;
	*ret_value = value_text(interp->heap, buf_str(&buf));
	if (as_markup)
		ret_value->flags = VALUE_MARKUP;
	return 0;
}

static int compare_values(struct interp *interp, enum compare_op op, struct value left,
			  struct value right, bool *ret_holds, struct err *err)
{
	int order = 0;
	bool holds = false;

	switch (op) {
	case CMP_EQ:
	case CMP_NE:
		if (value_equal(interp->heap, left, right, &holds, err))
			return -1;
		*ret_holds = holds == (op == CMP_EQ);
		return 0;
	case CMP_IN:
	case CMP_NOT_IN:
		if (value_contains(interp->heap, right, left, &holds, err))
			return -1;
		*ret_holds = holds == (op == CMP_IN);
		return 0;
	default: break;
	}
	static const char *const signs[] = {
		[CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">="};
	if (value_order_by(interp->heap, signs[op], (struct value[]){left, right}, &order, err))
		return -1;
	*ret_holds = op == CMP_LT   ? order < 0
		     : op == CMP_LE ? order <= 0
		     : op == CMP_GT ? order > 0
				    : order >= 0;
	return 0;
}

static int eval_compare(struct interp *interp, const struct expr *expr, struct value *ret_value,
			struct err *err)
{
	const struct expr *left_expr = expr->of;
	struct value left, right;
	bool holds = true;

	if (eval(interp, left_expr, &left, err))
		return -1;
	for (const struct compare *c = expr->compares; c && holds; c = c->next) {
		if (eval(interp, c->right, &right, err))
			return -1;
		if (compare_values(interp, c->op, left, right, &holds, err)) {
			fail_operand(interp, left_expr, left);
			return fail_operand(interp, c->right, right);
		}
		left = right;
		left_expr = c->right;
	}
	*ret_value = value_bool(holds);
	return 0;
}

/* Without else it is an undefined value of the lenient kind, whatever the mode is: the reference's
 * compiler says so of the implicit else. */
static int eval_condition(struct interp *interp, const struct expr *expr, struct value *ret_value,
			  struct err *err)
{
	bool truth;

	if (eval_truth(interp, expr->test, &truth, err))
		return -1;
	if (truth)
		return eval(interp, expr->then, ret_value, err);
	if (expr->otherwise)
		return eval(interp, expr->otherwise, ret_value, err);
	*ret_value = value_undefined(
		interp->heap, NULL,
		"the inline if-expression on line %u evaluated to false and no else section "
		"was defined.",
		expr->mark.line);
	ret_value->flags = VALUE_LENIENT;
	return 0;
}

static eval_fn *const kinds[] = {
	[EXPR_CONST] = eval_const,     [EXPR_NAME] = eval_name,
	[EXPR_LIST] = eval_list,       [EXPR_TUPLE] = eval_tuple,
	[EXPR_DICT] = eval_dict,       [EXPR_ATTRIBUTE] = eval_attribute,
	[EXPR_ITEM] = eval_item,       [EXPR_SLICE] = eval_slice,
	[EXPR_CALL] = eval_call_expr,  [EXPR_FILTER] = eval_filter_expr,
	[EXPR_TEST] = eval_test,       [EXPR_NOT] = eval_not,
	[EXPR_NEGATE] = eval_negate,   [EXPR_PLUS] = eval_plus,
	[EXPR_BINARY] = eval_binary,   [EXPR_AND] = eval_either,
	[EXPR_OR] = eval_either,       [EXPR_CONCAT] = eval_concat,
	[EXPR_COMPARE] = eval_compare, [EXPR_CONDITION] = eval_condition,
};

int eval(struct interp *interp, const struct expr *expr, struct value *ret_value, struct err *err)
{
	if (heap_step(interp->heap, err) == 0 &&
	    kinds[expr->kind](interp, expr, ret_value, err) == 0)
		return 0;
	fail_called(interp, expr->mark);
	return fail_here(interp, expr->mark);
}
