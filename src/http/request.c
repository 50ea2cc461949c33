/* request.c - from bytes to requests: heads, gathered bodies, and what `begin` decided.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Answers of pipelined requests without bodies are collected and sent by one write; a request with
 * a body, or one for the pool, waits until those before it are gone. */
#include <string.h>

#include "http/connection_private.h"
#include "http/url.h"

#include "base/banned.h"

enum step request_answered(struct connection *conn)
{
	send_queue(conn->current);
	bool may_collect = !conn->is_closing && !conn->tail.left && conn->body.is_done;
	conn->state = may_collect ? CONN_HEAD : CONN_SEND;
	return STEP_ON;
}

enum step request_refuse(struct connection *conn, int status, const char *why)
{
	if (!conn->current) {
		conn->current = exchange_take(conn);
		conn->current->began_ns = conn->loop->now_ns;
		conn->body = (struct body){.is_done = true};
		loop_count(&conn->loop->bad, 1);
	}
	answer_own(conn->current, status, why);
	return request_answered(conn);
}

static enum step work_start(struct connection *conn)
{
	body_detach(conn);
	timer_set(conn, NEVER);
	conn->state = CONN_WORK;
	if (pool_submit(conn->loop->server, conn->current))
		return STEP_WAIT; /* the connection is the pool's now */
	return request_refuse(conn, 503, "too many requests are waiting");
}

/* A body that came with its head is used where it lies. */
static bool gather_at_once(struct connection *conn)
{
	struct body *body = &conn->body;
	struct block *in = conn->in;

	if (body->is_chunked || in->len - in->start < body->left)
		return body->is_done;
	if (body->left > 0)
		body_next(conn, SIZE_MAX, &conn->current->gathered_view);
	return true;
}

static enum step gather_done(struct connection *conn)
{
	struct http_exchange *x = conn->current;

	x->is_gathered = true;
	x->gathered_rest = x->gathered_view;
	return work_start(conn);
}

enum step request_start(struct connection *conn)
{
	struct http_exchange *x = conn->current;

	if (conn->turn == HTTP_TO_POOL)
		return work_start(conn);
	x->gather_max = x->gather_max ? x->gather_max : LIMIT_HTTP_GATHER;
	x->gathered.max = x->gather_max;
	if (!conn->body.is_chunked && conn->body.left > x->gather_max)
		return request_refuse(conn, 413, "the body is too large");
	if (gather_at_once(conn))
		return gather_done(conn);
	body_detach(conn);
	if (conn->body.continue_due) {
		size_t n = 0;
		conn->body.continue_due = false;
		/* Nothing is before it in the socket's buffer: it has room, or is broken. */
		if (conn_write(conn, HTTP_CONTINUE, sizeof(HTTP_CONTINUE) - 1, false, &n) !=
			    IO_MOVED ||
		    n != sizeof(HTTP_CONTINUE) - 1)
			return STEP_GONE;
	}
	conn->state = CONN_GATHER;
	conn->since_ns = conn->loop->now_ns;
	return STEP_ON;
}

static bool gather_is_slow(const struct connection *conn)
{
	const struct http_limits *limits = &conn->settings->limits;
	int64_t took_ns = conn->loop->now_ns - conn->since_ns;

	return took_ns > ms_to_ns(limits->body_ms) &&
	       (double)conn->body.received < (double)limits->body_rate * (double)took_ns / 1e9;
}

/* Memory for gathered bodies is the only one that grows with what clients send: it is counted. */
static bool gather_has_room(struct http_exchange *x)
{
	atomic_size_t *total = &x->conn->loop->server->gathered_bytes;
	size_t grown = x->gathered.cap - x->gathered_counted;

	if (grown == 0)
		return true;
	x->gathered_counted += grown;
	return atomic_fetch_add(total, grown) + grown <= LIMIT_HTTP_GATHER_TOTAL;
}

