/* marked.h - YAML as the reference of state files reads it, every node with its place.
 * SPDX-License-Identifier: Apache-2.0
 *
 * libyaml's events, resolved as PyYAML does with the loader of state files: yes/no/on/off are
 * bools, leading zeros are dropped from ints (0750 is 750; a sign makes it octal: -012 is -10),
 * 0o750 and 1e3 are strings, 1:30 is 90, dates stay strings. Duplicate keys, tabs as indentation,
 * several documents, unknown tags, numbers beyond 64 bits are refused with their place.
 * Aliases share the node that they name: the tree is a graph without cycles (a recursive alias is
 * refused; what a walk over all aliases would visit is bounded, limits.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/diag.h"

enum marked_kind {
	MARKED_NULL,
	MARKED_BOOL,
	MARKED_INT,
	MARKED_FLOAT,
	MARKED_STRING,
	MARKED_LIST,
	MARKED_MAP,
};

struct marked;

struct marked_entry { /* of a map; keys are scalars of any kind */
	struct marked *key;
	struct marked *value;
};

struct marked {
	enum marked_kind kind;
	bool is_plain;  /* a scalar written without quotes: what it looks like may be an accident */
	bool is_tuple;  /* a list: one pair of !!omap or !!pairs */
	bool is_binary; /* a string out of !!binary that is not UTF-8 */
	struct src_pos at; /* of its first character, in the user's file (see place_fn) */
	struct str
		source;  /* a scalar as it was written (after folding), also when it is no string */
	void *converted; /* for whoever makes values of it: shared aliases stay shared */
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct str text; /* NUL-terminated, valid UTF-8; may hold NULs only as \0 in the
				    source */
		struct {
			struct marked **items;
			size_t n;
		} list;
		struct {
			struct marked_entry *items; /* in the order of the text, merges resolved */
			size_t n;
		} map;
	};
};

/* Where a byte of the parsed text stands in the user's file (the text may be what a template
 * printed). offset: from 0; line, column: in the text, from 1. NULL: the text is the file. */
typedef struct src_pos marked_place_fn(const void *arg, size_t offset, uint32_t line,
				       uint32_t column);

struct marked_options {
	const char *file; /* for messages; borrowed as long as the tree */
	marked_place_fn *place;
	const void *place_arg;
	struct diags
		*warnings; /* accidents (1:30, unquoted leading zeros, {{ }}); NULL: not told */
};

/* Empty text, or comments alone, is a null node. ERR_INPUT, ERR_LIMIT. */
int marked_parse(struct arena *arena, struct str text, const struct marked_options *options,
		 struct marked **ret_root, struct diag *diag) must_check;

/* Whether a writer may leave the quotes of a text away: PyYAML would read it as a string (and not
 * as a date, which its plain loader knows). */
bool marked_is_plain_text(struct str text);

const char *marked_kind_name(enum marked_kind kind); /* "a list", "a number": for messages */
/* The value of a string key; NULL: absent, or no map. */
struct marked *marked_get(const struct marked *map, const char *key);
/* A scalar as text: a string as it is, null "None", bools "True"/"False", numbers as Python prints
 * them. {NULL, 0}: a list or a map. In the arena. */
struct str marked_text(struct arena *arena, const struct marked *scalar);
