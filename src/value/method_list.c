/* method_list.c - the methods of lists and tuples.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"

#include "base/banned.h"

static int method_append(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_none();
	return list_append(call->heap, call->self.list, call->args[0], err);
}

static int method_extend(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list = call->self.list, *more;
	size_t n;

	if (value_to_list(call->heap, call->args[0], &more, err))
		return -1;
	n = more->n; /* l.extend(l) ends */
	if (heap_room(call->heap, 2 * (list->n + n) * sizeof(*list->items), err))
		return -1;
	for (size_t i = 0; i < n; i++)
		list_push(call->heap, list, more->items[i]);
	*ret_value = value_none();
	return 0;
}

static int method_insert(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list = call->self.list;
	int64_t at = 0, n = (int64_t)list->n;

	if (method_whole(call, 0, &at, err) || list_append(call->heap, list, value_none(), err))
		return -1;
	if (at < 0)
		at = at + n < 0 ? 0 : at + n;
	if (at > n)
		at = n;
	memmove(list->items + at + 1, list->items + at, (size_t)(n - at) * sizeof(*list->items));
	list->items[at] = call->args[1];
	*ret_value = value_none();
	return 0;
}

static void item_remove(struct list *list, size_t at)
{
	list->n--;
	memmove(list->items + at, list->items + at + 1, (list->n - at) * sizeof(*list->items));
}

static int method_pop(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list = call->self.list;
	int64_t at = -1;

	if (method_whole(call, 0, &at, err))
		return -1;
	if (!list->n)
		return err_set(err, ERR_INPUT, "pop from empty list");
	if (at < 0)
		at += (int64_t)list->n;
	if (at < 0 || at >= (int64_t)list->n)
		return err_set(err, ERR_INPUT, "pop index out of range");
	*ret_value = list->items[at];
	item_remove(list, (size_t)at);
	return 0;
}

/* *ret_at: the first that is equal, from..to; `to` when none is. */
static int item_search(struct call *call, int64_t from, int64_t to, int64_t *ret_at,
		       struct err *err)
{
	const struct list *list = call->self.list;
	int64_t i = from;

	for (; i < to && (size_t)i < list->n; i++) {
		bool equal = value_is(list->items[i], call->args[0]);

		if (!equal && (heap_step(call->heap, err) ||
			       value_equal(call->heap, list->items[i], call->args[0], &equal, err)))
			return -1;
		if (equal) {
			*ret_at = i;
			return 0;
		}
	}
	*ret_at = to;
	return 0;
}

static int method_remove(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list = call->self.list;
	int64_t at, n = (int64_t)list->n;

	if (item_search(call, 0, n, &at, err))
		return -1;
	if (at >= n)
		return err_set(err, ERR_INPUT, "list.remove(x): x not in list");
	item_remove(list, (size_t)at);
	*ret_value = value_none();
	return 0;
}

static int method_index(struct call *call, struct value *ret_value, struct err *err)
{
	int64_t bounds[2], at;
	autobuf struct buf text = {.max = LIMIT_MESSAGE_KEY};

	if (method_bounds(call, 1, (int64_t)call->self.list->n, bounds, err) ||
	    item_search(call, bounds[0], bounds[1], &at, err))
		return -1;
	if (at < bounds[1]) {
		*ret_value = value_int(at);
		return 0;
	}
	if (call->self.kind == VALUE_TUPLE)
		return err_set(err, ERR_INPUT, "tuple.index(x): x not in tuple");
	if (value_print_repr(call->heap, call->args[0], &text, err))
		return -1;
	return err_set(err, ERR_INPUT, "%s is not in list", buf_text(&text));
}

static int method_count(struct call *call, struct value *ret_value, struct err *err)
{
	int64_t count = 0, n = (int64_t)call->self.list->n, at = -1;

	do {
		if (item_search(call, at + 1, n, &at, err))
			return -1;
		count += at < n;
	} while (at < n);
	*ret_value = value_int(count);
	return 0;
}

