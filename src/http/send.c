/* send.c - answers on their way out: several small ones in one write, files by the kernel.
 * SPDX-License-Identifier: Apache-2.0
 *
 * `out` has the heads and small bodies of the batch, in order; only the last answer of a batch may
 * have a tail that is sent from where it lies. */
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "http/connection_private.h"

#include "base/banned.h"

static char *out_room(struct connection *conn, size_t len)
{
	if (!conn->out)
		conn->out = block_take(conn->loop);
	if (conn->out->cap - conn->out->len < len)
		conn->out = block_grow(conn->out, conn->out->len + len);
	return conn->out->bytes + conn->out->len;
}

static void out_added(struct connection *conn, size_t len)
{
	conn->out->len += len;
	conn->out_queued += len;
}

/* A small body goes behind its head. False: the file has not got that many bytes. */
static bool out_copy_body(struct connection *conn, struct answer *answer)
{
	size_t len = (size_t)answer->len;
	char *room = out_room(conn, len);

	if (answer->ptr) {
		memcpy(room, answer->ptr, len);
	} else {
		ssize_t n = pread(answer->fd, room, len, (off_t)answer->offset);
		if (n < 0 || (size_t)n != len)
			return false;
	}
	out_added(conn, len);
	return true;
}

static void answer_queue(struct http_exchange *x)
{
	struct connection *conn = x->conn;
	struct answer *answer = &x->answer;

	if (answer->kind == ANSWER_STREAMED) {
		answer->body_at = answer->end_at = conn->out_queued;
		return;
	}
	if (x->extra.overflowed)
		answer_own(x, 500, "the answer's fields are too long");
	struct str stamp = http_loop_stamp(conn->loop);
	char *room = out_room(conn, answer_head_max(x, stamp.len));
	out_added(conn, (size_t)(answer_write_head(x, room, stamp) - room));
	answer->body_at = conn->out_queued;
	if (answer->sends_body && answer->len > 0) {
		if (answer->len > LIMIT_HTTP_SMALL_BODY ||
		    answer->len > conn->out->cap - conn->out->len || !out_copy_body(conn, answer))
			conn->tail = (struct tail){.ptr = answer->ptr,
						   .fd = answer->fd,
						   .offset = answer->offset,
						   .left = answer->len};
	}
	answer->end_at = conn->out_queued;
	answer->is_queued = true;
}

void send_queue(struct http_exchange *x)
{
	struct connection *conn = x->conn;

	answer_queue(x);
	x->received = conn->body.received;
	conn->is_closing |= x->must_close || x->answer.is_cut;
	/* A client that has not asked for the end may be writing still. */
	conn->must_linger |= x->must_close && !(x->has_head && !x->head.keep_alive);
	conn->since_ns = conn->loop->now_ns;
	conn->current = NULL;
	x->next = NULL;
	if (conn->first)
		conn->last->next = x;
	else
		conn->first = x;
	conn->last = x;
	conn->n_batch++;
}

/* Takes n sent bytes from the front of `out` and the tail behind it. */
static void out_took(struct connection *conn, size_t n)
{
	size_t rest = conn->out ? conn->out->len - conn->out->start : 0;
	size_t of_out = n < rest ? n : rest;

	if (of_out > 0) {
		conn->out->start += of_out;
		conn->out_sent += of_out;
		if (conn->out->start == conn->out->len)
			conn->out->start = conn->out->len = 0;
	}
	n -= of_out;
	conn->tail.left -= n;
	conn->tail.offset += n;
	if (conn->tail.ptr)
		conn->tail.ptr += n;
}

static size_t bounded(uint64_t len, size_t max)
{
	return len < max ? (size_t)len : max;
}

/* Head and borrowed body by one call. */
static enum io_turn send_both(struct connection *conn, size_t *ret_n)
{
	struct block *out = conn->out;
	struct iovec parts[2] = {
		{out->bytes + out->start, out->len - out->start},
		{(void *)(uintptr_t)conn->tail.ptr,
		 bounded(conn->tail.left, LIMIT_HTTP_TURN_BYTES)},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts)};
	ssize_t n;

	do
		n = sendmsg(conn->watch.fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? IO_WANT_WRITE : IO_FAILED;
	*ret_n = (size_t)n;
	return IO_MOVED;
}

/* Segments are filled while the kernel has more of a long file: tcp(7), TCP_CORK. */
static void set_cork(struct connection *conn, bool on)
{
	int value = on;

	if (conn->is_corked == on || conn->is_local)
		return;
	conn->is_corked = on;
	if (setsockopt(conn->watch.fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value)))
		log_debug("TCP_CORK is not taken");
}

