/* loop.c - one thread that waits for all its connections at once.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/connection_private.h"
#include "http/field.h"

#include "base/banned.h"

size_t stamp_write(char out[LIMIT_HTTP_STAMP], const char *server_name, int64_t second)
{
	char date[HTTP_DATE_MAX];

	http_date(second, date);
	int n = snprintf(out, LIMIT_HTTP_STAMP, "%s%s%sDate: %s\r\n", server_name ? "Server: " : "",
			 server_name ? server_name : "", server_name ? "\r\n" : "", date);
	return n < LIMIT_HTTP_STAMP ? (size_t)n : 0;
}

struct str http_loop_stamp(struct http_loop *loop)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != loop->stamp_second) {
		loop->stamp_second = now.tv_sec;
		loop->stamp_len = stamp_write(loop->stamp, loop->server->server_name, now.tv_sec);
	}
	return (struct str){loop->stamp, loop->stamp_len};
}

void http_loop_wake(struct http_loop *loop)
{
	uint64_t one = 1;
	ssize_t n = write(loop->inbox_watch.fd, &one, sizeof(one));
	(void)n; /* a full counter wakes as well */
}

void http_loop_give_back(struct http_exchange *x)
{
	struct http_loop *loop = x->conn->loop;

	x->next = NULL;
	pthread_mutex_lock(&loop->inbox_lock);
	bool was_empty = !loop->inbox;
	if (was_empty)
		loop->inbox = x;
	else
		loop->inbox_last->next = x;
	loop->inbox_last = x;
	if (was_empty)
		http_loop_wake(loop); /* under the lock: the loop cannot be gone yet */
	pthread_mutex_unlock(&loop->inbox_lock);
}

void http_loop_ready(struct connection *conn)
{
	struct http_loop *loop = conn->loop;

	if (conn->is_ready)
		return;
	conn->is_ready = true;
	conn->next_ready = NULL;
	if (loop->ready)
		loop->ready_last->next_ready = conn;
	else
		loop->ready = conn;
	loop->ready_last = conn;
}

static void run_ready(struct http_loop *loop)
{
	struct connection *conn = loop->ready;

	loop->ready = NULL;
	while (conn) {
		struct connection *next = conn->next_ready;
		conn->is_ready = false;
		if (conn->is_dead)
			free(conn);
		else
			conn_run(conn);
		conn = next;
	}
}

static void empty_inbox(struct http_loop *loop)
{
	uint64_t n;
	ssize_t got = read(loop->inbox_watch.fd, &n, sizeof(n));
	(void)got;

	pthread_mutex_lock(&loop->inbox_lock);
	struct http_exchange *x = steal(&loop->inbox);
	pthread_mutex_unlock(&loop->inbox_lock);
	while (x) {
		struct http_exchange *next = x->next;
		conn_worked(x->conn);
		x = next;
	}
}

/* A connection ends itself alone here: the events of others that follow are still theirs. */
static void dispatch(struct http_loop *loop, const struct epoll_event *event, bool *ret_has_inbox)
{
	struct watch *watch = event->data.ptr;

	if (watch->kind == WATCH_LISTENER) {
		accept_some(loop, (struct loop_watch *)watch);
	} else if (watch->kind == WATCH_INBOX) {
		*ret_has_inbox = true;
	} else {
		struct connection *conn = (struct connection *)watch;
		if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			conn->may_read = true;
		if (event->events & (EPOLLRDHUP | EPOLLHUP))
			conn->has_hung_up = true;
		conn_run(conn);
	}
}

static void each_connection(struct http_loop *loop, void (*visit)(struct connection *conn))
{
	struct connection *next;

	for (struct connection *conn = loop->connections; conn; conn = next) {
		next = conn->next;
		visit(conn);
	}
}

static void cut_all(struct http_loop *loop)
{
	struct http_server *server = loop->server;
	struct connection *next;
	size_t n = 0;

	for (struct connection *conn = loop->connections; conn; conn = next) {
		next = conn->next;
		n += conn_cut(conn);
	}
	pthread_mutex_lock(&server->gone_lock);
	server->n_cut += n;
	server->n_have_cut++;
	pthread_cond_broadcast(&server->gone);
	pthread_mutex_unlock(&server->gone_lock);
}

