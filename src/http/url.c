/* url.c - one decoder for paths, queries and forms; they differ in what may come out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/url.h"

#include <string.h>

#include "base/encode.h"

#include "base/banned.h"

void url_split(struct str target, struct str *ret_path, struct str *ret_query)
{
	*ret_path = str_cut(&target, '?');
	*ret_query = target;
}

static bool is_control(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f;
}

/* The byte at the front, which moves behind it. */
static bool next_byte(struct str *text, unsigned char *ret_byte, bool *ret_escaped)
{
	uint8_t byte = (uint8_t)*text->ptr;
	size_t used = 1;

	if (byte == '%') {
		if (text->len < 3 || !hex_decode((struct str){text->ptr + 1, 2}, &byte))
			return false;
		used = 3;
	}
	text->ptr += used;
	text->len -= used;
	*ret_byte = byte;
	*ret_escaped = used == 3;
	return true;
}

enum decode_mode { DECODE_PATH, DECODE_FORM };

static bool decode(struct str text, enum decode_mode mode, struct buf *buf)
{
	size_t start = buf->len;

	while (text.len) {
		unsigned char byte;
		bool escaped;
		if (!next_byte(&text, &byte, &escaped) || is_control(byte))
			return false;
		/* An escaped slash is content to some and a separator to others. */
		if (mode == DECODE_PATH && escaped && byte == '/')
			return false;
		if (mode == DECODE_FORM && !escaped && byte == '+')
			byte = ' ';
		buf_putc(buf, (char)byte);
	}
	if (buf->overflowed)
		return false;
	return buf->len == start || text_is_utf8((struct str){buf->ptr + start, buf->len - start});
}

/* No segment that a file system or a proxy would resolve, and none that is empty but the last. */
static bool segments_are_plain(struct str path)
{
	if (path.len && *path.ptr == '/')
		str_cut(&path, '/');
	while (path.ptr) {
		struct str segment = str_cut(&path, '/');
		if (str_is(segment, ".") || str_is(segment, "..") || (!segment.len && path.ptr))
			return false;
	}
	return true;
}

bool url_decode_path(struct str path, struct buf *buf)
{
	size_t start = buf->len;

	if (decode(path, DECODE_PATH, buf) &&
	    (buf->len == start ||
	     segments_are_plain((struct str){buf->ptr + start, buf->len - start})))
		return true;
	buf_truncate(buf, start);
	return false;
}

bool url_decode_form(struct str text, struct buf *buf)
{
	size_t start = buf->len;

	if (decode(text, DECODE_FORM, buf))
		return true;
	buf_truncate(buf, start);
	return false;
}

/* RFC 3986, 2.3 */
static bool is_unreserved(unsigned char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z') || (byte && strchr("-._~", byte));
}

void url_escape(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		if (is_unreserved(byte))
			buf_putc(buf, (char)byte);
		else
			buf_printf(buf, "%%%02X", byte);
	}
}

bool url_next_pair(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	struct str pair = {0};

	while (rest->ptr && !pair.len)
		pair = str_cut(rest, '&');
	if (!pair.len)
		return false;

	const char *end = pair.ptr + pair.len;
	*ret_name = str_cut(&pair, '=');
	*ret_value = pair.ptr ? pair : (struct str){end, 0};
	return true;
}

static bool is_named(struct str name, const char *wanted)
{
	if (str_is(name, wanted))
		return true;
	if (!memchr(name.ptr, '%', name.len) && !memchr(name.ptr, '+', name.len))
		return false;

	autobuf struct buf decoded = {0};
	return url_decode_form(name, &decoded) && str_is(buf_str(&decoded), wanted);
}

enum url_value url_query_get(struct str query, const char *name, struct buf *buf)
{
	struct str found;
	struct str value;

	while (url_next_pair(&query, &found, &value))
		if (is_named(found, name))
			return url_decode_form(value, buf) ? URL_FOUND : URL_BAD;
	return URL_ABSENT;
}
