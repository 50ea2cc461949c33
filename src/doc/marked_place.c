/* marked_place.c - where in the user's file a mark of libyaml stands.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/marked_private.h"

#include "base/banned.h"

static bool is_ascii(struct str text)
{
	uint64_t bits = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= text.len; i += sizeof(word)) {
		memcpy(&word, text.ptr + i, sizeof(word));
		bits |= word;
	}
	for (; i < text.len; i++)
		bits |= (unsigned char)text.ptr[i];
	return !(bits & UINT64_C(0x8080808080808080));
}

void marked_cursor_begin(struct marked_cursor *cursor, struct str text,
			 const struct marked_options *options)
{
	const struct str order_mark = STR("\xef\xbb\xbf");

	*cursor = (struct marked_cursor){.text = text, .options = options};
	if (str_starts(text, order_mark)) {
		cursor->skipped = order_mark.len;
		cursor->text = (struct str){text.ptr + order_mark.len, text.len - order_mark.len};
	}
	cursor->is_ascii = is_ascii(cursor->text);
}

static bool is_inside_character(const struct marked_cursor *cursor, size_t offset)
{
	return offset < cursor->text.len &&
	       ((unsigned char)cursor->text.ptr[offset] & 0xc0) == 0x80;
}

static size_t step_back(const struct marked_cursor *cursor, size_t offset)
{
	do
		offset--;
	while (offset && is_inside_character(cursor, offset));
	return offset;
}

/* Events come in the order of the text, so that each step is short; errors may point back. */
static void move_to(struct marked_cursor *cursor, size_t index)
{
	while (cursor->index < index && cursor->offset < cursor->text.len) {
		do
			cursor->offset++;
		while (is_inside_character(cursor, cursor->offset));
		cursor->index++;
	}
	while (cursor->index > index && cursor->offset) {
		cursor->offset = step_back(cursor, cursor->offset);
		cursor->index--;
	}
}

static size_t line_start(struct marked_cursor *cursor, yaml_mark_t mark)
{
	if (cursor->line == mark.line)
		return cursor->line_start;
	size_t start = cursor->offset;
	for (size_t i = 0; i < mark.column && start; i++)
		start = step_back(cursor, start);
	cursor->line = mark.line;
	cursor->line_start = start;
	return start;
}

struct src_pos marked_place(struct marked_cursor *cursor, yaml_mark_t mark)
{
	const struct marked_options *options = cursor->options;
	size_t offset = mark.index;
	uint32_t line = (uint32_t)mark.line + 1, column = (uint32_t)mark.column + 1;

	if (!cursor->is_ascii) {
		move_to(cursor, mark.index);
		offset = cursor->offset;
		column = (uint32_t)(offset - line_start(cursor, mark)) + 1;
	}
	if (options->place)
		return options->place(options->place_arg, offset + cursor->skipped, line, column);
	return (struct src_pos){options->file, line, column};
}

struct src_pos marked_place_of_byte(const struct marked_cursor *cursor, size_t offset)
{
	const struct marked_options *options = cursor->options;
	struct src_pos at = {options->file, 1, 1};

	for (size_t i = 0; i < offset && i < cursor->text.len; i++) {
		at.column++;
		if (cursor->text.ptr[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	if (options->place)
		return options->place(options->place_arg, offset + cursor->skipped, at.line,
				      at.column);
	return at;
}

bool marked_cursor_is_tab(struct marked_cursor *cursor, yaml_mark_t mark)
{
	size_t offset = mark.index;

	if (!cursor->is_ascii) {
		move_to(cursor, mark.index);
		offset = cursor->offset;
	}
	return offset < cursor->text.len && cursor->text.ptr[offset] == '\t';
}
