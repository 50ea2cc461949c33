/* view.h - the files that a stack of unpacked layers shows, read without mounting it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/lower.h"
#include "store/store.h"

struct view {     /* zeroed: an empty root */
	int *fds; /* the topmost first */
	size_t n;
};
/* `layers`: bottom first; they must be unpacked and leased. */
int view_open(struct store *store, const struct layer_meta *layers, size_t n_layers,
	      struct view *ret_view, struct err *err) must_check;
struct lower view_lower(const struct view *view); /* borrowed */
void view_done(struct view *view);

struct view_place {
	char *path; /* relative, clean, free of links as far as it exists; "": the root; owned */
	bool exists;
	struct stat st; /* when it exists; never a link */
};
void view_place_done(struct view_place *place);
/* Follows `path` as a program chrooted into the view would; what is missing is taken as it is
 * written. ERR_INPUT: a file stands where a directory is needed, or links go in circles. */
int view_resolve(const struct view *view, const char *path, struct view_place *ret_place,
		 struct err *err) must_check;
/* A small file; ret_buf stays empty when there is none. */
int view_read(const struct view *view, const char *path, struct buf *ret_buf,
	      struct err *err) must_check;
