/* filter_sort.c - order: sort, dictsort, min, max, groupby, unique.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/iterator.h"

#include "base/banned.h"

/* Whether they are in order already. The first things that are compared are compared as Python's
 * sort does it, so that what has no order is told in the same words. */
static int run_counted(struct heap *heap, const struct list *keys, bool reverse,
		       bool *ret_is_sorted, struct err *err)
{
	bool descends = false;

	for (size_t i = 1; i < keys->n; i++) {
		size_t later = reverse ? keys->n - 1 - i : i, earlier = reverse ? later + 1 : i - 1;
		int order;
		if (value_order(heap, keys->items[later], keys->items[earlier], &order, err))
			return -1;
		if (i == 1)
			descends = order < 0;
		if ((order < 0) != descends) {
			*ret_is_sorted = false;
			return 0;
		}
	}
	*ret_is_sorted = !descends && !reverse;
	return 0;
}

/* Sorted are tuples (key, place, item): equal keys never come to compare items, and the place
 * keeps them stable, backwards too. */
int sort_by_keys(struct heap *heap, struct list *keys, struct list *items, bool reverse,
		 struct list **ret_sorted, struct err *err)
{
	struct list *rows = list_new(heap, items->n), *sorted = list_new(heap, items->n);

	if (heap_step(heap, err))
		return -1;
	heap->steps += items->n;
	bool is_sorted;
	if (run_counted(heap, keys, reverse, &is_sorted, err))
		return -1;
	for (size_t i = 0; is_sorted && i < items->n; i++)
		list_push(heap, sorted, items->items[i]);
	if (is_sorted) {
		*ret_sorted = sorted;
		return 0;
	}
	for (size_t i = 0; i < items->n; i++) {
		int64_t place = reverse ? -(int64_t)i : (int64_t)i;
		struct value row[] = {keys->items[i], value_int(place), items->items[i]};
		list_push(heap, rows, value_tuple(heap, row, ARRAY_LEN(row)));
	}
	if (list_sort(heap, rows, reverse, err))
		return -1;
	for (size_t i = 0; i < rows->n; i++)
		list_push(heap, sorted, rows->items[i].list->items[2]);
	*ret_sorted = sorted;
	return 0;
}

static int keys_of(struct call *call, const struct sort_key *key, const struct list *items,
		   struct list **ret_keys, struct err *err)
{
	struct list *keys = list_new(call->heap, items->n);

	for (size_t i = 0; i < items->n; i++) {
		struct value part;
		if (heap_step(call->heap, err) || key_get(call, key, items->items[i], &part, err))
			return -1;
		list_push(call->heap, keys, part);
	}
	*ret_keys = keys;
	return 0;
}

/* "a,b.c": each item's key becomes a list of its parts. */
static int multi_keys_of(struct call *call, struct value attribute, bool is_case_sensitive,
			 const struct list *items, struct list **ret_keys, struct err *err)
{
	struct heap *heap = call->heap;
	struct list *keys = list_new(heap, items->n), *column;

	for (size_t i = 0; i < items->n; i++)
		list_push(heap, keys, value_of_list(list_new(heap, 2)));
	for (struct str rest = value_bytes(attribute); rest.ptr;) {
		struct sort_key key = {.is_case_sensitive = is_case_sensitive,
				       .fallback = value_none()};
		if (path_parse(heap, value_view(str_cut(&rest, ',')), &key.path, err) ||
		    keys_of(call, &key, items, &column, err))
			return -1;
		for (size_t i = 0; i < items->n; i++)
			list_push(heap, keys->items[i].list, column->items[i]);
	}
	*ret_keys = keys;
	return 0;
}

int filter_sort(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"reverse", PARAM_OPTIONAL},
					      {"case_sensitive", PARAM_OPTIONAL},
					      {"attribute", PARAM_OPTIONAL},
					      {NULL}};
	struct sort_key key = {.fallback = value_none()};
	struct list *items, *keys, *sorted;
	struct value v[4];
	bool reverse;

	if (call_bind(call, "do_sort", params, v, err) ||
	    value_to_list(call->heap, v[0], &items, err) ||
	    arg_bool(call->heap, v[1], false, &reverse, err) ||
	    arg_bool(call->heap, v[2], false, &key.is_case_sensitive, err))
		return -1;
	bool is_multi = value_is_string(v[3]) && memchr(v[3].text, ',', v[3].len);
	if (is_multi) {
		if (multi_keys_of(call, v[3], key.is_case_sensitive, items, &keys, err))
			return -1;
	} else if (path_parse(call->heap, v[3], &key.path, err) ||
		   keys_of(call, &key, items, &keys, err)) {
		return -1;
	}
	if (sort_by_keys(call->heap, keys, items, reverse, &sorted, err))
		return -1;
	*ret_value = value_of_list(sorted);
	return 0;
}