static enum io_turn send_file_plain(struct connection *conn, size_t *ret_n)
{
	struct tail *tail = &conn->tail;
	off_t offset = (off_t)tail->offset;
	ssize_t n;

	if (tail->left > LIMIT_HTTP_TURN_BYTES)
		set_cork(conn, true);
	do
		n = sendfile(conn->watch.fd, tail->fd, &offset,
			     bounded(tail->left, LIMIT_HTTP_TURN_BYTES));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? IO_WANT_WRITE : IO_FAILED;
	*ret_n = (size_t)n;
	if ((uint64_t)n == tail->left)
		set_cork(conn, false);
	return n > 0 ? IO_MOVED : IO_FAILED; /* 0: the file is shorter than promised */
}

static enum io_turn send_file_tls(struct connection *conn, size_t *ret_n)
{
	struct tail *tail = &conn->tail;

	if (tls_can_sendfile(conn->tls)) {
		switch (tls_sendfile(conn->tls, tail->fd, tail->offset,
				     bounded(tail->left, LIMIT_HTTP_TURN_BYTES), ret_n)) {
		case TLS_DONE: return *ret_n > 0 ? IO_MOVED : IO_FAILED;
		case TLS_WANT_READ: return IO_WANT_READ;
		case TLS_WANT_WRITE: return IO_WANT_WRITE;
		default: return IO_FAILED;
		}
	}
	/* What is not taken is read again: the file does not change. */
	char *scratch = conn->loop->scratch;
	ssize_t n = pread(tail->fd, scratch, bounded(tail->left, LIMIT_HTTP_SCRATCH),
			  (off_t)tail->offset);
	return n > 0 ? conn_write(conn, scratch, (size_t)n, false, ret_n) : IO_FAILED;
}

static enum io_turn send_once(struct connection *conn, size_t *ret_n)
{
	struct block *out = conn->out;
	struct tail *tail = &conn->tail;

	if (out && out->start < out->len) {
		if (tail->left && tail->ptr && !conn->tls)
			return send_both(conn, ret_n);
		return conn_write(conn, out->bytes + out->start, out->len - out->start,
				  tail->left > 0, ret_n);
	}
	if (tail->ptr)
		return conn_write(conn, tail->ptr, bounded(tail->left, LIMIT_HTTP_TURN_BYTES),
				  false, ret_n);
	return conn->tls ? send_file_tls(conn, ret_n) : send_file_plain(conn, ret_n);
}

enum io_turn send_some(struct connection *conn, bool *ret_yield)
{
	size_t sent = 0;

	*ret_yield = false;
	while ((conn->out && conn->out->start < conn->out->len) || conn->tail.left) {
		size_t n = 0;
		if (sent >= LIMIT_HTTP_TURN_BYTES) {
			*ret_yield = true;
			return IO_WANT_WRITE;
		}
		enum io_turn turn = send_once(conn, &n);
		if (turn != IO_MOVED)
			return turn;
		out_took(conn, n);
		sent += n;
		conn->since_ns = conn->loop->now_ns;
	}
	return IO_MOVED;
}

static void answer_settle(struct connection *conn, struct http_exchange *x)
{
	struct answer *answer = &x->answer;

	if (answer->kind == ANSWER_STREAMED)
		return; /* the pool's thread knows */
	if (!answer->is_queued) {
		answer->is_cut = true;
		return;
	}
	uint64_t in_out = answer->end_at - answer->body_at;
	uint64_t gone = conn->out_sent > answer->body_at ? conn->out_sent - answer->body_at : 0;
	bool has_tail = answer->sends_body && answer->len > in_out;
	answer->sent = gone < in_out ? gone : in_out;
	if (has_tail)
		answer->sent = answer->len - conn->tail.left;
	answer->is_cut = conn->out_sent < answer->end_at || (has_tail && conn->tail.left > 0);
}

void send_settle(struct connection *conn)
{
	struct http_loop *loop = conn->loop;
	const struct http_handler *handler = &loop->server->handler;

	while (conn->first) {
		struct http_exchange *x = conn->first;
		conn->first = x->next;
		answer_settle(conn, x);
		loop_count(&loop->sent, x->answer.sent);
		loop_count(&loop->received, x->received);
		if (handler->ended)
			handler->ended(x, handler->arg);
		if (x->has_head)
			loop_count(&loop->exchanges, (uint64_t)-1);
		exchange_give(x);
	}
	conn->last = NULL;
	conn->n_batch = 0;
	conn->tail = (struct tail){.fd = -1};
	block_give(loop, &conn->out);
}
