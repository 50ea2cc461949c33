/* attributes.h - what a file has besides its data: read into an entry, put on a file just made.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Order on writing, each step undoing what an earlier one could spoil: owner (clears setuid and
 * capabilities), xattrs, mode, ACLs (the mask is the mode's group bits), security.*, time. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "layer/entry.h"

/* Fills type, mode, owner, size, time, device and a link's target; path and xattrs are left alone.
 * Returns 1, or 0 for a socket (no layer holds one), or -1. A link's target is owned by the entry.
 */
int attributes_read(int dirfd, const char *name, const struct stat *st, struct entry *entry,
		    struct err *err) must_check;

struct made {             /* a file that was just made, or a directory that was there already */
	int fd;           /* of a file or directory; -1: the name is all there is */
	int dirfd;        /* holds it */
	const char *name; /* in dirfd */
	uint32_t uid, gid, mode; /* as they stand now */
	bool was_there;          /* kept xattrs that the entry does not list are removed */
	bool has_acl;            /* may have inherited one from its directory */
};
/* Gives it everything in the entry but the data; its time too unless it is a directory. */
int attributes_write(const struct made *made, const struct entry *entry,
		     struct err *err) must_check;
/* Sets mtime alone; the access time stays. fd < 0: by name, links not followed. */
int attributes_set_time(int fd, int dirfd, const char *name, int64_t mtime_ns,
			struct err *err) must_check;
int64_t stat_mtime_ns(const struct stat *st);

/* An open directory that was there takes everything of another; times too. */
int attributes_copy(int from, int to, const char *name, struct err *err) must_check;

/* What a new file in this directory starts out with, so that only differences need a system call.
 */
struct birth {
	uint32_t uid, gid; /* ours, or the directory's group when it is setgid */
	uint32_t umask;
	bool setgid;  /* new directories inherit the bit */
	bool has_acl; /* the directory has a default ACL: new files inherit from it */
};
uint32_t birth_umask(void); /* the process's, read without changing it */
/* `dirfd` open for reading; `st` is its own. */
struct birth birth_in(int dirfd, const struct stat *st, uint32_t umask);
/* The state of what open, mkdir or mknod made with `asked` mode there; fd and names are the
 * caller's. */
struct made birth_made(const struct birth *birth, uint32_t asked, bool is_directory);
