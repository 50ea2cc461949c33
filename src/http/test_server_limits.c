/* test_server_limits.c - what clients may not do: be too many, too slow, too large.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server_fixture.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/banned.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

TEST(server_takes_so_many_connections_and_no_more)
{
	static const struct http_limits cases[] = {{.connections = 2},
						   {.connections_per_address = 2}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fixture f = {.limits = cases[i]};
		struct http_stats stats;
		int fds[2];
		fixture_start(&f);
		for (int j = 0; j < 2; j++) {
			fds[j] = client_open(&f);
			client_send(fds[j], GET("/hello"));
			client_expect(fds[j], 200, "hello\n");
		}
		int third = client_open(&f);
		client_expect(third, 503, "too many connections\n");
		CHECK(client_is_closed(third));
		close(third);
		close(fds[0]);
		for (int tries = 0; tries < 1000; tries++) { /* the place is free soon */
			http_server_stats(f.server, &stats);
			if (stats.connections < 2)
				break;
			sleep_ms(1);
		}
		fds[0] = client_open(&f);
		client_send(fds[0], GET("/hello"));
		client_expect(fds[0], 200, "hello\n");
		http_server_stats(f.server, &stats);
		CHECK_INT(stats.connections, 2);
		CHECK_INT(stats.refused_connections, 1);
		CHECK_INT(stats.accepted, 3);
		close(fds[0]);
		close(fds[1]);
		fixture_stop(&f);
	}
}

TEST(server_refuses_heads_that_are_too_large)
{
	struct fixture f = {.limits = {.head_bytes = 60000, .head_fields = 20}};
	struct reply reply = {0};
	struct buf text = {0};
	fixture_start(&f);

	buf_printf(&text, "GET /hello HTTP/1.1\r\nHost: a\r\nX: %059900d\r\n\r\n", 1);
	CHECK_INT(client_ask(&f, text.ptr, &reply), 200); /* larger than a buffer is at first */
	buf_truncate(&text, 0);
	buf_printf(&text, "GET /hello HTTP/1.1\r\nHost: a\r\nX: %060000d\r\n\r\n", 1);
	CHECK_INT(client_ask(&f, text.ptr, &reply), 431);
	buf_truncate(&text, 0);
	buf_printf(&text, "GET /%070000d", 1);
	CHECK_INT(client_ask(&f, text.ptr, &reply), 414);
	buf_truncate(&text, 0);
	buf_puts(&text, "GET /hello HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 20; i++)
		buf_printf(&text, "X-%d: 1\r\n", i);
	buf_puts(&text, "\r\n");
	CHECK_INT(client_ask(&f, text.ptr, &reply), 431);
	buf_done(&text);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_refused, 3);
}

TEST(server_ends_idle_connections_silently)
{
	struct fixture f = {.limits = {.idle_ms = 60, .head_ms = 60000}};
	fixture_start(&f);

	int fd = client_open(&f);
	int64_t began = clock_monotonic_ns();
	client_send(fd, GET("/hello"));
	client_expect(fd, 200, "hello\n");
	CHECK(client_is_closed(fd));
	int64_t took_ms = (clock_monotonic_ns() - began) / 1000000;
	CHECK(took_ms >= 60 && took_ms < 10000);
	close(fd);
	fixture_stop(&f);
	CHECK_INT(f.n_refused, 0);
}

TEST(server_waits_so_long_for_a_head)
{
	struct fixture f = {.limits = {.idle_ms = 60000, .head_ms = 500}};
	fixture_start(&f);

	int slow = client_open(&f);
	client_send(slow, "G");
	int silent = client_open(&f);
	int kept = client_open(&f);
	client_send(kept, GET("/hello") "GET /hel");
	client_expect(kept, 200, "hello\n");
	int64_t began = clock_monotonic_ns();
	for (int i = 0; i < 1000 && client_send_bytes(slow, "E", 1); i++) {
		if (recv(slow, &(char){0}, 1, MSG_DONTWAIT | MSG_PEEK) == 1)
			break; /* no byte gave it more time */
		sleep_ms(10);
	}
	CHECK(clock_monotonic_ns() - began < 8 * NS_PER_SEC);
	client_expect(slow, 408, NULL);
	client_expect(kept, 408, NULL);
	CHECK(client_is_closed(silent));
	close(silent);
	close(slow);
	close(kept);
	fixture_stop(&f);
	CHECK_INT(f.n_refused, 2);
}

TEST(server_waits_so_long_for_a_body)
{
	struct fixture f = {.limits = {.body_ms = 60}};
	static const char *const paths[] = {"/echo", "/gather"};
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autofree char *text = xasprintf(
			"PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", paths[i]);
		int fd = client_open(&f);
		client_send(fd, text);
		client_expect(fd, 408, NULL);
		close(fd);
	}
	fixture_stop(&f);
	CHECK_STR(f.last_error, "limit");
}

TEST(server_wants_bodies_at_a_rate)
{
	struct fixture f = {.limits = {.body_ms = 100, .body_rate = 1000000}};
	static const char *const paths[] = {"/echo", "/gather"};
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autofree char *text = xasprintf(
			"PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n", paths[i]);
		int fd = client_open(&f);
		client_send(fd, text);
		int64_t began = clock_monotonic_ns();
		for (int j = 0; j < 400; j++) { /* never a long pause */
			if (!client_send_bytes(fd, "x", 1) ||
			    recv(fd, &(char){0}, 1, MSG_DONTWAIT | MSG_PEEK) == 1)
				break;
			sleep_ms(10);
		}
		CHECK(clock_monotonic_ns() - began < 3 * NS_PER_SEC);
		client_expect(fd, 408, NULL);
		close(fd);
	}
	fixture_stop(&f);
}

