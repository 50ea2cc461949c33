/* accept.c - letting clients in, as many as the limits say.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/connection_private.h"

#include "base/banned.h"

/* At once and without a state of our own: whoever floods us must not cost anything. */
static void refuse_client(struct http_loop *loop, int fd, bool is_tls)
{
	static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
				   "Content-Type: text/plain; charset=utf-8\r\n"
				   "Content-Length: 21\r\nRetry-After: 1\r\n"
				   "Connection: close\r\n\r\ntoo many connections\n";
	loop_count(&loop->refused, 1);
	if (!is_tls && send(fd, busy, sizeof(busy) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static bool conn_admit(struct http_loop *loop, struct connection *conn)
{
	struct http_server *server = loop->server;
	struct tls_server *tls = NULL;

	pthread_mutex_lock(&server->config_lock);
	conn->settings = server->settings;
	atomic_fetch_add(&conn->settings->refs, 1);
	if (conn->is_tls)
		tls = tls_server_ref(server->tls);
	pthread_mutex_unlock(&server->config_lock);

	const struct http_limits *limits = &conn->settings->limits;
	bool has_room = atomic_fetch_add(&server->n_connections, 1) < limits->connections;
	if (has_room && !conn->is_local)
		has_room = conn->is_seated = census_enter(&server->census, conn->address,
							  limits->connections_per_address);
	if (has_room && conn->is_tls) {
		conn->tls = tls_conn_new(tls, conn->watch.fd);
		conn->state = CONN_HANDSHAKE;
	} else if (has_room) {
		conn->state = CONN_HEAD;
	} else {
		atomic_fetch_sub(&server->n_connections, 1);
		settings_unref(conn->settings);
	}
	if (conn->is_tls)
		tls_server_unref(tls);
	return has_room;
}

static void client_add(struct http_loop *loop, const struct loop_watch *listener, int fd,
		       const struct sockaddr_storage *peer)
{
	struct connection *conn = conn_new(loop, fd, listener, peer);
	/* Edges: no call to the kernel for each change of mind. Room to write: conn_hear_room. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = conn};

	if (!conn_admit(loop, conn)) {
		refuse_client(loop, fd, listener->is_tls);
		free(conn);
		return;
	}
	loop_count(&loop->accepted, 1);
	conn->next = loop->connections;
	if (conn->next)
		conn->next->prev = conn;
	loop->connections = conn;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
		conn_cut(conn); /* no memory: the kernel's table is full */
		return;
	}
	timer_set(conn, loop->now_ns + ms_to_ns(conn->settings->limits.head_ms));
}

static void listener_switch(struct http_loop *loop, struct loop_watch *listener, bool on)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = listener};

	if (listener->is_on == on)
		return;
	if (!epoll_ctl(loop->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener->watch.fd,
		       &event))
		listener->is_on = on;
}

int accept_open(struct http_loop *loop, struct err *err)
{
	for (size_t i = 0; i < loop->n_listeners; i++) {
		listener_switch(loop, &loop->listeners[i], true);
		if (!loop->listeners[i].is_on)
			return err_sys(err, "watching a listening socket");
	}
	return 0;
}

void accept_resume(struct http_loop *loop)
{
	bool all_on = true;

	for (size_t i = 0; i < loop->n_listeners; i++) {
		listener_switch(loop, &loop->listeners[i], true);
		all_on &= loop->listeners[i].is_on;
	}
	loop->accept_again_ns =
		all_on ? NEVER : loop->now_ns + ms_to_ns(LIMIT_HTTP_ACCEPT_PAUSE_MS);
}

/* Out of descriptors: the client would wait in the queue and wake us for ever. The one in reserve
 * takes him out, so that he hears no; if even that fails, the listeners rest for a moment. */
static void accept_starved(struct http_loop *loop, const struct loop_watch *listener)
{
	bool helped = false;

	if (loop->reserve_fd >= 0) {
		close(loop->reserve_fd);
		/* cppcheck-suppress nullPointer ; nobody asks for the address: accept(2) */
		int fd = accept4(listener->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			refuse_client(loop, fd, listener->is_tls);
			helped = true;
		}
	}
	loop->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (helped && loop->reserve_fd >= 0)
		return;
	for (size_t i = 0; i < loop->n_listeners; i++)
		listener_switch(loop, &loop->listeners[i], false);
	loop->accept_again_ns = loop->now_ns + ms_to_ns(LIMIT_HTTP_ACCEPT_PAUSE_MS);
}

/* False: none is waiting. */
static bool accept_one(struct http_loop *loop, struct loop_watch *listener)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(peer);
	int fd = accept4(listener->watch.fd, (struct sockaddr *)&peer, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		client_add(loop, listener, fd, &peer);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		accept_starved(loop, listener);
		return false;
	}
	/* Anything but "none" is the fate of one client (accept(2), "Error handling"). */
	return errno != EAGAIN && errno != EBADF && errno != EINVAL && errno != ENOTSOCK;
}

void accept_some(struct http_loop *loop, struct loop_watch *listener)
{
	for (int i = 0; i < LIMIT_HTTP_TURN_ACCEPTS && accept_one(loop, listener); i++)
		;
}

void accept_rest(struct http_loop *loop)
{
	for (size_t i = 0; i < loop->n_listeners; i++) {
		struct loop_watch *listener = &loop->listeners[i];
		/* Those whom the kernel has let in already would be reset with the socket. */
		for (int n = 0; n < LIMIT_HTTP_BACKLOG && accept_one(loop, listener); n++)
			;
		listener_switch(loop, listener, false);
	}
	loop->n_listeners = 0;
	loop->accept_again_ns = NEVER;
}
