/* entry.h - one file of a layer: everything that a file has, and nothing of where it came from.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum entry_type {
	ENTRY_FILE,
	ENTRY_DIRECTORY,
	ENTRY_SYMLINK,
	ENTRY_HARDLINK, /* target: path of an earlier entry */
	ENTRY_CHAR,
	ENTRY_BLOCK,
	ENTRY_FIFO,
};

struct xattr {
	char *name; /* "user.x", "security.capability", "system.posix_acl_access" */
	void *value;
	size_t len;
};

struct xattrs { /* sorted by name */
	struct xattr *items;
	size_t n;
	size_t cap;
};

struct entry {
	enum entry_type type;
	uint32_t mode; /* 07777 */
	char *path;    /* relative, no leading "./", no trailing slash; the root itself is "" */
	char *target;  /* of links */
	uint32_t uid, gid;
	uint64_t size; /* of files */
	int64_t mtime_ns;
	uint32_t major, minor; /* of devices */
	struct xattrs xattrs;
};
void entry_clear(struct entry *entry); /* frees what it owns; reusable */

void xattrs_set(struct xattrs *xattrs, const char *name, const void *value, size_t len);
const struct xattr *xattrs_get(const struct xattrs *xattrs, const char *name);
bool xattrs_eq(const struct xattrs *a, const struct xattrs *b);
void xattrs_done(struct xattrs *xattrs);
/* What layers carry: user.*, security.capability (v3 without root id as v2), security.ima, POSIX
 * ACLs, trusted.* but overlay's. Not: security.selinux, system.nfs4_acl, *.overlay.*. */
bool xattr_is_kept(const char *name);
/* Of an open file (O_PATH allowed through /proc/self/fd) or a name without following it; only kept
 * ones. */
int xattrs_read_fd(int fd, struct xattrs *ret_xattrs, struct err *err) must_check;
int xattrs_read_at(int dirfd, const char *name, struct xattrs *ret_xattrs,
		   struct err *err) must_check;