TEST(server_cuts_readers_that_do_not_read)
{
	struct fixture f = {.limits = {.body_ms = 100}};
	static const char *const texts[] = {GET("/borrowed/30000000"), GET("/stream/30000000")};
	fixture_start(&f);

	for (int i = 0; i < (int)ARRAY_LEN(texts); i++) {
		int fd = client_open(&f);
		client_send(fd, texts[i]);
		CHECK(wait_until(&f.n_ended, i + 1));
		close(fd);
	}
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 2);
	CHECK_INT(f.n_released, 1);
}

TEST(server_serves_slow_readers_without_threads)
{
	struct fixture f = {.limits = {.pool_threads = 1}};
	struct http_stats stats;
	struct reply reply = {0};
	int slow[20];
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		slow[i] = client_open(&f);
		client_send(slow[i], i % 2 ? GET("/borrowed/20000000") : GET("/file/0/3145728"));
	}
	CHECK(wait_until(&f.n_begun, ARRAY_LEN(slow)));
	http_server_stats(f.server, &stats);
	CHECK_INT(stats.pool_threads, 0);
	CHECK_INT(stats.exchanges >= 10, 1);
	CHECK_INT(client_ask(&f, GET("/pool"), &reply), 200);
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		client_reply(slow[i], false, &reply);
		CHECK(reply_is_pattern(&reply, 0, i % 2 ? 20000000 : 3145728));
		close(slow[i]);
	}
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 0);
}

TEST(server_says_503_when_too_many_wait_for_a_thread)
{
	struct fixture f = {.limits = {.pool_threads = 1, .pool_queue = 1}};
	struct reply reply = {0};
	struct http_stats stats = {0};
	fixture_start(&f);

	int working = client_open(&f);
	client_send(working, GET("/wait"));
	CHECK(wait_until(&f.n_waiting, 1));
	int queued = client_open(&f);
	client_send(queued, GET("/wait"));
	for (int i = 0; i < 5000 && stats.pool_waiting == 0; i++) {
		http_server_stats(f.server, &stats);
		sleep_ms(1);
	}
	CHECK_INT(stats.pool_waiting, 1);
	CHECK_INT(stats.pool_threads, 1);
	CHECK_INT(client_ask(&f, GET("/pool"), &reply), 503);
	CHECK(reply_has(&reply, "Retry-After: 1"));
	atomic_store(&f.let_go, true);
	client_expect(working, 200, "pool\n");
	client_expect(queued, 200, "pool\n");
	close(working);
	close(queued);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_holds_so_many_gathered_bytes)
{
	struct fixture f = {.gather_max = 16 << 20};
	static const char head[] =
		"PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n";
	autofree char *body = xcalloc(1, 16 << 20);
	struct reply reply = {0};
	int fds[20];
	fixture_start(&f);

	int n_refused = 0;
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) { /* all but the last byte: none can end */
		fds[i] = client_open(&f);
		client_send(fds[i], head);
		client_send_bytes(fds[i], body, (16 << 20) - 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		client_send_bytes(fds[i], body, 1);
		client_reply(fds[i], false, &reply);
		CHECK(reply.status == 200 || reply.status == 503);
		n_refused += reply.status == 503;
		close(fds[i]);
	}
	CHECK(n_refused > 0 && n_refused < 20);
	CHECK_INT(client_ask(&f,
			     "PUT /gather HTTP/1.1\r\nHost: a\r\n"
			     "Content-Length: 5\r\n\r\nabcde",
			     &reply),
		  200);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_says_no_when_it_has_no_descriptors_left)
{
	struct fixture f = {0};
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct reply reply = {0};
	struct http_stats stats;
	struct rlimit before;
	struct rlimit tight;
	int fds[5];
	fixture_start(&f);

	name.sin_port = htons(f.port);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	tight = (struct rlimit){.rlim_cur = (rlim_t)fds[4] + 1, .rlim_max = before.rlim_max};
	CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		CHECK(connect(fds[i], (struct sockaddr *)&name, sizeof(name)) == 0);
		client_reply(fds[i], false, &reply);
		CHECK_INT(reply.status, 503);
		CHECK(client_is_closed(fds[i]));
	}
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	http_server_stats(f.server, &stats);
	CHECK_INT(stats.refused_connections, 5);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_gives_new_limits_to_new_connections)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int old = client_open(&f);
	client_send(old, GET("/hello"));
	client_expect(old, 200, "hello\n");
	http_server_set_limits(f.server, &(struct http_limits){.head_fields = 1, .loops = 2});
	client_send(old, "GET /hello HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n");
	client_expect(old, 200, "hello\n");
	CHECK_INT(client_ask(&f, "GET /hello HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n", &reply), 431);
	/* More than the exchanges that were kept have room for: nothing of those leaks. */
	http_server_set_limits(f.server, &(struct http_limits){.head_fields = 300, .loops = 2});
	for (int i = 0; i < 8; i++)
		CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	close(old);
	reply_done(&reply);
	fixture_stop(&f);
}
