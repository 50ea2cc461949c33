/* test_server_fixture.h - a server with a few answers of every kind, and a client that sends bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include "http/server.h"
#include "testing/test.h"

/* Paths that the server knows:
 *   /hello          "hello\n" from memory             /borrowed/N  N pattern bytes, borrowed
 *   /file/A/N       N bytes of a file from A on       /stream/N    N pattern bytes from the pool
 *   /gather         the gathered body comes back      /echo        the streamed body comes back
 *   /pool           "pool\n" from the pool            /wait        the same, once let_go is set
 *   /refuse         401 without looking at the body   /silent      the pool answers nothing
 *   /broken/N       N bytes promised, half sent       /last          closes the connection
 *   /nothing        204                               /long          too many bytes of fields */
struct fixture {
	struct http_server *server;
	struct http_limits limits;
	struct tls_server *tls; /* a reference; NULL: plain */
	struct http_listener_vec listeners;
	size_t gather_max;
	uint16_t port;
	char unix_path[100]; /* listened on when set */
	int file;
	atomic_int n_begun, n_ended, n_refused, n_cut, n_released, n_waiting;
	atomic_int last_status;
	atomic_uint_fast64_t sent, received;
	atomic_bool let_go;
	_Atomic(const char *) last_error; /* of http_read_body: the kind, in a word */
};
#define FIXTURE_FILE_BYTES ((size_t)3 << 20)

void fixture_start(struct fixture *f); /* limits, tls, gather_max, unix_path are set or zero */
void fixture_stop(struct fixture *f);  /* checks that every exchange has ended */
char pattern_at(uint64_t offset);      /* of all generated bodies and of the file */

struct reply { /* the last one; its texts belong to it */
	int status;
	char *head; /* with the empty line, NUL behind */
	char *body;
	size_t body_len;
};
void reply_done(struct reply *reply);
bool reply_has(const struct reply *reply, const char *line); /* "Name: value", exactly */
bool reply_is_pattern(const struct reply *reply, uint64_t offset, size_t len);

int client_open(const struct fixture *f);
int client_open_unix(const char *path);
void client_send(int fd, const char *text);
bool client_send_bytes(int fd, const void *bytes, size_t len); /* false: the server has closed */
/* Reads one answer; `is_head`: no body follows. Fails the test when none comes. */
void client_reply(int fd, bool is_head, struct reply *reply);
void client_expect(int fd, int status, const char *body);
/* One request on a connection of its own: the status. */
int client_ask(const struct fixture *f, const char *text, struct reply *reply);
bool client_is_closed(int fd); /* waits: end of file; false: bytes came */
bool wait_until(const atomic_int *value, int at_least);
void sleep_ms(int ms);