/* All that lies in `in`. True: the step in *ret_step is next. */
static bool gather_take(struct connection *conn, enum step *ret_step)
{
	struct http_exchange *x = conn->current;

	for (;;) {
		struct str run = {NULL, 0};
		switch (body_next(conn, SIZE_MAX, &run)) {
		case BODY_SOME: buf_append_str(&x->gathered, run); break;
		case BODY_HUNGRY: return false;
		case BODY_BAD:
			*ret_step = request_refuse(conn, 400, "malformed chunked coding");
			return true;
		case BODY_END:
			x->gathered_view = buf_str(&x->gathered);
			*ret_step = gather_done(conn);
			return true;
		}
		if (x->gathered.overflowed) {
			*ret_step = request_refuse(conn, 413, "the body is too large");
			return true;
		}
		if (!gather_has_room(x)) {
			*ret_step = request_refuse(conn, 503, "too many bodies are on their way");
			return true;
		}
	}
}

enum step step_gather(struct connection *conn)
{
	for (size_t taken = 0; taken < LIMIT_HTTP_TURN_BYTES; taken += LIMIT_HTTP_BLOCK) {
		enum step step;
		if (gather_take(conn, &step))
			return step;
		if (gather_is_slow(conn))
			return request_refuse(conn, 408, "the body came too slowly");
		if (conn->has_ended)
			return STEP_GONE;
		switch (conn->may_read ? conn_fill(conn) : IO_WANT_READ) {
		case IO_MOVED: break;
		case IO_WANT_READ:
		case IO_WANT_WRITE:
			block_give(conn->loop, &conn->in); /* spent: a slow sender needs none */
			timer_set(conn,
				  conn->loop->now_ns + ms_to_ns(conn->settings->limits.body_ms));
			return STEP_WAIT;
		default: return STEP_GONE;
		}
	}
	return STEP_YIELD;
}

static enum step request_begin(struct connection *conn, struct http_exchange *x)
{
	const struct http_handler *handler = &conn->loop->server->handler;

	x->has_head = true;
	conn->current = x;
	conn->n_requests++;
	loop_count(&conn->loop->exchanges, 1);
	conn->turn = handler->begin(x, handler->arg);
	if (conn->turn == HTTP_ANSWERED)
		return request_answered(conn);
	if (!conn->first)
		return request_start(conn);
	conn->state = CONN_SEND; /* the answers before it first; request_start follows */
	return STEP_ON;
}

static enum step head_refuse(struct connection *conn, struct http_exchange *x, int status,
			     const char *why)
{
	exchange_give(x);
	conn->scanned = 0;
	conn->in->start = conn->in->len; /* nobody knows where the next request begins */
	return request_refuse(conn, status, why);
}

static enum step head_too_large(struct connection *conn, struct http_exchange *x)
{
	struct block *in = conn->in;
	bool is_target = !memchr(in->bytes + in->start, '\n', in->len - in->start);

	return head_refuse(conn, x, is_target ? 414 : 431, "the request's head is too large");
}

static enum step head_accept(struct connection *conn, struct http_exchange *x, size_t len)
{
	struct str path;

	if (conn->first && x->head.body_length != 0) { /* read it again when those are sent */
		exchange_give(x);
		conn->state = CONN_SEND;
		return STEP_ON;
	}
	conn->in->start += len;
	conn->budget--;
	x->began_ns = conn->loop->now_ns;
	body_begin(conn, &x->head);
	url_split(x->head.target, &path, &x->query);
	if (str_is(path, "*")) {
		x->path = path;
		return request_begin(conn, x);
	}
	if (!url_decode_path(path, &x->path_text))
		return head_refuse(conn, x, 400, "the request's path is malformed");
	x->path = buf_str(&x->path_text);
	return request_begin(conn, x);
}

