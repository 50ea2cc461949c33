/* body.c - the request's body: decoding what came, and waiting for the rest in a thread.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "http/connection_private.h"

#include "base/banned.h"

void body_begin(struct connection *conn, const struct http_head *head)
{
	conn->body = (struct body){
		.is_chunked = head->body_length == HTTP_BODY_CHUNKED,
		.is_done = head->body_length == 0,
		/* Who sends without waiting needs no leave. */
		.continue_due = head->expects_continue && head->body_length != 0 &&
				conn->in->start == conn->in->len,
		.left = head->body_length > 0 ? (uint64_t)head->body_length : 0,
	};
}

enum body_step body_next(struct connection *conn, size_t max, struct str *ret_run)
{
	struct body *body = &conn->body;
	struct block *in = conn->in;

	while (!body->is_done && !body->is_bad) {
		size_t n = in ? in->len - in->start : 0;
		size_t used = 0, at = 0, len = 0;
		n = n < max ? n : max;
		if (n == 0)
			return BODY_HUNGRY;
		if (body->is_chunked) {
			switch (chunked_next(&body->chunked, in->bytes + in->start, n, &used, &at,
					     &len)) {
			case CHUNKED_END: body->is_done = true; break;
			case CHUNKED_BAD: body->is_bad = true; return BODY_BAD;
			case CHUNKED_MORE: break;
			}
		} else {
			used = len = n < body->left ? n : (size_t)body->left;
			body->left -= len;
			body->is_done = body->left == 0;
		}
		*ret_run = (struct str){in->bytes + in->start + at, len};
		in->start += used;
		body->received += len;
		if (len > 0)
			return BODY_SOME;
	}
	return body->is_bad ? BODY_BAD : BODY_END;
}

void body_detach(struct connection *conn)
{
	struct http_exchange *x = conn->current;
	struct block *in = conn->in;

	if (conn->body.is_done || x->held || !in)
		return;
	struct block *fresh = block_take(conn->loop);
	size_t rest = in->len - in->start;
	if (rest > fresh->cap) /* a head may have made the buffer larger than others */
		fresh = block_grow(fresh, rest);
	memcpy(fresh->bytes, in->bytes + in->start, rest);
	fresh->len = rest;
	x->held = in;
	conn->in = fresh;
}

/* Waits in a thread of the pool. The time is the client's account: whoever lets us wait longer than
 * body_ms altogether must have sent body_rate for each second of it. */
static int body_wait(struct connection *conn, short events, uint64_t moved, struct err *err)
{
	const struct http_limits *limits = &conn->settings->limits;
	struct body *body = &conn->body;
	struct pollfd pollfd = {.fd = conn->watch.fd, .events = events};
	int64_t began = clock_monotonic_ns();

	if (body->waited_ns > ms_to_ns(limits->body_ms) &&
	    (double)moved < (double)limits->body_rate * (double)body->waited_ns / 1e9) {
		body->is_slow = true;
		return err_set(err, ERR_LIMIT, "the client is too slow");
	}
	int n;
	do
		n = poll(&pollfd, 1,
			 limits->body_ms > INT32_MAX ? INT32_MAX : (int)limits->body_ms);
	while (n < 0 && errno == EINTR);
	body->waited_ns += clock_monotonic_ns() - began;
	if (n < 0)
		return err_sys(err, "waiting for the client");
	if (n == 0) {
		body->is_slow = true;
		return err_set(err, ERR_LIMIT, "the client paused for too long");
	}
	return 0;
}

/* At least one byte, or -1. */
static int body_receive(struct connection *conn, void *bytes, size_t len, size_t *ret_n,
			struct err *err)
{
	for (;;) {
		switch (conn_read(conn, bytes, len, ret_n)) {
		case IO_MOVED: return 0;
		case IO_WANT_READ:
			if (body_wait(conn, POLLIN, conn->body.received, err))
				return -1;
			continue;
		case IO_WANT_WRITE:
			if (body_wait(conn, POLLOUT, conn->body.received, err))
				return -1;
			continue;
		default:
			conn->body.is_gone = true;
			return err_set(err, ERR_SYSTEM, "the client has gone");
		}
	}
}

/* All of it, from a thread of the pool. `sent` counts what went before on the same account. */
static int conn_write_all(struct connection *conn, const char *bytes, size_t len, bool more,
			  uint64_t sent, struct err *err)
{
	while (len > 0) {
		size_t n = 0;
		switch (conn_write(conn, bytes, len, more, &n)) {
		case IO_MOVED:
			bytes += n;
			len -= n;
			sent += n;
			continue;
		case IO_WANT_READ:
			if (body_wait(conn, POLLIN, sent, err))
				return -1;
			continue;
		case IO_WANT_WRITE:
			if (body_wait(conn, POLLOUT, sent, err))
				return -1;
			continue;
		default: return err_set(err, ERR_SYSTEM, "the client has gone");
		}
	}
	return 0;
}

static int body_say_continue(struct connection *conn, struct err *err)
{
	if (!conn->body.continue_due)
		return 0;
	conn->body.continue_due = false;
	return conn_write_all(conn, HTTP_CONTINUE, sizeof(HTTP_CONTINUE) - 1, false, 0, err);
}

