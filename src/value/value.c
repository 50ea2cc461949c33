/* value.c - making values, and what kind of thing they are.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "value/value_private.h"

#include "base/banned.h"

struct value value_text(struct heap *heap, struct str s)
{
	return value_view((struct str){heap_strdup(heap, s), s.len});
}

struct value value_cstr(struct heap *heap, const char *text)
{
	return value_text(heap, str_of(text));
}

struct value value_printf(struct heap *heap, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	return value_text(heap, buf_str(&text));
}

struct value value_of_list(struct list *list)
{
	return (struct value){.kind = VALUE_LIST, .list = list};
}

struct value value_of_dict(struct dict *dict)
{
	return (struct value){.kind = VALUE_DICT, .dict = dict};
}

struct value value_of_object(struct object *object)
{
	return (struct value){.kind = VALUE_OBJECT, .object = object};
}

const char *value_type_name(struct value v)
{
	static const char *const names[] = {
		[VALUE_UNDEFINED] = "Undefined", [VALUE_NONE] = "NoneType",
		[VALUE_BOOL] = "bool",           [VALUE_INT] = "int",
		[VALUE_FLOAT] = "float",         [VALUE_STRING] = "str",
		[VALUE_LIST] = "list",           [VALUE_TUPLE] = "tuple",
		[VALUE_DICT] = "dict",           [VALUE_VIEW] = "dict_keys",
		[VALUE_RANGE] = "range",         [VALUE_OBJECT] = "object",
	};
	static const char *const views[] = {
		[VIEW_KEYS] = "dict_keys",
		[VIEW_VALUES] = "dict_values",
		[VIEW_ITEMS] = "dict_items",
	};

	if (v.kind == VALUE_VIEW)
		return views[v.view->kind];
	if (v.kind == VALUE_STRING && v.flags & VALUE_MARKUP)
		return "Markup";
	return v.kind == VALUE_OBJECT ? v.object->type->name : names[v.kind];
}

const char *value_object_name(struct heap *heap, struct value v)
{
	const char *qualified = v.kind == VALUE_OBJECT ? v.object->type->qualified : NULL;

	if (v.kind == VALUE_NONE)
		return "None";
	return heap_printf(heap, "%s object", qualified ? qualified : value_type_name(v));
}

int value_as_str(struct value v, struct str *ret_str, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (v.kind != VALUE_STRING)
		return err_set(err, ERR_INPUT, "expected a string, not '%s'", value_type_name(v));
	*ret_str = value_bytes(v);
	return 0;
}

int value_as_int(struct value v, int64_t *ret_int, struct err *err)
{
	if (v.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v, err);
	if (!value_is_whole(v))
		return err_set(err, ERR_INPUT, "expected an integer, not '%s'", value_type_name(v));
	*ret_int = value_integer(v);
	return 0;
}

int value_truth(struct heap *heap, struct value v, bool *ret_truth, struct err *err)
{
	int64_t length = 1;

	switch ((enum value_kind)v.kind) {
	case VALUE_UNDEFINED:
		if (undefined_fails(heap, v))
			return value_refuse_undefined(v, err);
		*ret_truth = false;
		return 0;
	case VALUE_NONE: *ret_truth = false; return 0;
	case VALUE_BOOL:
	case VALUE_INT: *ret_truth = value_integer(v) != 0; return 0;
	case VALUE_FLOAT: *ret_truth = v.number != 0; return 0;
	case VALUE_STRING: *ret_truth = v.len != 0; return 0;
	case VALUE_OBJECT:
		if (v.object->type->truth) {
			*ret_truth = v.object->type->truth(v.object);
			return 0;
		}
		if (!v.object->type->length) {
			*ret_truth = true;
			return 0;
		}
		break;
	case VALUE_LIST:
	case VALUE_TUPLE:
	case VALUE_DICT:
	case VALUE_VIEW:
	case VALUE_RANGE: break;
	}
	if (value_length(heap, v, &length, err))
		return -1;
	*ret_truth = length != 0;
	return 0;
}
