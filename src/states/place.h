/* place.h - the files that states name: absolute paths below the root that is being configured.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything goes through openat2(2) with the run's root as "/": neither a link nor ".." leads out
 * of it. Names are C strings of the heap or the caller's; "doing" in errors is plain words. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "state/world.h"

enum place_links { LINKS_FOLLOWED, LINKS_KEPT }; /* of the last component */

/* "~" and "~user" replaced by the home of the root's passwd; in the heap. */
const char *place_name(struct world *world, const char *name);
/* The same without slashes at the end: for what is a directory. */
const char *place_dir_name(struct world *world, const char *name);
/* What stands before the last component ("/" for "/a"), and the last component; in the heap and
 * borrowed. */
const char *place_dir(struct heap *heap, const char *path);
const char *place_base(const char *path);
/* Python's os.path.normpath: without ".", "a/..", and more slashes than are needed; in the heap. */
const char *place_normal(struct heap *heap, const char *path);

/* Whether it is there; ret_st may be NULL. What cannot be looked at is not there. */
bool place_stat(struct world *world, const char *path, enum place_links links, struct stat *ret_st);
bool place_is_dir(struct world *world, const char *path); /* or a link to one */
/* open(2) with O_CLOEXEC, O_NOCTTY and O_NONBLOCK: no FIFO and no terminal holds us up. */
int place_open(struct world *world, const char *path, int flags, int *ret_fd,
	       struct err *err) must_check;
/* A regular file whole, links followed. ERR_LIMIT beyond LIMIT_SOURCE. ret_st may be NULL. */
int place_read(struct world *world, const char *path, struct buf *ret_text, struct stat *ret_st,
	       struct err *err) must_check;
/* A file, a link, or a whole tree. */
int place_remove(struct world *world, const char *path, struct err *err) must_check;
int place_rename(struct world *world, const char *from, const char *to, struct err *err) must_check;
int place_link_read(struct world *world, const char *path, const char **ret_target,
		    struct err *err) must_check;
/* A symbolic link, under a temporary name first when something is to be replaced. */
int place_link_make(struct world *world, const char *target, const char *path,
		    struct err *err) must_check;
/* The path with the links of its last component replaced by what they name, so that what is behind
 * them can be renamed over. */
const char *place_behind_links(struct world *world, const char *path);

/* Before root writes: ERR_DENIED when a link in the way is of somebody else, neither root nor us,
 * and leads to what is not that user's own. */
int place_check_links(struct world *world, const char *path, enum place_links links,
		      struct err *err) must_check;

/* Whom something is to belong to and who may do what. */
struct look {
	uint32_t uid, gid; /* LOOK_KEPT: as it is */
	bool has_mode;
	uint32_t mode; /* 07777 */
};
#define LOOK_KEPT UINT32_MAX

/* One directory; its parent exists. Without a mode: 0777 under the umask. */
int place_make_dir(struct world *world, const char *path, const struct look *look,
		   struct err *err) must_check;
/* All that are missing of the path, each with that look. */
int place_make_dirs(struct world *world, const char *path, const struct look *look,
		    struct err *err) must_check;
/* Sets what differs from `st` (of the thing itself or of what is behind a link). chown clears suid
 * and sgid: they are set again when look has a mode or root owned it. */
int place_set_look(struct world *world, const char *path, enum place_links links,
		   const struct stat *st, const struct look *look, struct err *err) must_check;
/* The file's bytes and look at once: written beside and renamed; what is mounted or in a directory
 * that takes no new names is written in place. A file that was there keeps owner, mode, ACL and
 * other attributes as far as look does not say otherwise; a new one is 0666 under the umask. */
int place_write(struct world *world, const char *path, enum place_links links, struct str contents,
		const struct look *look, struct err *err) must_check;
