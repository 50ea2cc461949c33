/* exchange.c - what a handler may ask about its request and set on its answer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <assert.h>
#include <string.h>

#include "http/connection_private.h"

#include "base/banned.h"

const struct http_head *http_head(const struct http_exchange *x)
{
	return x->has_head ? &x->head : NULL;
}

struct str http_path(const struct http_exchange *x)
{
	return x->path;
}

struct str http_query(const struct http_exchange *x)
{
	return x->query;
}

struct str http_field(const struct http_exchange *x, const char *name)
{
	return x->has_head ? head_field(&x->head, name) : (struct str){NULL, 0};
}

bool http_is_tls(const struct http_exchange *x)
{
	return x->conn->is_tls;
}

bool http_is_local_socket(const struct http_exchange *x)
{
	return x->conn->is_local;
}

const struct sockaddr_storage *http_peer(const struct http_exchange *x)
{
	return &x->conn->peer;
}

const char *http_peer_text(const struct http_exchange *x)
{
	return x->conn->peer_text;
}

int64_t http_began_ns(const struct http_exchange *x)
{
	return x->began_ns;
}

void http_set_context(struct http_exchange *x, void *context)
{
	x->context = context;
}

void *http_context(const struct http_exchange *x)
{
	return x->context;
}

void http_set_gather(struct http_exchange *x, size_t max)
{
	x->gather_max = max;
}

struct str http_gathered(const struct http_exchange *x)
{
	return x->gathered_view;
}

static void body_reader_close(struct reader *reader)
{
	(void)reader; /* a part of the exchange */
}

struct reader *http_body_reader(struct http_exchange *x)
{
	static const struct reader_ops ops = {.read = exchange_body_read,
					      .close = body_reader_close};

	x->reader.ops = &ops;
	return &x->reader;
}

/* A line break in a value would be a field of the attacker's own. */
static bool is_one_line(const char *text)
{
	return !text[strcspn(text, "\r\n")];
}

void http_add_field(struct http_exchange *x, const char *name, const char *value)
{
	assert(is_one_line(name) && is_one_line(value));
	buf_puts(&x->extra, name);
	buf_append(&x->extra, ": ", 2);
	buf_puts(&x->extra, value);
	buf_append(&x->extra, "\r\n", 2);
}

void http_add_fieldf(struct http_exchange *x, const char *name, const char *fmt, ...)
{
	va_list args;

	buf_puts(&x->extra, name);
	buf_append(&x->extra, ": ", 2);
	size_t at = x->extra.len;
	va_start(args, fmt);
	buf_vprintf(&x->extra, fmt, args);
	va_end(args);
	assert(is_one_line(buf_text(&x->extra) + at));
	buf_append(&x->extra, "\r\n", 2);
}

void http_add_block(struct http_exchange *x, struct str fields)
{
	buf_append_str(&x->extra, fields);
}

void http_close_after(struct http_exchange *x)
{
	x->must_close = true;
}

int http_answer_status(const struct http_exchange *x)
{
	return x->answer.status;
}

uint64_t http_sent(const struct http_exchange *x)
{
	return x->answer.sent;
}

uint64_t http_received(const struct http_exchange *x)
{
	return x->received;
}

bool http_was_cut(const struct http_exchange *x)
{
	return x->answer.is_cut;
}
