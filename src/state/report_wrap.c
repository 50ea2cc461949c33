/* report_wrap.c - a paragraph in lines, broken where Python's textwrap breaks it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Between words, behind the hyphens of compounds, and anywhere in what is longer than a line. */
#include "state/report_private.h"

#include "base/banned.h"

#define TAB 8 /* columns */

struct wrapping {
	struct buf *buf;
	size_t indent, room; /* columns: before a line, of a line */
	size_t column;
	struct str held; /* white space that only stands when a word follows */
	bool has_line;   /* not the first */
};

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static size_t columns_of(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += !is_continuation(text.ptr[i]);
	return n;
}

/* Tabs become spaces, and so does all other white space. */
static void spaces_put(struct str text, struct buf *buf)
{
	size_t column = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\t') {
			size_t n = TAB - column % TAB;
			buf_printf(buf, "%*s", (int)n, "");
			column += n;
			continue;
		}
		column = c == '\n' || c == '\r' ? 0 : column + !is_continuation(c);
		if (c >= '\n' && c <= '\r')
			c = ' ';
		buf_putc(buf, c);
	}
}

/* "well-known": behind the hyphen, between two letters on either side. */
static bool breaks_behind(struct str text, size_t i)
{
	if (text.ptr[i] != '-' || i < 2 || i + 2 >= text.len)
		return false;
	bool has_word = is_letter(text.ptr[i - 1]) &&
			(is_letter(text.ptr[i - 2]) ||
			 (i >= 3 && text.ptr[i - 2] == '-' && is_letter(text.ptr[i - 3])));
	return has_word && is_letter(text.ptr[i + 1]) &&
	       (is_letter(text.ptr[i + 2]) ||
		(i + 3 < text.len && text.ptr[i + 2] == '-' && is_letter(text.ptr[i + 3])));
}

/* White space, or a word, or what a word may be broken into. */
static struct str chunk_cut(struct str *rest)
{
	bool is_space = rest->ptr[0] == ' ';
	struct str chunk = {rest->ptr, 1};

	while (chunk.len < rest->len && (rest->ptr[chunk.len] == ' ') == is_space &&
	       !breaks_behind(*rest, chunk.len - 1))
		chunk.len++;
	*rest = (struct str){rest->ptr + chunk.len, rest->len - chunk.len};
	return chunk;
}

static void line_end(struct wrapping *wrapping)
{
	buf_printf(wrapping->buf, "\n%*s", (int)wrapping->indent, "");
	wrapping->column = 0;
	wrapping->held = (struct str){0};
	wrapping->has_line = true;
}

static void word_put(struct wrapping *wrapping, struct str word)
{
	if (wrapping->held.len && (wrapping->has_line || wrapping->column > wrapping->held.len))
		buf_append_str(wrapping->buf, wrapping->held);
	wrapping->held = (struct str){0};
	buf_append_str(wrapping->buf, word);
	wrapping->column += columns_of(word);
}

/* As many characters as fit, but rather up to a hyphen among them. */
static struct str piece_cut(struct str *word, size_t space)
{
	struct str piece = {word->ptr, 0};
	size_t hyphen = 0;

	for (size_t n = 0; piece.len < word->len; piece.len++) {
		if (!is_continuation(word->ptr[piece.len]) && n++ == space)
			break;
		if (word->ptr[piece.len] == '-' && piece.len)
			hyphen = piece.len + 1;
	}
	if (hyphen)
		piece.len = hyphen;
	*word = (struct str){word->ptr + piece.len, word->len - piece.len};
	return piece;
}

static void chunk_put(struct wrapping *wrapping, struct str chunk)
{
	size_t n = columns_of(chunk);

	if (chunk.ptr[0] == ' ') {
		if (wrapping->column + n > wrapping->room) {
			line_end(wrapping);
		} else if (wrapping->column || !wrapping->has_line) {
			wrapping->held = chunk;
			wrapping->column += n;
		}
		return;
	}
	while (n > wrapping->room && wrapping->column < wrapping->room) {
		struct str piece = piece_cut(&chunk, wrapping->room - wrapping->column);
		n -= columns_of(piece);
		word_put(wrapping, piece);
		if (n)
			line_end(wrapping);
	}
	if (wrapping->column + n > wrapping->room)
		line_end(wrapping);
	if (n > wrapping->room)
		chunk_put(wrapping, chunk);
	else if (n)
		word_put(wrapping, chunk);
}

void report_wrap(struct str text, size_t indent, size_t width, struct buf *buf)
{
	autobuf struct buf spaced = {.max = buf->max};
	struct wrapping wrapping = {.buf = buf, .indent = indent, .room = width - indent};

	spaces_put(text, &spaced);
	for (struct str rest = buf_str(&spaced); rest.len;)
		chunk_put(&wrapping, chunk_cut(&rest));
}
