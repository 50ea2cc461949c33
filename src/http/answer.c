/* answer.c - what a handler answers, and how its head is written.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9110, 6.4.1, 8.6 (which answers have content and tell its length), 15 (status). */
#include "http/server.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "http/connection_private.h"

#include "base/banned.h"

#define LINE(text)                                   \
	{                                            \
		text "\r\n", sizeof(text "\r\n") - 1 \
	}
static const struct str status_lines[] = {
	[200] = LINE("HTTP/1.1 200 OK"),
	[201] = LINE("HTTP/1.1 201 Created"),
	[202] = LINE("HTTP/1.1 202 Accepted"),
	[204] = LINE("HTTP/1.1 204 No Content"),
	[206] = LINE("HTTP/1.1 206 Partial Content"),
	[301] = LINE("HTTP/1.1 301 Moved Permanently"),
	[302] = LINE("HTTP/1.1 302 Found"),
	[304] = LINE("HTTP/1.1 304 Not Modified"),
	[307] = LINE("HTTP/1.1 307 Temporary Redirect"),
	[308] = LINE("HTTP/1.1 308 Permanent Redirect"),
	[400] = LINE("HTTP/1.1 400 Bad Request"),
	[401] = LINE("HTTP/1.1 401 Unauthorized"),
	[403] = LINE("HTTP/1.1 403 Forbidden"),
	[404] = LINE("HTTP/1.1 404 Not Found"),
	[405] = LINE("HTTP/1.1 405 Method Not Allowed"),
	[406] = LINE("HTTP/1.1 406 Not Acceptable"),
	[408] = LINE("HTTP/1.1 408 Request Timeout"),
	[409] = LINE("HTTP/1.1 409 Conflict"),
	[410] = LINE("HTTP/1.1 410 Gone"),
	[411] = LINE("HTTP/1.1 411 Length Required"),
	[412] = LINE("HTTP/1.1 412 Precondition Failed"),
	[413] = LINE("HTTP/1.1 413 Content Too Large"),
	[414] = LINE("HTTP/1.1 414 URI Too Long"),
	[415] = LINE("HTTP/1.1 415 Unsupported Media Type"),
	[416] = LINE("HTTP/1.1 416 Range Not Satisfiable"),
	[417] = LINE("HTTP/1.1 417 Expectation Failed"),
	[422] = LINE("HTTP/1.1 422 Unprocessable Content"),
	[429] = LINE("HTTP/1.1 429 Too Many Requests"),
	[431] = LINE("HTTP/1.1 431 Request Header Fields Too Large"),
	[500] = LINE("HTTP/1.1 500 Internal Server Error"),
	[501] = LINE("HTTP/1.1 501 Not Implemented"),
	[502] = LINE("HTTP/1.1 502 Bad Gateway"),
	[503] = LINE("HTTP/1.1 503 Service Unavailable"),
	[504] = LINE("HTTP/1.1 504 Gateway Timeout"),
	[505] = LINE("HTTP/1.1 505 HTTP Version Not Supported"),
	[507] = LINE("HTTP/1.1 507 Insufficient Storage"),
};

#define DECIMAL_MAX 20 /* digits of 64 bits */

static char *put(char *pos, struct str text)
{
	return (char *)memcpy(pos, text.ptr, text.len) + text.len;
}

static char *put_decimal(char *pos, uint64_t value)
{
	char digits[DECIMAL_MAX];
	char *first = digits + sizeof(digits);

	do
		*--first = (char)('0' + value % 10);
	while (value /= 10);
	return put(pos, (struct str){first, (size_t)(digits + sizeof(digits) - first)});
}

static char *put_status(char *pos, int status)
{
	assert(status >= 200 && status <= 999);
	if ((size_t)status < ARRAY_LEN(status_lines) && status_lines[status].ptr)
		return put(pos, status_lines[status]);
	pos = put_decimal(put(pos, STR("HTTP/1.1 ")), (uint64_t)status);
	return put(pos, STR(" \r\n"));
}

