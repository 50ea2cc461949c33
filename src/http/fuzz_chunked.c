/* fuzz_chunked.c - a chunked body is the same wherever it is cut, and no longer than its chunks.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct outcome {
	enum chunked_result result;
	size_t used;
};

/* In pieces of `step` bytes. */
static struct outcome read_body(struct str text, size_t step, struct buf *content)
{
	struct chunked chunked = {0};
	struct outcome got = {.result = CHUNKED_MORE};

	while (got.result == CHUNKED_MORE && got.used < text.len) {
		size_t piece = text.len - got.used < step ? text.len - got.used : step;
		size_t used;
		size_t at;
		size_t len;
		got.result = chunked_next(&chunked, text.ptr + got.used, piece, &used, &at, &len);
		assert(used > 0 && used <= piece);
		assert(at <= used && len <= used - at);
		assert(got.result == CHUNKED_MORE || len == 0);
		buf_append(content, text.ptr + got.used + at, len);
		got.used += used;
	}
	return got;
}

/* The content written as one chunk reads back as itself, and not a byte further. */
static void check_again(const struct buf *content)
{
	autobuf struct buf text = {0};
	autobuf struct buf again = {0};

	if (content->len)
		buf_printf(&text, "%zx\r\n", content->len);
	buf_append_str(&text, buf_str(content));
	buf_puts(&text, content->len ? "\r\n0\r\n\r\n" : "0\r\n\r\n");
	size_t end = text.len;
	buf_puts(&text, "next");

	struct outcome got = read_body(buf_str(&text), 7, &again);
	assert(got.result == CHUNKED_END && got.used == end);
	assert(str_eq(buf_str(&again), buf_str(content)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str text = {(const char *)bytes, len};
	autobuf struct buf whole = {0};
	struct outcome expected = read_body(text, SIZE_MAX, &whole);

	for (size_t step = 1; step < 4; step++) {
		autobuf struct buf cut = {0};
		struct outcome got = read_body(text, step, &cut);
		assert(got.result == expected.result && got.used == expected.used);
		assert(str_eq(buf_str(&cut), buf_str(&whole)));
	}
	assert(whole.len <= expected.used);
	if (expected.result == CHUNKED_END)
		check_again(&whole);
	return 0;
}
