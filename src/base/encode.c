/* encode.c - bytes as text and back, text as other kinds of text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include <string.h>

#include "base/banned.h"

void hex_encode(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(struct str hex, uint8_t *out)
{
	if (hex.len % 2)
		return false;
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_value(hex.ptr[i]), low = hex_value(hex.ptr[i + 1]);
		if (high < 0 || low < 0)
			return false;
		*out++ = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* One to three bytes to four digits, of which n + 1 count. */
static void base64_digits_of(const char *digits, const uint8_t *bytes, size_t n, char out[4])
{
	uint32_t group = (uint32_t)bytes[0] << 16;
	if (n > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (n > 2)
		group |= bytes[2];
	for (size_t i = 0; i < 4; i++)
		out[i] = digits[group >> (18 - 6 * i) & 63];
}

void base64_encode(struct buf *buf, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		char out[4];
		base64_digits_of(base64_digits, bytes + i, n, out);
		memset(out + n + 1, '=', 3 - n);
		buf_append(buf, out, sizeof(out));
	}
}

void base64url_encode(struct buf *buf, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		char out[4];
		base64_digits_of(base64url_digits, bytes + i, n, out);
		buf_append(buf, out, n + 1);
	}
}

/* `last` are the two digits that differ between the alphabets: "+/" or "-_". */
static int base64_value(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == last[0])
		return 62;
	return c == last[1] ? 63 : -1;
}

/* Four digits, the last `n_pad` of them not there. False when bits are left over (RFC 4648, 3.5).
 */
static bool base64_group(const char *digits, size_t n_pad, const char last[2], uint8_t out[3])
{
	uint32_t group = 0;
	for (size_t i = 0; i < 4; i++) {
		int value = i < 4 - n_pad ? base64_value(digits[i], last) : 0;
		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3; i++)
		out[i] = (uint8_t)(group >> (16 - 8 * i));
	return (n_pad < 1 || out[2] == 0) && (n_pad < 2 || out[1] == 0);
}

/* Digits alone, the padding is off already. */
static bool base64_decode_digits(struct buf *buf, struct str text, const char last[2])
{
	size_t len_before = buf->len;
	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		size_t n_pad = text.len - i < 4 ? 4 - (text.len - i) : 0;
		uint8_t bytes[3];
		if (!base64_group(text.ptr + i, n_pad, last, bytes)) {
			buf_truncate(buf, len_before);
			return false;
		}
		buf_append(buf, bytes, 3 - n_pad);
	}
	return !buf->overflowed;
}

bool base64_decode(struct buf *buf, struct str text)
{
	if (text.len % 4)
		return false;
	for (int i = 0; i < 2 && text.len && text.ptr[text.len - 1] == '='; i++)
		text.len--;
	return base64_decode_digits(buf, text, "+/");
}

bool base64url_decode(struct buf *buf, struct str text)
{
	return base64_decode_digits(buf, text, "-_");
}

/* Bytes of the UTF-8 character at the front, 0 when there is none (RFC 3629). The text has one. */
static size_t utf8_next(struct str text, uint32_t *ret_code)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least; /* smaller codes have a shorter form */
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	uint8_t first = (uint8_t)text.ptr[0];
	for (size_t n = 0; n < ARRAY_LEN(forms); n++) {
		if ((first & forms[n].mask) != forms[n].lead)
			continue;
		if (text.len < n + 1)
			return 0;
		uint32_t code = first & (uint8_t)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((text.ptr[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text.ptr[i] & 0x3f);
		}
		bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
		if (code < forms[n].least || code > 0x10ffff || is_surrogate)
			return 0;
		*ret_code = code;
		return n + 1;
	}
	return 0;
}

bool text_is_utf8(struct str text)
{
	uint32_t code;
	while (text.len) {
		size_t n = utf8_next(text, &code);
		if (n == 0)
			return false;
		text = (struct str){text.ptr + n, text.len - n};
	}
	return true;
}

/* C0 and C1: a terminal obeys them. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

void text_escape(struct buf *buf, struct str text)
{
	while (text.len) {
		uint32_t code;
		size_t n = utf8_next(text, &code);
		bool is_plain = n && !is_control(code);
		if (is_plain) {
			buf_append(buf, text.ptr, n);
		} else {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				buf_printf(buf, "\\x%02x", (unsigned)(uint8_t)text.ptr[i]);
		}
		text = (struct str){text.ptr + n, text.len - n};
	}
}

void html_escape(struct buf *buf, struct str text)
{
	static const char *const names[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
	};
	for (size_t i = 0; i < text.len; i++) {
		const char *name = names[(uint8_t)text.ptr[i]];
		if (name)
			buf_puts(buf, name);
		else
			buf_putc(buf, text.ptr[i]);
	}
}

void shell_quote(struct buf *buf, const char *text)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_@%+=:,./-";
	if (*text && text[strspn(text, bare)] == '\0') {
		buf_puts(buf, text);
		return;
	}
	buf_putc(buf, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_puts(buf, "'\\''");
		else
			buf_putc(buf, *text);
	}
	buf_putc(buf, '\'');
}
