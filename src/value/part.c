/* part.c - attributes, items, slices and lengths.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/unicode.h"
#include "value/value_private.h"

#include "base/banned.h"

int value_length(struct heap *heap, struct value v, int64_t *ret_length, struct err *err)
{
	switch ((enum value_kind)v.kind) {
	case VALUE_STRING: *ret_length = (int64_t)utf8_count(value_bytes(v)); return 0;
	case VALUE_LIST:
	case VALUE_TUPLE: *ret_length = (int64_t)v.list->n; return 0;
	case VALUE_DICT: *ret_length = v.dict->n; return 0;
	case VALUE_VIEW: *ret_length = v.view->of->n; return 0;
	case VALUE_RANGE: *ret_length = range_length(v.range); return 0;
	case VALUE_UNDEFINED:
		if (undefined_fails(heap, v))
			return value_refuse_undefined(v, err);
		*ret_length = 0;
		return 0;
	case VALUE_OBJECT:
		if (v.object->type->length) {
			*ret_length = v.object->type->length(v.object);
			return 0;
		}
		break;
	case VALUE_NONE:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT: break;
	}
	return err_set(err, ERR_INPUT, "object of type '%s' has no len()", value_type_name(v));
}

/* What every object of Python has, and the sandbox gives to nobody. */
static bool is_special(struct str name)
{
	return name.len > 4 && str_starts(name, STR("__")) && str_ends(name, STR("__"));
}

/* Whether the whole of `key` counts from the end or is beyond it. */
static bool index_find(struct value key, int64_t length, int64_t *ret_index)
{
	int64_t i;

	if (!value_is_whole(key))
		return false;
	i = value_integer(key);
	if (i < 0)
		i += length;
	*ret_index = i;
	return i >= 0 && i < length;
}

static bool character_find(struct value text, struct value key, struct value *ret_value)
{
	struct str s = value_bytes(text);
	int64_t i;

	if (!value_is_whole(key))
		return false;
	i = value_integer(key);
	if (!index_find(key, i < 0 ? (int64_t)utf8_count(s) : INT64_MAX, &i))
		return false;
	i = (int64_t)utf8_offset(s, (size_t)i);
	if ((size_t)i >= s.len)
		return false;
	*ret_value = value_view((struct str){s.ptr + i, utf8_length(s.ptr + i, s.len - (size_t)i)});
	ret_value->flags = text.flags;
	return true;
}

/* By v[key] alone: 1 found, 0 not. */
static int item_find(struct heap *heap, struct value v, struct value key, struct value *ret_value,
		     struct err *err)
{
	const struct value *found;
	int64_t i;

	switch ((enum value_kind)v.kind) {
	case VALUE_DICT:
		if (key.kind == VALUE_UNDEFINED && undefined_fails(heap, key))
			return value_refuse_undefined(key, err);
		found = dict_find(v.dict, key);
		if (found)
			*ret_value = *found;
		return found != NULL;
	case VALUE_LIST:
	case VALUE_TUPLE:
		if (!index_find(key, (int64_t)v.list->n, &i))
			return 0;
		*ret_value = v.list->items[i];
		return 1;
	case VALUE_STRING: return character_find(v, key, ret_value);
	case VALUE_RANGE:
		if (!index_find(key, range_length(v.range), &i))
			return 0;
		*ret_value = range_at(v.range, i);
		return 1;
	case VALUE_OBJECT:
		if (v.object->type->item)
			return v.object->type->item(heap, v.object, key, ret_value, err);
		return 0;
	case VALUE_UNDEFINED:
	case VALUE_NONE:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FLOAT:
	case VALUE_VIEW: break;
	}
	return 0;
}

/* By v.name alone: 1 found, 0 not. */
static int attribute_find(struct heap *heap, struct value v, struct str name,
			  struct value *ret_value, struct err *err)
{
	const struct method *method = method_find(v, name);

	if (method) {
		*ret_value = method_bind(heap, v, method);
		return 1;
	}
	if (is_special(name)) {
		*ret_value = undefined_unsafe(heap, v, name);
		return 1;
	}
	if (v.kind == VALUE_OBJECT && v.object->type->attribute)
		return v.object->type->attribute(heap, v.object, name, ret_value, err);
	return 0;
}

static int undefined_attribute(struct heap *heap, struct value v, struct value *ret_value,
			       struct err *err)
{
	if (heap->undefined != UNDEFINED_CHAINED)
		return value_refuse_undefined(v, err);
	*ret_value = v;
	return 0;
}

int value_attribute(struct heap *heap, struct value v, struct str name, struct value *ret_value,
		    struct err *err)
{
	int found;

	if (v.kind == VALUE_UNDEFINED)
		return undefined_attribute(heap, v, ret_value, err);
	found = attribute_find(heap, v, name, ret_value, err);
	if (!found)
		found = item_find(heap, v, value_view(name), ret_value, err);
	if (!found)
		*ret_value = undefined_part(heap, v, value_view(name));
	return found < 0 ? -1 : 0;
}

int value_item(struct heap *heap, struct value v, struct value key, struct value *ret_value,
	       struct err *err)
{
	int found;

	if (v.kind == VALUE_UNDEFINED)
		return undefined_attribute(heap, v, ret_value, err);
	found = item_find(heap, v, key, ret_value, err);
	if (!found && key.kind == VALUE_STRING)
		found = attribute_find(heap, v, value_bytes(key), ret_value, err);
	if (!found)
		*ret_value = undefined_part(heap, v, key);
	return found < 0 ? -1 : 0;
}
