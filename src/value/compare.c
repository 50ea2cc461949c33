/* compare.c - equality, order and membership, as Python has them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

/* One comparison of two values with all that is in them. */
struct comparison {
	struct heap *heap; /* NULL: undefined ones are equal, and the budget is our own */
	struct err *err;
	unsigned depth;
	unsigned budget;
	bool failed;
};

static bool equal_deep(struct comparison *c, struct value a, struct value b);

/* < 0, 0, > 0; 2: not comparable, one is not a number. An int beyond 2^53 is not rounded. */
static int int_float_order(int64_t i, double d)
{
	if (d != d)
		return 2;
	if (d >= BEYOND_INT)
		return -1;
	if (d < -BEYOND_INT)
		return 1;
	if (i != (int64_t)d)
		return i < (int64_t)d ? -1 : 1;
	d -= (double)(int64_t)d;
	return d > 0 ? -1 : d < 0;
}

static int number_order(struct value a, struct value b)
{
	if (value_is_whole(a) && value_is_whole(b)) {
		int64_t x = value_integer(a), y = value_integer(b);

		return x < y ? -1 : x > y;
	}
	if (value_is_whole(a))
		return int_float_order(value_integer(a), b.number);
	if (value_is_whole(b)) {
		int order = int_float_order(value_integer(b), a.number);

		return order == 2 ? 2 : -order;
	}
	if (a.number != a.number || b.number != b.number)
		return 2;
	return a.number < b.number ? -1 : a.number > b.number;
}

static bool comparison_fail(struct comparison *c)
{
	c->failed = true;
	return false;
}

/* A step into a container: deep and wide ones end. */
static bool comparison_step(struct comparison *c)
{
	if (!c->heap)
		return c->budget && c->budget-- ? true : comparison_fail(c);
	return heap_step(c->heap, c->err) ? comparison_fail(c) : true;
}

static bool lists_equal(struct comparison *c, const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!equal_deep(c, a->items[i], b->items[i]))
			return false;
	return true;
}

static bool dicts_equal(struct comparison *c, const struct dict *a, const struct dict *b)
{
	if (a->n != b->n)
		return false;
	dict_foreach(entry, a)
	{
		const struct value *other = dict_find(b, entry->key);

		if (!other || !equal_deep(c, entry->value, *other))
			return false;
	}
	return true;
}

/* Keys and items compare as sets do. */
static bool views_equal(struct comparison *c, const struct view *a, const struct view *b)
{
	if (a->kind == VIEW_VALUES || b->kind != a->kind || a->of->n != b->of->n)
		return false;
	if (a->kind == VIEW_ITEMS)
		return dicts_equal(c, a->of, b->of);
	dict_foreach(entry, a->of)
	{
		if (!dict_find(b->of, entry->key))
			return false;
	}
	return true;
}

static bool ranges_equal(const struct range *a, const struct range *b)
{
	int64_t n = range_length(a);

	return n == range_length(b) &&
	       (n == 0 || (a->start == b->start && (n == 1 || a->step == b->step)));
}

static bool containers_equal(struct comparison *c, struct value a, struct value b)
{
	bool equal = false;

	if (c->depth == LIMIT_DEPTH) {
		if (c->heap)
			(void)!err_set(c->err, ERR_LIMIT,
				       "maximum recursion depth exceeded in comparison");
		return comparison_fail(c);
	}
	if (!comparison_step(c))
		return false;
	c->depth++;
	if (value_is_sequence(a))
		equal = lists_equal(c, a.list, b.list);
	else if (a.kind == VALUE_DICT)
		equal = dicts_equal(c, a.dict, b.dict);
	else
		equal = views_equal(c, a.view, b.view);
	c->depth--;
	return equal;
}

