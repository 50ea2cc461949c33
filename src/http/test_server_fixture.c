/* test_server_fixture.c - a server with a few answers of every kind, and a client that sends bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"

#include "base/banned.h"

char pattern_at(uint64_t offset)
{
	return (char)('a' + (offset * 7 + offset / 251) % 26);
}

void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static char *pattern_make(size_t len)
{
	char *bytes = xmalloc(len + 1);
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_at(i);
	return bytes;
}

/* "/word/A/B": the numbers behind the word. */
static uint64_t path_number(struct str path, int n)
{
	uint64_t value = 0;
	path.ptr++;
	path.len--;
	str_cut(&path, '/');
	for (int i = 0; i < n; i++)
		str_cut(&path, '/');
	str_to_u64(str_cut(&path, '/'), &value);
	return value;
}

struct borrowed {
	struct fixture *f;
	char *bytes;
};

static void borrowed_release(void *arg)
{
	struct borrowed *borrowed = arg;
	atomic_fetch_add(&borrowed->f->n_released, 1);
	free(borrowed->bytes);
	free(borrowed);
}

static void answer_borrowed(struct http_exchange *x, struct fixture *f)
{
	struct borrowed *borrowed = xcalloc(1, sizeof(*borrowed));
	size_t len = path_number(http_path(x), 0);
	*borrowed = (struct borrowed){f, pattern_make(len)};
	http_answer_borrowed(x, 200, (struct str){borrowed->bytes, len}, borrowed_release,
			     borrowed);
}

static enum http_turn begin(struct http_exchange *x, void *arg)
{
	struct fixture *f = arg;
	struct str path = http_path(x);

	atomic_fetch_add(&f->n_begun, 1);
	http_set_context(x, xstrdup("context"));
	http_add_field(x, "X-Peer", http_peer_text(x));
	if (str_is(path, "/hello")) {
		http_add_fieldf(x, "X-Number", "%d", 42);
		http_answer(x, 200, "hello\n", 6);
	} else if (str_is(path, "/nothing")) {
		http_answer(x, 204, NULL, 0);
	} else if (str_starts(path, STR("/borrowed/"))) {
		answer_borrowed(x, f);
	} else if (str_starts(path, STR("/file/"))) {
		http_answer_file(x, 200, dup(f->file), path_number(path, 0), path_number(path, 1),
				 NULL, NULL);
	} else if (str_is(path, "/gather")) {
		http_set_gather(x, f->gather_max);
		return HTTP_GATHER;
	} else if (str_is(path, "/refuse")) {
		http_answer(x, 401, "no\n", 3);
	} else if (str_is(path, "/last")) {
		http_add_block(x, STR("X-One: 1\r\nX-Two: 2\r\n"));
		http_close_after(x);
		http_answer(x, 200, "bye\n", 4);
	} else if (str_is(path, "/long")) {
		http_add_fieldf(x, "X-Long", "%0100000d", 1);
		http_answer(x, 200, "never\n", 6);
	} else {
		return HTTP_TO_POOL;
	}
	return HTTP_ANSWERED;
}

static void echo(struct http_exchange *x, struct fixture *f)
{
	static const char *const kinds[] = {
		[ERR_INPUT] = "input", [ERR_LIMIT] = "limit", [ERR_SYSTEM] = "system"};
	autoclose int fd = memfd_create("echo", MFD_CLOEXEC);
	autofree char *bytes = xmalloc(100000);
	autoerr struct err err = {0};
	struct reader *reader = http_body_reader(x);
	uint64_t total = 0;
	ssize_t n;

	while ((n = reader_read(reader, bytes, 100000, &err)) > 0) {
		if (io_write_all(fd, bytes, (size_t)n, &err))
			break;
		total += (uint64_t)n;
	}
	reader_close(reader);
	if (n != 0) {
		atomic_store(&f->last_error, kinds[err.kind]);
		http_answer(x, err.kind == ERR_INPUT ? 400 : 408, NULL, 0);
		return;
	}
	http_answer_file(x, 200, steal_fd(&fd), 0, total, NULL, NULL);
}

