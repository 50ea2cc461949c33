/* operator.c - the binary operators on whatever they are applied to.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "value/format.h"
#include "value/value_private.h"

#include "base/banned.h"

static int operands_refuse(enum value_op op, struct value a, struct value b, struct err *err)
{
	static const char *const signs[] = {
		[OP_ADD] = "+",       [OP_SUB] = "-", [OP_MUL] = "*",           [OP_DIV] = "/",
		[OP_FLOORDIV] = "//", [OP_MOD] = "%", [OP_POW] = "** or pow()",
	};

	return err_set(err, ERR_INPUT, "unsupported operand type(s) for %s: '%s' and '%s'",
		       signs[op], value_type_name(a), value_type_name(b));
}

static int text_concat(struct heap *heap, struct value a, struct value b, struct value *ret_value,
		       struct err *err)
{
	char *bytes;

	if (heap_room(heap, (size_t)a.len + b.len, err))
		return -1;
	bytes = heap_alloc(heap, (size_t)a.len + b.len + 1);
	if (a.len)
		memcpy(bytes, a.text, a.len);
	if (b.len)
		memcpy(bytes + a.len, b.text, b.len);
	*ret_value = value_view((struct str){bytes, (size_t)a.len + b.len});
	ret_value->flags = a.flags & b.flags;
	return 0;
}

static int list_concat(struct heap *heap, struct value a, struct value b, struct value *ret_value,
		       struct err *err)
{
	size_t n = a.list->n + b.list->n;
	struct list *list;

	if (heap_room(heap, n * sizeof(*list->items), err))
		return -1;
	list = list_new(heap, n);
	if (a.list->n)
		memcpy(list->items, a.list->items, a.list->n * sizeof(*list->items));
	if (b.list->n)
		memcpy(list->items + a.list->n, b.list->items, b.list->n * sizeof(*list->items));
	list->n = n;
	*ret_value = (struct value){.kind = a.kind, .list = list};
	return 0;
}

static int concat(struct heap *heap, struct value a, struct value b, struct value *ret_value,
		  struct err *err)
{
	if (a.kind != VALUE_STRING && !value_is_sequence(a))
		return operands_refuse(OP_ADD, a, b, err);
	if (a.kind != b.kind)
		return err_set(err, ERR_INPUT, "can only concatenate %s (not \"%s\") to %s",
			       value_type_name(a), value_type_name(b), value_type_name(a));
	return a.kind == VALUE_STRING ? text_concat(heap, a, b, ret_value, err)
				      : list_concat(heap, a, b, ret_value, err);
}

/* The sequence `times` times: bytes of `unit` over and over. */
static int bytes_repeat(struct heap *heap, const void *unit, size_t len, int64_t times,
			void **ret_bytes, size_t *ret_len, struct err *err)
{
	size_t total;
	char *bytes;

	if (times < 0)
		times = 0;
	if (__builtin_mul_overflow(len, (size_t)times, &total))
		total = SIZE_MAX;
	if (heap_room(heap, total, err))
		return -1;
	bytes = heap_alloc(heap, total + 1);
	if (len == 1)
		memset(bytes, *(const unsigned char *)unit, total);
	else
		for (size_t at = 0; at < total; at += len)
			memcpy(bytes + at, unit, len);
	*ret_bytes = bytes;
	*ret_len = total;
	return 0;
}

static bool is_repeatable(struct value v)
{
	return v.kind == VALUE_STRING || value_is_sequence(v);
}

static int repeat(struct heap *heap, struct value v, struct value times, struct value *ret_value,
		  struct err *err)
{
	struct list *list;
	void *bytes;
	size_t len;

	if (!value_is_whole(times))
		return err_set(err, ERR_INPUT, "can't multiply sequence by non-int of type '%s'",
			       value_type_name(times));
	if (v.kind == VALUE_STRING) {
		if (bytes_repeat(heap, v.text, v.len, value_integer(times), &bytes, &len, err))
			return -1;
		*ret_value = value_view((struct str){bytes, len});
		ret_value->flags = v.flags;
		return 0;
	}
	if (bytes_repeat(heap, v.list->items, v.list->n * sizeof(*v.list->items),
			 value_integer(times), &bytes, &len, err))
		return -1;
	list = list_new(heap, 0);
	*list = (struct list){bytes, len / sizeof(*list->items), len / sizeof(*list->items)};
	*ret_value = (struct value){.kind = v.kind, .list = list};
	return 0;
}

int value_binary(struct heap *heap, enum value_op op, struct value a, struct value b,
		 struct value *ret_value, struct err *err)
{
	if (value_is_number(a) && value_is_number(b))
		return number_binary(op, a, b, ret_value, err);
	/* Formatting only fails when it comes to print the undefined one. */
	if (op == OP_MOD && a.kind == VALUE_STRING)
		return format_percent(heap, value_bytes(a), b, ret_value, err);
	if (a.kind == VALUE_UNDEFINED || b.kind == VALUE_UNDEFINED)
		return value_refuse_undefined(a.kind == VALUE_UNDEFINED ? a : b, err);
	if (op == OP_ADD)
		return concat(heap, a, b, ret_value, err);
	if (op == OP_MUL && is_repeatable(a))
		return repeat(heap, a, b, ret_value, err);
	if (op == OP_MUL && is_repeatable(b))
		return repeat(heap, b, a, ret_value, err);
	return operands_refuse(op, a, b, err);
}
