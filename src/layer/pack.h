/* pack.h - a layer being written: entries to tar, hashed, compressed, hashed again, stored.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   tree ─scan─▶ tar ─┬─▶ sha256 = diffID
 *                     └─▶ compress ─┬─▶ sha256 = blob digest
 *                                   └─▶ out                       (the stages run on threads) */
#pragma once

#include "layer/compression.h"
#include "layer/tar.h"
#include "oci/digest.h"

struct pack_options {
	enum compression compression;
	struct compress_options compress;
	int64_t clamp_mtime_ns; /* later times become this one (SOURCE_DATE_EPOCH); < 0: no clamp */
};

struct pack_result {
	struct digest diff_id; /* of the tar */
	struct digest digest;  /* of the blob */
	uint64_t tar_bytes, blob_bytes;
	uint64_t n_entries;
	uint64_t content_bytes; /* sum of file sizes */
};

struct pack;
/* out: take, also when it fails. */
int pack_new(struct writer *out, const struct pack_options *options, struct pack **ret_pack,
	     struct err *err) must_check;
/* The entry, its time clamped. */
int pack_entry(struct pack *pack, const struct entry *entry, struct err *err) must_check;
int pack_write(struct pack *pack, const void *data, size_t len, struct err *err) must_check;
/* All data of the entry (`size` is the entry's), read from the start of the file. ERR_CORRUPT
 * ("changed while it was read") when it is shorter or longer by now; the archive is whole
 * nevertheless: cut, or filled with zeros. */
int pack_file(struct pack *pack, int fd, uint64_t size, struct err *err) must_check;
int pack_finish(struct pack *pack, struct pack_result *ret_result, struct err *err) must_check;
void pack_free(struct pack *pack); /* abandons when not finished */
DEFINE_FREEP(struct pack, pack_free)
