/* tree.h - files and directories copied: over what is there, each file at once or not at all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Kept: mode, owner, times, extended attributes and ACLs where the target can have them, symbolic
 * links as links, FIFOs and devices; each name of a hard-linked file becomes a file. Sockets are
 * left out. No link is followed, in the source or in the target. */
#pragma once

#include <stdbool.h>

#include "base/ownership.h"

struct tree_options {
	struct ownership owner; /* mode: of files */
	int dir_mode;           /* -1: as in the source */
	bool keep_existing;     /* what is there stays; directories are still gone into */
};
/* A file, link or directory `name` in `from` becomes `to_name` in `to`. */
int tree_copy(int from, const char *name, int to, const char *to_name,
	      const struct tree_options *options, struct err *err) must_check;
/* What is in the directory `from` goes into the directory `to`, whose own attributes stay. */
int tree_copy_inside(int from, int to, const struct tree_options *options,
		     struct err *err) must_check;
/* Owner and group (each unless -1) of all below `dir` on its file system, links themselves
 * included; what fits is not touched. *ret_refused: not possible without root's rights. */
int tree_own(int dir, int64_t uid, int64_t gid, bool *ret_refused, struct err *err) must_check;
