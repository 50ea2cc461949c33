/* method_dict.c - the methods of dicts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/method_private.h"

#include "base/banned.h"

/* Looks the first argument up; "unhashable type: 'list'". */
static int key_find(const struct call *call, struct value **ret_found, struct err *err)
{
	struct value key = call->args[0];
	uint64_t hash;

	if (key.kind == VALUE_UNDEFINED && call->heap->undefined == UNDEFINED_STRICT)
		return value_refuse_undefined(key, err);
	if (key.kind != VALUE_STRING && value_hash(key, &hash, err))
		return -1;
	*ret_found = dict_find(call->self.dict, key);
	return 0;
}

static int key_refuse(const struct call *call, struct value key, struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_MESSAGE_KEY};

	if (value_print_repr(call->heap, key, &text, err))
		return -1;
	return err_set(err, ERR_INPUT, "%s", buf_text(&text));
}

static int method_get(struct call *call, struct value *ret_value, struct err *err)
{
	struct value *found = NULL;

	if (key_find(call, &found, err))
		return -1;
	*ret_value = found ? *found : call->n_args > 1 ? call->args[1] : value_none();
	return 0;
}

static int method_has_key(struct call *call, struct value *ret_value, struct err *err)
{
	struct value *found = NULL;

	if (key_find(call, &found, err))
		return -1;
	*ret_value = value_bool(found);
	return 0;
}

static int method_setdefault(struct call *call, struct value *ret_value, struct err *err)
{
	struct value v = call->n_args > 1 ? call->args[1] : value_none(), *found = NULL;

	if (key_find(call, &found, err))
		return -1;
	if (!found && dict_assign(call->heap, call->self.dict, call->args[0], v, err))
		return -1;
	*ret_value = found ? *found : v;
	return 0;
}

static int method_pop(struct call *call, struct value *ret_value, struct err *err)
{
	struct value *found = NULL;

	if (key_find(call, &found, err))
		return -1;
	if (found) {
		*ret_value = *found;
		dict_remove(call->self.dict, call->args[0], NULL);
		return 0;
	}
	if (call->n_args < 2)
		return key_refuse(call, call->args[0], err);
	*ret_value = call->args[1];
	return 0;
}

static int method_popitem(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *dict = call->self.dict;
	const struct dict_entry *last;

	if (!dict->n)
		return err_set(err, ERR_INPUT, "'popitem(): dictionary is empty'");
	/* The last entry is never a hole: dict_remove takes those away. */
	last = &dict->entries[dict->n_entries - 1];
	*ret_value = value_tuple(call->heap, (struct value[]){last->key, last->value}, 2);
	dict_remove(dict, last->key, NULL);
	return 0;
}

/* One of the pairs that update() and dict() take. */
static int pair_assign(struct heap *heap, struct dict *dict, struct value item, size_t i,
		       struct err *err)
{
	autoerr struct err unused = {0};
	struct list *pair;

	if (item.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(item, err);
	if (value_to_list(heap, item, &pair, &unused))
		return err_set(err, ERR_INPUT,
			       "cannot convert dictionary update sequence element #%zu to a "
			       "sequence",
			       i);
	if (pair->n != 2)
		return err_set(err, ERR_INPUT,
			       "dictionary update sequence element #%zu has length %zu; 2 is "
			       "required",
			       i, pair->n);
	return dict_assign(heap, dict, pair->items[0], pair->items[1], err);
}

static int dict_assign_all(struct heap *heap, struct dict *dict, const struct dict *other,
			   struct err *err)
{
	if (heap_room(heap, other->n * sizeof(struct dict_entry), err))
		return -1;
	dict_update(heap, dict, other);
	return 0;
}

int dict_take(struct call *call, struct dict *dict, struct err *err)
{
	struct value from = call->n_args ? call->args[0] : value_none(), item;
	struct value_iter iter;
	int found = 0;

	if (call->n_args && from.kind == VALUE_DICT) {
		if (dict_assign_all(call->heap, dict, from.dict, err))
			return -1;
	} else if (call->n_args) {
		if (value_iterate(call->heap, from, &iter, err))
			return -1;
		for (size_t i = 0; (found = value_next(&iter, &item, err)) > 0; i++)
			if (heap_step(call->heap, err) ||
			    pair_assign(call->heap, dict, item, i, err))
				return -1;
	}
	if (found < 0)
		return -1;
	for (size_t i = 0; i < call->n_keywords; i++)
		if (dict_assign(call->heap, dict, value_text(call->heap, call->keywords[i].name),
				call->keywords[i].value, err))
			return -1;
	return 0;
}

static int method_update(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_none();
	return dict_take(call, call->self.dict, err);
}

static int method_copy(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *copy = dict_new(call->heap);

	copy->is_ordered = call->self.dict->is_ordered;
	if (dict_assign_all(call->heap, copy, call->self.dict, err))
		return -1;
	*ret_value = value_of_dict(copy);
	return 0;
}

static int method_clear(struct call *call, struct value *ret_value, struct err *err)
{
	dict_clear(call->self.dict);
	*ret_value = value_none();
	return 0;
}

static int method_items(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_ITEMS);
	return 0;
}

static int method_keys(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_KEYS);
	return 0;
}

static int method_values(struct call *call, struct value *ret_value, struct err *err)
{
	*ret_value = value_of_view(call->heap, call->self.dict, VIEW_VALUES);
	return 0;
}

/* dict.fromkeys: on the instance, as Python allows. */
static int method_fromkeys(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *dict = dict_new(call->heap);
	struct value v = call->n_args > 1 ? call->args[1] : value_none(), key;
	struct value_iter iter;
	int found;

	if (value_iterate(call->heap, call->args[0], &iter, err))
		return -1;
	while ((found = value_next(&iter, &key, err)) > 0)
		if (heap_step(call->heap, err) || dict_assign(call->heap, dict, key, v, err))
			return -1;
	if (found < 0)
		return -1;
	*ret_value = value_of_dict(dict);
	return 0;
}

/* has_key() is Python 2's: old templates have it. */
const struct method dict_methods[] = {
	{"clear", method_clear, 0, 0, SAYS_TAKES_EXACTLY},
	{"copy", method_copy, 0, 0, SAYS_TAKES_EXACTLY},
	{"fromkeys", method_fromkeys, 1, 2, SAYS_EXPECTED},
	{"get", method_get, 1, 2, SAYS_EXPECTED},
	{"has_key", method_has_key, 1, 1, SAYS_TAKES_EXACTLY},
	{"items", method_items, 0, 0, SAYS_TAKES_EXACTLY},
	{"keys", method_keys, 0, 0, SAYS_TAKES_EXACTLY},
	{"pop", method_pop, 1, 2, SAYS_EXPECTED},
	{"popitem", method_popitem, 0, 0, SAYS_TAKES_EXACTLY},
	{"setdefault", method_setdefault, 1, 2, SAYS_EXPECTED},
	{"update", method_update, 0, 1, SAYS_EXPECTED, ANY_NUMBER},
	{"values", method_values, 0, 0, SAYS_TAKES_EXACTLY},
};
const size_t n_dict_methods = ARRAY_LEN(dict_methods);
