/* contain.c - `in`.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

/* Dicts, and their views of keys: unhashable things are an error, as Python says. */
static int keys_contain(const struct dict *dict, struct value key, bool *ret_contains,
			struct err *err)
{
	uint64_t hash;

	if (key.kind != VALUE_STRING && value_hash(key, &hash, err))
		return -1;
	*ret_contains = dict_find(dict, key) != NULL;
	return 0;
}

static int items_contain(struct heap *heap, const struct dict *dict, struct value item,
			 bool *ret_contains, struct err *err)
{
	const struct value *found;
	uint64_t hash;

	*ret_contains = false;
	if (item.kind != VALUE_TUPLE || item.list->n != 2)
		return 0;
	if (value_hash(item.list->items[0], &hash, err))
		return -1;
	found = dict_find(dict, item.list->items[0]);
	return found ? value_equal(heap, *found, item.list->items[1], ret_contains, err) : 0;
}

static int sequence_contains(struct heap *heap, struct value container, struct value item,
			     bool *ret_contains, struct err *err)
{
	struct value_iter iter;
	struct value part;
	bool equal = false;
	int found;

	if (value_iterate(heap, container, &iter, err))
		return -1;
	while ((found = value_next(&iter, &part, err)) > 0 && !equal) {
		/* Identity first: [nan] holds that nan, and an undefined one itself. */
		equal = value_is(part, item);
		if (!equal && (heap_step(heap, err) || value_equal(heap, part, item, &equal, err)))
			return -1;
		if (equal)
			break;
	}
	if (found < 0)
		return -1;
	*ret_contains = equal;
	return 0;
}

int value_contains(struct heap *heap, struct value container, struct value item, bool *ret_contains,
		   struct err *err)
{
	if (container.kind == VALUE_UNDEFINED && undefined_fails(heap, container))
		return value_refuse_undefined(container, err);
	if (container.kind == VALUE_STRING) {
		if (item.kind == VALUE_UNDEFINED && undefined_fails(heap, item))
			return value_refuse_undefined(item, err);
		if (item.kind != VALUE_STRING)
			return err_set(err, ERR_INPUT,
				       "'in <string>' requires string as left operand, not %s",
				       value_type_name(item));
		*ret_contains = !item.len || (container.len && memmem(container.text, container.len,
								      item.text, item.len));
		return 0;
	}
	if (item.kind == VALUE_UNDEFINED && undefined_fails(heap, item) &&
	    (container.kind == VALUE_DICT || container.kind == VALUE_VIEW))
		return value_refuse_undefined(item, err);
	if (container.kind == VALUE_DICT)
		return keys_contain(container.dict, item, ret_contains, err);
	if (container.kind == VALUE_VIEW && container.view->kind == VIEW_KEYS)
		return keys_contain(container.view->of, item, ret_contains, err);
	if (container.kind == VALUE_VIEW && container.view->kind == VIEW_ITEMS)
		return items_contain(heap, container.view->of, item, ret_contains, err);
	if (container.kind < VALUE_STRING && container.kind != VALUE_UNDEFINED)
		return err_set(err, ERR_INPUT, "argument of type '%s' is not iterable",
			       value_type_name(container));
	if (container.kind == VALUE_OBJECT && !container.object->type->at)
		return err_set(err, ERR_INPUT, "argument of type '%s' is not iterable",
			       value_type_name(container));
	return sequence_contains(heap, container, item, ret_contains, err);
}
