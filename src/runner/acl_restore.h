/* acl_restore.h - what getfacl -R wrote, put back as setfacl --restore does.
 * SPDX-License-Identifier: Apache-2.0
 * Sources: getfacl(1), setfacl(1) --restore, acl(5). */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct acl_restored {
	size_t n_restored;
	size_t n_gone;    /* not there any more, or a link is: no failure */
	size_t n_foreign; /* on another file system: a volume's are its own, left alone */
	size_t n_failed;
	char *failure; /* of the first that failed: "'PATH': why"; owned */
};
void acl_restored_done(struct acl_restored *restored);

/* Owner, group, set-id bits, access and default ACL of every file named, below rootfd and without
 * following any link. Names are those of the root's passwd and group. What fails is counted and the
 * rest goes on; -1: rootfd cannot be read, or the text is no such list (ERR_CORRUPT, the line). */
int acl_restore(int rootfd, struct str text, struct acl_restored *ret_restored,
		struct err *err) must_check;

/* ---- the pure part ---- */
struct acl_record {
	char *path;                    /* octal escapes undone */
	struct str owner, group;       /* ptr NULL: not told; borrowed */
	unsigned flags;                /* S_ISUID, S_ISGID, S_ISVTX */
	struct buf access, by_default; /* entries, one a line */
};
void acl_record_done(struct acl_record *record);
/* The next record of *rest; *line counts on. 1: one is there, 0: no more, -1: ERR_CORRUPT. */
int acl_record_next(struct str *rest, unsigned *line, struct acl_record *ret_record,
		    struct err *err) must_check;
