/* server.c - the server as a whole: starting, changing its rules, counting, draining.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "http/server_private.h"

#include "base/banned.h"

struct listener_address { /* as the kernel tells it */
	struct sockaddr_storage name;
	socklen_t len;
	bool is_shared_port; /* SO_REUSEPORT */
};

static int listener_ask(int fd, struct listener_address *address, struct err *err)
{
	int on = 0;
	socklen_t on_len = sizeof(on);

	*address = (struct listener_address){.len = sizeof(address->name)};
	if (getsockname(fd, (struct sockaddr *)&address->name, &address->len))
		return err_sys(err, "asking a listening socket for its address");
	if (address->name.ss_family != AF_UNIX &&
	    !getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, &on_len))
		address->is_shared_port = on != 0;
	return 0;
}

static bool address_equal(const struct listener_address *a, const struct listener_address *b)
{
	return a->len == b->len && memcmp(&a->name, &b->name, a->len) == 0;
}

/* Descriptors that share one port by SO_REUSEPORT go one to each loop when there are as many;
 * every other one is watched by all loops. */
static void listeners_assign(struct http_server *server, const struct listener_address *addresses)
{
	for (size_t i = 0; i < server->n_listeners; i++) {
		size_t before = 0;
		size_t same = 0;
		for (size_t j = 0; j < server->n_listeners; j++) {
			if (!addresses[j].is_shared_port ||
			    !address_equal(&addresses[i], &addresses[j]))
				continue;
			same++;
			before += j < i;
		}
		server->listeners[i].loop = same == server->n_loops ? (int)before : -1;
	}
}

static int listeners_take(struct http_server *server, const struct http_server_options *options,
			  struct err *err)
{
	autofree struct listener_address *addresses =
		xcalloc(options->n_listeners + 1, sizeof(*addresses));

