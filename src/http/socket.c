/* socket.c - moving bytes of a connection, plain or through TLS, without waiting.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/connection_private.h"

#include "base/banned.h"

static enum io_turn turn_of_tls(enum tls_result result)
{
	switch (result) {
	case TLS_DONE: return IO_MOVED;
	case TLS_WANT_READ: return IO_WANT_READ;
	case TLS_WANT_WRITE: return IO_WANT_WRITE;
	case TLS_CLOSED: return IO_ENDED;
	default: return IO_FAILED;
	}
}

enum io_turn conn_read(struct connection *conn, void *bytes, size_t len, size_t *ret_n)
{
	ssize_t n;

	if (conn->tls)
		return turn_of_tls(tls_read(conn->tls, bytes, len, ret_n));
	do
		n = read(conn->watch.fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return IO_ENDED;
	if (n < 0)
		return errno == EAGAIN ? IO_WANT_READ : IO_FAILED;
	*ret_n = (size_t)n;
	return IO_MOVED;
}

enum io_turn conn_write(struct connection *conn, const char *bytes, size_t len, bool more,
			size_t *ret_n)
{
	ssize_t n;

	if (conn->tls)
		return turn_of_tls(tls_write(conn->tls, bytes, len, ret_n));
	do
		n = send(conn->watch.fd, bytes, len, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? IO_WANT_WRITE : IO_FAILED;
	*ret_n = (size_t)n;
	return IO_MOVED;
}

/* Most connections never fill their socket: only those that did are woken when it has room. */
void conn_hear_room(struct connection *conn)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				    .data.ptr = conn};

	if (conn->hears_room)
		return;
	conn->hears_room = true;
	/* An edge that came before is told again: nothing is missed. */
	epoll_ctl(conn->loop->epoll_fd, EPOLL_CTL_MOD, conn->watch.fd, &event);
}

/* Edges tell of new bytes once, so a plain read that fills its room is followed by another, and one
 * that does not has emptied the socket, unless the end came with the same edge: there will be no
 * other. TLS knows by itself. */
enum io_turn conn_fill(struct connection *conn)
{
	if (!conn->in)
		conn->in = block_take(conn->loop);
	struct block *in = conn->in;
	if (in->start == in->len)
		in->start = in->len = 0;

	size_t n = 0;
	size_t room = in->cap - in->len;
	enum io_turn turn = conn_read(conn, in->bytes + in->len, room, &n);
	if (turn == IO_MOVED) {
		in->len += n;
		bool has_more = conn->tls ? !tls_is_dry(conn->tls) : n == room;
		conn->may_read = has_more || conn->has_hung_up;
		return turn;
	}
	conn->may_read = false;
	if (turn == IO_WANT_WRITE) /* TLS has something to say first */
		conn_hear_room(conn);
	else
		conn->has_ended |= turn != IO_WANT_READ;
	return turn;
}
