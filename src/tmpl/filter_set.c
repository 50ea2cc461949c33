/* filter_set.c - Salt's filters on lists as sets: in the order of first appearance.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/regex.h"

#include "base/banned.h"

/* What was seen: hashable things in a dict, the others one after the other. */
struct seen {
	struct heap *heap;
	struct dict *keys;
	struct list *others;
};

static struct seen seen_new(struct heap *heap)
{
	return (struct seen){heap, dict_new(heap), list_new(heap, 0)};
}

static int seen_has(const struct seen *seen, struct value v, bool *ret_has, struct err *err)
{
	autoerr struct err unhashable = {0};
	uint64_t hash;

	*ret_has = false;
	if (!value_hash(v, &hash, &unhashable)) {
		*ret_has = dict_find(seen->keys, v) != NULL;
		return 0;
	}
	for (size_t i = 0; !*ret_has && i < seen->others->n; i++)
		if (heap_step(seen->heap, err) ||
		    value_equal(seen->heap, seen->others->items[i], v, ret_has, err))
			return -1;
	return 0;
}

static int seen_add(struct seen *seen, struct value v, bool *ret_is_new, struct err *err)
{
	autoerr struct err unhashable = {0};
	uint64_t hash;
	bool has;

	if (heap_step(seen->heap, err) || seen_has(seen, v, &has, err))
		return -1;
	*ret_is_new = !has;
	if (has)
		return 0;
	if (!value_hash(v, &hash, &unhashable))
		return dict_assign(seen->heap, seen->keys, v, value_none(), err);
	list_push(seen->heap, seen->others, v);
	return 0;
}

static int seen_of(struct heap *heap, const struct list *list, struct seen *ret_seen,
		   struct err *err)
{
	struct seen seen = seen_new(heap);
	bool is_new;

	for (size_t i = 0; i < list->n; i++)
		if (seen_add(&seen, list->items[i], &is_new, err))
			return -1;
	*ret_seen = seen;
	return 0;
}

/* The items that `in` has (or has not, or anything when it is NULL), each once. */
static int pick(struct heap *heap, const struct list *list, const struct seen *in, bool wanted,
		struct seen *taken, struct list *picked, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		bool has = wanted, is_new;
		if (in && seen_has(in, list->items[i], &has, err))
			return -1;
		if (has != wanted)
			continue;
		if (seen_add(taken, list->items[i], &is_new, err))
			return -1;
		if (is_new)
			list_push(heap, picked, list->items[i]);
	}
	return 0;
}

int unique_by_equality(struct heap *heap, const struct list *list, struct list **ret_unique,
		       struct err *err)
{
	struct list *picked = list_new(heap, list->n);
	struct seen taken = seen_new(heap);

	if (pick(heap, list, NULL, true, &taken, picked, err))
		return -1;
	*ret_unique = picked;
	return 0;
}

enum set_operation { SET_UNION, SET_INTERSECT, SET_DIFFERENCE, SET_SYMMETRIC };

static int set_filter(struct call *call, const char *name, enum set_operation operation,
		      struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"lst1", PARAM_REQUIRED}, {"lst2", PARAM_REQUIRED}, {NULL}};
	struct heap *heap = call->heap;
	struct list *a, *b, *picked = list_new(heap, 0);
	struct seen taken = seen_new(heap), in_a, in_b;
	struct value v[2];
	int failed = 0;

	struct value joined;

	/* Lists are joined with "+" first, and only lists can be. */
	if (call_bind(call, name, params, v, err) ||
	    ((operation == SET_UNION || operation == SET_SYMMETRIC) &&
	     !(is_hashable(v[0]) && is_hashable(v[1])) &&
	     value_binary(heap, OP_ADD, v[0], v[1], &joined, err)) ||
	    value_to_list(heap, v[0], &a, err) || value_to_list(heap, v[1], &b, err) ||
	    seen_of(heap, a, &in_a, err) || seen_of(heap, b, &in_b, err))
		return -1;
	switch (operation) {
	case SET_UNION:
		failed = pick(heap, a, NULL, true, &taken, picked, err) ||
			 pick(heap, b, NULL, true, &taken, picked, err);
		break;
	case SET_INTERSECT: failed = pick(heap, a, &in_b, true, &taken, picked, err); break;
	case SET_DIFFERENCE: failed = pick(heap, a, &in_b, false, &taken, picked, err); break;
	case SET_SYMMETRIC:
		failed = pick(heap, a, &in_b, false, &taken, picked, err) ||
			 pick(heap, b, &in_a, false, &taken, picked, err);
		break;
	}
	if (failed)
		return -1;
	*ret_value = value_of_list(picked);
	return 0;
}

int filter_union(struct call *call, struct value *ret_value, struct err *err)
{
	return set_filter(call, "union", SET_UNION, ret_value, err);
}

int filter_intersect(struct call *call, struct value *ret_value, struct err *err)
{
	return set_filter(call, "intersect", SET_INTERSECT, ret_value, err);
}