struct pattern_reader {
	struct reader reader;
	uint64_t at, end;
};

static ssize_t pattern_read(struct reader *reader, void *bytes, size_t len, struct err *err)
{
	struct pattern_reader *self = (struct pattern_reader *)reader;
	size_t n = 0;

	(void)err;
	for (; n < len && self->at < self->end; n++)
		((char *)bytes)[n] = pattern_at(self->at++);
	return (ssize_t)n;
}

static void pattern_close(struct reader *reader)
{
	(void)reader;
}

static void stream(struct http_exchange *x, uint64_t promised, uint64_t there)
{
	static const struct reader_ops ops = {.read = pattern_read, .close = pattern_close};
	struct pattern_reader reader = {.reader = {.ops = &ops}, .end = there};
	http_answer_reader(x, 200, &reader.reader, promised);
	reader_close(&reader.reader);
}

static void work(struct http_exchange *x, void *arg)
{
	struct fixture *f = arg;
	struct str path = http_path(x);
	uint64_t n = path_number(path, 0);

	if (str_is(path, "/pool")) {
		http_answer(x, 200, "pool\n", 5);
	} else if (str_is(path, "/wait")) {
		atomic_fetch_add(&f->n_waiting, 1);
		while (!atomic_load(&f->let_go))
			sleep_ms(1);
		http_answer(x, 200, "pool\n", 5);
	} else if (str_is(path, "/gather")) {
		http_answer(x, 200, http_gathered(x).ptr, http_gathered(x).len);
	} else if (str_is(path, "/echo")) {
		echo(x, f);
	} else if (str_starts(path, STR("/stream/"))) {
		stream(x, n, n);
	} else if (str_starts(path, STR("/broken/"))) {
		stream(x, n, n / 2);
	}
}

static void ended(struct http_exchange *x, void *arg)
{
	struct fixture *f = arg;

	atomic_store(&f->last_status, http_answer_status(x));
	atomic_fetch_add(&f->sent, http_sent(x));
	atomic_fetch_add(&f->received, http_received(x));
	if (http_was_cut(x))
		atomic_fetch_add(&f->n_cut, 1);
	if (http_head(x)) {
		free(http_context(x));
		atomic_fetch_add(&f->n_ended, 1);
	} else {
		atomic_fetch_add(&f->n_refused, 1);
	}
}

static void fixture_listen(struct fixture *f)
{
	autoerr struct err err = {0};
	struct sockaddr_in name = {0};
	socklen_t len = sizeof(name);

	if (f->listeners.n == 0)
		CHECK_OK(http_listen("127.0.0.1:0", f->tls != NULL, f->limits.loops, &f->listeners,
				     &err),
			 &err);
	CHECK(getsockname(f->listeners.items[0].fd, (struct sockaddr *)&name, &len) == 0);
	f->port = ntohs(name.sin_port);
	if (f->unix_path[0]) {
		autofree char *address = xasprintf("unix:%s", f->unix_path);
		CHECK_OK(http_listen(address, false, 1, &f->listeners, &err), &err);
	}
}

void fixture_start(struct fixture *f)
{
	autoerr struct err err = {0};
	const struct http_handler handler = {
		.begin = begin, .work = work, .ended = ended, .arg = f};

	f->file = memfd_create("file", MFD_CLOEXEC);
	autofree char *bytes = pattern_make(FIXTURE_FILE_BYTES);
	CHECK_OK(io_write_all(f->file, bytes, FIXTURE_FILE_BYTES, &err), &err);
	f->gather_max = f->gather_max ? f->gather_max : 100000;
	f->limits.loops = f->limits.loops ? f->limits.loops : 2;
	fixture_listen(f);
	CHECK_OK(http_server_start(
			 &(struct http_server_options){
				 .listeners = f->listeners.items,
				 .n_listeners = f->listeners.n,
				 .tls = f->tls,
				 .limits = &f->limits,
				 .handler = &handler,
				 .server_name = "test",
			 },
			 &f->server, &err),
		 &err);
}

