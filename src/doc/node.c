/* node.c - reading and building trees.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/node.h"

#include <assert.h>

#include "base/map.h"
#include "base/strlist.h"

#include "base/banned.h"

#define FEW_KEYS 16 /* up to here comparing each with each is quicker than hashing */

static const char *const kind_names[] = {
	[NODE_NULL] = "null",      [NODE_BOOL] = "true or false", [NODE_INT] = "an integer",
	[NODE_FLOAT] = "a number", [NODE_STRING] = "a string",    [NODE_LIST] = "a list",
	[NODE_MAP] = "a map",
};

const char *node_kind_name(enum node_kind kind)
{
	assert(kind < ARRAY_LEN(kind_names));
	return kind_names[kind];
}

static struct node *get_str(const struct node *map, struct str key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	node_foreach(child, map)
		if (str_eq(child->key, key))
			return child;
	return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
	return get_str(map, str_of(key));
}

struct node *node_lookup(const struct node *root, const char *dotted)
{
	struct str rest = str_of(dotted);
	struct node *found = NULL;

	while (rest.ptr) {
		found = get_str(root, str_cut(&rest, '.'));
		if (!found)
			return NULL;
		root = found;
	}
	return found;
}

static const struct node *find_among_few(const struct node *map)
{
	node_foreach(b, map)
		for (const struct node *a = map->children.first; a != b; a = a->next)
			if (str_eq(a->key, b->key))
				return b;
	return NULL;
}

const struct node *node_find_duplicate(const struct node *map)
{
	assert(map->kind == NODE_MAP);
	if (map->children.n <= FEW_KEYS)
		return find_among_few(map);

	automap struct map seen = {0};
	node_foreach(child, map) {
		if (map_has(&seen, child->key.ptr))
			return child;
		map_set(&seen, child->key.ptr, child);
	}
	return NULL;
}

struct str node_source(const struct node *node)
{
	switch (node->kind) {
	case NODE_STRING: return node->text;
	case NODE_LIST:
	case NODE_MAP: return (struct str){0};
	default: return str_of(node->source);
	}
}

const char *node_text(const struct node *node)
{
	return node && node->kind == NODE_STRING ? node->text.ptr : NULL;
}

const char *node_get_text(const struct node *map, const char *key)
{
	return node_text(node_get(map, key));
}

int64_t node_get_int(const struct node *map, const char *key, int64_t fallback)
{
	const struct node *node = node_get(map, key);

	return node && node->kind == NODE_INT ? node->integer : fallback;
}

bool node_get_bool(const struct node *map, const char *key, bool fallback)
{
	const struct node *node = node_get(map, key);

	return node && node->kind == NODE_BOOL ? node->boolean : fallback;
}

struct node *node_new(struct arena *arena, enum node_kind kind)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	if (kind == NODE_STRING)
		node->text = STR("");
	return node;
}

struct node *node_new_text(struct arena *arena, const char *text)
{
	if (!text)
		return node_new(arena, NODE_NULL);

	struct node *node = node_new(arena, NODE_STRING);
	node->text = str_of(arena_strdup(arena, text));
	return node;
}

struct node *node_new_int(struct arena *arena, int64_t value)
{
	struct node *node = node_new(arena, NODE_INT);

	node->integer = value;
	return node;
}

struct node *node_new_bool(struct arena *arena, bool value)
{
	struct node *node = node_new(arena, NODE_BOOL);

	node->boolean = value;
	return node;
}

struct node *node_new_null(struct arena *arena, enum node_kind null_of)
{
	struct node *node = node_new(arena, NODE_NULL);

	node->null_of = null_of;
	return node;
}

void node_append(struct node *list, struct node *child)
{
	assert(list->kind == NODE_LIST || list->kind == NODE_MAP);
	child->next = NULL;
	if (list->children.last)
		list->children.last->next = child;
	else
		list->children.first = child;
	list->children.last = child;
	list->children.n++;
}

void node_set(struct arena *arena, struct node *map, const char *key, struct node *child)
{
	assert(map->kind == NODE_MAP);
	child->key = str_of(arena_strdup(arena, key));

	struct node *before = NULL;
	node_foreach(old, map) {
		if (str_eq(old->key, child->key)) {
			child->next = old->next;
			*(before ? &before->next : &map->children.first) = child;
			if (map->children.last == old)
				map->children.last = child;
			return;
		}
		before = old;
	}
	node_append(map, child);
}

void node_set_text(struct arena *arena, struct node *map, const char *key, const char *text)
{
	node_set(arena, map, key, node_new_text(arena, text));
}

struct node *node_new_texts(struct arena *arena, const struct strlist *texts)
{
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < texts->n; i++)
		node_append(list, node_new_text(arena, texts->items[i]));
	return list;
}

static int compare_keys(const void *a, const void *b)
{
	struct str x = (*(const struct node *const *)a)->key;
	struct str y = (*(const struct node *const *)b)->key;
	int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);

	return order ? order : (x.len > y.len) - (x.len < y.len);
}

const struct node **node_sorted(const struct node *map)
{
	assert(map->kind == NODE_MAP);
	const struct node **sorted = xcalloc(map->children.n + 1, sizeof(const struct node *));
	size_t n = 0;

	node_foreach(child, map)
		sorted[n++] = child;
	qsort(sorted, n, sizeof(const struct node *), compare_keys);
	return sorted;
}

void node_sort(struct node *map)
{
	autofree const struct node **sorted = node_sorted(map);
	size_t n = map->children.n;

	map->children.first = map->children.last = NULL;
	map->children.n = 0;
	for (size_t i = 0; i < n; i++)
		node_append(map, (struct node *)sorted[i]);
}
