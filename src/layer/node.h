/* node.h - one file made, replaced or copied beneath a directory descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/attributes.h"

/* Makes what the entry says (no directory, no hard link) with its mode as far as the umask allows,
 * empty and without other attributes; what has the name already is removed first, with all below
 * it. *ret_fd: a file, open for writing; else -1. */
int node_make(int dirfd, const char *name, const struct entry *entry, int *ret_fd,
	      struct err *err) must_check;
/* Removes a file or a whole directory; nothing there is fine. */
int node_remove(int dirfd, const char *name, struct err *err) must_check;
/* One more name for from/from_name, which is no directory and is not followed; replaces likewise.
 */
int node_link(int from, const char *from_name, int dirfd, const char *name,
	      struct err *err) must_check;

struct node_copy {
	int from, to;              /* directories */
	const char *name;          /* in both */
	const struct stat *st;     /* of from/name: no directory, no socket */
	const struct birth *birth; /* of `to` */
	bool sets_owner;           /* uid:gid instead of the source's */
	uint32_t uid, gid;
};
int node_copy(const struct node_copy *copy, struct err *err) must_check;