static int method_reverse(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *list = call->self.list;

	for (size_t i = 0, k = list->n; i + 1 < k; i++) {
		struct value item = list->items[i];

		list->items[i] = list->items[--k];
		list->items[k] = item;
	}
	*ret_value = value_none();
	return 0;
}

static int method_copy(struct call *call, struct value *ret_value, struct err *err)
{
	const struct list *list = call->self.list;
	struct list *copy;

	if (heap_room(call->heap, list->n * sizeof(*list->items), err))
		return -1;
	copy = list_new(call->heap, list->n);
	if (list->n)
		memcpy(copy->items, list->items, list->n * sizeof(*list->items));
	copy->n = list->n;
	*ret_value = value_of_list(copy);
	return 0;
}

static int method_clear(struct call *call, struct value *ret_value, struct err *err)
{
	call->self.list->n = 0;
	*ret_value = value_none();
	return 0;
}

/* The items in the order of what `key` makes of them. */
static int sort_by(struct call *call, struct value key, bool reverse, struct err *err)
{
	struct list *list = call->self.list, *pairs = list_new(call->heap, list->n);

	for (size_t i = 0; i < list->n; i++) {
		struct call inner = {.heap = call->heap,
				     .args = &list->items[i],
				     .n_args = 1,
				     .interp = call->interp};
		struct value pair[3] = {{.kind = VALUE_UNDEFINED}, value_int((int64_t)i)};

		/* Equal keys stay as they are: the place decides, before the items could. */
		if (value_call(key, &inner, &pair[0], err))
			return -1;
		if (reverse)
			pair[1].integer = -pair[1].integer;
		pair[2] = list->items[i];
		list_push(call->heap, pairs, value_tuple(call->heap, pair, 3));
	}
	if (list_sort(call->heap, pairs, reverse, err))
		return -1;
	for (size_t i = 0; i < pairs->n && i < list->n; i++)
		list->items[i] = pairs->items[i].list->items[2];
	return 0;
}

static int method_sort(struct call *call, struct value *ret_value, struct err *err)
{
	const struct value *key = method_arg(call, 0), *reverse = method_arg(call, 1);
	bool downwards = false;

	if (call->n_args)
		return err_set(err, ERR_INPUT, "sort() takes no positional arguments");
	if (reverse && value_truth(call->heap, *reverse, &downwards, err))
		return -1;
	*ret_value = value_none();
	if (key && key->kind != VALUE_NONE)
		return sort_by(call, *key, downwards, err);
	return list_sort(call->heap, call->self.list, downwards, err);
}

static const char *const sort_keywords[] = {"key", "reverse"};

const struct method list_methods[] = {
	{"append", method_append, 1, 1, SAYS_TAKES_EXACTLY},
	{"clear", method_clear, 0, 0, SAYS_TAKES_EXACTLY},
	{"copy", method_copy, 0, 0, SAYS_TAKES_EXACTLY},
	{"count", method_count, 1, 1, SAYS_TAKES_EXACTLY},
	{"extend", method_extend, 1, 1, SAYS_TAKES_EXACTLY},
	{"index", method_index, 1, 3, SAYS_EXPECTED},
	{"insert", method_insert, 2, 2, SAYS_EXPECTED},
	{"pop", method_pop, 0, 1, SAYS_EXPECTED},
	{"remove", method_remove, 1, 1, SAYS_TAKES_EXACTLY},
	{"reverse", method_reverse, 0, 0, SAYS_TAKES_EXACTLY},
	{"sort", method_sort, 0, 2, SAYS_TAKES, ARRAY_LEN(sort_keywords), sort_keywords},
};
const size_t n_list_methods = ARRAY_LEN(list_methods);

const struct method tuple_methods[] = {
	{"count", method_count, 1, 1, SAYS_TAKES_EXACTLY},
	{"index", method_index, 1, 3, SAYS_EXPECTED},
};
const size_t n_tuple_methods = ARRAY_LEN(tuple_methods);
