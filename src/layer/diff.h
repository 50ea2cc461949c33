/* diff.h - what changed: an overlay's upper directory, or a copy against its layers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One order and one rule for both, so that both write the same bytes. A change of mode, owner, any
 * kept xattr or ACL, link target, device, size, time or content is a change, also of a directory.
 *   - Content is compared when all else is equal. Times are compared to the second when one of them
 *     has no fraction: other tools store whole seconds.
 *   - A directory like the one below it is no change, but is told (as modified) and written,
 *     with its own attributes, when something in it is: docker does, and who unpacks needs it.
 *   - The root is a change for its mode, owner and xattrs only, never for its time.
 *   - Of a file with several names all are written when one of them is a change. That names which
 *     were linked below no longer are is none: overlayfs does that to what it copies up.
 *   - Sockets count as absent.
 * An upper directory must come from a mount with redirect_dir=off,metacopy=off,index=off
 * (ERR_CORRUPT when a redirect is met) and its root from diff_prepare_upper. */
#pragma once

#include "layer/lower.h"
#include "layer/pack.h"

enum change_kind { CHANGE_MODIFIED, CHANGE_ADDED, CHANGE_DELETED }; /* docker diff: C, A, D */
struct change {
	enum change_kind kind;
	const char *path;          /* relative; borrowed */
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
/* A new upper directory's root gets what the topmost layer's has: overlayfs shows it as "/". */
int diff_prepare_upper(int upperfd, const struct lower *lower, struct err *err) must_check;
/* In the order of the layer. */
int diff_list(int rootfd, const struct diff_options *options, change_fn fn, void *arg,
	      struct err *err) must_check;
/* The changes as a layer: entries sorted, whiteouts (".wh.NAME") before siblings, opaque
 * directories as explicit whiteouts of what was below. ERR_INPUT: a name that no layer can hold. */
int diff_pack(int rootfd, const struct diff_options *options, struct pack *pack,
	      struct err *err) must_check;
/* Brings an upper directory, not mounted any more, into the exact form of an unpacked layer:
 * excluded paths, equal files, needless parents, useless whiteouts and sockets removed, overlay's
 * private xattrs but opaque dropped, times later than clamp_mtime_ns (< 0: none) clamped. The mount
 * then shows what diff_pack wrote. */
int diff_normalise_upper(int rootfd, const struct diff_options *options, int64_t clamp_mtime_ns,
			 struct err *err) must_check;
