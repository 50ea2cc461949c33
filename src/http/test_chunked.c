/* test_chunked.c - chunked bodies: cut anywhere, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/chunked.h"

#include <string.h>

#include "base/buf.h"
#include "http/limits.h"
#include "testing/test.h"

struct outcome {
	enum chunked_result result;
	struct buf content;
	size_t used;
};

/* Feeds `text` in pieces that end at `cut` and at the end. */
static struct outcome read_cut(struct str text, size_t cut)
{
	struct chunked chunked = {0};
	struct outcome got = {.result = CHUNKED_MORE};

	while (got.result == CHUNKED_MORE && got.used < text.len) {
		size_t end = got.used < cut ? cut : text.len;
		size_t used;
		size_t at;
		size_t len;
		got.result = chunked_next(&chunked, text.ptr + got.used, end - got.used, &used, &at,
					  &len);
		CHECK(used > 0 && used <= end - got.used && at + len <= used);
		buf_append(&got.content, text.ptr + got.used + at, len);
		got.used += used;
	}
	return got;
}

TEST(a_body_cut_at_any_place_is_the_same_body)
{
	static const char text[] = "5\r\nhello\r\n"
				   "1;name=\"quoted; value\"\r\n,\r\n"
				   "00A \t; x\r\n0123456789\r\n"
				   "0;last\r\nExpires: never\r\nX-Empty:\r\n\r\n"
				   "GET / HTTP/1.1\r\n";
	size_t end = (size_t)(strstr(text, "GET") - text);

	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		struct outcome got = read_cut((struct str){text, sizeof(text) - 1}, cut);
		CHECK_INT(got.result, CHUNKED_END);
		CHECK_INT(got.used, end);
		CHECK_STR(buf_text(&got.content), "hello,0123456789");
		buf_done(&got.content);
	}
}

TEST(what_two_readers_could_understand_differently_is_refused)
{
	static const struct {
		const char *name;
		struct str text;
	} cases[] = {
		{"no size", STR("\r\n")},
		{"no hexadecimal size", STR("g\r\n")},
		{"a signed size", STR("-1\r\n")},
		{"a prefixed size", STR("0x5\r\nhello\r\n")},
		{"a blank in front of the size", STR(" 5\r\nhello")},
		{"a blank behind the size", STR("5 \r\nhello")},
		{"a size over 64 bits", STR("11111111111111111\r\n")},
		{"a size over 63 bits", STR("8000000000000000\r\n")},
		{"a bare LF behind the size", STR("5\nhello")},
		{"a bare CR behind the size", STR("5\rhello")},
		{"a bare LF in an extension", STR("5;a\nhello")},
		{"a NUL in an extension", STR("5;a\0\r\nhello")},
		{"no break behind the content", STR("5\r\nhello5\r\n")},
		{"a bare LF behind the content", STR("5\r\nhello\n5\r\n")},
		{"a trailer that continues the one before", STR("0\r\na: b\r\n c\r\n\r\n")},
		{"a trailer without a name", STR("0\r\n: b\r\n\r\n")},
		{"a trailer with a blank before the colon", STR("0\r\na : b\r\n\r\n")},
		{"a trailer that is no field", STR("0\r\nGET / HTTP/1.1\r\n\r\n")},
		{"a bare LF behind a trailer", STR("0\r\na: b\n\r\n")},
		{"a bare LF at the end", STR("0\r\n\n")},
		{"a bare CR at the end", STR("0\r\n\rG")},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome got = read_cut(cases[i].text, 0);
		if (got.result != CHUNKED_BAD)
			test_fail(__FILE__, __LINE__, "%s: taken", cases[i].name);
		buf_done(&got.content);
	}
}

TEST(a_bad_body_stays_bad)
{
	struct chunked chunked = {0};
	size_t used;
	size_t at;
	size_t len;

	CHECK_INT(chunked_next(&chunked, "x", 1, &used, &at, &len), CHUNKED_BAD);
	CHECK_INT(chunked_next(&chunked, "0\r\n\r\n", 5, &used, &at, &len), CHUNKED_BAD);
	CHECK_INT(used, 0);
	CHECK_INT(len, 0);
}

TEST(extensions_and_trailers_are_bounded_by_what_the_content_pays_for)
{
	autobuf struct buf signed_body = {0};
	autobuf struct buf extensions = {0};
	autobuf struct buf trailers = {0};
	char content[256];

	memset(content, 'x', sizeof(content));
	for (int i = 0; i < 100; i++) {
		buf_printf(&signed_body, "100;signature=%064d\r\n%.*s\r\n", 0, 256, content);
		buf_printf(&extensions, "1;signature=%064d\r\nx\r\n", 0);
	}
	buf_puts(&signed_body, "0\r\n\r\n");
	struct outcome got = read_cut(buf_str(&signed_body), 0);
	CHECK_INT(got.result, CHUNKED_END);
	CHECK_INT(got.content.len, 100 * 256);
	buf_done(&got.content);

	got = read_cut(buf_str(&extensions), 0);
	CHECK_INT(got.result, CHUNKED_BAD);
	buf_done(&got.content);

	buf_puts(&trailers, "0\r\n");
	while (trailers.len < LIMIT_HTTP_CHUNK_EXTRA + 1000)
		buf_puts(&trailers, "X-Trailer: value\r\n");
	buf_puts(&trailers, "\r\n");
	got = read_cut(buf_str(&trailers), 0);
	CHECK_INT(got.result, CHUNKED_BAD);
	buf_done(&got.content);
}
