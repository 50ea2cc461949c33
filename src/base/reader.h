/* reader.h - where bytes come from: three functions and a sticky error; readers go around readers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

struct reader;
struct reader_ops {
	/* Fills up to len bytes; 0 is the end, -1 failed (err set). */
	ssize_t (*read)(struct reader *reader, void *data, size_t len, struct err *err);
	void (*close)(struct reader *reader); /* frees the reader itself */
};
struct reader { /* the first member of each implementation; zeroed but for ops */
	const struct reader_ops *ops;
	struct err failure; /* once failed, every later read fails the same way */
};

/* Each returns a new reader; `take` in the comment: the inner one is closed with it. */
struct reader *reader_of_fd(int fd); /* take */
struct reader *reader_of_borrowed_fd(int fd);
struct reader *reader_of_bytes(struct str data); /* borrowed until closed */
/* ERR_LIMIT ("WHAT is larger than N bytes") when more than max bytes come. take */
struct reader *reader_limit(struct reader *inner, uint64_t max, const char *what);
struct reader *reader_hash(struct reader *inner, struct hash *hash); /* take; hash borrowed */
struct reader *reader_count(struct reader *inner, uint64_t *count);  /* take; count borrowed */

ssize_t reader_read(struct reader *reader, void *data, size_t len, struct err *err) must_check;
/* Exactly len bytes, or ERR_CORRUPT ("ends early"). */
int reader_read_full(struct reader *reader, void *data, size_t len, struct err *err) must_check;
int reader_skip(struct reader *reader, uint64_t len, struct err *err) must_check;
void reader_close(struct reader *reader); /* NULL is fine */
DEFINE_FREEP(struct reader, reader_close)
#define autoreader cleanup(reader_closep)
