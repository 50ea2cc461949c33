/* sections.h - the text of init files as sections and entries, each with its place.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   file    = { blank / comment / section / entry / more }
 *   comment = ("#" / ";") text                 in the first column
 *   section = "[" kind [":" name] "]"
 *   entry   = key "=" value                    native: '=' alone; circus: '=' or ':'
 *   more    = white-space text                 continues the value, joined by a newline
 *
 * '""' alone is an empty value. Only circus: "rem" begins a comment too, " ;" ends a value at its
 * first ';', an indented '#' belongs to the value (with a warning). Native: an indented '#' or ';'
 * is a comment. Values are otherwise taken as they are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "ini/model.h"

/* What is wrong and what is odd: one line each, "file:line:column: text". */
struct problems {
	struct arena *arena;
	struct text_list errors, warnings;
};
void problem_add(struct problems *problems, struct src_pos at, const char *fmt, ...)
	printf_like(3, 4);
void warning_add(struct problems *problems, struct src_pos at, const char *fmt, ...)
	printf_like(3, 4);
/* The text of err as a problem, with "key: " in front when key is not NULL; err is cleared. */
void problem_take(struct problems *problems, struct src_pos at, const char *key, struct err *err);

struct entry_line {
	const char *key, *value;
	struct src_pos key_pos, value_pos;
	struct entry_line *next;
};
struct section {
	const char *kind, *name; /* name NULL: no colon */
	struct src_pos pos;      /* where it stands first */
	struct entry_line *entries, **end;
	size_t n_entries;
	struct section *next;
};
struct sections {
	struct arena *arena; /* of everything here */
	struct problems *problems;
	enum vocabulary vocabulary;
	struct section *first, **end;
	size_t n;
	struct map by_header;
};

void sections_init(struct sections *sections, struct arena *arena, struct problems *problems,
		   enum vocabulary vocabulary);
void sections_done(struct sections *sections);
/* Adds a file; a section that exists already gets more entries. `file` is borrowed. */
void sections_read(struct sections *sections, const char *file, struct str text);
/* Which vocabulary a text speaks: circus when it has one of circus' sections. */
enum vocabulary text_vocabulary(struct str text);
