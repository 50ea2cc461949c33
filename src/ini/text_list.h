/* text_list.h - a list of texts in a model's arena.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

struct text_list {
	const char **items; /* ends with NULL; NULL while empty */
	size_t n;
};

struct arena;
/* Appends; the text is borrowed. Room is doubled in the arena, the old room stays there. */
void text_list_add(struct arena *arena, struct text_list *list, const char *text);
void text_list_add_all(struct arena *arena, struct text_list *list, const struct text_list *more);
