/* diff.h - what changed: an overlay's upper directory, or a copy against its layers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One order and one rule for both, so that both write the same bytes. A change of mode, owner, any
 * kept xattr or ACL, link target, device, size, time or content is a change, also of a directory. A
 * directory that is in the upper only as a parent, like the one below it, is not. */
#pragma once

#include "layer/lower.h"
#include "layer/pack.h"

enum change_kind { CHANGE_MODIFIED, CHANGE_ADDED, CHANGE_DELETED }; /* docker diff: C, A, D */
struct change {
	enum change_kind kind;
	const char *path; /* relative; borrowed */
	const struct entry *entry; /* NULL when deleted */
};
typedef int (*change_fn)(const struct change *change, void *arg, struct err *err);

enum diff_source {
	DIFF_UPPER,  /* rootfd is an overlay's upper directory */
	DIFF_MERGED, /* rootfd is a whole tree that began as a copy of the lower layers */
};
struct diff_options {
	enum diff_source source;
	struct lower lower;
	/* Paths to leave out (mount points, what the engine put there); may be NULL. */
	bool (*exclude)(const char *path, void *arg);
	void *exclude_arg;
};
int diff_list(int rootfd, const struct diff_options *options, change_fn fn, void *arg, struct err *err) must_check;
/* The changes as a layer: entries sorted, whiteouts (".wh.NAME") before siblings, opaque directories
 * as explicit whiteouts of what was below. */
int diff_pack(int rootfd, const struct diff_options *options, struct pack *pack, struct err *err) must_check;
/* Brings an upper directory into the exact form of an unpacked layer: leaves of excluded paths,
 * needless parents and sockets removed, overlay's private xattrs but opaque dropped, times clamped. */
int diff_normalise_upper(int rootfd, const struct diff_options *options, int64_t clamp_mtime_ns, struct err *err) must_check;
