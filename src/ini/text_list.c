/* text_list.c - lists of texts that grow inside an arena.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/text_list.h"

#include <string.h>

#include "base/arena.h"
#include "base/banned.h"

void text_list_add(struct arena *arena, struct text_list *list, const char *text)
{
	/* Room is a power of two, texts and the NULL behind them: full when n + 1 is one. */
	size_t used = list->n + 1;
	if (!list->items || (used & (used - 1)) == 0) {
		const char **items = arena_alloc(arena, 2 * used * sizeof(*items));
		if (list->items)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
	}
	list->items[list->n++] = text;
	list->items[list->n] = NULL;
}

void text_list_add_all(struct arena *arena, struct text_list *list, const struct text_list *more)
{
	for (size_t i = 0; i < more->n; i++)
		text_list_add(arena, list, more->items[i]);
}