/* Not 204 and 304: their length is no field of theirs (RFC 9110, 8.6). */
static bool status_has_content(int status)
{
	return status != 204 && status != 304;
}

bool answer_sends_body(const struct http_exchange *x, int status)
{
	bool is_head = x->has_head && x->head.method == HTTP_HEAD;
	return status_has_content(status) && !is_head;
}

/* Whether the connection cannot or shall not go on behind this answer. A client that still waits
 * for "100 Continue" may send its body or not: nobody can tell what comes next. */
static bool answer_must_close(const struct http_exchange *x)
{
	const struct connection *conn = x->conn;
	const struct body *body = &conn->body;

	if (!x->has_head || x->must_close || !x->head.keep_alive || conn->has_ended)
		return true;
	if (atomic_load_explicit(&conn->loop->server->phase, memory_order_relaxed) != PHASE_RUN)
		return true;
	if (body->is_done)
		return false;
	return body->is_bad || body->is_slow || body->is_gone || body->continue_due ||
	       body->left > LIMIT_HTTP_DISCARD_BYTES;
}

size_t answer_head_max(const struct http_exchange *x, size_t stamp_len)
{
	size_t ours = 256; /* the longest status line, Connection, Content-Length, empty line */
	return ours + stamp_len + x->extra.len;
}

char *answer_write_head(struct http_exchange *x, char *pos, struct str stamp)
{
	const struct answer *answer = &x->answer;

	x->must_close = answer_must_close(x);
	pos = put(put_status(pos, answer->status), stamp);
	if (x->must_close)
		pos = put(pos, STR("Connection: close\r\n"));
	else if (x->head.minor == 0)
		pos = put(pos, STR("Connection: keep-alive\r\n"));
	if (status_has_content(answer->status)) {
		pos = put_decimal(put(pos, STR("Content-Length: ")), answer->len);
		pos = put(pos, STR("\r\n"));
	}
	return put(put(pos, buf_str(&x->extra)), STR("\r\n"));
}

static struct answer *answer_begin(struct http_exchange *x, enum answer_kind kind, int status)
{
	assert(x->answer.kind == ANSWER_NONE); /* exactly one answer */
	x->answer = (struct answer){.kind = kind, .status = status, .fd = -1};
	x->answer.sends_body = answer_sends_body(x, status);
	return &x->answer;
}

void http_answer(struct http_exchange *x, int status, const void *body, size_t len)
{
	struct answer *answer = answer_begin(x, ANSWER_MEMORY, status);

	answer->len = len;
	if (!answer->sends_body || len == 0)
		return;
	buf_append(&x->copy, body, len);
	answer->ptr = x->copy.ptr;
}

void http_answer_borrowed(struct http_exchange *x, int status, struct str body,
			  void (*release)(void *arg), void *arg)
{
	struct answer *answer = answer_begin(x, ANSWER_MEMORY, status);

	answer->ptr = body.ptr;
	answer->len = body.len;
	answer->release = release;
	answer->arg = arg;
}

void http_answer_file(struct http_exchange *x, int status, int fd, uint64_t offset, uint64_t len,
		      void (*release)(void *arg), void *arg)
{
	struct answer *answer = answer_begin(x, ANSWER_FILE, status);

	answer->fd = fd;
	answer->offset = offset;
	answer->len = len;
	answer->release = release;
	answer->arg = arg;
}

void answer_own(struct http_exchange *x, int status, const char *why)
{
	exchange_release(x); /* a handler's answer that cannot be sent */
	x->answer = (struct answer){.fd = -1};
	buf_truncate(&x->extra, 0);
	buf_truncate(&x->copy, 0);
	x->extra.overflowed = false;
	http_add_field(x, "Content-Type", "text/plain; charset=utf-8");
	http_add_field(x, "X-Content-Type-Options", "nosniff");
	if (status == 503)
		http_add_field(x, "Retry-After", "1");
	x->must_close = true;
	struct buf text = {.ptr = NULL};
	buf_printf(&text, "%s\n", why);
	http_answer(x, status, text.ptr, text.len);
	buf_done(&text);
}
