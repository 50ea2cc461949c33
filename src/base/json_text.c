/* json_text.c - one quoted string of JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/encode.h"

#include "base/banned.h"

/* The length of the UTF-8 sequence at the front, or 0 when it is none. */
static size_t utf8_length(struct str text)
{
	for (size_t len = 1; len <= 4 && len <= text.len; len++)
		if (text_is_utf8((struct str){text.ptr, len}))
			return len;
	return 0;
}

static void write_rune(struct buf *buf, struct str *text)
{
	size_t len = utf8_length(*text);

	if (len)
		buf_append(buf, text->ptr, len);
	else
		buf_puts(buf, "\xef\xbf\xbd");
	text->ptr += len ? len : 1;
	text->len -= len ? len : 1;
}

void json_write_text(struct buf *buf, struct str text)
{
	static const char letters[256] = {
		['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
		['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
	};

	buf_putc(buf, '"');
	while (text.len) {
		unsigned char byte = (unsigned char)*text.ptr;
		if (!letters[byte] && byte >= 0x20) {
			write_rune(buf, &text);
			continue;
		}
		if (letters[byte]) {
			buf_putc(buf, '\\');
			buf_putc(buf, letters[byte]);
		} else {
			buf_printf(buf, "\\u%04x", byte);
		}
		text.ptr++;
		text.len--;
	}
	buf_putc(buf, '"');
}
