/* server.h - the HTTP/1.1 engine: loops that never block, a bounded pool for what does.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One epoll loop per core. When a head is complete the loop calls `begin`, which may not block: it
 * answers from memory, or sends the request to the pool, where `work` is straight code: it reads
 * the body with http_read_body and answers. Whatever was answered is sent by the loop (memory,
 * descriptors by sendfile), so that a slow reader costs a connection and not a thread.
 *
 * An exchange is one request with its answer. It belongs to one thread at a time: the loop until
 * begin returns, the pool's thread until work returns, then the loop again. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/reader.h"
#include "base/strlist.h"
#include "http/head.h"
#include "pki/tls.h"

struct http_limits { /* 0: the default in limits.h; durations in ms */
	size_t head_bytes, head_fields;
	int64_t idle_ms;    /* keep-alive: from an answer to the next request's first byte */
	int64_t head_ms;    /* from its first byte (or the connection) to the end of a head */
	int64_t body_ms;    /* longest pause inside a body, both ways */
	uint64_t body_rate; /* bytes/s that a body must keep up on the average after body_ms */
	size_t connections, connections_per_address;
	size_t pool_threads; /* most; they come and go with the work */
	size_t pool_queue;   /* requests waiting for a thread; more get 503 */
	size_t loops;        /* 0: one per core */
};

struct http_exchange;
enum http_turn {
	HTTP_ANSWERED, /* http_answer… was called */
	HTTP_TO_POOL,  /* run `work` in the pool; it reads the body */
	/* The loop collects the body first (at most http_set_gather bytes, else 413), so that a
	 * slow sender holds no thread; then `work` runs and http_gathered has it. */
	HTTP_GATHER,
};
struct http_handler {
	enum http_turn (*begin)(struct http_exchange *x, void *arg);
	void (*work)(struct http_exchange *x, void *arg);
	/* The answer was sent, or will never be (http_sent tells): for logs, counters and freeing
	 * the context. Runs in the loop, once for each begin; also for requests that were refused
	 * before begin (http_head is NULL then, http_answer_status is what was said). */
	void (*ended)(struct http_exchange *x, void *arg);
	void *arg;
};

struct http_listener {
	int fd; /* listening; closed by the drain of the server that was started with it */
	bool is_tls;
};
struct http_server_options {
	const struct http_listener *listeners;
	size_t n_listeners;
	struct tls_server *tls; /* a reference is taken; NULL: no listener is_tls */
	const struct http_limits *limits;
	const struct http_handler *handler;
	const char *server_name; /* of the Server field; NULL: none */
};
struct http_server;
/* Opens what `address` names: "HOST:PORT", ":PORT", "[v6]:PORT" (one descriptor per loop, with
 * SO_REUSEPORT, after a try that finds whether the port is somebody else's), "unix:PATH" (a stale
 * socket is replaced, mode 0666; it stays there at the end). Appends; what was opened before a
 * failure is in the vec. ERR_EXISTS: taken; ERR_INPUT. */
struct http_listener_vec {
	struct http_listener *items;
	size_t n, cap;
};
int http_listen(const char *address, bool is_tls, size_t n_loops,
		struct http_listener_vec *listeners, struct err *err) must_check;
size_t http_default_loops(void);

int http_server_start(const struct http_server_options *options, struct http_server **ret_server,
		      struct err *err) must_check;
void http_server_set_tls(struct http_server *server,
			 struct tls_server *tls); /* takes a reference */
/* New connections live by the new ones, the pool at once; `loops` stays. */
void http_server_set_limits(struct http_server *server, const struct http_limits *limits);
/* Stops accepting, ends idle connections, lets exchanges end until deadline_ms, then cuts them.
 * Returns how many were cut. */
size_t http_server_drain(struct http_server *server, int64_t deadline_ms);
void http_server_free(struct http_server *server); /* drains with 0 when nobody did; NULL is fine */
struct http_stats {
	uint64_t connections, exchanges;                      /* now */
	uint64_t accepted, refused_connections, bad_requests; /* ever */
	uint64_t pool_threads, pool_waiting;                  /* now */
	uint64_t received_bytes, sent_bytes;                  /* of bodies, ever */
};
void http_server_stats(const struct http_server *server, struct http_stats *ret_stats);

/* The request. Views live until `ended` has returned. */
const struct http_head *http_head(const struct http_exchange *x);
struct str http_path(const struct http_exchange *x);  /* decoded; a bad one was refused with 400 */
struct str http_query(const struct http_exchange *x); /* as sent, behind "?" */
struct str http_field(const struct http_exchange *x, const char *name);
bool http_is_tls(const struct http_exchange *x);
bool http_is_local_socket(const struct http_exchange *x);
const struct sockaddr_storage *http_peer(const struct http_exchange *x);
const char *http_peer_text(const struct http_exchange *x); /* "192.0.2.1", "2001:db8::1", "unix" */
int64_t http_began_ns(const struct http_exchange *x);      /* monotonic, when the head was there */
void http_set_context(struct http_exchange *x, void *context);
void *http_context(const struct http_exchange *x);

/* The body. Only in `work` (and http_set_gather in `begin`). */
void http_set_gather(struct http_exchange *x, size_t max);
struct str http_gathered(const struct http_exchange *x);
/* Blocks, with the limits' deadlines; 0: the end. -1: ERR_INPUT malformed chunks (the answer is
 * 400), ERR_LIMIT too slow (408), ERR_SYSTEM the client has gone. 100 Continue is sent by the first
 * call. */
ssize_t http_read_body(struct http_exchange *x, void *data, size_t len, struct err *err) must_check;
struct reader *http_body_reader(struct http_exchange *x); /* the same; closing it changes nothing */

/* The answer: fields first, then exactly one http_answer…. Date, Content-Length, Connection are the
 * engine's. HEAD, 204 and 304 send no body (for HEAD the length is told). What is left of the body
 * is read (up to a bound) or the connection closes behind the answer. */
void http_add_field(struct http_exchange *x, const char *name, const char *value);
void http_add_fieldf(struct http_exchange *x, const char *name, const char *fmt, ...)
	printf_like(3, 4);
void http_add_block(struct http_exchange *x,
		    struct str fields); /* "Name: value\r\n…", well formed */
void http_close_after(struct http_exchange *x);
void http_answer(struct http_exchange *x, int status, const void *body, size_t len); /* copied */
/* `body` stays valid until `release(arg)`, which the loop calls: memory that is shared. */
void http_answer_borrowed(struct http_exchange *x, int status, struct str body,
			  void (*release)(void *arg), void *arg);
/* Bytes offset..offset+len of an open file. release NULL: the descriptor is closed behind it. */
void http_answer_file(struct http_exchange *x, int status, int fd, uint64_t offset, uint64_t len,
		      void (*release)(void *arg), void *arg);
/* In `work` only: len bytes from a reader, sent before it returns. It may fail in the middle: then
 * the connection is cut, which tells the client. */
void http_answer_reader(struct http_exchange *x, int status, struct reader *reader, uint64_t len);

/* In `ended`. */
int http_answer_status(const struct http_exchange *x);
uint64_t http_sent(const struct http_exchange *x); /* bytes of the answer's body */
uint64_t http_received(const struct http_exchange *x);
bool http_was_cut(const struct http_exchange *x); /* the answer did not reach the socket whole */
