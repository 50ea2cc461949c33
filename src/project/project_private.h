/* project_private.h - a project's configuration while it is read.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/marked.h"
#include "project/project.h"

struct document { /* one file that was read: kept for the places of its texts */
	struct marked *root;
	const char *file;
};

struct loading {
	struct world *world;
	struct project *project;
	struct diags *warnings; /* NULL: nobody listens */
	struct diag *diag;
	struct {
		struct document *items;
		size_t n, cap;
	} documents;
};

/* ---- pillar.c: files ---- */

/* Renders and reads a mapping; its `include:` (names below `dir`; NULL: not allowed) first, itself
 * over them. No such file: *ret_pillar stays NULL. Secrets in it are registered. rootfd: what the
 * paths are beneath; AT_FDCWD: the caller's own system. */
int pillar_read(struct loading *loading, int rootfd, const char *path, const char *dir,
		struct dict **ret_pillar) must_check;
/* Where a text that came from one of the files stands. */
struct src_pos pillar_place(const struct loading *loading, const char *text);

/* ---- settings.c: keys ---- */

/* Top-level keys of a pillar or a sample that are about the project, whatever their spelling, as
 * one mapping {user: …, data: {…}}. is_sample: any name after "makina-projects." is this one, and
 * `ret_rest`, when not NULL, takes the other keys. */
struct dict *settings_take(struct heap *heap, const char *name, const struct dict *pillar,
			   bool is_sample, struct dict *ret_rest);
/* `over` over `under`, with "key-overrides" (instead of merging) and "key-append" (items that are
 * not there yet). Both are left alone. */
struct dict *settings_merge(struct heap *heap, const struct dict *under, const struct dict *over);
/* Refuses what has the wrong type, at its place. */
int settings_check(const char *name, const struct marked *root, bool is_sample,
		   struct diag *diag) must_check;
