/* account_table.h - the lines of passwd(5), group(5), shadow(5) or gshadow(5), changed in memory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * All that is not an entry (comments, NIS lines, broken lines) and the bytes of untouched lines
 * stay as they are. Pure: text in, text out. Lines and fields are views into `text` until it
 * changes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct account_table {
	struct buf text; /* max LIMIT_USERDB_FILE */
	bool changed;
};

/* The first entry called `name`, or whose third field is `id`: as getpwnam(3) and getpwuid(3). */
bool account_find(const struct account_table *table, struct str name, struct str *ret_line);
bool account_find_id(const struct account_table *table, uint32_t id, struct str *ret_line);
struct str account_field(struct str line, int n); /* from 0; ptr NULL: it has fewer */
bool account_id(struct str line, int n, uint32_t *ret_id);
/* A new entry (without a newline): at the end, before lines of NIS, where shadow's tools put it. */
void account_add(struct account_table *table, const char *line);
/* Replaces field `n` of a line that account_find gave; the line and others are views no more. */
void account_set_field(struct account_table *table, struct str line, int n, struct str value);
/* Whether the list in field `n`, divided by commas, has the name; adds it when not. */
bool account_has_member(struct str line, int n, struct str name);
void account_add_member(struct account_table *table, struct str line, int n, struct str name);
void account_remove_member(struct account_table *table, struct str line, int n, struct str name);
/* Takes an entry away, with its end. */
void account_remove(struct account_table *table, struct str line);
/* The entries in their order: start with the whole text; false behind the last. */
bool account_next(struct str *rest, struct str *ret_line);
/* A name for a user or a group, as shadow's is_valid_name: what chown(1) and find(1) can tell from
 * a number and an option. */
bool account_is_name(const char *name);
