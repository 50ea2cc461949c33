/* list.c - growable arrays of values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/list.h"

#include <stdlib.h>
#include <string.h>

#include "value/limits.h"

#include "base/banned.h"

#define SORT_FEW 64 /* items: fewer are inserted, as CPython's minimal run */

#define CAPACITY_FIRST 4

struct list *list_new(struct heap *heap, size_t capacity)
{
	struct list *list = heap_alloc(heap, sizeof(*list));

	if (capacity)
		*list = (struct list){heap_alloc(heap, capacity * sizeof(*list->items)), 0,
				      capacity};
	return list;
}

void list_push(struct heap *heap, struct list *list, struct value v)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : CAPACITY_FIRST;
		struct value *items = heap_alloc(heap, cap * sizeof(*items));

		if (list->n)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = v;
}

int list_append(struct heap *heap, struct list *list, struct value v, struct err *err)
{
	if (list->n == list->cap && heap_room(heap, 2 * list->cap * sizeof(v), err))
		return -1;
	list_push(heap, list, v);
	return 0;
}

struct value value_tuple(struct heap *heap, const struct value *items, size_t n)
{
	struct list *list = list_new(heap, n);

	if (n)
		memcpy(list->items, items, n * sizeof(*items));
	list->n = n;
	return (struct value){.kind = VALUE_TUPLE, .list = list};
}

/* Whether a comes before b: as Python's sort asks, with nothing but "<". */
static int comes_before(struct heap *heap, struct value a, struct value b, bool *ret_before,
			struct err *err)
{
	int order = 0;

	if (value_order(heap, a, b, &order, err))
		return -1;
	*ret_before = order < 0;
	return 0;
}

static void items_reverse(struct value *a, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct value kept = a[i];
		a[i] = a[n - 1 - i];
		a[n - 1 - i] = kept;
	}
}

/* How many at the front are sorted already; a falling run is turned round. */
static int run_count(struct heap *heap, struct value *a, size_t n, size_t *ret_count,
		     struct err *err)
{
	bool falls, before;
	size_t count = 2;

	if (comes_before(heap, a[1], a[0], &falls, err))
		return -1;
	for (; count < n; count++) {
		if (comes_before(heap, a[count], a[count - 1], &before, err))
			return -1;
		if (before != falls)
			break;
	}
	if (falls)
		items_reverse(a, count);
	*ret_count = count;
	return 0;
}

/* Few items, by binary insertion: the same comparisons as CPython's list.sort, whose first failing
 * one is what the error is about. */
static int few_sort(struct heap *heap, struct value *a, size_t n, struct err *err)
{
	size_t sorted;

	if (run_count(heap, a, n, &sorted, err))
		return -1;
	for (; sorted < n; sorted++) {
		struct value pivot = a[sorted];
		size_t left = 0, right = sorted;
		while (left < right) {
			size_t middle = left + (right - left) / 2;
			bool before;
			if (comes_before(heap, pivot, a[middle], &before, err))
				return -1;
			if (before)
				right = middle;
			else
				left = middle + 1;
		}
		memmove(a + left + 1, a + left, (sorted - left) * sizeof(*a));
		a[left] = pivot;
	}
	return 0;
}

/* Merges the sorted halves a[0..half) and a[half..n) through `room`. Of equals the earlier comes
 * first. */
static int halves_merge(struct heap *heap, struct value *a, size_t half, size_t n,
			struct value *room, struct err *err)
{
	size_t i = 0, k = half;

	memcpy(room, a, half * sizeof(*a));
	for (size_t out = 0; i < half; out++) {
		bool before = false;

		if (k < n && comes_before(heap, a[k], room[i], &before, err))
			return -1;
		a[out] = before ? a[k++] : room[i++];
	}
	return 0;
}

static int items_sort(struct heap *heap, struct value *a, size_t n, struct value *room,
		      struct err *err)
{
	size_t half = n / 2;

	if (n < 2)
		return 0;
	if (heap_step(heap, err))
		return -1;
	if (n < SORT_FEW)
		return few_sort(heap, a, n, err);
	if (items_sort(heap, a, half, room, err) || items_sort(heap, a + half, n - half, room, err))
		return -1;
	return halves_merge(heap, a, half, n, room, err);
}

int list_sort(struct heap *heap, struct list *list, bool reverse, struct err *err)
{
	autofree struct value *items = NULL;
	size_t n = list->n;

	if (n < 2)
		return 0;
	items = xmalloc((n + n / 2) * sizeof(*items));
	memcpy(items, list->items, n * sizeof(*items));
	if (reverse) /* before and after: equals stay in their order */
		items_reverse(items, n);
	if (items_sort(heap, items, n, items + n, err))
		return -1;
	if (reverse)
		items_reverse(items, n);
	memcpy(list->items, items, n * sizeof(*items));
	return 0;
}
