/* test_server_end.c - how it ends: drains, clients that leave, and sockets of every kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"

#include "base/banned.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

struct drain {
	struct fixture *f;
	int64_t deadline_ms;
	size_t n_cut;
	atomic_int is_done;
};

static void *drain_thread(void *arg)
{
	struct drain *drain = arg;
	drain->n_cut = http_server_drain(drain->f->server, drain->deadline_ms);
	atomic_store(&drain->is_done, 1);
	return NULL;
}

TEST(drain_ends_idle_connections_and_waits_for_others)
{
	struct fixture f = {0};
	struct drain drain = {.f = &f, .deadline_ms = 20000};
	struct reply reply = {0};
	pthread_t thread;
	fixture_start(&f);

	int idle = client_open(&f);
	client_send(idle, GET("/hello"));
	client_expect(idle, 200, "hello\n");
	int busy = client_open(&f);
	client_send(busy, GET("/wait"));
	CHECK(wait_until(&f.n_waiting, 1));
	pthread_create(&thread, NULL, drain_thread, &drain);
	CHECK(client_is_closed(idle));
	sleep_ms(20);
	CHECK_INT(drain.is_done, 0);
	atomic_store(&f.let_go, true);
	client_reply(busy, false, &reply);
	CHECK_STR(reply.body, "pool\n");
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK(client_is_closed(busy));
	close(busy);
	close(idle);
	pthread_join(thread, NULL);
	CHECK_INT(drain.n_cut, 0);

	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_port = htons(f.port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	autoclose int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(late, (struct sockaddr *)&name, sizeof(name)) < 0);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(drain_serves_those_who_were_let_in)
{
	struct fixture f = {0};
	struct drain drain = {.f = &f, .deadline_ms = 20000};
	struct reply reply = {0};
	int fds[20];
	pthread_t thread;
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = client_open(&f);
	pthread_create(&thread, NULL, drain_thread, &drain);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		client_send(fds[i], GET("/hello"));
		client_reply(fds[i], false, &reply);
		CHECK_INT(reply.status, 200);
		close(fds[i]);
	}
	pthread_join(thread, NULL);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(drain_cuts_at_the_deadline)
{
	struct fixture f = {0};
	int64_t began = clock_monotonic_ns();
	fixture_start(&f);

	int waiting = client_open(&f);
	client_send(waiting, GET("/wait"));
	int reading = client_open(&f);
	client_send(reading, GET("/borrowed/30000000"));
	int sending = client_open(&f);
	client_send(sending, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na");
	int partial = client_open(&f);
	client_send(partial, "GET /");
	CHECK(wait_until(&f.n_begun, 3));
	CHECK(wait_until(&f.n_waiting, 1));
	CHECK_INT((long long)http_server_drain(f.server, 50), 3);
	CHECK(clock_monotonic_ns() - began < 10 * NS_PER_SEC);
	CHECK(client_is_closed(partial));
	CHECK(client_is_closed(sending));
	close(waiting);
	close(reading);
	close(sending);
	close(partial);
	atomic_store(&f.let_go, true);
	http_server_free(f.server);
	CHECK_INT(f.n_ended, 3);
	CHECK_INT(f.n_cut, 3);
	CHECK_INT(f.n_released, 1);
	close(f.file);
	vec_done(&f.listeners);
}

/* Sends the first `len` bytes and leaves: orderly, or with a reset. */
static void leave_behind(struct fixture *f, const char *text, size_t len, bool reset)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	int fd = client_open(f);

	CHECK(client_send_bytes(fd, text, len));
	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

TEST(server_outlives_clients_that_leave_at_every_byte)
{
	struct fixture f = {.let_go = true};
	static const char *const texts[] = {
		GET("/hello") GET("/pool"),
		GET("/borrowed/3000000"),
		GET("/file/0/3000000"),
		GET("/stream/3000000"),
		"PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde" GET("/hello"),
		"PUT /gather HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n0\r\n\r\n",
		"PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
		"PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		"Expect: 100-continue\r\n\r\n",
	};
	struct reply reply = {0};
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i]);
		for (size_t n = 0; n <= len; n++) {
			leave_behind(&f, texts[i], n, false);
			leave_behind(&f, texts[i], n, true);
		}
	}
	CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	reply_done(&reply);
	fixture_stop(&f); /* which counts */
	CHECK(f.n_begun > 100);
}

