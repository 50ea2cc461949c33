/* filter_salt_dict.c - Salt's filters that set keys by a path, compare, and go through several at
 * once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/iterator.h"

#include "base/banned.h"

/* ---- {…}|set_dict_key_value("a:b", v) ---- */

static int dict_below(struct heap *heap, struct dict *dict, struct value key, bool is_ordered,
		      struct dict **ret_dict, struct err *err)
{
	const struct value *found = dict_find(dict, key);

	if (found && found->kind == VALUE_DICT) {
		*ret_dict = found->dict;
		return 0;
	}
	*ret_dict = dict_new(heap);
	(*ret_dict)->is_ordered = is_ordered;
	return dict_assign(heap, dict, key, value_of_dict(*ret_dict), err);
}

struct keyed { /* the dict that a path leads to, and what is left of the path */
	struct dict *dict;
	struct value last, value;
	bool is_ordered;
};

static int keyed_of(struct call *call, const char *name, struct keyed *ret_keyed, struct err *err)
{
	static const struct param params[] = {
		{"in_dict", PARAM_REQUIRED},      {"keys", PARAM_REQUIRED},
		{"value", PARAM_REQUIRED},        {"delimiter", PARAM_OPTIONAL},
		{"ordered_dict", PARAM_OPTIONAL}, {NULL}};
	struct value v[5], parts, separator;
	struct list *keys;
	struct str delimiter = STR(":");

	if (call_bind(call, name, params, v, err) ||
	    arg_bool(call->heap, v[4], false, &ret_keyed->is_ordered, err) ||
	    (param_given(v[3]) && value_as_str(v[3], &delimiter, err)))
		return -1;
	if (v[0].kind != VALUE_DICT || !value_is_string(v[1]))
		return err_set(err, ERR_INPUT, "%s() takes a dict and a text, not '%s' and '%s'",
			       name, value_type_name(v[0]), value_type_name(v[1]));
	separator = value_view(delimiter);
	if (call_named(call, v[1], "split", &separator, 1, &parts, err) ||
	    value_to_list(call->heap, parts, &keys, err))
		return -1;
	ret_keyed->dict = v[0].dict;
	for (size_t i = 0; i + 1 < keys->n; i++)
		if (dict_below(call->heap, ret_keyed->dict, keys->items[i], ret_keyed->is_ordered,
			       &ret_keyed->dict, err))
			return -1;
	ret_keyed->last = keys->items[keys->n - 1];
	ret_keyed->value = v[2];
	return 0;
}

int filter_set_dict_key_value(struct call *call, struct value *ret_value, struct err *err)
{
	struct keyed keyed;

	if (keyed_of(call, "set_dict_key_value", &keyed, err) ||
	    dict_assign(call->heap, keyed.dict, keyed.last, keyed.value, err))
		return -1;
	*ret_value = call->args[0];
	return 0;
}

/* What stands there takes the value by its method; nothing there: `fresh` does. */
static int change_by(struct call *call, const char *name, const char *method, bool is_dict,
		     struct value *ret_value, struct err *err)
{
	autoerr struct err why = {0};
	struct keyed keyed;
	struct value ignored;

	if (keyed_of(call, name, &keyed, err))
		return -1;
	struct value *found = dict_find(keyed.dict, keyed.last), at;
	if (found && found->kind != VALUE_NONE) {
		at = *found;
	} else {
		at = is_dict ? value_of_dict(dict_new(call->heap))
			     : value_of_list(list_new(call->heap, 1));
		if (is_dict)
			at.dict->is_ordered = keyed.is_ordered;
		if (dict_assign(call->heap, keyed.dict, keyed.last, at, err))
			return -1;
	}
	if (at.kind != (is_dict ? VALUE_DICT : VALUE_LIST))
		return err_set(err, ERR_INPUT,
			       "The last key contains a <class '%s'>, which cannot %s.",
			       value_type_name(at), method);
	*ret_value = call->args[0];
	if (!call_named(call, at, method, &keyed.value, 1, &ignored, &why))
		return 0;
	if (why.kind != ERR_INPUT) {
		err_move(err, &why);
		return -1;
	}
	return err_set(err, ERR_INPUT, "Cannot %s <class '%s'> with a <class '%s'>.", method,
		       value_type_name(at), value_type_name(keyed.value));
}

int filter_update_dict_key_value(struct call *call, struct value *ret_value, struct err *err)
{
	return change_by(call, "update_dict_key_value", "update", true, ret_value, err);
}

int filter_append_dict_key_value(struct call *call, struct value *ret_value, struct err *err)
{
	return change_by(call, "append_dict_key_value", "append", false, ret_value, err);
}

int filter_extend_dict_key_value(struct call *call, struct value *ret_value, struct err *err)
{
	return change_by(call, "extend_dict_key_value", "extend", false, ret_value, err);
}

/* ---- what has changed ---- */

static const struct param old_and_new[] = {
	{"old", PARAM_REQUIRED}, {"new", PARAM_REQUIRED}, {NULL}};

static void tell_change(struct heap *heap, struct dict *changes, struct value key,
			struct value before, struct value after)
{
	struct dict *change = dict_new(heap);

	dict_set(heap, change, "old", before);
	dict_set(heap, change, "new", after);
	dict_put(heap, changes, key, value_of_dict(change));
}

static int tell_changed(struct heap *heap, struct dict *changes, const struct dict *before,
			const struct dict *after, struct err *err)
{
	dict_foreach(entry, after)
	{
		const struct value *old = dict_find(before, entry->key);
		bool equal = false;
		if (old && value_equal(heap, *old, entry->value, &equal, err))
			return -1;
		if (!equal)
			tell_change(heap, changes, entry->key, old ? *old : value_literal(""),
				    entry->value);
	}
	return 0;
}

