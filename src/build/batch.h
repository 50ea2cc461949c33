/* batch.h - files that become a layer: gathered, checked against what is below, written as a tar.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   context, image or text ─gather─▶ batch ─┬─▶ digest (is it known?)
 *                                           └─▶ tar ─▶ unpacked, hashed, compressed in one pass
 *
 * A path comes once: what is added later replaces what was there. */
#pragma once

#include "base/map.h"
#include "base/reader.h"
#include "build/view.h"
#include "layer/entry.h"
#include "oci/digest.h"

struct batch_item {
	struct entry entry; /* as it will stand in the layer */
	/* Where the data of a file is: a file below rootfd that still has to be the one in `st`, or
	 * bytes. */
	int rootfd; /* borrowed */
	char *source;
	char *bytes; /* owned; NULL: a file */
	struct stat st;
	bool is_dropped; /* a later one has its path */
};
struct batch {
	const struct view *view; /* what is below; borrowed */
	struct batch_item *items;
	size_t n, cap;
	struct map index; /* path → position + 1 */
	struct {
		int *items;
		size_t n, cap;
	} fds;            /* roots that items point to */
	char *below_path; /* the directory whose lower pieces are held in `below` */
	struct lower_dir below;
};
void batch_begin(struct batch *batch, const struct view *view);
void batch_done(struct batch *batch);
void batch_hold(struct batch *batch, int fd); /* take: closed with the batch */
/* Takes what the item owns, also when it fails. A directory that is in the batch or below already
 * takes the attributes. ERR_INPUT: a directory would replace something else, or be replaced. */
int batch_add(struct batch *batch, struct batch_item *item, struct err *err) must_check;
/* The directories on the way to `path` (and itself) that are missing below and in the batch. */
int batch_add_directories(struct batch *batch, const char *path, const struct entry *like,
			  struct err *err) must_check;
/* Opens the data of one item after the other; the directory of the one before stays open. */
struct batch_cursor {
	int rootfd, dirfd; /* dirfd -1: none yet */
	char *dir;
};
int batch_open(struct batch_cursor *cursor, const struct batch_item *item, int *ret_fd,
	       struct err *err) must_check;
void batch_cursor_done(struct batch_cursor *cursor);
/* Everything but times, contents included. */
int batch_digest(const struct batch *batch, struct digest *ret_digest, struct err *err) must_check;
/* The batch (borrowed until closed) as a tar. Times later than clamp_mtime_ns (< 0: none) become
 * it. ERR_CORRUPT: a file is no longer what it was when it was gathered. */
struct reader *batch_reader(const struct batch *batch, int64_t clamp_mtime_ns);

/* The same for an archive: its entries below `prefix`, owner and mode replaced where asked for. */
struct archive_options {
	const char *prefix; /* relative; "": the root */
	bool sets_owner, sets_mode;
	uint32_t uid, gid, mode;
	int64_t clamp_mtime_ns;
};
/* inner: take; the decompressed tar. */
struct reader *archive_reader(struct reader *inner, const struct archive_options *options);
/* After --chmod the entries of an access ACL that the mode shows say the same. */
void entry_set_mode(struct entry *entry, uint32_t mode);
