/* arena.c - chunks that are handed out piece by piece and freed at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#if defined(__SANITIZE_ADDRESS__)
#define ONE_BY_ONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define ONE_BY_ONE 1
#endif
#endif
#ifdef ONE_BY_ONE
#define CHUNK_FIRST ((size_t)0) /* each piece has a chunk of its own size */
#else
#define CHUNK_FIRST ((size_t)16 << 10) /* bytes: a small document fits it */
#endif
#define CHUNK_LAST (CHUNK_FIRST << 4) /* each is twice the one before, up to this */

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, cap; /* bytes of `room` */
	alignas(max_align_t) char room[];
};

/* What is larger than a chunk goes alone behind the current one, whose rest stays in use. */
static struct arena_chunk *chunk_add(struct arena *arena, size_t cap, bool is_alone)
{
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + cap);
	chunk->cap = cap;
	struct arena_chunk **at = is_alone && arena->chunks ? &arena->chunks->next : &arena->chunks;
	chunk->next = *at;
	*at = chunk;
	return chunk;
}

static size_t chunk_size(const struct arena *arena)
{
	size_t cap = arena->chunks ? arena->chunks->cap * 2 : CHUNK_FIRST;

	return cap > CHUNK_LAST ? CHUNK_LAST : cap;
}

static void *piece_alloc(struct arena *arena, size_t size, size_t align)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t start = chunk ? (chunk->used + align - 1) & ~(align - 1) : 0;
	if (!chunk || start > chunk->cap || size > chunk->cap - start) {
		size_t cap = chunk_size(arena);
		chunk = chunk_add(arena, size > cap ? size : cap, size > cap);
		start = 0;
	}
	chunk->used = start + size;
	return chunk->room + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return piece_alloc(arena, size ? size : 1, alignof(max_align_t));
}

char *arena_str(struct arena *arena, struct str s)
{
	char *copy = piece_alloc(arena, s.len + 1, 1);
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_str(arena, str_of(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	autofree char *text = xvasprintf(fmt, args);
	va_end(args);
	return arena_strdup(arena, text);
}

void arena_done(struct arena *arena)
{
	for (struct arena_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	*arena = (struct arena){0};
}
