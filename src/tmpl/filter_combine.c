/* filter_combine.c - Salt's filters that are Python's itertools.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filter_private.h"
#include "value/iterator.h"

#include "base/banned.h"

/* ---- rows of r items, in the order of their places ---- */

enum choice {
	CHOICE_ONCE,  /* each item once, places rising */
	CHOICE_AGAIN, /* an item as often as one likes, places not falling */
	CHOICE_ORDER, /* each item once, in every order */
};

static const struct object_type *const choice_types[] = {
	[CHOICE_ONCE] = &combinations_type,
	[CHOICE_AGAIN] = &combinations_again_type,
	[CHOICE_ORDER] = &permutations_type,
};

struct choosing {
	struct heap *heap;
	enum choice choice;
	const struct list *list;
	size_t r;
	size_t *places;    /* r of them */
	bool *is_taken;    /* each item of the list */
	struct value *row; /* r of them */
};

static int row_push(const struct choosing *c, struct list *rows, struct err *err)
{
	if (heap_room(c->heap, c->r * sizeof(*c->row), err))
		return -1;
	for (size_t i = 0; i < c->r; i++)
		c->row[i] = c->list->items[c->places[i]];
	return list_append(c->heap, rows, value_tuple(c->heap, c->row, c->r), err);
}

/* Goes forth to the next place that is free, and back where none is left. */
static int choose(const struct choosing *c, struct list *rows, struct err *err)
{
	size_t n = c->list->n, i = 0, at = 0;

	for (;;) {
		size_t end = c->choice == CHOICE_ONCE ? n - c->r + i + 1 : n;
		if (heap_step(c->heap, err) || (i == c->r && row_push(c, rows, err)))
			return -1;
		if (i == c->r || at >= end) {
			if (i == 0)
				return 0;
			at = c->places[--i];
			c->is_taken[at++] = false;
		} else if (c->choice == CHOICE_ORDER && c->is_taken[at]) {
			at++;
		} else {
			c->places[i++] = at;
			c->is_taken[at] = true;
			at = c->choice == CHOICE_ORDER ? 0 : at + (c->choice == CHOICE_ONCE);
		}
	}
}

/* All rows of r items of a list. */
static int rows_of(struct heap *heap, enum choice choice, const struct list *list, int64_t r,
		   struct value *ret_value, struct err *err)
{
	struct list *rows = list_new(heap, 0);
	bool is_none = choice == CHOICE_AGAIN ? r && !list->n : r > (int64_t)list->n;

	if (r < 0)
		return err_set(err, ERR_INPUT, "r must be non-negative");
	*ret_value = value_iterator(heap, choice_types[choice], NULL, rows, NULL);
	if (is_none)
		return 0;
	if (r > INT32_MAX)
		return err_set(err, ERR_LIMIT, "rows of more than %d items", INT32_MAX);
	if (heap_room(heap, (size_t)r * sizeof(struct value), err))
		return -1;
	autofree size_t *places = xcalloc((size_t)r + 1, sizeof(*places));
	autofree bool *is_taken = xcalloc(list->n + 1, sizeof(*is_taken));
	autofree struct value *row = xcalloc((size_t)r + 1, sizeof(*row));
	return choose(&(struct choosing){heap, choice, list, (size_t)r, places, is_taken, row},
		      rows, err);
}

static int choice_filter(struct call *call, const char *name, enum choice choice,
			 struct value *ret_value, struct err *err)
{
	const struct param params[] = {
		{"iterable", PARAM_REQUIRED},
		{"r", choice == CHOICE_ORDER ? PARAM_OPTIONAL : PARAM_REQUIRED},
		{NULL}};
	struct list *list;
	struct value v[2];
	int64_t r;

	if (call_bind(call, name, params, v, err) || value_to_list(call->heap, v[0], &list, err))
		return -1;
	r = (int64_t)list->n;
	bool is_all = choice == CHOICE_ORDER && (!param_given(v[1]) || v[1].kind == VALUE_NONE);
	if (choice == CHOICE_ORDER && !is_all && v[1].kind != VALUE_INT && v[1].kind != VALUE_BOOL)
		return err_set(err, ERR_INPUT, "Expected int as r");
	if (!is_all && value_as_int(v[1], &r, err))
		return -1;
	return rows_of(call->heap, choice, list, r, ret_value, err);
}

int filter_combinations(struct call *call, struct value *ret_value, struct err *err)
{
	return choice_filter(call, "combinations", CHOICE_ONCE, ret_value, err);
}

int filter_combinations_again(struct call *call, struct value *ret_value, struct err *err)
{
	return choice_filter(call, "combinations_with_replacement", CHOICE_AGAIN, ret_value, err);
}

int filter_permutations(struct call *call, struct value *ret_value, struct err *err)
{
	return choice_filter(call, "permutations", CHOICE_ORDER, ret_value, err);
}

/* ---- several at once ---- */

/* The items whose selectors are true, until one of both ends. */
int filter_compress(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"data", PARAM_REQUIRED}, {"selectors", PARAM_REQUIRED}, {NULL}};
	struct list *list, *selectors, *taken = list_new(call->heap, 0);
	struct value v[2];

	if (call_bind(call, "compress", params, v, err) ||
	    value_to_list(call->heap, v[0], &list, err) ||
	    value_to_list(call->heap, v[1], &selectors, err))
		return -1;
	for (size_t i = 0; i < list->n && i < selectors->n; i++) {
		bool truth;
		if (value_truth(call->heap, selectors->items[i], &truth, err) ||
		    (truth && list_append(call->heap, taken, list->items[i], err)))
			return -1;
	}
	*ret_value = value_iterator(call->heap, &compress_type, NULL, taken, NULL);
	return 0;
}

static int fill_value(const struct call *call, struct value *ret_fill, struct err *err)
{
	*ret_fill = value_none();
	for (size_t i = 0; i < call->n_keywords; i++) {
		if (!str_is(call->keywords[i].name, "fillvalue"))
			return err_set(err, ERR_INPUT,
				       "zip_longest() got an unexpected keyword argument");
		*ret_fill = call->keywords[i].value;
	}
	return 0;
}

/* Tuples, until the longest ends; fillvalue stands where one has ended. */
int filter_zip_longest(struct call *call, struct value *ret_value, struct err *err)
{
	struct list *rows = list_new(call->heap, 0);
	autofree struct value *row = xcalloc(call->n_args + 1, sizeof(*row));
	autofree struct list **lists = xcalloc(call->n_args + 1, sizeof(struct list *));
	struct value fill;
	size_t n = 0;

	if (fill_value(call, &fill, err))
		return -1;
	for (size_t i = 0; i < call->n_args; i++) {
		if (value_to_list(call->heap, call->args[i], &lists[i], err))
			return -1;
		n = lists[i]->n > n ? lists[i]->n : n;
	}
	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < call->n_args; i++)
			row[i] = k < lists[i]->n ? lists[i]->items[k] : fill;
		if (heap_step(call->heap, err) ||
		    heap_room(call->heap, call->n_args * sizeof(*row), err))
			return -1;
		list_push(call->heap, rows, value_tuple(call->heap, row, call->n_args));
	}
	*ret_value = value_iterator(call->heap, &zip_longest_type, NULL, rows, NULL);
	return 0;
}
