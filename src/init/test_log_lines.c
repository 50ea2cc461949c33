/* test_log_lines.c - the same lines, whatever chunks they come in.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_lines.h"

#include <stdio.h>

#include "base/buf.h"
#include "init/limits.h"
#include "testing/test.h"

#include "base/banned.h"

/* Lines as "[text]", pieces as "<text>", and the carried rest as "{text}". */
static void split(struct str text, size_t chunk, struct buf *out)
{
	char bytes[LIMIT_LOG_LINE];
	struct log_carry carry = {.bytes = bytes};
	struct log_line line;

	while (text.len) {
		size_t n = text.len < chunk ? text.len : chunk;
		struct str rest = {text.ptr, n};
		while (log_line_take(&carry, &rest, &line)) {
			buf_putc(out, line.is_piece ? '<' : '[');
			buf_append_str(out, line.text);
			buf_putc(out, line.is_piece ? '>' : ']');
		}
		log_line_keep(&carry, rest);
		text = (struct str){text.ptr + n, text.len - n};
	}
	if (carry.len > carry.taken) {
		buf_putc(out, '{');
		buf_append(out, carry.bytes + carry.taken, carry.len - carry.taken);
		buf_putc(out, '}');
	}
}

TEST(lines_do_not_depend_on_chunks)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{"\n", "[]"},
		{"\n\n\n", "[][][]"},
		{"a\n", "[a]"},
		{"no newline", "{no newline}"},
		{"one\ntwo\nthree", "[one][two]{three}"},
		{"\nend", "[]{end}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t chunk = 1; chunk < 16; chunk++) {
			autobuf struct buf out = {0};
			split(str_of(cases[i].text), chunk, &out);
			CHECK_STR(buf_text(&out), cases[i].want);
		}
	}
}

static void fill(struct buf *out, char byte, size_t n)
{
	while (n--)
		buf_putc(out, byte);
}

static const size_t chunks[] = {1, 7, 4096, 8191, 8192, 8193, 65536};

TEST(a_long_line_comes_in_pieces)
{
	static const struct {
		size_t len;
		size_t pieces, rest;
	} cases[] = {
		{LIMIT_LOG_LINE - 1, 0, LIMIT_LOG_LINE - 1},
		{LIMIT_LOG_LINE, 0, LIMIT_LOG_LINE},
		{LIMIT_LOG_LINE + 1, 1, 1},
		{2 * LIMIT_LOG_LINE, 1, LIMIT_LOG_LINE},
		{3 * LIMIT_LOG_LINE + 5, 3, 5},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0}, want = {0};
		fill(&text, 'x', cases[i].len);
		buf_puts(&text, "\ny");
		for (size_t n = 0; n < cases[i].pieces; n++) {
			buf_putc(&want, '<');
			fill(&want, 'x', LIMIT_LOG_LINE);
			buf_putc(&want, '>');
		}
		buf_putc(&want, '[');
		fill(&want, 'x', cases[i].rest);
		buf_puts(&want, "]{y}");
		for (size_t n = 0; n < ARRAY_LEN(chunks); n++) {
			autobuf struct buf out = {0};
			split(buf_str(&text), chunks[n], &out);
			CHECK_STR(buf_text(&out), buf_text(&want));
		}
	}
}

TEST(a_piece_ends_between_characters)
{
	static const struct {
		size_t before;    /* bytes of ASCII in front */
		const char *text; /* one character */
		size_t piece;     /* what the first piece is to be */
	} cases[] = {
		{LIMIT_LOG_LINE - 1, "\xc3\xa4", LIMIT_LOG_LINE - 1},
		{LIMIT_LOG_LINE - 2, "\xc3\xa4", LIMIT_LOG_LINE},
		{LIMIT_LOG_LINE - 2, "\xe2\x82\xac", LIMIT_LOG_LINE - 2},
		{LIMIT_LOG_LINE - 3, "\xe2\x82\xac", LIMIT_LOG_LINE},
		{LIMIT_LOG_LINE - 3, "\xf0\x9f\x90\x8b", LIMIT_LOG_LINE - 3},
		{LIMIT_LOG_LINE - 4, "\xf0\x9f\x90\x8b", LIMIT_LOG_LINE},
		{LIMIT_LOG_LINE - 4, "\x80\x80\x80\x80\x80", LIMIT_LOG_LINE}, /* no text at all */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		fill(&text, 'x', cases[i].before);
		buf_puts(&text, cases[i].text);
		buf_puts(&text, "tail\n");
		for (size_t n = 0; n < ARRAY_LEN(chunks); n++) {
			autobuf struct buf out = {0};
			split(buf_str(&text), chunks[n], &out);
			CHECK_INT(buf_text(&out)[0], '<');
			CHECK_INT(buf_text(&out)[cases[i].piece + 1], '>');
			CHECK_INT(out.len, text.len + 3); /* two pairs of marks, one newline less */
		}
	}
}
