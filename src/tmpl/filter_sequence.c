/* filter_sequence.c - filters from sequences to their parts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "tmpl/filter_private.h"
#include "value/iterator.h"
#include "value/unicode.h"

#include "base/banned.h"

int filter_length(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"obj", PARAM_REQUIRED}, {NULL}};
	struct value v;
	int64_t length;

	if (call_bind(call, "len", params, &v, err) || value_length(call->heap, v, &length, err))
		return -1;
	*ret_value = value_int(length);
	return 0;
}

int filter_default(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_OPTIONAL},
					      {"default_value", PARAM_OPTIONAL},
					      {"boolean", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[3];
	bool boolean, truth = true;

	if (call_bind(call, "do_default", params, v, err) ||
	    arg_bool(call->heap, v[2], false, &boolean, err))
		return -1;
	bool is_defined = v[0].kind != VALUE_UNDEFINED;
	if (is_defined && boolean && value_truth(call->heap, v[0], &truth, err))
		return -1;
	if (is_defined && truth)
		*ret_value = v[0];
	else
		*ret_value = param_given(v[1]) ? v[1] : value_literal("");
	return 0;
}

int filter_first(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"seq", PARAM_REQUIRED}, {NULL}};
	struct value_iter iter;
	struct value v;

	if (call_bind(call, "do_first", params, &v, err) ||
	    value_iterate(call->heap, v, &iter, err))
		return -1;
	int found = value_next(&iter, ret_value, err);
	if (found < 0)
		return -1;
	if (!found)
		*ret_value =
			value_undefined(call->heap, NULL, "No first item, sequence was empty.");
	return 0;
}

int filter_last(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"seq", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct list *list;

	if (call_bind(call, "do_last", params, &v, err))
		return -1;
	if (v.kind == VALUE_NONE || value_is_number(v) || v.kind == VALUE_OBJECT)
		return err_set(err, ERR_INPUT, "'%s' object is not reversible", value_type_name(v));
	if (value_to_list(call->heap, v, &list, err))
		return -1;
	*ret_value =
		list->n ? list->items[list->n - 1]
			: value_undefined(call->heap, NULL, "No last item, sequence was empty.");
	return 0;
}

int filter_random(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"seq", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct list *list;
	uint64_t number;

	int64_t length;

	if (call_bind(call, "do_random", params, &v, err) ||
	    value_length(call->heap, v, &length, err) || value_to_list(call->heap, v, &list, err))
		return -1;
	random_bytes(&number, sizeof(number));
	*ret_value =
		list->n ? list->items[number % list->n]
			: value_undefined(call->heap, NULL, "No random item, sequence was empty.");
	return 0;
}

static struct list *list_copy(struct heap *heap, const struct list *list)
{
	struct list *copy = list_new(heap, list->n);

	for (size_t i = 0; i < list->n; i++)
		list_push(heap, copy, list->items[i]);
	return copy;
}

int filter_list(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct list *list;

	if (call_bind(call, "do_list", params, &v, err) ||
	    value_to_list(call->heap, v, &list, err) ||
	    heap_room(call->heap, list->n * sizeof(struct value), err))
		return -1;
	*ret_value = value_of_list(list_copy(call->heap, list));
	return 0;
}

static int items_fill(struct call *call, struct list *items, struct err *err)
{
	struct value v = call->args[0];

	if (v.kind == VALUE_UNDEFINED)
		return 0;
	if (v.kind != VALUE_DICT)
		return err_set(err, ERR_INPUT, "Can only get item pairs from a mapping.");
	dict_foreach(entry, v.dict)
	{
		struct value pair[] = {entry->key, entry->value};
		list_push(call->heap, items, value_tuple(call->heap, pair, 2));
	}
	return 0;
}

/* The call with its arguments in the order of `params`. */
static int bound_generator(struct call *call, const char *name, const struct param *params,
			   int (*fill)(struct call *, struct list *, struct err *),
			   struct value *ret_value, struct err *err)
{
	struct value v[3] = {0};
	struct call bound = {.heap = call->heap, .interp = call->interp, .args = v};

	return call_bind(call, name, params, v, err) ||
			       generator_give(&bound, name, fill, ret_value, err)
		       ? -1
		       : 0;
}

int filter_items(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};

	return bound_generator(call, "do_items", params, items_fill, ret_value, err);
}

