/* unicode.c - UTF-8 by code points (RFC 3629).
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/unicode.h"

#include "base/banned.h"

#define STRAY 0xdc00 /* added to a byte that is not UTF-8 */

size_t utf8_decode(const char *text, size_t left, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t code = len == 1 ? p[0] : p[0] & (0x7fU >> len);

	if (len && len <= left && p[0] < 0xf5) {
		size_t i = 1;

		for (; i < len && (p[i] & 0xc0) == 0x80; i++)
			code = code << 6 | (p[i] & 0x3f);
		if (i == len && code >= least[len] && code <= UNICODE_LAST &&
		    (code < 0xd800 || code > 0xdfff)) {
			*ret_code = code;
			return len;
		}
	}
	*ret_code = STRAY + p[0];
	return 1;
}

size_t utf8_length(const char *text, size_t left)
{
	uint32_t code;

	return (unsigned char)*text < 0x80 ? 1 : utf8_decode(text, left, &code);
}

void utf8_append(struct buf *buf, uint32_t code)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (code >= STRAY + 0x80 && code <= STRAY + 0xff) {
		buf_putc(buf, (char)(code - STRAY));
		return;
	}
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(len == 1 ? code : (0xf00U >> len & 0xff) | code);
	buf_append(buf, bytes, len);
}

size_t utf8_count(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; n++)
		i += utf8_length(s.ptr + i, s.len - i);
	return n;
}

size_t utf8_offset(struct str s, size_t n)
{
	size_t i = 0;

	for (; i < s.len && n; n--)
		i += utf8_length(s.ptr + i, s.len - i);
	return i;
}