int filter_difference(struct call *call, struct value *ret_value, struct err *err)
{
	return set_filter(call, "difference", SET_DIFFERENCE, ret_value, err);
}

int filter_symmetric_difference(struct call *call, struct value *ret_value, struct err *err)
{
	return set_filter(call, "symmetric_difference", SET_SYMMETRIC, ret_value, err);
}

/* ---- what is in lists ---- */

/* What can be gone through and is no text. */
static bool is_collection(struct value v)
{
	return value_is_sequence(v) || v.kind == VALUE_DICT || v.kind == VALUE_VIEW ||
	       v.kind == VALUE_RANGE || (v.kind == VALUE_OBJECT && v.object->type->at);
}

struct flattening {
	struct heap *heap;
	struct list *flat;
	bool keeps_none;
	int64_t levels; /* < 0: all */
};

static int flatten(struct flattening *f, const struct list *list, int64_t level, struct err *err)
{
	if (level > LIMIT_DEPTH)
		return err_set(err, ERR_LIMIT, "a list nested deeper than %d", LIMIT_DEPTH);
	for (size_t i = 0; i < list->n; i++) {
		struct value item = list->items[i];
		if (heap_step(f->heap, err))
			return -1;
		bool is_null = item.kind == VALUE_NONE ||
			       (value_is_string(item) && (str_is(value_bytes(item), "None") ||
							  str_is(value_bytes(item), "null")));
		if (is_null && !f->keeps_none)
			continue;
		if (is_collection(item) && (f->levels < 0 || level < f->levels)) {
			struct list *inner;
			if (value_to_list(f->heap, item, &inner, err) ||
			    flatten(f, inner, level + 1, err))
				return -1;
		} else if (list_append(f->heap, f->flat, item, err)) {
			return -1;
		}
	}
	return 0;
}

int filter_flatten(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED},
					      {"levels", PARAM_OPTIONAL},
					      {"preserve_nulls", PARAM_OPTIONAL},
					      {NULL}};
	struct flattening f = {.heap = call->heap, .flat = list_new(call->heap, 0), .levels = -1};
	struct value v[3];
	struct list *list;

	if (call_bind(call, "flatten", params, v, err) ||
	    value_to_list(call->heap, v[0], &list, err) ||
	    (v[1].kind != VALUE_NONE && arg_int(v[1], -1, &f.levels, err)) ||
	    arg_bool(call->heap, v[2], false, &f.keeps_none, err) || flatten(&f, list, 0, err))
		return -1;
	*ret_value = value_of_list(f.flat);
	return 0;
}

int filter_avg(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"lst", PARAM_REQUIRED}, {NULL}};
	struct value v, sum = value_int(0);
	struct list *list;
	double number;

	if (call_bind(call, "avg", params, &v, err))
		return -1;
	if (is_hashable(v)) {
		if (v.kind == VALUE_UNDEFINED)
			return value_refuse_undefined(v, err);
		if (value_is_string(v) && !float_parse(value_bytes(v), &number)) {
			struct value shown;
			return value_repr(call->heap, v, &shown, err)
				       ? -1
				       : err_set(err, ERR_INPUT,
						 "could not convert string to float: %.*s",
						 STR_ARG(value_bytes(shown)));
		}
		int is_number = value_is_string(v) ? 1 : float_of(v, &number, err);
		if (is_number < 0)
			return -1;
		if (!is_number)
			return err_set(err, ERR_INPUT,
				       "float() argument must be a string or a real number, not "
				       "'%s'",
				       value_type_name(v));
		*ret_value = value_float(number);
		return 0;
	}
	if (value_to_list(call->heap, v, &list, err))
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (value_binary(call->heap, OP_ADD, sum, list->items[i], &sum, err))
			return -1;
	return value_binary(call->heap, OP_DIV, sum, value_int((int64_t)list->n), ret_value, err);
}

/* A thing that is no collection becomes a list of one. */
int filter_sequence(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, "ensure_sequence_filter", params, &v, err))
		return -1;
	if (!value_is_sequence(v) && v.kind != VALUE_DICT) {
		struct list *one = list_new(call->heap, 1);
		list_push(call->heap, one, v);
		v = value_of_list(one);
	}
	*ret_value = v;
	return 0;
}

int filter_is_list(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED}, {NULL}};
	struct value v;

	if (call_bind(call, "is_list", params, &v, err))
		return -1;
	*ret_value = value_bool(v.kind == VALUE_LIST);
	return 0;
}

/* Collections; dicts and texts only when they are not ignored. */
int filter_is_iter(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"thing", PARAM_REQUIRED}, {"ignore", PARAM_OPTIONAL}, {NULL}};
	struct value v[2];

	if (call_bind(call, "is_iter", params, v, err))
		return -1;
	bool ignores = true;
	if (param_given(v[1]) && value_truth(call->heap, v[1], &ignores, err))
		return -1;
	/* There are no types here to be named. */
	if (param_given(v[1]) && ignores)
		return err_set(err, ERR_INPUT,
			       "isinstance() arg 2 must be a type, a tuple of types, or a union");
	if (v[0].kind == VALUE_UNDEFINED)
		return value_refuse_undefined(v[0], err);
	*ret_value = value_bool(is_collection(v[0]) || (!ignores && value_is_string(v[0])));
	return 0;
}

