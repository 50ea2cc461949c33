/* arena.h - memory of one task (a parsed document, a build plan) that dies together.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Under sanitizers each piece is its own allocation, so that use after reset is seen. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

struct arena_chunk;
struct arena { /* zeroed: empty and valid */
	struct arena_chunk *chunks;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_str(struct arena *arena, struct str s);
char *arena_printf(struct arena *arena, const char *fmt, ...) printf_like(2, 3);
void arena_done(struct arena *arena);
#define autoarena cleanup(arena_done)
