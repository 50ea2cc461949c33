/* test_sketch.h - trees for tests: made by hand or at random, changed at random, written down as
 * text. SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/reader.h"
#include "layer/apply.h"
#include "layer/diff.h"

/* All fail the running test when the system says no. Paths are relative to `root`. */
void sketch_dir(int root, const char *path, unsigned mode);
void sketch_file(int root, const char *path, const char *text);
void sketch_link(int root, const char *path, const char *target);
void sketch_whiteout(int root, const char *path);
void sketch_xattr(int root, const char *path, const char *name, const char *value);
/* rwx for the owner, r-- for user 1000, mask rw-, nothing for others. */
void sketch_acl(int root, const char *path, bool is_default);
void sketch_time(int root, const char *path, int64_t mtime_ns);
int sketch_open_dir(int root, const char *path); /* caller closes */
bool sketch_has(int root, const char *path);

/* `n` random changes: every kind of file, attribute, removal, rename and link; equal seeds give
 * equal changes. What the file system refuses is not done. */
void sketch_change(int root, uint32_t *seed, unsigned n);

enum sketch_view {
	SKETCH_ALL,
	SKETCH_NO_ROOT,  /* without the root's own line */
	SKETCH_NO_LINKS, /* nor what is linked to what: every name as a file of its own */
};
/* One line a file: everything about it, content as a digest. */
void sketch_text(int root, enum sketch_view view, struct buf *ret_text);

/* The layer as an uncompressed tar. */
void sketch_pack_tree(int root, struct buf *ret_tar);
void sketch_pack_diff(int root, const struct diff_options *options, struct buf *ret_tar);
void sketch_apply(const struct buf *tar, int root, enum apply_form form, struct lower lower);

/* An overlay of the layers, upper and work below `scratch`, as a mount that is attached nowhere;
 * *ret_upper is the upper directory. Skips the test, saying why, where there is none to be had. */
int sketch_overlay(int scratch, const int *layers, size_t n, int *ret_upper);
/* Skips the test unless root with everything that making nodes and trusted xattrs takes. */
void sketch_needs_root(void);