/* Bytes of content that may be read past `in`: they are known to be content. */
static size_t body_direct(const struct body *body, size_t len)
{
	uint64_t sure = body->is_chunked ? chunked_content(&body->chunked) : body->left;
	return len < sure ? len : (size_t)sure;
}

/* Reads from the socket: straight into the caller's memory when there is much of both. */
static int body_feed(struct connection *conn, char *bytes, size_t len, size_t *ret_n,
		     struct err *err)
{
	struct body *body = &conn->body;
	struct block *in = conn->in;
	size_t direct = body_direct(body, len);
	size_t n = 0;

	*ret_n = 0;
	if (body_say_continue(conn, err))
		return -1;
	if (direct < LIMIT_HTTP_DIRECT_READ && in) {
		in->start = in->len = 0; /* body_next has spent all */
		if (body_receive(conn, in->bytes, in->cap, &n, err))
			return -1;
		in->len = n;
		return 0;
	}
	if (body_receive(conn, bytes, direct, &n, err))
		return -1;
	if (body->is_chunked) {
		size_t used = 0, at = 0, run = 0;
		chunked_next(&body->chunked, bytes, n, &used, &at, &run);
		assert(used == n && at == 0 && run == n); /* chunked_content said so */
	} else {
		body->left -= n;
		body->is_done = body->left == 0;
	}
	body->received += n;
	*ret_n = n;
	return 0;
}

static ssize_t body_read_gathered(struct http_exchange *x, char *bytes, size_t len)
{
	size_t n = len < x->gathered_rest.len ? len : x->gathered_rest.len;

	if (n > 0)
		memcpy(bytes, x->gathered_rest.ptr, n);
	x->gathered_rest.ptr += n;
	x->gathered_rest.len -= n;
	return (ssize_t)n;
}

ssize_t http_read_body(struct http_exchange *x, void *bytes, size_t len, struct err *err)
{
	struct connection *conn = x->conn;

	if (len == 0)
		return 0;
	if (x->is_gathered)
		return body_read_gathered(x, bytes, len);
	if (conn->body.is_slow || conn->body.is_gone)
		return err_set(err, conn->body.is_slow ? ERR_LIMIT : ERR_SYSTEM,
			       "the body was given up");
	for (;;) {
		struct str run;
		size_t n;
		switch (body_next(conn, len, &run)) {
		case BODY_SOME: memcpy(bytes, run.ptr, run.len); return (ssize_t)run.len;
		case BODY_END: return 0;
		case BODY_BAD: return err_set(err, ERR_INPUT, "malformed chunked coding");
		case BODY_HUNGRY: break;
		}
		if (body_feed(conn, bytes, len, &n, err))
			return -1;
		if (n > 0)
			return (ssize_t)n;
	}
}

ssize_t exchange_body_read(struct reader *reader, void *bytes, size_t len, struct err *err)
{
	size_t at = offsetof(struct http_exchange, reader);
	return http_read_body((struct http_exchange *)((char *)reader - at), bytes, len, err);
}

/* The answer of a reader goes out from the pool's thread: see http_answer_reader. */
static int answer_pump(struct http_exchange *x, struct reader *reader, char *bytes, struct err *err)
{
	struct connection *conn = x->conn;
	struct answer *answer = &x->answer;

	while (answer->sent < answer->len) {
		uint64_t left = answer->len - answer->sent;
		size_t want = left < LIMIT_HTTP_SCRATCH ? (size_t)left : LIMIT_HTTP_SCRATCH;
		ssize_t n = reader_read(reader, bytes, want, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_CORRUPT, "ends early");
		if (conn_write_all(conn, bytes, (size_t)n, false, answer->sent, err))
			return -1;
		answer->sent += (uint64_t)n;
	}
	return 0;
}

void http_answer_reader(struct http_exchange *x, int status, struct reader *reader, uint64_t len)
{
	struct connection *conn = x->conn;
	struct answer *answer = &x->answer;
	autoerr struct err err = {0};

	assert(answer->kind == ANSWER_NONE && conn->state == CONN_WORK);
	*answer = (struct answer){.kind = ANSWER_STREAMED, .status = status, .fd = -1, .len = len};
	answer->sends_body = answer_sends_body(x, status);
	conn->body.waited_ns = 0; /* a new account: of the way out */

	char stamp[LIMIT_HTTP_STAMP];
	size_t stamp_len =
		stamp_write(stamp, conn->loop->server->server_name, clock_now_ns() / NS_PER_SEC);
	autofree char *head = xmalloc(answer_head_max(x, stamp_len));
	char *end = answer_write_head(x, head, (struct str){stamp, stamp_len});
	autofree char *bytes = xmalloc(LIMIT_HTTP_SCRATCH);
	bool has_body = answer->sends_body && len > 0;
	if (conn_write_all(conn, head, (size_t)(end - head), has_body, 0, &err) ||
	    (has_body && answer_pump(x, reader, bytes, &err)))
		answer->is_cut = true;
}
