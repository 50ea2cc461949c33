/* writer.h - where bytes go: write, finish, close; writers go around writers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * finish() says "that was all": it flushes trailers through the whole chain and reports the last
 * errors. close() without finish() abandons. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

struct writer;
struct writer_ops {
	int (*write)(struct writer *writer, const void *data, size_t len, struct err *err);
	int (*finish)(struct writer *writer, struct err *err); /* also finishes what it took */
	void (*close)(struct writer *writer);                  /* frees the writer itself */
};
struct writer { /* the first member of each implementation; zeroed but for ops */
	const struct writer_ops *ops;
	struct err failure; /* once failed, every later write and finish fails the same way */
	bool is_finished;   /* nothing may be written any more */
};

struct writer *writer_to_fd(int fd); /* take; finish closes it */
struct writer *writer_to_borrowed_fd(int fd);
struct writer *writer_to_buf(struct buf *buf); /* borrowed; ERR_LIMIT when it overflows */
struct writer *writer_hash(struct writer *inner,
			   struct hash *hash);                      /* take inner; NULL: no inner */
struct writer *writer_count(struct writer *inner, uint64_t *count); /* take inner; NULL: no inner */
/* Runs `inner` on a thread of its own behind a ring of blocks, so that producing and consuming
 * overlap. Errors of the inner writer surface at a later write or at finish. take */
struct writer *writer_async(struct writer *inner);
struct writer *writer_tee(struct writer *a, struct writer *b); /* take both */

int writer_write(struct writer *writer, const void *data, size_t len, struct err *err) must_check;
int writer_finish(struct writer *writer, struct err *err) must_check;
void writer_close(struct writer *writer); /* NULL is fine */
DEFINE_FREEP(struct writer, writer_close)
#define autowriter cleanup(writer_closep)