int filter_dictsort(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"case_sensitive", PARAM_OPTIONAL},
					      {"by", PARAM_OPTIONAL},
					      {"reverse", PARAM_OPTIONAL},
					      {NULL}};
	struct sort_key key = {.fallback = value_none(), .path = {.n = 1}};
	struct heap *heap = call->heap;
	struct list *items = list_new(heap, 0), *keys, *sorted;
	const struct dict *dict;
	struct value v[4];
	struct str by = STR("key");
	bool reverse;

	if (call_bind(call, "do_dictsort", params, v, err) ||
	    arg_bool(heap, v[1], false, &key.is_case_sensitive, err) ||
	    (value_is_string(v[2]) && value_as_str(v[2], &by, err)) ||
	    arg_bool(heap, v[3], false, &reverse, err))
		return -1;
	if (!(str_is(by, "key") || str_is(by, "value")) ||
	    (param_given(v[2]) && !value_is_string(v[2])))
		return err_set(err, ERR_INPUT, "You can only sort by either \"key\" or \"value\"");
	if (dict_of(heap, v[0], &dict, err))
		return -1;
	key.path.parts[0] = value_int(str_is(by, "value"));
	dict_foreach(entry, dict)
	{
		struct value pair[] = {entry->key, entry->value};
		list_push(heap, items, value_tuple(heap, pair, 2));
	}
	if (keys_of(call, &key, items, &keys, err) ||
	    sort_by_keys(heap, keys, items, reverse, &sorted, err))
		return -1;
	*ret_value = value_of_list(sorted);
	return 0;
}

static int extreme(struct call *call, bool is_max, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"case_sensitive", PARAM_OPTIONAL},
					      {"attribute", PARAM_OPTIONAL},
					      {NULL}};
	static const struct param one[] = {{"obj", PARAM_REQUIRED}, {NULL}};
	struct sort_key key = {.fallback = value_none()};
	struct value v[3] = {0};
	struct list *items, *keys;
	size_t best = 0;
	int order;

	/* Salt's own know no keywords, and tell cases apart. */
	bool is_salt = in_salt(call);
	if ((is_salt ? call_bind(call, is_max ? "lst_max" : "lst_min", one, v, err)
		     : call_bind(call, is_max ? "do_max" : "do_min", params, v, err)) ||
	    arg_bool(call->heap, v[1], is_salt, &key.is_case_sensitive, err) ||
	    path_parse(call->heap, v[2], &key.path, err) ||
	    value_to_list(call->heap, v[0], &items, err) || keys_of(call, &key, items, &keys, err))
		return -1;
	if (!items->n && is_salt)
		return err_set(err, ERR_INPUT, "%s() arg is an empty sequence",
			       is_max ? "max" : "min");
	if (!items->n) {
		*ret_value = value_undefined(call->heap, NULL,
					     "No aggregated item, sequence was empty.");
		return 0;
	}
	for (size_t i = 1; i < items->n; i++) {
		struct value pair[] = {keys->items[i], keys->items[best]};
		if (value_order_by(call->heap, is_max ? ">" : "<", pair, &order, err))
			return -1;
		if (is_max ? order > 0 : order < 0)
			best = i;
	}
	*ret_value = items->items[best];
	return 0;
}

int filter_min(struct call *call, struct value *ret_value, struct err *err)
{
	return extreme(call, false, ret_value, err);
}

int filter_max(struct call *call, struct value *ret_value, struct err *err)
{
	return extreme(call, true, ret_value, err);
}

int filter_unique(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"case_sensitive", PARAM_OPTIONAL},
					      {"attribute", PARAM_OPTIONAL},
					      {NULL}};
	struct sort_key key = {.fallback = value_none()};
	struct heap *heap = call->heap;
	struct dict *seen = dict_new(heap);
	struct value v[3];
	struct list *items, *keys, *unique = list_new(heap, 0);

	if (call_bind(call, "do_unique", params, v, err) ||
	    arg_bool(heap, v[1], false, &key.is_case_sensitive, err) ||
	    path_parse(heap, v[2], &key.path, err) || value_to_list(heap, v[0], &items, err))
		return -1;
	if (in_salt(call) && !param_given(v[1]) && !param_given(v[2])) {
		if (unique_by_equality(heap, items, &unique, err))
			return -1;
		*ret_value = value_of_list(unique);
		return 0;
	}
	if (keys_of(call, &key, items, &keys, err))
		return -1;
	for (size_t i = 0; i < items->n; i++) {
		size_t n = seen->n;
		if (dict_assign(heap, seen, keys->items[i], value_none(), err))
			return -1;
		if (seen->n > n)
			list_push(heap, unique, items->items[i]);
	}
	*ret_value = value_iterator(heap, &generator_type, "sync_do_unique", unique, NULL);
	return 0;
}
