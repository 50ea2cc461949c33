/* secrets_forms.c - how a secret looks when it is printed by somebody who quotes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "base/json_text.h"
#include "state/secrets_private.h"

#include "base/banned.h"

static bool is_unreserved(unsigned char byte, char also)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || strchr("-._~", byte) || byte == (unsigned char)also;
}

/* RFC 3986, 2.1; `also` stays as it is, a blank is `blank`. */
static void write_url(struct buf *buf, struct str text, char also, const char *blank)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];
		if (byte == ' ')
			buf_puts(buf, blank);
		else if (byte && is_unreserved(byte, also))
			buf_putc(buf, (char)byte);
		else
			buf_printf(buf, "%%%02X", byte);
	}
}

static uint32_t next_character(struct str *text)
{
	unsigned char lead = (unsigned char)*text->ptr;
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t character = len == 1 ? lead : lead & (0x7fu >> len);

	for (size_t i = 1; i < len && i < text->len; i++)
		character = character << 6 | ((unsigned char)text->ptr[i] & 0x3f);
	len = len < text->len ? len : text->len;
	*text = (struct str){text->ptr + len, text->len - len};
	return character;
}

/* Python's json.dumps: ASCII alone. */
static void write_json_ascii(struct buf *buf, struct str text)
{
	while (text.len) {
		struct str rest = text;
		uint32_t character = next_character(&rest);
		if (character >= 0x10000) {
			character -= 0x10000;
			buf_printf(buf, "\\u%04x\\u%04x", 0xd800 + (character >> 10),
				   0xdc00 + (character & 0x3ff));
		} else if (character >= 0x7f) {
			buf_printf(buf, "\\u%04x", character);
		} else {
			struct buf one = {0};
			json_write_text(&one, (struct str){text.ptr, 1});
			buf_append(buf, one.ptr + 1, one.len - 2);
			buf_done(&one);
		}
		text = rest;
	}
}

static void write_replaced(struct buf *buf, struct str text, char byte, const char *by)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == byte)
			buf_puts(buf, by);
		else
			buf_putc(buf, text.ptr[i]);
}

struct forms {
	struct str text;
	void (*add)(void *arg, struct str form);
	void *arg;
	struct buf buf;
};

/* What the buffer holds, when quoting changed anything; the buffer is empty again. */
static void tell(struct forms *forms, size_t skip)
{
	if (forms->buf.len >= 2 * skip) {
		struct str form = {buf_text(&forms->buf) + skip, forms->buf.len - 2 * skip};
		if (!str_eq(form, forms->text))
			forms->add(forms->arg, form);
	}
	buf_truncate(&forms->buf, 0);
}

static void tell_quoted(struct forms *forms, bool is_utf8)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};

	if (is_utf8) {
		json_write_text(&forms->buf, forms->text);
		tell(forms, 1);
		write_json_ascii(&forms->buf, forms->text);
		tell(forms, 0);
	}
	if (value_print_repr(&heap, value_view(forms->text), &forms->buf, &err))
		buf_truncate(&forms->buf, 0);
	tell(forms, 1);
	write_replaced(&forms->buf, forms->text, '\'', "''"); /* YAML */
	tell(forms, 0);
	write_replaced(&forms->buf, forms->text, '\'', "'\\''"); /* a shell */
	tell(forms, 0);
	write_replaced(&forms->buf, forms->text, '\'', "'\"'\"'"); /* Python's shlex.quote */
	tell(forms, 0);
}

static bool is_wordlike(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!text.ptr[i] || !is_unreserved((unsigned char)text.ptr[i], '_'))
			return false;
	return true;
}

void secret_forms(struct str text, void (*add)(void *arg, struct str form), void *arg)
{
	struct forms forms = {.text = text, .add = add, .arg = arg, .buf = {.max = SIZE_MAX / 2}};

	add(arg, text);
	if (!is_wordlike(text)) {
		tell_quoted(&forms, text_is_utf8(text));
		write_url(&forms.buf, text, '/', "%20");
		tell(&forms, 0);
		write_url(&forms.buf, text, '-', "%20");
		tell(&forms, 0);
		write_url(&forms.buf, text, '-', "+");
		tell(&forms, 0);
		html_escape(&forms.buf, text);
		tell(&forms, 0);
	}
	buf_done(&forms.buf);
}
