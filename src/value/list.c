/* list.c - growable arrays of values.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/list.h"

#include <stdlib.h>
#include <string.h>

#include "value/limits.h"

#include "base/banned.h"

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

/* Merges the sorted halves a[0..half) and a[half..n) through `room`. Of equals the earlier comes
 * first, also in a reversed order, as Python's sort does. */
static int halves_merge(struct heap *heap, struct value *a, size_t half, size_t n,
			struct value *room, bool reverse, struct err *err)
{
	size_t i = 0, k = half;

	memcpy(room, a, half * sizeof(*a));
	for (size_t out = 0; i < half; out++) {
		int order = 0;

		if (k < n && (reverse ? value_order(heap, room[i], a[k], &order, err)
				      : value_order(heap, a[k], room[i], &order, err)))
			return -1;
		a[out] = k < n && order < 0 ? a[k++] : room[i++];
	}
	return 0;
}

static int items_sort(struct heap *heap, struct value *a, size_t n, struct value *room,
		      bool reverse, struct err *err)
{
	size_t half = (n + 1) / 2;

	if (n < 2)
		return 0;
	if (heap_step(heap, err) || items_sort(heap, a, half, room, reverse, err) ||
	    items_sort(heap, a + half, n - half, room, reverse, err))
		return -1;
	return halves_merge(heap, a, half, n, room, reverse, err);
}

int list_sort(struct heap *heap, struct list *list, bool reverse, struct err *err)
{
	autofree struct value *items = NULL;
	size_t n = list->n;

	if (n < 2)
		return 0;
	items = xmalloc((n + (n + 1) / 2) * sizeof(*items));
	memcpy(items, list->items, n * sizeof(*items));
	if (items_sort(heap, items, n, items + n, reverse, err))
		return -1;
	memcpy(list->items, items, n * sizeof(*items));
	return 0;
}