/* Reads one head from `in`. False: it is not there as a whole. */
static bool head_next(struct connection *conn, enum step *ret_step)
{
	const struct http_limits *limits = &conn->settings->limits;
	struct block *in = conn->in;
	struct str bytes = {in->bytes + in->start, in->len - in->start};
	struct http_exchange *x = exchange_take(conn);
	const char *why = "malformed request";
	size_t len = 0;

	enum head_state state = head_parse(bytes, x->fields, limits->head_fields, &conn->scanned,
					   &x->head, &len, &why);
	if (state == HEAD_PARTIAL && bytes.len < limits->head_bytes) {
		exchange_give(x);
		return false;
	}
	if (state == HEAD_PARTIAL || state == HEAD_TOO_LARGE || len > limits->head_bytes) {
		*ret_step = head_too_large(conn, x);
		return true;
	}
	conn->scanned = 0;
	switch (state) {
	case HEAD_DONE: *ret_step = head_accept(conn, x, len); break;
	case HEAD_VERSION:
		*ret_step = head_refuse(conn, x, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
		break;
	case HEAD_EXPECT:
		*ret_step = head_refuse(conn, x, 417, "only 100-continue can be expected");
		break;
	case HEAD_CODING:
		*ret_step = head_refuse(conn, x, 501, "only the coding 'chunked' is known");
		break;
	default: *ret_step = head_refuse(conn, x, 400, why); break;
	}
	return true;
}

/* Sets the deadline for what is missing, or ends a connection that is not wanted any more. */
static enum step head_wait(struct connection *conn)
{
	const struct http_limits *limits = &conn->settings->limits;
	struct http_loop *loop = conn->loop;
	bool is_idle = !conn->in || conn->in->start == conn->in->len;
	bool is_fresh = conn->n_requests == 0;

	if (conn->has_ended)
		return STEP_GONE;
	if (is_idle)
		block_give(loop, &conn->in);
	int64_t wait_ms = is_idle && !is_fresh ? limits->idle_ms : limits->head_ms;
	int64_t deadline = conn->since_ns + ms_to_ns(wait_ms);
	if (is_idle && loop->phase != PHASE_RUN) {
		if (!is_fresh)
			return STEP_GONE;
		int64_t soon = loop->now_ns + ms_to_ns(LIMIT_HTTP_DRAIN_FRESH_MS);
		deadline = soon < deadline ? soon : deadline;
	}
	timer_set(conn, deadline);
	return STEP_WAIT;
}

/* No view points into `in` here: all answers are sent. */
static void head_make_room(struct connection *conn)
{
	struct block *in = conn->in;

	if (!in || in->len < in->cap)
		return;
	if (in->start > 0) {
		in->len -= in->start;
		memmove(in->bytes, in->bytes + in->start, in->len);
		in->start = 0;
		return;
	}
	size_t most = conn->settings->limits.head_bytes;
	conn->in = block_grow(in, most > in->cap * 2 ? in->cap * 2 : most);
}

/* Whether the answers that are ready go before another request is looked at. */
static bool batch_is_due(const struct connection *conn, bool has_bytes)
{
	if (!has_bytes || conn->n_batch >= LIMIT_HTTP_BATCH || conn->budget == 0)
		return true;
	return conn->out && conn->out->len > LIMIT_HTTP_SMALL_BODY;
}

/* STEP_ON: more bytes are there. */
static enum step head_read(struct connection *conn)
{
	bool has_bytes = conn->in && conn->in->start < conn->in->len;

	if (conn->has_ended || !conn->may_read)
		return head_wait(conn);
	if (!has_bytes && conn->n_requests > 0)
		conn->since_ns = conn->loop->now_ns;
	head_make_room(conn);
	switch (conn_fill(conn)) {
	case IO_MOVED: return STEP_ON;
	case IO_WANT_READ:
	case IO_WANT_WRITE: return head_wait(conn);
	default: return STEP_GONE;
	}
}

enum step step_head(struct connection *conn)
{
	for (;;) {
		enum step step;
		bool has_bytes = conn->in && conn->in->start < conn->in->len;
		bool is_due = conn->first && batch_is_due(conn, has_bytes);
		if (!is_due && has_bytes) {
			if (conn->budget == 0)
				return STEP_YIELD;
			if (head_next(conn, &step)) {
				if (step != STEP_ON || conn->state != CONN_HEAD)
					return step;
				continue;
			}
		}
		if (conn->first) { /* what is answered can go, whether half a request follows or not
				    */
			conn->state = CONN_SEND;
			return STEP_ON;
		}
		step = head_read(conn);
		if (step != STEP_ON)
			return step;
	}
}
