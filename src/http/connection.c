/* connection.c - one client: its states from the first byte to the last.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   HANDSHAKE -> HEAD -> (GATHER ->) (WORK ->) SEND -> (DISCARD ->) HEAD ...
 *                                              SEND -> LINGER -> gone */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/connection_private.h"

#include "base/banned.h"

static void list_remove(struct connection *conn)
{
	if (conn->next)
		conn->next->prev = conn->prev;
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conn->loop->connections = conn->next;
}

static void server_lost_one(struct http_server *server)
{
	if (atomic_fetch_sub(&server->n_connections, 1) != 1 ||
	    atomic_load(&server->phase) == PHASE_RUN)
		return;
	pthread_mutex_lock(&server->gone_lock);
	pthread_cond_broadcast(&server->gone);
	pthread_mutex_unlock(&server->gone_lock);
}

/* Exchanges that are under way end here as cut. */
static void conn_close(struct connection *conn)
{
	struct http_loop *loop = conn->loop;
	struct http_exchange *x = steal(&conn->current);

	if (x) {
		x->received = conn->body.received;
		x->next = NULL;
		if (conn->first)
			conn->last->next = x;
		else
			conn->first = x;
	}
	send_settle(conn);
	timer_forget(conn);
	list_remove(conn);
	block_give(loop, &conn->in);
	tls_conn_free(conn->tls);
	close(conn->watch.fd);
	if (conn->is_seated)
		census_leave(&loop->server->census, conn->address);
	settings_unref(conn->settings);
	server_lost_one(loop->server);
	if (conn->is_ready)
		conn->is_dead = true; /* the list of ready ones frees it */
	else
		free(conn);
}

/* Both sides know that this is the end: close, or wait until the client has read it. */
static enum step conn_end(struct connection *conn)
{
	bool is_quiet = !conn->must_linger && conn->body.is_done &&
			(!conn->in || conn->in->start == conn->in->len);

	if (conn->has_ended)
		return STEP_GONE;
	if (conn->tls)
		tls_shutdown(conn->tls);
	if (is_quiet || shutdown(conn->watch.fd, SHUT_WR))
		return STEP_GONE;
	conn->state = CONN_LINGER;
	conn->since_ns = conn->loop->now_ns;
	conn->passed_bytes = 0;
	conn->may_read = true;
	block_give(conn->loop, &conn->in);
	return STEP_ON;
}

static enum step step_handshake(struct connection *conn)
{
	switch (tls_handshake(conn->tls)) {
	case TLS_DONE:
		conn->state = CONN_HEAD;
		conn->may_read = true; /* the client's last flight may bring the request along */
		return STEP_ON;
	case TLS_WANT_WRITE: conn_hear_room(conn); __attribute__((fallthrough));
	case TLS_WANT_READ:
		timer_set(conn, conn->since_ns + ms_to_ns(conn->settings->limits.head_ms));
		return STEP_WAIT;
	case TLS_PLAIN_HTTP:
		tls_conn_free(steal(&conn->tls));
		return request_refuse(conn, 400, "this port speaks TLS: use https");
	default: return STEP_GONE;
	}
}

static enum step step_work(struct connection *conn)
{
	(void)conn; /* it comes back through the loop's inbox */
	return STEP_WAIT;
}

static enum step step_send(struct connection *conn)
{
	bool must_yield;

	switch (send_some(conn, &must_yield)) {
	case IO_MOVED: break;
	case IO_WANT_READ:
	case IO_WANT_WRITE:
		if (!must_yield)
			conn_hear_room(conn);
		if (conn->out && conn->out->start == conn->out->len)
			block_give(conn->loop, &conn->out); /* a slow reader needs none */
		timer_set(conn, conn->since_ns + ms_to_ns(conn->settings->limits.body_ms));
		return must_yield ? STEP_YIELD : STEP_WAIT;
	default: return STEP_GONE;
	}
	bool is_cut = conn->last && conn->last->answer.is_cut; /* by its reader */
	send_settle(conn);
	if (is_cut)
		return STEP_GONE;
	if (conn->is_closing)
		return conn_end(conn);
	if (conn->current)
		return request_start(conn);
	conn->since_ns = conn->loop->now_ns;
	conn->passed_bytes = 0;
	conn->state = conn->body.is_done ? CONN_HEAD : CONN_DISCARD;
	return STEP_ON;
}

static enum step step_discard(struct connection *conn)
{
	for (;;) {
		struct str run = {NULL, 0};
		enum body_step found = body_next(conn, SIZE_MAX, &run);
		conn->passed_bytes += run.len;
		if (found == BODY_END) {
			conn->since_ns = conn->loop->now_ns;
			conn->state = CONN_HEAD;
			return STEP_ON;
		}
		if (found == BODY_SOME && conn->passed_bytes <= LIMIT_HTTP_DISCARD_BYTES)
			continue;
		if (found != BODY_HUNGRY) {
			conn->must_linger = true;
			return conn_end(conn);
		}
		switch (conn->may_read ? conn_fill(conn) : IO_WANT_READ) {
		case IO_MOVED: break;
		case IO_WANT_READ:
		case IO_WANT_WRITE:
			timer_set(conn, conn->since_ns + ms_to_ns(LIMIT_HTTP_DISCARD_MS));
			return STEP_WAIT;
		default: return STEP_GONE;
		}
	}
}

