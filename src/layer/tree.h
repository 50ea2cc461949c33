/* tree.h - a directory tree read in order: sorted, hard links found, nothing followed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Order: a directory before what it holds, names bytewise. Sockets are skipped. A file with several
 * links comes once with its data; later names are ENTRY_HARDLINK. */
#pragma once

#include <sys/stat.h>

#include "layer/entry.h"
#include "layer/pack.h"

struct tree_visit {
	const struct entry *entry;
	int dirfd;        /* the directory that holds it */
	const char *name; /* in dirfd; "." for the root */
	const struct stat *st;
};
/* Returns 0 to go on, 1 to leave this out with all below it (its other names do not link to it),
 * -1 with err. */
typedef int (*tree_visit_fn)(const struct tree_visit *visit, void *arg, struct err *err);
/* `with_root`: the root directory itself comes first, as "". Never crosses into other file systems
 * when `one_fs`. */
struct tree_options {
	bool with_root;
	bool one_fs;
	bool no_xattrs; /* faster, when nobody looks */
};
int tree_walk(int rootfd, const struct tree_options *options, tree_visit_fn fn, void *arg,
	      struct err *err) must_check;
/* The whole tree, its root first, as one layer. `exclude` (may be NULL) returns true for paths to
 * leave out, with what is below. ERR_INPUT: a name that a layer cannot hold (tree_check_name). */
int tree_pack(int rootfd, bool (*exclude)(const char *path, void *arg), void *arg,
	      struct pack *pack, struct err *err) must_check;
/* ERR_INPUT: `name`, or a 0:0 character device, would be a whiteout in a layer. */
#define WHITEOUT_PREFIX ".wh."
int tree_check_name(const struct entry *entry, const char *name, struct err *err) must_check;
/* A digest of everything that tree_pack would write except times: a key for caches. */
int tree_digest(int rootfd, struct digest *ret_digest, struct err *err) must_check;
/* Copies a tree below `to` (which exists) with everything that a file has; the root's own
 * attributes are left as they are. Existing directories are merged and take the source's attributes
 * only when `merge_attributes` (else they keep theirs, times too); files are replaced; a link is
 * never followed; `to` may lie below `from` and is then left out. Reflinks when it can. */
struct tree_copy_options {
	bool merge_attributes;
	bool numeric_owner; /* give all to uid:gid instead of the source's owner */
	uint32_t uid, gid;
};
int tree_copy(int from, int to, const struct tree_copy_options *options,
	      struct err *err) must_check;
