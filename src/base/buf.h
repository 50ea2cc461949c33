/* buf.h - a growable run of bytes, always NUL-terminated, opened with its maximum.
 * SPDX-License-Identifier: Apache-2.0
 *
 * `struct buf b = {.max = LIMIT_HEADER};` (0: 16 MiB). Going over the maximum is sticky: later
 * appends do nothing, `overflowed` says so, one check at the end is enough. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define BUF_DEFAULT_MAX ((size_t)16 << 20)

struct buf {
	char *ptr; /* NULL while empty and unused: use buf_text for a C string */
	size_t len;
	size_t cap;
	size_t max;
	bool overflowed;
};

void buf_append(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *fmt, ...) printf_like(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list args) printf_like(2, 0);
void buf_append_str(struct buf *buf, struct str s);
char *buf_reserve(struct buf *buf, size_t len); /* room for len more bytes, or NULL: overflowed */
void buf_added(struct buf *buf, size_t len);    /* that many of the reserved bytes were filled */
void buf_truncate(struct buf *buf, size_t len);
void buf_consume(struct buf *buf, size_t len); /* drops bytes at the front */
const char *buf_text(const struct buf *buf);   /* never NULL; borrowed until the next append */
struct str buf_str(const struct buf *buf);
char *buf_steal(struct buf *buf); /* the text, yours; the buffer is empty again */
void buf_done(struct buf *buf);
int buf_check(const struct buf *buf, const char *what, struct err *err) must_check; /* ERR_LIMIT */
#define autobuf cleanup(buf_done)