TEST(server_answers_clients_that_close_their_side_early)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, GET("/hello") GET("/pool") GET("/file/0/100000"));
	shutdown(fd, SHUT_WR);
	client_expect(fd, 200, "hello\n");
	client_expect(fd, 200, "pool\n");
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 100000));
	CHECK(client_is_closed(fd));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_listens_on_unix_sockets)
{
	struct fixture f = {0};
	struct reply reply = {0};
	struct http_listener_vec second = {0};
	autoerr struct err err = {0};
	const char *dir;
	struct stat st;

	test_dir(&dir);
	snprintf(f.unix_path, sizeof(f.unix_path), "%s/s", dir);
	autofree char *address = xasprintf("unix:%s", f.unix_path);
	/* One that a killed server has left behind is replaced. */
	CHECK_OK(http_listen(address, false, 2, &second, &err), &err);
	CHECK_INT((long long)second.n, 1);
	close(second.items[0].fd);
	fixture_start(&f);
	CHECK(stat(f.unix_path, &st) == 0 && (st.st_mode & 07777) == 0666);
	CHECK(http_listen(address, false, 2, &second, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	int fd = client_open_unix(f.unix_path);
	client_send(fd, GET("/hello"));
	client_reply(fd, false, &reply);
	CHECK(reply_has(&reply, "X-Peer: unix"));
	client_send(fd, GET("/file/0/1000000"));
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 1000000));
	close(fd);
	vec_done(&second);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_shares_a_descriptor_that_it_was_given)
{
	struct fixture f = {.limits.loops = 3};
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct reply reply = {0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* blocking, as systemd's are */

	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, 10) == 0);
	vec_push(&f.listeners, (struct http_listener){.fd = fd});
	fixture_start(&f);
	for (int i = 0; i < 50; i++)
		CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_takes_ipv4_by_its_ipv6_socket)
{
	struct fixture f = {0};
	struct reply reply = {0};
	autoerr struct err err = {0};

	CHECK_OK(http_listen(":0", false, 2, &f.listeners, &err), &err);
	fixture_start(&f); /* the port stands at the same place in both families */
	CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	CHECK(reply_has(&reply, "X-Peer: 127.0.0.1"));
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(listen_finds_ports_that_are_taken)
{
	struct http_listener_vec first = {0};
	struct http_listener_vec second = {0};
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	autoerr struct err err = {0};

	CHECK_OK(http_listen("127.0.0.1:0", true, 3, &first, &err), &err);
	CHECK_INT((long long)first.n, 3);
	CHECK(first.items[2].is_tls);
	getsockname(first.items[2].fd, (struct sockaddr *)&name, &len);
	autofree char *address = xasprintf("127.0.0.1:%d", ntohs(name.sin_port));
	CHECK(http_listen(address, false, 3, &second, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	autofree char *text = xasprintf("listening on '%s': somebody else does already", address);
	CHECK_STR(err_text(&err), text);
	CHECK_INT((long long)second.n, 0);
	vec_foreach(listener, &first)
		close(listener->fd);
	vec_done(&first);
}

TEST(listen_refuses_what_is_no_address)
{
	static const char *const cases[] = {
		"",          "1.2.3.4",         "127.0.0.1:", "127.0.0.1:x", "[::1]",
		"[::1]5000", "127.0.0.1:65536", "unix:",      "192.0.2.1:0", "no such host:80"};
	struct http_listener_vec listeners = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		CHECK(http_listen(cases[i], false, 1, &listeners, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
	}
	CHECK_INT((long long)listeners.n, 0);
}
