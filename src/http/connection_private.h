/* connection_private.h - one client and its requests, as the engine's files share them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A connection belongs to one loop. While its state is CONN_WORK a thread of the pool has it and
 * its exchange; the loop then touches nothing but the timer, may_read, has_hung_up and the lists it
 * hangs in. */
#pragma once

#include "http/chunked.h"
#include "http/server_private.h"

#define HTTP_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* Bytes on their way in or out: bytes[start..len) are still wanted. Loops keep some for reuse. */
struct block {
	struct block *next;
	size_t cap, start, len;
	char bytes[];
};

enum conn_state {
	CONN_HANDSHAKE, /* TLS is not there yet */
	CONN_HEAD,      /* idle, or a part of a head is there */
	CONN_GATHER,    /* the loop collects a body */
	CONN_WORK,      /* the pool has it */
	CONN_SEND,      /* answers wait for the socket */
	CONN_DISCARD,   /* answered; the rest of the request's body is passed over */
	CONN_LINGER,    /* our side is closed; bytes are read so that no reset kills the answer */
	N_CONN_STATES,
};

struct body { /* of the request that is being read */
	bool is_chunked, is_done, is_bad;
	bool continue_due; /* the client waits for 100 Continue */
	bool is_slow, is_gone;
	uint64_t left; /* bytes, unless chunked */
	struct chunked chunked;
	uint64_t received;
	int64_t waited_ns; /* for the client alone */
};

struct tail { /* the part of the last answer that is not copied into `out` */
	const char *ptr;
	int fd; /* when ptr is NULL */
	uint64_t offset, left;
};

struct connection {
	struct watch watch;
	enum conn_state state;
	struct http_loop *loop;
	struct connection *prev, *next; /* all of the loop */
	struct connection *next_ready;
	struct connection *timer_prev, *timer_next;
	int64_t timer_tick; /* slot of the wheel; 0: in none */
	int64_t deadline_ns;
	struct tls_conn *tls;
	struct settings *settings;
	struct block *in, *out;
	size_t scanned;                     /* of the head in `in` */
	struct http_exchange *current;      /* begun, not answered */
	struct http_exchange *first, *last; /* answered, not sent; in order */
	size_t n_batch;
	uint64_t out_queued, out_sent; /* bytes that ever went into and out of `out` */
	struct tail tail;
	struct body body;
	int64_t since_ns;      /* beginning of the head, body or lingering */
	uint64_t passed_bytes; /* discarded since then */
	uint64_t n_requests;
	unsigned budget;     /* requests it may still put in this turn */
	enum http_turn turn; /* of `current`, when answers before it must go first */
	bool is_ready, is_tls, is_local, is_seated;
	bool may_read, has_ended, is_closing, must_linger, is_dead;
	bool is_corked;
	bool hears_room;  /* epoll is asked for EPOLLOUT too */
	bool has_hung_up; /* the kernel told of the end, which is read behind the last bytes */
	unsigned char address[16]; /* that counts it */
	struct sockaddr_storage peer;
	char peer_text[INET6_ADDRSTRLEN];
};

enum answer_kind { ANSWER_NONE, ANSWER_MEMORY, ANSWER_FILE, ANSWER_STREAMED };
struct answer {
	enum answer_kind kind;
	int status;
	int fd;
	const char *ptr;
	uint64_t offset, len;
	void (*release)(void *arg);
	void *arg;
	uint64_t sent;            /* of the body, at the end */
	uint64_t body_at, end_at; /* places in the stream of `out` */
	bool is_queued, is_cut, sends_body;
};

struct http_exchange {
	struct http_exchange *next; /* batch, queue, inbox or spare ones */
	struct connection *conn;
	struct http_head head;
	bool has_head, must_close;
	struct str path, query;
	struct buf path_text;
	int64_t began_ns;
	void *context;
	struct block *held; /* the head's bytes when `in` was needed for the body */
	size_t gather_max;
	bool is_gathered;
	struct buf gathered;
	size_t gathered_counted; /* bytes of it in the server's account */
	struct str gathered_view, gathered_rest;
	uint64_t received;
	struct buf extra; /* fields that were added */
	struct buf copy;  /* the answer's body, when it is copied */
	struct answer answer;
	struct reader reader;
	size_t n_fields_max;
	struct http_field fields[];
};

/* block.c: taken from and given back to the loop's spare ones, by the loop's thread. */
struct block *block_take(struct http_loop *loop);
void block_give(struct http_loop *loop, struct block **block);
struct block *block_grow(struct block *block, size_t cap);
struct http_exchange *exchange_take(struct connection *conn);
void exchange_give(struct http_exchange *x);
void exchange_release(struct http_exchange *x); /* what the answer holds */
void spare_done(struct http_loop *loop);

/* connection.c */
struct connection *conn_new(struct http_loop *loop, int fd, const struct loop_watch *listener,
			    const struct sockaddr_storage *peer);
void conn_run(struct connection *conn);
void conn_expire(struct connection *conn);
void conn_worked(struct connection *conn); /* the pool is done */
void conn_drain(struct connection *conn);  /* ends it when it is idle */
bool conn_cut(struct connection *conn);    /* true: an exchange was under way */

enum step { STEP_ON, STEP_WAIT, STEP_YIELD, STEP_GONE };
/* request.c: from bytes to exchanges */
enum step step_head(struct connection *conn);
enum step step_gather(struct connection *conn);
enum step request_start(struct connection *conn); /* what `begin` asked for */
/* Answers `current`, or a request that never became one, in the engine's own words. */
enum step request_refuse(struct connection *conn, int status, const char *why);
enum step request_answered(struct connection *conn);

/* socket.c */
enum io_turn { IO_MOVED, IO_WANT_READ, IO_WANT_WRITE, IO_ENDED, IO_FAILED };
enum io_turn conn_read(struct connection *conn, void *bytes, size_t len, size_t *ret_n);
enum io_turn conn_write(struct connection *conn, const char *bytes, size_t len, bool more,
			size_t *ret_n);
/* From the loop: hears from now on when the socket has room again. */
void conn_hear_room(struct connection *conn);
/* Reads once into `in`, from the loop. */
enum io_turn conn_fill(struct connection *conn);

/* send.c */
void send_queue(struct http_exchange *x); /* composes the answer of `current` into `out` */
enum io_turn send_some(struct connection *conn, bool *ret_yield);
void send_settle(struct connection *conn); /* says what of the batch was sent, ends it */

/* answer.c */
size_t answer_head_max(const struct http_exchange *x, size_t stamp_len);
char *answer_write_head(struct http_exchange *x, char *pos, struct str stamp);
bool answer_sends_body(const struct http_exchange *x, int status);
void answer_own(struct http_exchange *x, int status, const char *why);

/* body.c */
enum body_step { BODY_SOME, BODY_HUNGRY, BODY_END, BODY_BAD };
void body_begin(struct connection *conn, const struct http_head *head);
/* The next run of at most max bytes of what lies in `in`. */
enum body_step body_next(struct connection *conn, size_t max, struct str *ret_run);
/* Makes `in` free for the body: the head's bytes go along with the exchange. */
void body_detach(struct connection *conn);
ssize_t exchange_body_read(struct reader *reader, void *bytes, size_t len, struct err *err);