int filter_compare_dicts(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *changes = dict_new(call->heap);
	struct value v[2];
	const struct dict *before, *after;

	if (call_bind(call, "compare_dicts", old_and_new, v, err) ||
	    dict_of(call->heap, v[0], &before, err) || dict_of(call->heap, v[1], &after, err) ||
	    tell_changed(call->heap, changes, before, after, err))
		return -1;
	dict_foreach(entry, before)
	{
		if (!dict_find(after, entry->key))
			tell_change(call->heap, changes, entry->key, entry->value,
				    value_literal(""));
	}
	*ret_value = value_of_dict(changes);
	return 0;
}

/* The items of `of` that `in` lacks, under `name`. */
static int tell_missing(struct heap *heap, struct dict *changes, const char *name, struct value of,
			struct value in, struct err *err)
{
	struct list *list, *missing = list_new(heap, 0);

	if (value_to_list(heap, of, &list, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		bool contains;
		if (heap_step(heap, err) ||
		    value_contains(heap, in, list->items[i], &contains, err))
			return -1;
		if (!contains)
			list_push(heap, missing, list->items[i]);
	}
	if (missing->n)
		dict_set(heap, changes, name, value_of_list(missing));
	return 0;
}

int filter_compare_lists(struct call *call, struct value *ret_value, struct err *err)
{
	struct dict *changes = dict_new(call->heap);
	struct value v[2];

	*ret_value = value_of_dict(changes);
	return call_bind(call, "compare_lists", old_and_new, v, err) ||
			       tell_missing(call->heap, changes, "new", v[1], v[0], err) ||
			       tell_missing(call->heap, changes, "old", v[0], v[1], err)
		       ? -1
		       : 0;
}

/* ---- several at once ---- */

/* zip(a, b, …): tuples, until the shortest ends. */
int filter_zip(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *rows = list_new(call->heap, 0);
	autofree struct value *row = xcalloc(call->n_args + 1, sizeof(*row));
	autofree struct list **lists = xcalloc(call->n_args + 1, sizeof(struct list *));
	size_t n = SIZE_MAX;

	for (size_t i = 0; i < call->n_args; i++) {
		if (value_to_list(call->heap, call->args[i], &lists[i], err))
			return -1;
		n = lists[i]->n < n ? lists[i]->n : n;
	}
	for (size_t k = 0; call->n_args && k < n; k++) {
		for (size_t i = 0; i < call->n_args; i++)
			row[i] = lists[i]->items[k];
		if (heap_step(call->heap, err) ||
		    heap_room(call->heap, call->n_args * sizeof(*row), err))
			return -1;
		list_push(call->heap, rows, value_tuple(call->heap, row, call->n_args));
	}
	*ret_value = value_iterator(call->heap, &zip_type, NULL, rows, NULL);
	return 0;
}

/* Every row with an item of the list behind it. */
static int product_add(struct heap *heap, const struct list *items, struct list **rows,
		       struct err *err)
{
	struct list *more = list_new(heap, 0);

	if (heap_step(heap, err))
		return -1;
	for (size_t k = 0; k < (*rows)->n * items->n; k++) {
		struct value pair[] = {(*rows)->items[k / items->n],
				       value_tuple(heap, &items->items[k % items->n], 1)},
			     row;
		if (heap_step(heap, err) || value_binary(heap, OP_ADD, pair[0], pair[1], &row, err))
			return -1;
		list_push(heap, more, row);
	}
	*rows = more;
	return 0;
}

static int product_repeat(const struct call *call, int64_t *ret_repeat, struct err *err)
{
	*ret_repeat = 1;
	for (size_t i = 0; i < call->n_keywords; i++) {
		struct str name = call->keywords[i].name;
		if (!str_is(name, "repeat"))
			return err_set(err, ERR_INPUT,
				       "'%.*s' is an invalid keyword argument for product()",
				       STR_ARG(name));
		if (value_as_int(call->keywords[i].value, ret_repeat, err))
			return -1;
	}
	if (*ret_repeat < 0)
		return err_set(err, ERR_INPUT, "repeat argument cannot be negative");
	return 0;
}

/* Every choice of one of each, the last changing first; the lists again `repeat` times. */
int filter_product(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *rows = list_new(call->heap, 1);
	autofree struct list **lists = xcalloc(call->n_args + 1, sizeof(struct list *));
	int64_t repeat;

	if (product_repeat(call, &repeat, err))
		return -1;
	for (size_t i = 0; i < call->n_args; i++)
		if (value_to_list(call->heap, call->args[i], &lists[i], err))
			return -1;
	list_push(call->heap, rows, value_tuple(call->heap, NULL, 0));
	for (; repeat; repeat--)
		for (size_t i = 0; i < call->n_args; i++)
			if (product_add(call->heap, lists[i], &rows, err))
				return -1;
	*ret_value = value_iterator(call->heap, &product_type, NULL, rows, NULL);
	return 0;
}

int filter_sorted_ignorecase(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"to_sort", PARAM_REQUIRED}, {NULL}};
	struct list *list, *keys, *sorted;
	struct value v, key;

	if (call_bind(call, "sorted_ignorecase", params, &v, err) ||
	    value_to_list(call->heap, v, &list, err))
		return -1;
	keys = list_new(call->heap, list->n);
	for (size_t i = 0; i < list->n; i++) {
		if (call_named(call, list->items[i], "lower", NULL, 0, &key, err))
			return -1;
		list_push(call->heap, keys, key);
	}
	if (sort_by_keys(call->heap, keys, list, false, &sorted, err))
		return -1;
	*ret_value = value_of_list(sorted);
	return 0;
}
