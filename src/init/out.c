/* out.c - JSON text appended to memory from mmap.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/out.h"

#include <stdio.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/encode.h"

#include "base/banned.h"

#define OUT_FIRST ((size_t)16 << 10)

static bool out_grow(struct out *out, size_t needed)
{
	size_t cap = out->cap ? out->cap : OUT_FIRST;
	while (cap < needed)
		cap *= 2;
	void *grown = out->ptr ? mremap(out->ptr, out->cap, cap, MREMAP_MAYMOVE)
			       : mmap(NULL, cap, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (grown == MAP_FAILED)
		return false;
	out->ptr = grown;
	out->cap = cap;
	return true;
}

char *out_reserve(struct out *out, size_t len)
{
	if (out->failed || len > out->max || out->len > out->max - len ||
	    (out->len + len > out->cap && !out_grow(out, out->len + len))) {
		out->failed = true;
		return NULL;
	}
	return out->ptr + out->len;
}

void out_bytes(struct out *out, const void *bytes, size_t len)
{
	char *room = out_reserve(out, len);
	if (!room)
		return;
	memcpy(room, bytes, len);
	out->len += len;
}

void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

void out_printf(struct out *out, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len > 0)
		out_bytes(out, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

void out_consume(struct out *out, size_t len)
{
	if (len >= out->len) {
		out_done(out);
		return;
	}
	out->len -= len;
	memmove(out->ptr, out->ptr + len, out->len);
}

void out_done(struct out *out)
{
	if (out->ptr)
		munmap(out->ptr, out->cap);
	*out = (struct out){.max = out->max};
}

/* Behind an opening bracket, a colon or nothing no comma is due; no value ends with one of them. */
static void put_comma(struct out *out)
{
	static const char openers[] = {'{', '[', ':', '\n'};
	if (out->len && !memchr(openers, out->ptr[out->len - 1], sizeof(openers)))
		out_bytes(out, ",", 1);
}

static void put_escaped(struct out *out, const char *bytes, size_t len)
{
	static const char names[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	out_bytes(out, "\"", 1);
	while (len) {
		size_t n = 0;
		while (n < len && (unsigned char)bytes[n] >= 0x20 &&
		       (unsigned char)bytes[n] < 0x7f && bytes[n] != '"' && bytes[n] != '\\')
			n++;
		out_bytes(out, bytes, n);
		bytes += n;
		len -= n;
		if (!len)
			break;
		n = 1;
		const char *name = *bytes ? strchr(names, *bytes) : NULL;
		if (name) {
			out_printf(out, "\\%c", letters[name - names]);
		} else if ((unsigned char)*bytes < 0x80) {
			out_printf(out, "\\u%04x", (unsigned)(unsigned char)*bytes);
		} else {
			while (n < 4 && n < len && !text_is_utf8((struct str){bytes, n}))
				n++;
			bool is_good = text_is_utf8((struct str){bytes, n});
			n = is_good ? n : 1;
			/* Bytes are not text: what is none is shown as the replacement
			 * character. */
			out_bytes(out, is_good ? bytes : "\xef\xbf\xbd", is_good ? n : 3);
		}
		bytes += n;
		len -= n;
	}
	out_bytes(out, "\"", 1);
}

static void put_name(struct out *out, const char *name)
{
	put_comma(out);
	if (!name)
		return;
	put_escaped(out, name, strlen(name));
	out_bytes(out, ":", 1);
}

void json_open(struct out *out, const char *name, char bracket)
{
	put_name(out, name);
	out_bytes(out, &bracket, 1);
}

void json_close(struct out *out, char bracket)
{
	out_bytes(out, &bracket, 1);
}

void json_put_raw(struct out *out, const char *name, const char *json)
{
	put_name(out, name);
	out_text(out, json);
}

void json_put_bytes(struct out *out, const char *name, const char *bytes, size_t len)
{
	put_name(out, name);
	put_escaped(out, bytes, len);
}

void json_put_text(struct out *out, const char *name, const char *text)
{
	if (text)
		json_put_bytes(out, name, text, strlen(text));
	else
		json_put_raw(out, name, "null");
}

void json_put_number(struct out *out, const char *name, int64_t number)
{
	put_name(out, name);
	out_printf(out, "%lld", (long long)number);
}

void json_put_bool(struct out *out, const char *name, bool value)
{
	json_put_raw(out, name, value ? "true" : "false");
}

void json_put_time(struct out *out, const char *name, int64_t ns)
{
	put_name(out, name);
	out_printf(out, "%lld.%06lld", (long long)(ns / NS_PER_SEC),
		   (long long)(ns % NS_PER_SEC / 1000));
	while (!out->failed && out->ptr[out->len - 1] == '0' && out->ptr[out->len - 2] != '.')
		out->len--;
}
