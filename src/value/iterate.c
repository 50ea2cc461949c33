/* iterate.c - going through what has parts.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/unicode.h"
#include "value/value_private.h"

#include <assert.h>

#include "base/banned.h"

static const struct dict *iterated_dict(struct value v)
{
	if (v.kind == VALUE_DICT)
		return v.dict;
	return v.kind == VALUE_VIEW ? v.view->of : NULL;
}

int value_iterate(struct heap *heap, struct value v, struct value_iter *ret_iter, struct err *err)
{
	const struct dict *dict = iterated_dict(v);
	bool iterable = v.kind >= VALUE_STRING && v.kind <= VALUE_RANGE;

	if (v.kind == VALUE_UNDEFINED) {
		if (undefined_fails(heap, v))
			return value_refuse_undefined(v, err);
		iterable = true;
	}
	if (v.kind == VALUE_OBJECT)
		iterable = v.object->type->at;
	if (!iterable)
		return err_set(err, ERR_INPUT, "'%s' object is not iterable", value_type_name(v));
	*ret_iter = (struct value_iter){heap, v, 0, dict ? dict->n : 0};
	return 0;
}

static struct value entry_part(struct heap *heap, const struct dict_entry *entry, struct value of)
{
	if (of.kind == VALUE_DICT || of.view->kind == VIEW_KEYS)
		return entry->key;
	if (of.view->kind == VIEW_VALUES)
		return entry->value;
	return value_tuple(heap, (struct value[]){entry->key, entry->value}, 2);
}

static int dict_next(struct value_iter *iter, const struct dict *dict, struct value *ret_value,
		     struct err *err)
{
	assert(dict);
	if (dict->n != iter->expected)
		return err_set(err, ERR_INPUT, "dictionary changed size during iteration");
	while (iter->i < dict->n_entries) {
		const struct dict_entry *entry = &dict->entries[iter->i++];

		if (entry->key.kind != VALUE_UNDEFINED) {
			*ret_value = entry_part(iter->heap, entry, iter->of);
			return 1;
		}
	}
	return 0;
}

int64_t range_length(const struct range *range)
{
	uint64_t step = range->step < 0 ? -(uint64_t)range->step : (uint64_t)range->step, span;

	if (range->step < 0 ? range->start <= range->stop : range->start >= range->stop)
		return 0;
	span = range->step < 0 ? (uint64_t)range->start - (uint64_t)range->stop
			       : (uint64_t)range->stop - (uint64_t)range->start;
	return (int64_t)((span - 1) / step + 1);
}

struct value range_at(const struct range *range, int64_t i)
{
	return value_int((int64_t)((uint64_t)range->start + (uint64_t)i * (uint64_t)range->step));
}

int value_next(struct value_iter *iter, struct value *ret_value, struct err *err)
{
	struct value of = iter->of;
	size_t len;

	switch ((enum value_kind)of.kind) {
	case VALUE_LIST:
	case VALUE_TUPLE:
		if (iter->i >= of.list->n)
			return 0;
		*ret_value = of.list->items[iter->i++];
		return 1;
	case VALUE_DICT:
	case VALUE_VIEW: return dict_next(iter, iterated_dict(of), ret_value, err);
	case VALUE_RANGE:
		if (iter->i >= (size_t)range_length(of.range))
			return 0;
		*ret_value = range_at(of.range, (int64_t)iter->i++);
		return 1;
	case VALUE_STRING:
		if (iter->i >= of.len)
			return 0;
		len = utf8_length(of.text + iter->i, of.len - iter->i);
		*ret_value = value_view((struct str){of.text + iter->i, len});
		ret_value->flags = of.flags;
		iter->i += len;
		return 1;
	case VALUE_OBJECT:
		return of.object->type->at(iter->heap, of.object, iter->i++, ret_value, err);
	case VALUE_UNDEFINED:
	case VALUE_NONE:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT: break;
	}
	return 0;
}

int value_to_list(struct heap *heap, struct value v, struct list **ret_list, struct err *err)
{
	struct value_iter iter;
	struct value item = value_none();
	struct list *list;
	int found;

	if (value_is_sequence(v)) {
		*ret_list = v.list;
		return 0;
	}
	if (value_iterate(heap, v, &iter, err))
		return -1;
	list = list_new(heap, iter.expected);
	while ((found = value_next(&iter, &item, err)) > 0)
		if (heap_step(heap, err) || list_append(heap, list, item, err))
			return -1;
	if (found < 0)
		return -1;
	*ret_list = list;
	return 0;
}
