/* fuzz_log.c - the first byte says how the rest is cut into chunks: the lines must not depend on
 * it, nothing may be lost, and as JSON each must be a string of valid UTF-8.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "init/limits.h"
#include "init/log_format.h"
#include "init/log_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_json(struct str text)
{
	static char out[6 * LIMIT_LOG_LINE];
	size_t len = log_escape_json(text, out);

	check(len <= 6 * text.len);
	check(text_is_utf8((struct str){out, len}));
	for (size_t i = 0; i < len; i++) {
		check((uint8_t)out[i] >= 0x20 && out[i] != '"');
		if (out[i] != '\\')
			continue;
		check(i + 1 < len && strchr("\"\\bfnrtu", out[i + 1]));
		i += out[i + 1] == 'u' ? 5 : 1;
		check(i < len);
	}
}

/* Chunk sizes follow from the seed. */
static void split(struct str text, uint32_t seed, struct buf *out)
{
	static char bytes[LIMIT_LOG_LINE];
	struct log_carry carry = {.bytes = bytes};
	struct log_line line;

	while (text.len) {
		seed = seed * 1664525 + 1013904223;
		size_t n = seed % 3 ? 1 + (seed >> 16) % 64 : 1 + (seed >> 8) % LIMIT_LOG_CHUNK;
		n = n < text.len ? n : text.len;
		struct str rest = {text.ptr, n};
		while (log_line_take(&carry, &rest, &line)) {
			check(line.text.len <= LIMIT_LOG_LINE);
			check(!line.text.len || !memchr(line.text.ptr, '\n', line.text.len));
			buf_append_str(out, line.text);
			buf_putc(out, line.is_piece ? '\x01' : '\n');
			check_json(line.text);
		}
		check(carry.len - carry.taken + rest.len <= LIMIT_LOG_LINE);
		log_line_keep(&carry, rest);
		text = (struct str){text.ptr + n, text.len - n};
	}
	buf_append(out, bytes, carry.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	struct str text = {(const char *)data + 1, len - 1};
	autobuf struct buf one = {0}, other = {0};
	split(text, data[0], &one);
	split(text, data[0] + 0x10000U, &other);
	check(one.len == other.len && (!one.len || !memcmp(one.ptr, other.ptr, one.len)));
	/* But for the marks of pieces, what came in comes out. */
	size_t at = 0;
	for (size_t i = 0; i < one.len; i++) {
		if (at < text.len && one.ptr[i] == text.ptr[at])
			at++;
		else
			check(one.ptr[i] == '\x01');
	}
	check(at == text.len);
	return 0;
}
