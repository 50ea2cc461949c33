/* list.h - lists and tuples: growable arrays of values, shared.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/value.h"

struct list {
	struct value *items;
	size_t n, cap;
};

struct list *list_new(struct heap *heap, size_t capacity);
void list_push(struct heap *heap, struct list *list, struct value v); /* ours: no limit is asked */
/* A template's append: ERR_LIMIT. */
int list_append(struct heap *heap, struct list *list, struct value v, struct err *err) must_check;
struct value value_tuple(struct heap *heap, const struct value *items, size_t n); /* copied */
/* Stable, by value_order; `key` NULL: the items themselves. */
int list_sort(struct heap *heap, struct list *list, bool reverse, struct err *err) must_check;