static void follow_phase(struct http_loop *loop)
{
	struct http_server *server = loop->server;
	int phase = atomic_load(&server->phase);

	if (phase >= PHASE_DRAIN && loop->phase < PHASE_DRAIN) {
		loop->phase = PHASE_DRAIN;
		accept_rest(loop);
		pthread_mutex_lock(&server->gone_lock);
		server->n_deaf++;
		pthread_cond_broadcast(&server->gone);
		pthread_mutex_unlock(&server->gone_lock);
		each_connection(loop, conn_drain);
	}
	if (phase >= PHASE_CUT && loop->phase < PHASE_CUT) {
		loop->phase = PHASE_CUT;
		cut_all(loop);
	}
	loop->phase = phase;
}

static int wait_ms(const struct http_loop *loop)
{
	int wait = loop->ready ? 0 : timer_wait_ms(loop);

	if (loop->accept_again_ns == NEVER || wait == 0)
		return wait;
	int64_t until = (loop->accept_again_ns - loop->now_ns) / 1000000 + 1;
	until = until < 0 ? 0 : until;
	return wait < 0 || until < wait ? (int)until : wait;
}

static void *loop_thread(void *arg)
{
	struct http_loop *loop = arg;
	struct epoll_event events[LIMIT_HTTP_TURN_EVENTS];

	for (;;) {
		int n = epoll_wait(loop->epoll_fd, events, ARRAY_LEN(events), wait_ms(loop));
		loop->now_ns = clock_monotonic_ns();
		bool has_inbox = false;
		for (int i = 0; i < n; i++)
			dispatch(loop, &events[i], &has_inbox);
		if (has_inbox)
			empty_inbox(loop);
		run_ready(loop);
		timer_run(loop);
		if (loop->accept_again_ns <= loop->now_ns)
			accept_resume(loop);
		if (atomic_load_explicit(&loop->server->phase, memory_order_relaxed) != loop->phase)
			follow_phase(loop);
		if (loop->phase == PHASE_STOP && !loop->connections)
			break;
	}
	run_ready(loop); /* frees those that were closed while they stood there */
	return NULL;
}

static void loop_watch_listeners(struct http_loop *loop)
{
	struct http_server *server = loop->server;

	loop->listeners = xcalloc(server->n_listeners + 1, sizeof(*loop->listeners));
	for (size_t i = 0; i < server->n_listeners; i++) {
		const struct server_listener *listener = &server->listeners[i];
		if (listener->loop >= 0 && &server->loops[listener->loop] != loop)
			continue;
		loop->listeners[loop->n_listeners++] = (struct loop_watch){
			.watch = {WATCH_LISTENER, listener->fd},
			.is_tls = listener->is_tls,
			.is_local = listener->is_local,
		};
	}
}

int http_loop_start(struct http_loop *loop, struct http_server *server, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &loop->inbox_watch};

	loop->server = server;
	loop->accept_again_ns = NEVER;
	loop->now_ns = clock_monotonic_ns();
	timer_begin(loop);
	loop->scratch = xmalloc(LIMIT_HTTP_SCRATCH);
	pthread_mutex_init(&loop->inbox_lock, NULL);
	loop_watch_listeners(loop);
	loop->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	loop->inbox_watch = (struct watch){WATCH_INBOX, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->inbox_watch.fd < 0 || loop->epoll_fd < 0 || loop->reserve_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->inbox_watch.fd, &event))
		return err_sys(err, "making an event loop");
	if (accept_open(loop, err))
		return -1;
	int failed = thread_start(&loop->thread, NULL, loop_thread, loop);
	if (failed) {
		errno = failed;
		return err_sys(err, "starting a thread");
	}
	loop->is_running = true;
	return 0;
}

void http_loop_done(struct http_loop *loop)
{
	if (!loop->server)
		return; /* never begun */
	if (loop->is_running) {
		http_loop_wake(loop);
		pthread_join(loop->thread, NULL);
	}
	/* The pool's last thread may hold the lock still, having woken us. */
	pthread_mutex_lock(&loop->inbox_lock);
	pthread_mutex_unlock(&loop->inbox_lock);
	spare_done(loop);
	for (const int *fd =
		     (const int[]){loop->epoll_fd, loop->inbox_watch.fd, loop->reserve_fd, -2};
	     *fd != -2; fd++) {
		if (*fd >= 0)
			close(*fd);
	}
	free(loop->listeners);
	free(loop->scratch);
}
