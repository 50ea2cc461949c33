/* chunked.h - reading a body in chunked coding, piece by piece, wherever the pieces are cut.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9112, 7.1. Extensions are bounded and ignored, trailers bounded and dropped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chunked { /* zeroed: at the start */
	int state;
	uint64_t left;  /* bytes of the current chunk */
	size_t n_extra; /* bytes of extensions or trailers so far */
	unsigned n_digits;
};
enum chunked_result { CHUNKED_MORE, CHUNKED_END, CHUNKED_BAD };
/* Looks at `in`: *ret_used bytes of it are spent, the body's part of them is the run of *ret_len
 * bytes at in + *ret_at (one run a call). CHUNKED_END: the last chunk and its trailers are behind
 * us; what follows in `in` is the next request. CHUNKED_BAD: 400 and close. */
enum chunked_result chunked_next(struct chunked *chunked, const char *in, size_t len,
				 size_t *ret_used, size_t *ret_at, size_t *ret_len);
/* Bytes that come next and are content for sure: 0 inside of framing, `left` may be half a size. */
uint64_t chunked_content(const struct chunked *chunked);
