/* heap.c - counted allocation in an arena, and the bounds of a run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/heap.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void *heap_alloc(struct heap *heap, size_t size)
{
	heap->used += size;
	return arena_alloc(&heap->arena, size);
}

char *heap_strdup(struct heap *heap, struct str s)
{
	char *copy = heap_alloc(heap, s.len + 1);

	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

char *heap_printf(struct heap *heap, const char *fmt, ...)
{
	va_list args;
	autobuf struct buf text = {0};

	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	return heap_strdup(heap, buf_str(&text));
}

int heap_room(struct heap *heap, size_t size, struct err *err)
{
	size_t max = heap->max ? heap->max : LIMIT_HEAP;

	if (size > LIMIT_VALUE_BYTES)
		return err_set(err, ERR_LIMIT, "a value of more than %zu MiB",
			       LIMIT_VALUE_BYTES >> 20);
	if (heap->used > max || size > max - heap->used)
		return err_set(err, ERR_LIMIT, "templates use more than %zu MiB of memory",
			       max >> 20);
	return 0;
}

int heap_refuse_step(struct heap *heap, struct err *err)
{
	uint64_t max = heap->max_steps ? heap->max_steps : LIMIT_STEPS;

	if (heap->steps > max)
		return err_set(err, ERR_LIMIT, "more than %llu steps of evaluation",
			       (unsigned long long)max);
	return heap_room(heap, 0, err);
}

void heap_done(struct heap *heap)
{
	arena_done(&heap->arena);
	heap->used = 0;
	heap->regexes = NULL;
}