	server->listeners = xcalloc(options->n_listeners + 1, sizeof(*server->listeners));
	server->n_listeners = options->n_listeners;
	for (size_t i = 0; i < options->n_listeners; i++) {
		const struct http_listener *given = &options->listeners[i];
		int on = 1;
		if (listener_ask(given->fd, &addresses[i], err) ||
		    fd_set_nonblock(given->fd, true, err))
			return -1;
		server->listeners[i] = (struct server_listener){
			.fd = given->fd,
			.is_tls = given->is_tls,
			.is_local = addresses[i].name.ss_family == AF_UNIX,
		};
		/* Connections inherit it: no call for each of them. Not for unix sockets. */
		if (!server->listeners[i].is_local &&
		    setsockopt(given->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
			return err_sys(err, "setting TCP_NODELAY on a listening socket");
	}
	listeners_assign(server, addresses);
	return 0;
}

static void server_init(struct http_server *server, const struct http_server_options *options)
{
	pthread_condattr_t attr;

	server->handler = *options->handler;
	server->server_name = xstrdup(options->server_name);
	server->settings = settings_new(options->limits);
	server->tls = options->tls ? tls_server_ref(options->tls) : NULL;
	server->n_loops = server->settings->limits.loops;
	server->loops = xcalloc(server->n_loops, sizeof(*server->loops));
	census_init(&server->census);
	pthread_mutex_init(&server->config_lock, NULL);
	pthread_mutex_init(&server->gone_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&server->gone, &attr);
	pthread_condattr_destroy(&attr);
}

static void wake_all(struct http_server *server)
{
	for (size_t i = 0; i < server->n_loops; i++)
		http_loop_wake(&server->loops[i]);
}

static void server_free(struct http_server *server)
{
	atomic_store(&server->phase, PHASE_STOP);
	for (size_t i = 0; i < server->n_loops; i++)
		if (server->loops[i].is_running)
			http_loop_wake(&server->loops[i]);
	for (size_t i = 0; i < server->n_loops; i++)
		http_loop_done(&server->loops[i]);
	pool_done(&server->pool);
	census_done(&server->census);
	settings_unref(server->settings);
	tls_server_unref(server->tls);
	pthread_mutex_destroy(&server->config_lock);
	pthread_mutex_destroy(&server->gone_lock);
	pthread_cond_destroy(&server->gone);
	free(server->listeners);
	free(server->loops);
	free(server->server_name);
	free(server);
}

int http_server_start(const struct http_server_options *options, struct http_server **ret_server,
		      struct err *err)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server_init(server, options);
	int failed = pool_init(&server->pool, &server->settings->limits, err);
	if (!failed)
		failed = listeners_take(server, options, err);
	for (size_t i = 0; !failed && i < server->n_loops; i++)
		failed = http_loop_start(&server->loops[i], server, err);
	if (failed) {
		server_free(server);
		return -1;
	}
	*ret_server = server;
	return 0;
}

void http_server_set_tls(struct http_server *server, struct tls_server *tls)
{
	struct tls_server *old;

	tls_server_ref(tls);
	pthread_mutex_lock(&server->config_lock);
	old = server->tls;
	server->tls = tls;
	pthread_mutex_unlock(&server->config_lock);
	tls_server_unref(old);
}

void http_server_set_limits(struct http_server *server, const struct http_limits *limits)
{
	struct settings *fresh = settings_new(limits);
	struct settings *old;

	pthread_mutex_lock(&server->pool.lock);
	server->pool.max_threads = fresh->limits.pool_threads;
	server->pool.max_waiting = fresh->limits.pool_queue;
	pthread_mutex_unlock(&server->pool.lock);
	pthread_mutex_lock(&server->config_lock);
	old = server->settings;
	server->settings = fresh;
	pthread_mutex_unlock(&server->config_lock);
	settings_unref(old);
}

/* Until all loops do not listen any more: only then is a descriptor nobody's. */
static void close_listeners(struct http_server *server)
{
	pthread_mutex_lock(&server->gone_lock);
	while (server->n_deaf < server->n_loops)
		pthread_cond_wait(&server->gone, &server->gone_lock);
	pthread_mutex_unlock(&server->gone_lock);
	for (size_t i = 0; i < server->n_listeners; i++)
		close(server->listeners[i].fd);
	server->n_listeners = 0;
}

size_t http_server_drain(struct http_server *server, int64_t deadline_ms)
{
	int64_t until = clock_monotonic_ns() + ms_to_ns(deadline_ms);
	struct timespec deadline = {.tv_sec = until / NS_PER_SEC, .tv_nsec = until % NS_PER_SEC};

	if (atomic_load(&server->phase) != PHASE_RUN)
		return 0;
	atomic_store(&server->phase, PHASE_DRAIN);
	wake_all(server);
	close_listeners(server);

	pthread_mutex_lock(&server->gone_lock);
	int late = 0;
	while (atomic_load(&server->n_connections) > 0 && late != ETIMEDOUT)
		late = pthread_cond_timedwait(&server->gone, &server->gone_lock, &deadline);
	atomic_store(&server->phase, PHASE_CUT);
	wake_all(server);
	while (server->n_have_cut < server->n_loops)
		pthread_cond_wait(&server->gone, &server->gone_lock);
	size_t n_cut = server->n_cut;
	pthread_mutex_unlock(&server->gone_lock);
	return n_cut;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	http_server_drain(server, 0);
	server_free(server);
}

static uint64_t counted(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void http_server_stats(const struct http_server *server, struct http_stats *ret_stats)
{
	struct pool *pool = (struct pool *)&server->pool; /* its lock is no part of the value */
	struct http_stats stats = {.connections = atomic_load(&server->n_connections)};

	for (size_t i = 0; i < server->n_loops; i++) {
		const struct http_loop *loop = &server->loops[i];
		stats.exchanges += counted(&loop->exchanges);
		stats.accepted += counted(&loop->accepted);
		stats.refused_connections += counted(&loop->refused);
		stats.bad_requests += counted(&loop->bad);
		stats.received_bytes += counted(&loop->received);
		stats.sent_bytes += counted(&loop->sent);
	}
	pthread_mutex_lock(&pool->lock);
	stats.pool_threads = pool->n_threads;
	stats.pool_waiting = pool->n_waiting;
	pthread_mutex_unlock(&pool->lock);
	*ret_stats = stats;
}
