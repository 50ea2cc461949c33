/* marked_private.h - the tree of state files while it is made.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <yaml.h>

#include "base/map.h"
#include "doc/marked.h"

/* A node as PyYAML's composer knows it: what its text stands for is found out later. */
struct composed {
	struct marked node; /* first: the tree holds pointers to it */
	const char *tag;    /* written or implied by a directive; NULL: none */
	uint64_t weight;    /* nodes that a walk over it meets, aliases followed */
	unsigned height;    /* of containers in it */
	bool is_implicit;   /* plain: its text says what it is */
	bool is_open;       /* its end was not read: an alias to it would hold itself */
	bool is_flat;       /* merges are resolved */
	bool is_built;
	bool is_value_key; /* "=" as a key is a text */
};

static inline struct composed *composed_of(struct marked *node)
{
	return (struct composed *)(void *)node;
}

/* Marks of libyaml count characters, places count bytes: the last place asked for. */
struct marked_cursor {
	struct str text;
	size_t skipped; /* bytes of a byte order mark before the text */
	bool is_ascii;
	size_t index, offset;    /* the same place in characters and in bytes */
	size_t line, line_start; /* and where its line begins, in bytes */
	const struct marked_options *options;
};

void marked_cursor_begin(struct marked_cursor *cursor, struct str text,
			 const struct marked_options *options);
struct src_pos marked_place(struct marked_cursor *cursor, yaml_mark_t mark);
struct src_pos marked_place_of_byte(const struct marked_cursor *cursor, size_t offset);

/* Whether a piece of the text stands where the mark is. */
bool marked_cursor_is_tab(struct marked_cursor *cursor, yaml_mark_t mark);

/* Composed nodes to what they stand for: scalars, merges, unique keys. */
int marked_build(struct arena *arena, const struct marked_options *options, struct composed *root,
		 struct diag *diag) must_check;

enum scalar_fault { SCALAR_OK, SCALAR_INVALID, SCALAR_TOO_LARGE };

/* Sets kind and value. A text that is nothing else stays MARKED_STRING. */
enum scalar_fault scalar_resolve(struct str text, struct marked *node);
/* "!!int 12" and its kin: the text must be one. */
enum scalar_fault scalar_as_int(struct str text, struct marked *node);
enum scalar_fault scalar_as_float(struct str text, struct marked *node);
enum scalar_fault scalar_as_bool(struct str text, struct marked *node);
/* A number with ":" in it. */
bool scalar_is_sexagesimal(const struct marked *node);
