/* file_text.c - contents of files: text or binary, lines, and what changed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_text.h"

#include "base/encode.h"
#include "state/limits.h"
#include "state/report.h"
#include "states/limits.h"
#include "value/list.h"

#include "base/banned.h"

bool text_is_binary(struct str text)
{
	size_t strange = 0;

	if (text.len > LIMIT_TEXT_SAMPLE) {
		text.len = LIMIT_TEXT_SAMPLE;
		/* Not through the middle of a character. */
		for (int i = 0; i < 4 && ((uint8_t)text.ptr[text.len] & 0xc0) == 0x80; i++)
			text.len--;
	}
	if (text.len && memchr(text.ptr, '\0', text.len))
		return true;
	if (text_is_utf8(text))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];
		strange += !((c >= 32 && c < 127) || (c && strchr("\n\r\t\f\b", c)));
	}
	return strange * 10 > text.len * 3;
}

struct value text_change(struct heap *heap, struct str old, struct str new)
{
	bool was = text_is_binary(old), is = text_is_binary(new);
	autobuf struct buf diff = {0};

	if (was && is)
		return value_literal("Replace binary file");
	if (is)
		return value_literal("Replace text file with binary file");
	if (was)
		return value_literal("Replace binary file with text file");
	if (old.len > LIMIT_DIFF || new.len > LIMIT_DIFF)
		return value_literal("<too large to be shown>");
	diff_unified(old, new, &diff);
	if (diff.overflowed)
		return value_literal("<too large to be shown>");
	return value_text(heap, buf_str(&diff));
}

bool line_next(struct str *rest, struct str *ret_line)
{
	if (!rest->len)
		return false;
	const char *end = memchr(rest->ptr, '\n', rest->len);
	size_t len = end ? (size_t)(end - rest->ptr) + 1 : rest->len;
	*ret_line = (struct str){rest->ptr, len};
	rest->ptr += len;
	rest->len -= len;
	return true;
}

struct str line_without_end(struct str line)
{
	if (line.len && line.ptr[line.len - 1] == '\n')
		line.len--;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Bytes of the line end at text, 0: none. */
static size_t end_len(struct str text)
{
	static const char *const ends[] = {"\r\n",     "\n",           "\r",          "\v",
					   "\f",       "\x1c",         "\x1d",        "\x1e",
					   "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

	if ((uint8_t)*text.ptr > 0x1e && (uint8_t)*text.ptr < 0xc2)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_starts(text, str_of(ends[i])))
			return strlen(ends[i]);
	return 0;
}

bool python_line_next(struct str *rest, struct str *ret_line)
{
	if (!rest->len)
		return false;
	struct str line = {rest->ptr, 0};
	size_t end = 0;
	while (rest->len && !(end = end_len(*rest))) {
		line.len++;
		rest->ptr++;
		rest->len--;
	}
	rest->ptr += end;
	rest->len -= end;
	*ret_line = line;
	return true;
}

int text_list_of(struct heap *heap, struct value v, struct text_list *ret_list, struct err *err)
{
	bool is_list = value_is_sequence(v);
	size_t n = is_list ? v.list->n : 1;
	struct text_list list = {.items = heap_alloc(heap, n * sizeof(*list.items)), .n = n};

	for (size_t i = 0; i < n; i++) {
		struct value item = is_list ? v.list->items[i] : v;
		struct value text;
		if (value_is_string(item))
			text = item;
		else if (value_str(heap, item, &text, err))
			return -1;
		list.items[i] = value_bytes(text);
	}
	*ret_list = list;
	return 0;
}
