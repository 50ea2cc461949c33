/* markup.c - safe HTML keeps what is joined to it safe: operators and methods of such strings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/markup.h"

#include "tmpl/filter_private.h"
#include "tmpl/limits.h"

#include "base/banned.h"

bool markup_is(struct value v)
{
	return v.kind == VALUE_STRING && v.flags & VALUE_MARKUP;
}

static struct value markup_of(struct value v)
{
	if (v.kind == VALUE_STRING)
		v.flags |= VALUE_MARKUP;
	return v;
}

static struct value escaped(struct heap *heap, struct value v)
{
	autobuf struct buf buf = {.max = LIMIT_OUTPUT};

	if (v.kind != VALUE_STRING || markup_is(v))
		return v;
	markup_escape(&buf, value_bytes(v));
	return markup_of(value_text(heap, buf_str(&buf)));
}

/* Strings in a list as well: what join() and % are given. */
static struct value escaped_all(struct heap *heap, struct value v)
{
	if (!value_is_sequence(v))
		return escaped(heap, v);
	struct list *list = list_new(heap, v.list->n);
	for (size_t i = 0; i < v.list->n; i++)
		list_push(heap, list, escaped(heap, v.list->items[i]));
	struct value all = value_of_list(list);
	all.kind = v.kind;
	return all;
}

int markup_binary(struct heap *heap, enum value_op op, struct value left, struct value right,
		  struct value *ret_value, struct err *err)
{
	if (op == OP_ADD) {
		left = escaped(heap, left);
		right = escaped(heap, right);
	}
	if (op == OP_MOD)
		right = escaped_all(heap, right);
	if (value_binary(heap, op, left, right, ret_value, err))
		return -1;
	*ret_value = markup_of(*ret_value);
	return 0;
}

/* Arguments escaped, the string that comes out safe, or the strings in the list (split). */
int markup_method(struct value v, struct str name, struct call *call, struct value *ret_value,
		  struct err *err)
{
	struct heap *heap = call->heap;
	struct list *args = list_new(heap, call->n_args);
	struct keyword *keywords = heap_alloc(heap, sizeof(*keywords) * (call->n_keywords + 1));

	for (size_t i = 0; i < call->n_args; i++)
		list_push(heap, args, escaped_all(heap, call->args[i]));
	for (size_t i = 0; i < call->n_keywords; i++)
		keywords[i] = (struct keyword){call->keywords[i].name,
					       escaped(heap, call->keywords[i].value)};
	call->args = args->items;
	call->keywords = keywords;
	if (value_call_method(v, name, call, ret_value, err))
		return -1;
	if (value_is_sequence(*ret_value))
		for (size_t i = 0; i < ret_value->list->n; i++)
			ret_value->list->items[i] = markup_of(ret_value->list->items[i]);
	*ret_value = markup_of(*ret_value);
	return 0;
}