void fixture_stop(struct fixture *f)
{
	struct http_stats stats;

	atomic_store(&f->let_go, true);
	http_server_drain(f->server, 5000);
	http_server_stats(f->server, &stats);
	http_server_free(f->server);
	CHECK_INT(stats.connections, 0);
	CHECK_INT(stats.exchanges, 0);
	CHECK_INT(f->n_ended, f->n_begun);
	close(f->file);
	vec_done(&f->listeners);
}

void reply_done(struct reply *reply)
{
	free(reply->head);
	free(reply->body);
	*reply = (struct reply){0};
}

bool reply_has(const struct reply *reply, const char *line)
{
	autofree char *whole = xasprintf("\r\n%s\r\n", line);
	return strstr(reply->head, whole) != NULL;
}

bool reply_is_pattern(const struct reply *reply, uint64_t offset, size_t len)
{
	if (reply->body_len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (reply->body[i] != pattern_at(offset + i))
			return false;
	}
	return true;
}

static int client_socket(const void *name, socklen_t len, int family)
{
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(connect(fd, name, len) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

int client_open(const struct fixture *f)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(f->port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return client_socket(&name, sizeof(name), AF_INET);
}

int client_open_unix(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	memcpy(name.sun_path, path, strlen(path));
	return client_socket(&name, sizeof(name), AF_UNIX);
}

bool client_send_bytes(int fd, const void *bytes, size_t len)
{
	const char *pos = bytes;

	while (len > 0) {
		ssize_t n = send(fd, pos, len, MSG_NOSIGNAL);
		if (n < 0)
			return false;
		pos += n;
		len -= (size_t)n;
	}
	return true;
}

void client_send(int fd, const char *text)
{
	CHECK(client_send_bytes(fd, text, strlen(text)));
}

/* Byte by byte: the next answer of a pipeline stays in the socket. */
static void read_head(int fd, struct reply *reply)
{
	struct buf head = {.max = 100000};

	for (;;) {
		char byte;
		ssize_t n = recv(fd, &byte, 1, 0);
		if (n != 1)
			test_fail(__FILE__, __LINE__, "no whole answer (%s): '%s'",
				  n < 0 ? strerror(errno) : "closed", buf_text(&head));
		buf_putc(&head, byte);
		if (head.len >= 4 && strcmp(head.ptr + head.len - 4, "\r\n\r\n") == 0)
			break;
	}
	reply->head = buf_steal(&head);
}

void client_reply(int fd, bool is_head, struct reply *reply)
{
	uint64_t len = 0;

	reply_done(reply);
	read_head(fd, reply);
	uint64_t status = 0;
	CHECK(strncmp(reply->head, "HTTP/1.1 ", 9) == 0);
	CHECK(str_to_u64((struct str){reply->head + 9, 3}, &status));
	reply->status = (int)status;
	const char *field = strstr(reply->head, "\r\nContent-Length: ");
	if (field && !is_head) {
		const char *value = field + strlen("\r\nContent-Length: ");
		CHECK(str_to_u64((struct str){value, strcspn(value, "\r")}, &len));
	}
	reply->body = xcalloc(1, len + 1);
	while (reply->body_len < len) {
		ssize_t n = recv(fd, reply->body + reply->body_len, len - reply->body_len, 0);
		if (n <= 0)
			break;
		reply->body_len += (size_t)n;
	}
	if (reply->body_len < len)
		reply->status = -reply->status; /* cut */
}

void client_expect(int fd, int status, const char *body)
{
	struct reply reply = {0};
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, status);
	if (body)
		CHECK_STR(reply.body, body);
	reply_done(&reply);
}

int client_ask(const struct fixture *f, const char *text, struct reply *reply)
{
	autoclose int fd = client_open(f);
	client_send(fd, text);
	client_reply(fd, strncmp(text, "HEAD ", 5) == 0, reply);
	return reply->status;
}

bool client_is_closed(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);
	return n == 0 || (n < 0 && errno == ECONNRESET);
}

bool wait_until(const atomic_int *value, int at_least)
{
	for (int i = 0; i < 5000 && atomic_load(value) < at_least; i++)
		sleep_ms(1);
	return atomic_load(value) >= at_least;
}
