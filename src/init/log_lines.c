/* log_lines.c - bytes of a pipe, in whatever chunks they come, to lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_lines.h"

#include <stdint.h>
#include <string.h>

#include "init/limits.h"

#include "base/banned.h"

/* Bytes of a sequence by its first byte; 1 for what starts none. */
static size_t utf8_len(char first)
{
	uint8_t byte = (uint8_t)first;

	if (byte >= 0xf0)
		return 4;
	if (byte >= 0xe0)
		return 3;
	return byte >= 0xc0 ? 2 : 1;
}

/* Where a line of more than LIMIT_LOG_LINE bytes is cut. `text` has that many at least. */
static size_t piece_len(const char *text)
{
	for (size_t back = 1; back <= 3; back++) {
		size_t at = LIMIT_LOG_LINE - back;
		size_t len = utf8_len(text[at]);

		if (len > back)
			return at;
		if (((uint8_t)text[at] & 0xc0) != 0x80)
			break;
	}
	return LIMIT_LOG_LINE;
}

static void skip(struct str *rest, size_t n)
{
	*rest = (struct str){rest->ptr + n, rest->len - n};
}

static bool take_direct(struct str *rest, struct log_line *ret_line)
{
	size_t reach = rest->len > LIMIT_LOG_LINE ? LIMIT_LOG_LINE + 1 : rest->len;
	const char *newline = memchr(rest->ptr, '\n', reach);

	if (newline) {
		size_t len = (size_t)(newline - rest->ptr);
		*ret_line = (struct log_line){.text = {rest->ptr, len}};
		skip(rest, len + 1);
		return true;
	}
	if (rest->len <= LIMIT_LOG_LINE)
		return false;
	size_t len = piece_len(rest->ptr);
	*ret_line = (struct log_line){.text = {rest->ptr, len}, .is_piece = true};
	skip(rest, len);
	return true;
}

bool log_line_take(struct log_carry *carry, struct str *rest, struct log_line *ret_line)
{
	if (carry->taken) {
		carry->len -= carry->taken;
		memmove(carry->bytes, carry->bytes + carry->taken, carry->len);
		carry->taken = 0;
	}
	if (!rest->len)
		return false;
	if (!carry->len)
		return take_direct(rest, ret_line);

	size_t room = LIMIT_LOG_LINE - carry->len;
	size_t reach = rest->len > room ? room + 1 : rest->len;
	const char *newline = memchr(rest->ptr, '\n', reach);
	size_t len = newline ? (size_t)(newline - rest->ptr) : reach;

	if (!newline && rest->len <= room)
		return false;
	if (!newline)
		len = room;
	memcpy(carry->bytes + carry->len, rest->ptr, len);
	carry->len += len;
	skip(rest, newline ? len + 1 : len);
	carry->taken = newline ? carry->len : piece_len(carry->bytes);
	*ret_line = (struct log_line){.text = {carry->bytes, carry->taken}, .is_piece = !newline};
	return true;
}

void log_line_keep(struct log_carry *carry, struct str rest)
{
	if (!rest.len)
		return;
	memcpy(carry->bytes + carry->len, rest.ptr, rest.len);
	carry->len += rest.len;
}
