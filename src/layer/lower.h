/* lower.h - looking through a stack of unpacked layers as overlayfs would.
 * SPDX-License-Identifier: Apache-2.0
 *
 * On disk a layer is in overlayfs' own form: a 0:0 character device is a whiteout, a directory with
 * trusted.overlay.opaque=y hides what is below it. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/strlist.h"

struct lower { /* fds[0] is the topmost; borrowed; open for reading, not O_PATH */
	const int *fds;
	size_t n;
};
/* Finds what the merged view shows at `path` without following a link in it. Returns 0 and the
 * layer's index, or ERR_MISSING (absent, whited out, or hidden by an opaque directory). */
int lower_find(const struct lower *lower, const char *path, size_t *ret_layer, struct stat *ret_st,
	       struct err *err) must_check;
/* Names that the merged view shows in the directory `path`, sorted. */
int lower_list(const struct lower *lower, const char *path, struct strlist *ret_names,
	       struct err *err) must_check;
bool stat_is_whiteout(const struct stat *st);
bool fd_is_opaque(int dirfd);

/* One directory of the merged view, held open: its pieces from the topmost down, ending where an
 * opaque directory or something else than a directory hides the rest. A name costs one fstatat a
 * piece. */
struct lower_piece {
	int fd;
	size_t layer;     /* index into the stack */
	bool is_borrowed; /* the root's */
};
struct lower_dir { /* zeroed: a directory that no layer has */
	struct lower_piece *items;
	size_t n, cap;
};
void lower_dir_root(const struct lower *lower, struct lower_dir *ret_dir);
/* No such directory: success, with no pieces. */
int lower_dir_enter(const struct lower_dir *dir, const char *name, struct lower_dir *ret_dir,
		    struct err *err) must_check;
int lower_dir_open(const struct lower *lower, const char *path, struct lower_dir *ret_dir,
		   struct err *err) must_check;
/* 1: found, *ret_piece indexes dir->items; 0: absent or whited out; -1. */
int lower_dir_find(const struct lower_dir *dir, const char *name, size_t *ret_piece,
		   struct stat *ret_st, struct err *err) must_check;
/* What the merged view shows, sorted, appended to ret_names (owned copies). */
int lower_dir_list(const struct lower_dir *dir, struct strlist *ret_names,
		   struct err *err) must_check;
void lower_dir_done(struct lower_dir *dir);
#define autolower cleanup(lower_dir_done)