/* A text that one of the list's texts contains. */
int filter_substring_in_list(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"string_to_search_for", PARAM_REQUIRED}, {"iterable", PARAM_REQUIRED}, {NULL}};
	struct value v[2];
	struct list *list;
	bool contains = false;

	if (call_bind(call, "substring_in_list", params, v, err) ||
	    value_to_list(call->heap, v[1], &list, err))
		return -1;
	for (size_t i = 0; !contains && i < list->n; i++)
		if (value_contains(call->heap, list->items[i], v[0], &contains, err))
			return -1;
	*ret_value = value_bool(contains);
	return 0;
}

static int count_true(struct call *call, const char *name, int64_t wanted, struct value *ret_value,
		      struct err *err)
{
	static const struct param params[] = {
		{"iterable", PARAM_REQUIRED}, {"amount", PARAM_OPTIONAL}, {NULL}};
	static const struct param one[] = {{"iterable", PARAM_REQUIRED}, {NULL}};
	struct value v[2] = {0};
	struct list *list;
	int64_t n = 0;

	if (call_bind(call, name, wanted ? one : params, v, err) ||
	    value_to_list(call->heap, v[0], &list, err) || arg_int(v[1], 1, &wanted, err))
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		bool truth;
		if (value_truth(call->heap, list->items[i], &truth, err))
			return -1;
		n += truth;
	}
	*ret_value = value_bool(n == wanted);
	return 0;
}

int filter_exactly_n_true(struct call *call, struct value *ret_value, struct err *err)
{
	return count_true(call, "exactly_n", 0, ret_value, err);
}

int filter_exactly_one_true(struct call *call, struct value *ret_value, struct err *err)
{
	return count_true(call, "exactly_one", 1, ret_value, err);
}

/* One of the patterns fits, as a glob or else as a regular expression. */
static int any_fits(struct heap *heap, struct value patterns, struct str name, bool *ret_fits,
		    struct err *err)
{
	autofree char *text = str_dup(name);
	struct list *list;

	*ret_fits = false;
	if (value_to_list(heap, patterns, &list, err))
		return -1;
	for (size_t i = 0; !*ret_fits && i < list->n; i++) {
		autoerr struct err invalid = {0};
		struct regex_match match;
		struct regex *regex;
		if (!value_is_string(list->items[i]))
			continue;
		autofree char *glob = str_dup(value_bytes(list->items[i]));
		*ret_fits = str_glob(glob, text);
		if (*ret_fits || regex_compile(heap, str_of(heap_printf(heap, "(?:%s)\\Z", glob)),
					       0, &regex, &invalid))
			continue;
		int found = regex_search(regex, name, 0, true, &match, err);
		if (found < 0)
			return -1;
		*ret_fits = found;
	}
	return 0;
}

/* What was given as a list; a text is a list of one. */
static int list_named(struct heap *heap, const char *name, struct value *list, bool *ret_is_given,
		      struct err *err)
{
	struct value_iter iter;
	autoerr struct err why = {0};

	*ret_is_given = false;
	if (list->kind == VALUE_UNDEFINED && !list->why)
		return 0;
	if (value_truth(heap, *list, ret_is_given, err))
		return -1;
	if (value_is_string(*list))
		*list = value_tuple(heap, list, 1);
	if (*ret_is_given && value_iterate(heap, *list, &iter, &why)) {
		struct value shown;
		return value_str(heap, *list, &shown, err)
			       ? -1
			       : err_set(err, ERR_INPUT, "Expecting iterable %s, but got %s (%.*s)",
					 name, value_type_name(*list), STR_ARG(value_bytes(shown)));
	}
	return 0;
}

/* Not on the black list, and on the white list when there is one. */
int filter_check_whitelist_blacklist(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"whitelist", PARAM_OPTIONAL},
					      {"blacklist", PARAM_OPTIONAL},
					      {NULL}};
	struct value v[3];
	bool is_white = false, is_black = false, has_white, has_black;

	if (call_bind(call, "check_whitelist_blacklist", params, v, err) ||
	    list_named(call->heap, "blacklist", &v[2], &has_black, err) ||
	    list_named(call->heap, "whitelist", &v[1], &has_white, err))
		return -1;
	struct str name = value_is_string(v[0]) ? value_bytes(v[0]) : (struct str){0};
	if (name.ptr && has_white && any_fits(call->heap, v[1], name, &is_white, err))
		return -1;
	if (name.ptr && has_black && any_fits(call->heap, v[2], name, &is_black, err))
		return -1;
	*ret_value = value_bool(!is_black && (!has_white || is_white));
	return 0;
}
