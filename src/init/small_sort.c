/* small_sort.c - sorting by a heap.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/small.h"

#include "base/banned.h"

struct heap {
	char *items;
	size_t size; /* of one */
	int (*compare)(const void *, const void *);
};

static void swap(const struct heap *heap, size_t i, size_t j)
{
	char *a = heap->items + i * heap->size, *b = heap->items + j * heap->size;

	for (size_t k = 0; k < heap->size; k++) {
		char kept = a[k];
		a[k] = b[k];
		b[k] = kept;
	}
}

/* Moves item `i` below the larger ones among the first n. */
static void sink(const struct heap *heap, size_t i, size_t n)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		const char *left = heap->items + child * heap->size;
		if (child + 1 < n && heap->compare(left, left + heap->size) < 0)
			child++;
		if (heap->compare(heap->items + i * heap->size, heap->items + child * heap->size) >=
		    0)
			return;
		swap(heap, i, child);
	}
}

void small_qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct heap heap = {items, size, compare};

	for (size_t i = n / 2; i-- > 0;)
		sink(&heap, i, n);
	while (n > 1) {
		swap(&heap, 0, --n);
		sink(&heap, 0, n);
	}
}
