/* keys.h - public keys of a volume in a managed block of authorized_keys(5).
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "ini/model.h"

/* What is in `dirs`/x.pub becomes the block, what vanished from them leaves it; keys outside the
 * block stay and are not repeated in it. Several keys a file, options kept, the same key with
 * other options or comment replaces the one before. Links are followed inside their directory only.
 * Bad lines and files are skipped. .ssh 0700, the file 0600, both owned by the user; replaced
 * atomically, and untouched when nothing is to be imported and there is no block.
 *   report  one line each: "new: DIR/FILE:LINE: TYPE COMMENT", "no change: …", "replace: …",
 *           "removed: TYPE COMMENT", "fail: DIR/FILE:LINE: why"; never options or keys
 * Fails with ERR_MISSING (no such user), ERR_LIMIT, ERR_DENIED, ERR_SYSTEM. */
int keys_import(int rootfd, const struct keys_spec *keys, struct buf *report,
		struct err *err) must_check;

/* The pure part. old: the file as it is; found: the keys' lines in their order, each with where it
 * comes from. ret_text is replaced. */
struct found_key {
	const char *place; /* "DIR/FILE:LINE" */
	const char *line;
};
void keys_merge(struct str old, const struct found_key *found, size_t n_found, struct buf *ret_text,
		struct buf *report);
bool keys_has_block(struct str text);
