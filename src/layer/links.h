/* links.h - which files of a tree are the same file: inodes with several names, by first name.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

#include "base/mem.h"

struct link_slot {
	dev_t dev;
	ino_t ino;
	char *path; /* owned; NULL: free slot */
};
struct links { /* zeroed: empty and valid */
	struct link_slot *slots;
	size_t n, n_slots;
};

/* The path under which this inode was added, or NULL. Files with one link are never looked up. */
const char *links_find(const struct links *links, const struct stat *st);
void links_add(struct links *links, const struct stat *st, const char *path); /* not there yet */
void links_done(struct links *links);
#define autolinks cleanup(links_done)
