/* apply.h - a layer's tar unpacked, into overlayfs form or over an existing tree.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, layer.md, "Applying Changesets".
 *
 * Nothing is written outside the root whatever the archive says: directories are opened one name at
 * a time without following links, links on the way are walked by hand and end at the root, hard
 * links only lead to what is inside. Order per file: data, owner, xattrs, mode, ACLs, capabilities,
 * times; directory times come last of all. Directories that a layer only writes into keep their
 * time. Whiteouts concern what is below, in any order, never entries of the same layer. ERR_CORRUPT
 * also for what could pass as overlayfs' own: a 0:0 character device; xattrs of its are dropped. */
#pragma once

#include "layer/lower.h"
#include "layer/tar.h"
#include "oci/digest.h"

enum apply_form {
	APPLY_OVERLAY, /* whiteouts as 0:0 devices, opaque xattrs; rootfd is this layer alone */
	APPLY_MERGED,  /* whiteouts delete; rootfd is the whole root file system */
};
struct apply_options {
	enum apply_form form;
	/* APPLY_OVERLAY: what stands below; gives parents that the archive does not list their
	 * attributes, and hard links into lower layers their file. */
	struct lower lower;
	uint64_t max_bytes;   /* unpacked; 0: LIMIT_LAYER_BYTES */
	uint64_t max_entries; /* 0: LIMIT_LAYER_ENTRIES */
	bool no_whiteouts;    /* a plain root file system archive: ".wh." names are refused */
};
struct apply_result {
	uint64_t n_entries;
	uint64_t bytes; /* file contents */
	uint64_t tar_bytes;
	struct digest diff_id; /* of the whole tar, trailing bytes included */
};
/* `tar` is the decompressed stream (borrowed); read to its very end so that the digest is whole. */
int layer_apply(struct reader *tar, int rootfd, const struct apply_options *options,
		struct apply_result *ret_result, struct err *err) must_check;