/* Reads past TLS: what comes is not wanted. */
static enum step step_linger(struct connection *conn)
{
	for (size_t taken = 0; taken < LIMIT_HTTP_TURN_BYTES;) {
		ssize_t n = read(conn->watch.fd, conn->loop->scratch, LIMIT_HTTP_SCRATCH);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			timer_set(conn, conn->since_ns + ms_to_ns(LIMIT_HTTP_LINGER_MS));
			return STEP_WAIT;
		}
		if (n <= 0)
			return STEP_GONE;
		taken += (size_t)n;
		conn->passed_bytes += (uint64_t)n;
		if (conn->passed_bytes > LIMIT_HTTP_LINGER_BYTES)
			return STEP_GONE;
	}
	return STEP_YIELD;
}

void conn_run(struct connection *conn)
{
	static enum step (*const steps[N_CONN_STATES])(struct connection * conn) = {
		[CONN_HANDSHAKE] = step_handshake, [CONN_HEAD] = step_head,
		[CONN_GATHER] = step_gather,       [CONN_WORK] = step_work,
		[CONN_SEND] = step_send,           [CONN_DISCARD] = step_discard,
		[CONN_LINGER] = step_linger,
	};

	conn->budget = LIMIT_HTTP_TURN_REQUESTS;
	for (;;) {
		switch (steps[conn->state](conn)) {
		case STEP_ON: break;
		case STEP_WAIT: return;
		case STEP_YIELD: http_loop_ready(conn); return;
		case STEP_GONE: conn_close(conn); return;
		}
	}
}

void conn_expire(struct connection *conn)
{
	enum step step = STEP_GONE;

	if (conn->state == CONN_HEAD && conn->in && conn->in->start < conn->in->len) {
		conn->in->start = conn->in->len;
		step = request_refuse(conn, 408, "the request did not come in time");
	} else if (conn->state == CONN_GATHER) {
		step = request_refuse(conn, 408, "the body did not come in time");
	} else if (conn->state == CONN_DISCARD) {
		conn->must_linger = true;
		step = conn_end(conn);
	}
	if (step == STEP_GONE)
		conn_close(conn);
	else
		conn_run(conn);
}

void conn_worked(struct connection *conn)
{
	if (conn->loop->phase >= PHASE_CUT) {
		conn_close(conn);
		return;
	}
	/* What the pool's thread made OpenSSL read and did not want itself: no edge tells of it. */
	if (conn->tls && tls_has_pending(conn->tls))
		conn->may_read = true;
	if (conn->current->answer.kind == ANSWER_NONE)
		answer_own(conn->current, 500, "the request was not answered");
	request_answered(conn);
	conn_run(conn);
}

void conn_drain(struct connection *conn)
{
	if (conn->state != CONN_HEAD && conn->state != CONN_HANDSHAKE)
		return;
	conn->may_read = true; /* a request that is there already is still answered */
	conn_run(conn);
}

bool conn_cut(struct connection *conn)
{
	bool was_busy = conn->current || conn->first;

	if (conn->state == CONN_WORK)
		shutdown(conn->watch.fd, SHUT_RDWR); /* its thread hears of it */
	else
		conn_close(conn);
	return was_busy;
}

/* IPv4 is written as such, however it came (RFC 4291, 2.5.5.2): rules name it so. */
static void peer_set(struct connection *conn, const struct sockaddr_storage *peer)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
	struct sockaddr_in *four = (struct sockaddr_in *)&conn->peer;

	conn->peer = *peer;
	if (peer->ss_family == AF_INET6 && memcmp(&six->sin6_addr, mapped, sizeof(mapped)) == 0) {
		*four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = six->sin6_port};
		memcpy(&four->sin_addr, six->sin6_addr.s6_addr + sizeof(mapped), 4);
	}
	if (conn->peer.ss_family == AF_INET) {
		memcpy(conn->address, mapped, sizeof(mapped));
		memcpy(conn->address + sizeof(mapped), &four->sin_addr, 4);
		inet_ntop(AF_INET, &four->sin_addr, conn->peer_text, sizeof(conn->peer_text));
	} else if (conn->peer.ss_family == AF_INET6) {
		memcpy(conn->address, &six->sin6_addr, 8); /* the /64 */
		inet_ntop(AF_INET6, &six->sin6_addr, conn->peer_text, sizeof(conn->peer_text));
	} else {
		memcpy(conn->peer_text, "unix", sizeof("unix"));
	}
}

struct connection *conn_new(struct http_loop *loop, int fd, const struct loop_watch *listener,
			    const struct sockaddr_storage *peer)
{
	struct connection *conn = xcalloc(1, sizeof(*conn));

	conn->watch = (struct watch){WATCH_CONNECTION, fd};
	conn->loop = loop;
	conn->tail.fd = -1;
	conn->body.is_done = true;
	conn->is_tls = listener->is_tls;
	conn->is_local = listener->is_local;
	conn->since_ns = loop->now_ns;
	peer_set(conn, peer);
	return conn;
}
