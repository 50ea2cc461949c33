/* tree_copy.h - a tree made like another: what an archive of a project is.
 * SPDX-License-Identifier: Apache-2.0
 *
 * As `rsync -aAX --delete` does it: modes, owners, times, links, ACLs and other attributes kept,
 * what the source has not is removed. Files with the same size, time, mode and owner are taken for
 * equal. Hard links inside become files of their own. Sockets are left out. */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct tree_copied {
	uint64_t files, bytes, removed, unchanged;
};

/* Both are directories open for reading. Never leaves either; never follows a link. */
int tree_mirror(int from, int to, struct tree_copied *ret_copied, struct err *err) must_check;
