/* compress_private.h - how blocks travel: filled by one, hashed, compressed and written by threads.
 * SPDX-License-Identifier: Apache-2.0
 *
 *            ┌─▶ hash ──────────────────────────────┐
 *   filled ──┤                                      ├─▶ free again
 *            └─▶ compressed, any order ─▶ written, ─┘
 *                on some threads          in order
 *
 * Blocks have one size, so what comes out does not depend on who was faster. */
#pragma once

#include "base/writer.h"
#include "layer/compression.h"

#define BELT_BLOCK_BYTES ((size_t)1 << 20)

/* Independent blocks made smaller; `state` belongs to one thread. */
struct block_codec {
	void *(*state_new)(int level);
	void (*state_free)(void *state);
	/* out: emptied first by the caller. */
	int (*block)(void *state, const void *data, size_t len, struct buf *out, struct err *err);
};
extern const struct block_codec gzip_codec; /* compress_gzip.c: one member a block */

struct belt_options {
	struct hash *hash;               /* of what comes in; borrowed; NULL: none */
	const struct block_codec *codec; /* NULL: written as it comes */
	int level;
	int threads; /* that compress; 0: as many as there are processors */
};
/* belt.c: threads begin with the second block; a small stream has none. out: take */
struct belt *belt_new(struct writer *out, const struct belt_options *options);
struct writer *belt_writer(struct belt *belt); /* the same object: closing it frees the belt */
/* Where the next bytes may be put directly, at least one; then say how many were. */
int belt_room(struct belt *belt, uint8_t **ret_ptr, size_t *ret_len, struct err *err) must_check;
void belt_added(struct belt *belt, size_t len);
uint64_t belt_bytes(const struct belt *belt); /* that came in so far */

/* compression.c: 0 becomes the default; ERR_INPUT when there is no such level or no writer. */
int compression_level(enum compression compression, int wanted, int *ret_level,
		      struct err *err) must_check;
int compress_threads(int wanted); /* 0: of this machine; never more than LIMIT_COMPRESS_THREADS */
/* compress_zstd.c. take */
struct writer *writer_zstd(struct writer *inner, int level, int threads);