static bool equal_deep(struct comparison *c, struct value a, struct value b)
{
	if (value_is(a, b) && a.kind != VALUE_UNDEFINED)
		return true; /* as Python asks for items: identity first */
	if (a.kind == VALUE_UNDEFINED || b.kind == VALUE_UNDEFINED) {
		struct value undefined = a.kind == VALUE_UNDEFINED ? a : b;
		if (!c->heap || !undefined_fails(c->heap, undefined))
			return a.kind == b.kind;
		(void)!value_refuse_undefined(undefined, c->err);
		return comparison_fail(c);
	}
	if (value_is_number(a) && value_is_number(b))
		return number_order(a, b) == 0;
	if (a.kind == VALUE_OBJECT && a.object->type->equal && b.kind == VALUE_OBJECT)
		return a.object->type->equal(a.object, b.object);
	if (a.kind != b.kind)
		return false;
	switch ((enum value_kind)a.kind) {
	case VALUE_STRING: return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
	case VALUE_RANGE: return ranges_equal(a.range, b.range);
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_VIEW: return containers_equal(c, a, b);
	case VALUE_NONE: return true;
	case VALUE_UNDEFINED:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT:
	case VALUE_OBJECT: break;
	}
	return false;
}

int value_equal(struct heap *heap, struct value a, struct value b, bool *ret_equal, struct err *err)
{
	struct comparison c = {.heap = heap, .err = err};
	bool equal;

	if (a.kind == VALUE_FLOAT && b.kind == VALUE_FLOAT) { /* nan is not itself */
		*ret_equal = a.number == b.number;
		return 0;
	}
	equal = equal_deep(&c, a, b);
	if (c.failed)
		return -1;
	*ret_equal = equal;
	return 0;
}

bool value_same(struct value a, struct value b)
{
	struct comparison c = {.budget = LIMIT_SAME_ITEMS};

	return equal_deep(&c, a, b) && !c.failed;
}

bool value_is(struct value a, struct value b)
{
	if (a.kind != b.kind)
		return false;
	switch ((enum value_kind)a.kind) {
	case VALUE_NONE: return true;
	case VALUE_BOOL: return a.boolean == b.boolean;
	case VALUE_STRING:
		return a.len == b.len && (a.text == b.text || memcmp(a.text, b.text, a.len) == 0);
	case VALUE_FLOAT: return a.integer == b.integer; /* the same bits */
	case VALUE_INT:
	case VALUE_UNDEFINED:
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_VIEW:
	case VALUE_RANGE:
	case VALUE_OBJECT: break;
	}
	return a.integer == b.integer; /* the same pointer, or the same number */
}

struct ordering {
	struct heap *heap;
	const char *sign; /* the operator, for messages */
	unsigned depth;
	struct err *err;
};

static int order_deep(struct ordering *o, struct value a, struct value b, int *ret_order)
{
	struct err *err = o->err;
	size_t least, i = 0;

	if (a.kind == VALUE_UNDEFINED || b.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(a.kind == VALUE_UNDEFINED ? a : b, err);
	if (value_is_number(a) && value_is_number(b)) {
		*ret_order = number_order(a, b);
		return 0;
	}
	if (a.kind == VALUE_STRING && b.kind == VALUE_STRING) {
		/* The order of bytes in UTF-8 is that of code points. */
		int order;

		least = a.len < b.len ? a.len : b.len;
		order = least ? memcmp(a.text, b.text, least) : 0;
		*ret_order = order ? order : (a.len > b.len) - (a.len < b.len);
		return 0;
	}
	if (!value_is_sequence(a) || a.kind != b.kind)
		return err_set(err, ERR_INPUT,
			       "'%s' not supported between instances of '%s' and '%s'", o->sign,
			       value_type_name(a), value_type_name(b));
	if (o->depth == LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "maximum recursion depth exceeded in comparison");
	least = a.list->n < b.list->n ? a.list->n : b.list->n;
	for (; i < least; i++) {
		struct comparison c = {.heap = o->heap, .err = err, .depth = o->depth};
		bool equal = equal_deep(&c, a.list->items[i], b.list->items[i]);

		if (c.failed || heap_step(o->heap, err))
			return -1;
		if (equal)
			continue;
		o->depth++;
		return order_deep(o, a.list->items[i], b.list->items[i], ret_order);
	}
	*ret_order = (a.list->n > b.list->n) - (a.list->n < b.list->n);
	return 0;
}

int value_order_by(struct heap *heap, const char *sign, const struct value pair[2], int *ret_order,
		   struct err *err)
{
	struct ordering o = {.heap = heap, .sign = sign, .err = err};

	return order_deep(&o, pair[0], pair[1], ret_order);
}

int value_order(struct heap *heap, struct value a, struct value b, int *ret_order, struct err *err)
{
	return value_order_by(heap, "<", (struct value[]){a, b}, ret_order, err);
}
