/* server_private.h - the engine's larger objects: servers, loops, the pool.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "http/limits.h"
#include "http/server.h"

struct block;
struct connection;

#define NEVER INT64_MAX /* a deadline that does not come */

static inline int64_t ms_to_ns(int64_t ms)
{
	return ms > INT64_MAX / 4000000 ? INT64_MAX / 4 : ms * 1000000;
}

/* Limits with their defaults filled in; shared by the connections that began under them. */
struct settings {
	atomic_uint refs;
	struct http_limits limits;
};

/* What epoll gives back: the first member of all that is watched. */
enum watch_kind { WATCH_CONNECTION, WATCH_LISTENER, WATCH_INBOX };
struct watch {
	enum watch_kind kind;
	int fd;
};

#define WHEEL_SLOTS 1024
struct wheel { /* timer.c */
	struct connection *slots[WHEEL_SLOTS];
	uint64_t bits[WHEEL_SLOTS / 64];
	int64_t tick;
};

struct loop_watch { /* a listener as one loop sees it */
	struct watch watch;
	bool is_tls, is_local, is_on;
};

struct http_loop {
	struct http_server *server;
	pthread_t thread;
	int epoll_fd, reserve_fd;
	struct watch inbox_watch;
	pthread_mutex_t inbox_lock;
	struct http_exchange *inbox, *inbox_last;
	struct loop_watch *listeners;
	size_t n_listeners;
	int phase;
	int64_t now_ns, accept_again_ns;
	bool is_running; /* the thread is there; known to the starter alone */
	struct wheel wheel;
	struct connection *connections, *ready, *ready_last;
	struct block *spare_blocks;
	struct http_exchange *spare_exchanges;
	size_t n_spare_blocks, n_spare_exchanges;
	int64_t stamp_second;
	size_t stamp_len;
	char stamp[LIMIT_HTTP_STAMP]; /* the fields Server and Date */
	char *scratch;                /* LIMIT_HTTP_SCRATCH bytes */
	/* Written by this loop alone, read by http_server_stats. */
	atomic_uint_fast64_t exchanges, accepted, refused, bad, received, sent;
};

/* By the loop alone: no locked instruction. */
static inline void loop_count(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work_there, thread_gone;
	struct http_exchange *first, *last;
	size_t n_waiting, n_threads, n_idle;
	size_t max_threads, max_waiting;
	bool is_stopping;
};

struct census_entry;
#define CENSUS_BUCKETS 1024
struct census { /* connections by address; census.c */
	pthread_mutex_t lock;
	uint64_t seed;
	struct census_entry *buckets[CENSUS_BUCKETS];
};

enum phase { PHASE_RUN, PHASE_DRAIN, PHASE_CUT, PHASE_STOP };
struct server_listener {
	int fd;
	bool is_tls, is_local;
	int loop; /* -1: all of them */
};
struct http_server {
	struct http_handler handler;
	char *server_name;
	struct server_listener *listeners;
	size_t n_listeners;
	struct http_loop *loops;
	size_t n_loops;
	struct pool pool;
	struct census census;
	pthread_mutex_t config_lock;
	struct settings *settings;
	struct tls_server *tls;
	atomic_size_t n_connections, gathered_bytes;
	atomic_int phase;
	pthread_mutex_t gone_lock;
	pthread_cond_t gone; /* a loop is deaf, has cut, or the last connection went */
	size_t n_deaf, n_have_cut, n_cut;
};

/* settings.c */
struct settings *settings_new(const struct http_limits *limits);
void settings_unref(struct settings *settings);

/* census.c: false: the address has its share already. */
bool census_enter(struct census *census, const unsigned char address[16], size_t max);
void census_leave(struct census *census, const unsigned char address[16]);
void census_init(struct census *census);
void census_done(struct census *census);

/* loop.c */
int http_loop_start(struct http_loop *loop, struct http_server *server, struct err *err) must_check;
void http_loop_done(struct http_loop *loop); /* joins the thread */
void http_loop_wake(struct http_loop *loop);
void http_loop_give_back(struct http_exchange *x); /* from the pool */
void http_loop_ready(struct connection *conn);     /* another turn, soon */
struct str http_loop_stamp(struct http_loop *loop);
size_t stamp_write(char out[LIMIT_HTTP_STAMP], const char *server_name, int64_t second);

/* accept.c */
void accept_some(struct http_loop *loop, struct loop_watch *listener);
void accept_rest(struct http_loop *loop); /* and stop listening */
void accept_resume(struct http_loop *loop);
int accept_open(struct http_loop *loop, struct err *err) must_check;

/* timer.c */
void timer_begin(struct http_loop *loop); /* now_ns is set */
void timer_set(struct connection *conn, int64_t deadline_ns);
void timer_forget(struct connection *conn);
void timer_run(struct http_loop *loop);          /* calls conn_expire */
int timer_wait_ms(const struct http_loop *loop); /* -1: nothing to wait for */

/* pool.c */
int pool_init(struct pool *pool, const struct http_limits *limits, struct err *err) must_check;
bool pool_submit(struct http_server *server, struct http_exchange *x); /* false: full */
void pool_done(struct pool *pool);
/* Runs without signals: those are for the thread that waits for them. */
int thread_start(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*run)(void *),
		 void *arg);
