/* buf.c - growing a bounded run of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CAP_FIRST 64 /* bytes: most buffers hold a line */

static size_t buf_max(const struct buf *buf)
{
	return buf->max ? buf->max : BUF_DEFAULT_MAX;
}

char *buf_reserve(struct buf *buf, size_t len)
{
	size_t max = buf_max(buf);
	if (buf->overflowed || len > max || buf->len > max - len) {
		buf->overflowed = true;
		return NULL;
	}
	size_t needed = buf->len + len + 1;
	if (needed > buf->cap) {
		size_t cap = buf->cap ? buf->cap * 2 : CAP_FIRST;
		buf->cap = cap < needed ? needed : cap;
		buf->ptr = xrealloc(buf->ptr, buf->cap);
		buf->ptr[buf->len] = '\0';
	}
	return buf->ptr + buf->len;
}

void buf_added(struct buf *buf, size_t len)
{
	assert(buf->len + len < buf->cap);
	buf->len += len;
	buf->ptr[buf->len] = '\0';
}

void buf_append(struct buf *buf, const void *data, size_t len)
{
	char *room = len ? buf_reserve(buf, len) : NULL;
	if (!room)
		return;
	memcpy(room, data, len);
	buf_added(buf, len);
}

void buf_puts(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char byte)
{
	buf_append(buf, &byte, 1);
}

void buf_append_str(struct buf *buf, struct str s)
{
	buf_append(buf, s.ptr, s.len);
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	size_t room = buf->cap - buf->len;
	int len = vsnprintf(room ? buf->ptr + buf->len : NULL, room, fmt, args);
	assert(len >= 0);
	if (len > 0 && buf_reserve(buf, (size_t)len)) {
		if ((size_t)len >= room)
			vsnprintf(buf->ptr + buf->len, (size_t)len + 1, fmt, again);
		buf_added(buf, (size_t)len);
	} else {
		buf_truncate(buf, buf->len);
	}
	va_end(again);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_vprintf(buf, fmt, args);
	va_end(args);
}

void buf_truncate(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	buf->len = len;
	if (buf->ptr)
		buf->ptr[len] = '\0';
}

void buf_consume(struct buf *buf, size_t len)
{
	assert(len <= buf->len);
	if (len)
		memmove(buf->ptr, buf->ptr + len, buf->len - len);
	buf_truncate(buf, buf->len - len);
}

const char *buf_text(const struct buf *buf)
{
	return buf->ptr ? buf->ptr : "";
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){buf_text(buf), buf->len};
}

char *buf_steal(struct buf *buf)
{
	char *text = buf->ptr ? buf->ptr : xstrdup("");
	*buf = (struct buf){.max = buf->max};
	return text;
}

void buf_done(struct buf *buf)
{
	free(buf->ptr);
	*buf = (struct buf){.max = buf->max};
}

int buf_check(const struct buf *buf, const char *what, struct err *err)
{
	if (!buf->overflowed)
		return 0;
	return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", what, buf_max(buf));
}
