/* heap.h - the memory of one run of templates, with its bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Allocation never fails; what grows by somebody's template asks heap_room first, and whoever
 * evaluates asks heap_check now and then. Everything lives until heap_done. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "value/limits.h"

struct print_frame;
struct regex_run;

enum undefined_mode {
	UNDEFINED_STRICT,  /* any use but `is defined` and `default` is an error */
	UNDEFINED_DEFAULT, /* Jinja's default: prints as "", is false, has no items; attributes fail
			    */
	UNDEFINED_CHAINED, /* the same, and its attributes are undefined too (ChainableUndefined) */
	UNDEFINED_DEBUG,   /* prints as "{{ name }}" (DebugUndefined) */
};

struct heap { /* zeroed: empty, valid, strict, with the limits of limits.h */
	struct arena arena;
	size_t used;
	size_t max; /* 0: LIMIT_HEAP */
	enum undefined_mode undefined;
	uint64_t steps;     /* evaluated so far */
	uint64_t max_steps; /* 0: LIMIT_STEPS */
	/* For shared use by all that evaluate in this run; not ours. */
	void *world;
	struct regex_run *regexes; /* regex.c's: patterns compiled so far */
	const struct print_frame
		*printing; /* repr.c's: what is around the object that prints itself */
};

void *heap_alloc(struct heap *heap, size_t size);   /* zeroed */
char *heap_strdup(struct heap *heap, struct str s); /* NUL-terminated */
char *heap_printf(struct heap *heap, const char *fmt, ...) printf_like(2, 3);
/* Before something of `size` bytes grows by a template's wish. ERR_LIMIT: "larger than 8 MiB". */
int heap_room(struct heap *heap, size_t size, struct err *err) must_check;
/* What stopped heap_step. */
int heap_refuse_step(struct heap *heap, struct err *err) must_check;
/* One step of evaluation. ERR_LIMIT: too many, or the heap is full. Inline: everything asks. */
must_check static inline int heap_step(struct heap *heap, struct err *err)
{
	if (++heap->steps <= (heap->max_steps ? heap->max_steps : LIMIT_STEPS) &&
	    heap->used <= (heap->max ? heap->max : LIMIT_HEAP))
		return 0;
	return heap_refuse_step(heap, err);
}
void heap_done(struct heap *heap);
#define autoheap cleanup(heap_done)