static int text_reverse(struct heap *heap, struct value v, struct value *ret_value, struct err *err)
{
	struct str text = value_bytes(v);

	if (heap_room(heap, text.len, err))
		return -1;
	char *reversed = heap_alloc(heap, text.len + 1);
	for (size_t i = 0, n; i < text.len; i += n) {
		n = utf8_length(text.ptr + i, text.len - i);
		memcpy(reversed + text.len - i - n, text.ptr + i, n);
	}
	*ret_value = value_view((struct str){reversed, text.len});
	ret_value->flags |= v.flags;
	return 0;
}

int filter_reverse(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;
	struct list *list, *reversed;

	if (call_bind(call, "do_reverse", params, &v, err))
		return -1;
	if (value_is_string(v))
		return text_reverse(call->heap, v, ret_value, err);
	if (v.kind == VALUE_NONE || value_is_number(v))
		return err_set(err, ERR_INPUT, "argument must be iterable");
	if (value_to_list(call->heap, v, &list, err) ||
	    heap_room(call->heap, list->n * sizeof(v), err))
		return -1;
	reversed = list_new(call->heap, list->n);
	for (size_t i = list->n; i > 0; i--)
		list_push(call->heap, reversed, list->items[i - 1]);
	/* What has no way back is made a list, and that is turned around. */
	*ret_value = v.kind == VALUE_OBJECT
			     ? value_of_list(reversed)
			     : value_iterator(call->heap, &reversed_type, NULL, reversed, NULL);
	return 0;
}

static int batch_fill(struct call *call, struct list *batches, struct err *err)
{
	const struct value *v = call->args;
	struct heap *heap = call->heap;
	struct list *list, *batch = NULL;
	int64_t n;

	if (value_to_list(heap, v[0], &list, err) || arg_int(v[1], 0, &n, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		if (!batch || (int64_t)batch->n == n) {
			batch = list_new(heap, 0);
			list_push(heap, batches, value_of_list(batch));
		}
		list_push(heap, batch, list->items[i]);
	}
	bool fills = param_given(v[2]) && v[2].kind != VALUE_NONE;
	if (batch && fills && n > 0 &&
	    count_room(heap, n > INT32_MAX ? n : n * (int64_t)sizeof(v[0]), err))
		return -1;
	while (batch && fills && (int64_t)batch->n < n)
		list_push(heap, batch, v[2]);
	return 0;
}

int filter_batch(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"linecount", PARAM_REQUIRED},
					      {"fill_with", PARAM_OPTIONAL},
					      {NULL}};

	return bound_generator(call, "do_batch", params, batch_fill, ret_value, err);
}

static int slice_fill(struct call *call, struct list *slices, struct err *err)
{
	const struct value *v = call->args;
	struct heap *heap = call->heap;
	struct list *list;
	int64_t n;

	if (value_to_list(heap, v[0], &list, err) || arg_int(v[1], 0, &n, err) ||
	    count_room(heap, n > INT32_MAX ? n : n * (int64_t)sizeof(v[0]), err))
		return -1;
	if (n == 0)
		return err_set(err, ERR_INPUT, "integer division or modulo by zero");
	bool fills = param_given(v[2]) && v[2].kind != VALUE_NONE;
	for (int64_t i = 0, at = 0; i < n; i++) {
		bool has_more = i < (int64_t)list->n % n;
		int64_t end = at + (int64_t)list->n / n + has_more;
		struct list *slice = list_new(heap, (size_t)(end - at) + 1);
		for (; at < end; at++)
			list_push(heap, slice, list->items[at]);
		if (fills && !has_more)
			list_push(heap, slice, v[2]);
		list_push(heap, slices, value_of_list(slice));
	}
	return 0;
}

int filter_slice(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"slices", PARAM_REQUIRED},
					      {"fill_with", PARAM_OPTIONAL},
					      {NULL}};

	return bound_generator(call, "sync_do_slice", params, slice_fill, ret_value, err);
}

/* dict.key is no attribute of a dict: only its methods are. */
static bool is_own_method(struct value found, struct value owner)
{
	return found.kind == VALUE_OBJECT && found.object->type == &native_type &&
	       value_is(((const struct native *)found.object)->self, owner);
}

int filter_attr(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"obj", PARAM_REQUIRED}, {"name", PARAM_REQUIRED}, {NULL}};
	struct value v[2], found;
	struct str name;

	if (call_bind(call, "do_attr", params, v, err) || value_as_str(v[1], &name, err) ||
	    value_attribute(call->heap, v[0], name, &found, err))
		return -1;
	if (v[0].kind == VALUE_DICT && !is_own_method(found, v[0]))
		found = value_undefined(call->heap, heap_strdup(call->heap, name),
					"'dict object' has no attribute '%.*s'", STR_ARG(name));
	*ret_value = found;
	return 0;
}
