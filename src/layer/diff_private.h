/* diff_private.h - the walk that finds changes, and those who listen to it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Upper directories and merged copies are walked by the same code and judged by the same rule
 * against the merged view of the lower layers; they only differ in how a missing name shows. So the
 * same change gives the same layer. */
#pragma once

#include <sys/stat.h>

#include "base/map.h"
#include "layer/diff.h"
#include "layer/links.h"

struct diff_dir { /* a directory being walked; the root has no parent */
	struct diff_dir *parent;
	int fd;
	const char *name; /* in parent->fd; "." */
	size_t path_len;  /* of its path, in walk->path */
	unsigned depth;
	struct stat st;
	struct lower_dir below; /* what the lower layers show there */
	bool is_new;            /* they show nothing there */
	bool is_opaque;         /* an upper directory, or one in such, that hides them all */
	bool is_told;           /* the listener has heard of it, or needs not (the root) */
};
struct diff_found {
	const struct diff_dir *dir; /* holds it */
	const char *name;           /* in dir->fd */
	const char *path;
	const struct stat *st;
	bool is_new; /* the lower layers have nothing of that name */
};
struct diff_walk;
struct diff_listener {
	/* A change, or a directory that holds one; directories come before what is in them. */
	int (*changed)(struct diff_walk *walk, const struct diff_found *found, struct err *err);
	/* Its path is walk->path. */
	int (*deleted)(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
		       struct err *err);
	/* The two may be NULL. Not part of the layer: excluded, equal, a socket, a whiteout of
	 * nothing. */
	int (*dropped)(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
		       struct err *err);
	/* All in it was told; comes for directories of the layer and for the root. */
	int (*left)(struct diff_walk *walk, const struct diff_dir *dir, struct err *err);
};
struct link_group { /* one file under several names of the tree */
	struct strlist paths;
	bool is_judged, is_changed;
};
struct link_groups {
	bool is_known;
	struct links first_paths;
	struct map groups; /* first path → struct link_group */
};
struct diff_walk {
	int rootfd;
	const struct diff_options *options;
	const struct diff_listener *listener;
	void *arg; /* the listener's */
	struct buf path;
	struct link_groups groups;
};
int diff_run(int rootfd, const struct diff_options *options, const struct diff_listener *listener,
	     void *arg, struct err *err) must_check;
bool diff_is_excluded(const struct diff_options *options, const char *path);

/* ---- diff_compare.c ---- */
struct diff_side {
	int dirfd;
	const char *name;
	const struct stat *st;
};
/* 1: they differ in what a layer carries; 0: equal; -1. */
int diff_compare(const struct diff_side *mine, const struct diff_side *theirs, bool with_time,
		 struct err *err) must_check;

/* ---- diff_links.c ---- */
/* For a file equal to the lower one: 1 when another of its names is a change, or when they are not
 * the same file below: then all names are written, so that the link holds wherever the layer is
 * unpacked. */
int diff_links_changed(struct diff_walk *walk, const struct stat *st, struct err *err) must_check;
void diff_links_done(struct link_groups *groups);
