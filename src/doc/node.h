/* node.h - one tree for configuration text; every node knows its file, line and column.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nodes live in an arena and are never freed alone. Maps keep the order of the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	struct src_pos pos;
	struct str key; /* when it stands in a map: its name there */
	struct src_pos key_pos;
	struct node *next; /* the following sibling in its list or map */
	union {
		struct {
			union {
				/* null: what it is the absence of (a list, a map), as in Go */
				enum node_kind null_of;
				bool boolean;
				int64_t integer;
				double number;
			};
			const char *source; /* see node_source */
		};
		struct str text; /* NUL-terminated; valid UTF-8 */
		struct {
			struct node *first, *last;
			size_t n;
		} children; /* list and map */
	};
};

#define node_foreach(child, parent) \
	for (struct node * (child) = (parent)->children.first; (child); (child) = (child)->next)

const char *node_kind_name(enum node_kind kind); /* "a string", "a list": for messages */
struct node *node_get(const struct node *map, const char *key); /* NULL: absent, or not a map */
/* The first child whose key an earlier one has; NULL: none. */
const struct node *node_find_duplicate(const struct node *map);
/* "Config.Env" style path of plain keys through maps; NULL when any step is absent. */
struct node *node_lookup(const struct node *root, const char *dotted);
const char *node_text(const struct node *node); /* the text of a string, else NULL */
/* A scalar as YAML wrote it, so that "0123" and "yes" can be read as text (a string: its text; a
 * key is always as written); {NULL, 0}: a list, a map, or nobody wrote it so (JSON, built trees).
 */
struct str node_source(const struct node *node);
const char *node_get_text(const struct node *map, const char *key); /* NULL: absent or no string */
int64_t node_get_int(const struct node *map, const char *key, int64_t fallback);
bool node_get_bool(const struct node *map, const char *key, bool fallback);

/* Building trees. Texts are copied into the arena. */
struct node *node_new(struct arena *arena, enum node_kind kind);
struct node *node_new_text(struct arena *arena, const char *text); /* NULL text gives NODE_NULL */
struct node *node_new_int(struct arena *arena, int64_t value);
struct node *node_new_bool(struct arena *arena, bool value);
struct node *node_new_null(struct arena *arena, enum node_kind null_of); /* "Env": null */
void node_append(struct node *list, struct node *child);
/* Appends, or replaces the child of that key in place. The key is copied into the arena. */
void node_set(struct arena *arena, struct node *map, const char *key, struct node *child);
void node_set_text(struct arena *arena, struct node *map, const char *key, const char *text);
/* The children of a map, borrowed, in the bytewise order of their keys; caller frees the array. */
const struct node **node_sorted(const struct node *map);
void node_sort(struct node *map); /* puts the children themselves into that order */
struct strlist;
struct node *node_new_texts(struct arena *arena, const struct strlist *texts);
