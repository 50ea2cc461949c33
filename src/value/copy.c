/* copy.c - deep copies: what is shared inside stays shared, cycles stay cycles.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

struct copying {
	struct heap *heap;
	struct dict copies; /* address of a container: its copy */
	unsigned depth;
	struct err *err;
};

static int copy_deep(struct copying *c, struct value v, struct value *ret_value);

static int list_fill(struct copying *c, const struct list *from, struct list *to)
{
	for (size_t i = 0; i < from->n; i++) {
		struct value item;

		if (copy_deep(c, from->items[i], &item))
			return -1;
		list_push(c->heap, to, item);
	}
	return 0;
}

static int dict_fill(struct copying *c, const struct dict *from, struct dict *to)
{
	dict_foreach(entry, from)
	{
		struct value v;

		if (copy_deep(c, entry->value, &v))
			return -1;
		dict_put(c->heap, to, entry->key, v);
	}
	return 0;
}

static int copy_deep(struct copying *c, struct value v, struct value *ret_value)
{
	struct value place = value_int((int64_t)(uintptr_t)v.list), copy = v;
	const struct value *known;
	int result;

	if (!value_is_sequence(v) && v.kind != VALUE_DICT) {
		*ret_value = v;
		return 0;
	}
	known = dict_find(&c->copies, place);
	if (known) {
		*ret_value = *known;
		return 0;
	}
	if (c->depth == LIMIT_DEPTH)
		return err_set(c->err, ERR_LIMIT, "containers nested deeper than %d levels",
			       LIMIT_DEPTH);
	if (heap_room(c->heap, 0, c->err))
		return -1;
	c->depth++;
	if (v.kind == VALUE_DICT) {
		copy.dict = dict_new(c->heap);
		copy.dict->is_ordered = v.dict->is_ordered;
	} else {
		copy.list = list_new(c->heap, v.list->n);
	}
	dict_put(c->heap, &c->copies, place, copy);
	result = v.kind == VALUE_DICT ? dict_fill(c, v.dict, copy.dict)
				      : list_fill(c, v.list, copy.list);
	c->depth--;
	if (!result)
		*ret_value = copy;
	return result;
}

int value_copy(struct heap *heap, struct value v, struct value *ret_value, struct err *err)
{
	struct copying c = {.heap = heap, .err = err};

	return copy_deep(&c, v, ret_value);
}
