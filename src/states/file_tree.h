/* file_tree.h - walking a directory that may be changed by others meanwhile.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "state/function.h"

struct tree_entry {
	const char *path; /* as the walk's begins, e.g. "/srv/a/b"; in the heap */
	const char *rel;  /* behind the walk's beginning: "a/b"; borrowed from path */
	int dirfd;        /* the directory that it is in, and its name there */
	const char *name;
	struct stat st; /* of itself: no link is followed */
	int depth;      /* 0: in the walk's directory */
};

/* Told of each entry, directories before what is in them, sorted by name. Returns whether a
 * directory is to be entered; -1 with err ends the walk. */
typedef int tree_fn(void *arg, const struct tree_entry *entry, struct err *err);

/* Takes *dirfd, which becomes -1. `path`: how it is called, without a slash at the end. */
int entries_walk(struct heap *heap, int *dirfd, const char *path, tree_fn *told, void *arg,
		 struct err *err) must_check;

/* Salt's patterns of files: a shell glob (`*` also matches slashes), or a regular expression behind
 * "E@" that is looked for anywhere. A list, a string, or nothing (which matches nothing). */
bool patterns_match(struct heap *heap, struct list *patterns, const char *rel);
