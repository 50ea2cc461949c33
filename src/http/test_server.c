/* test_server.c - requests and answers of every kind, over real sockets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

TEST(server_answers_from_memory)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	CHECK_INT(client_ask(&f, GET("/hello"), &reply), 200);
	CHECK_STR(reply.body, "hello\n");
	CHECK(reply_has(&reply, "Content-Length: 6"));
	CHECK(reply_has(&reply, "Server: test"));
	CHECK(reply_has(&reply, "X-Number: 42"));
	CHECK(reply_has(&reply, "X-Peer: 127.0.0.1"));
	CHECK(strstr(reply.head, "\r\nDate: ") != NULL);
	CHECK(strstr(reply.head, "\r\nConnection:") == NULL);
	CHECK_INT(client_ask(&f, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", &reply), 200);
	CHECK(reply_has(&reply, "Content-Length: 6"));
	CHECK_INT(client_ask(&f, GET("/nothing"), &reply), 204);
	CHECK(strstr(reply.head, "Content-Length") == NULL);
	CHECK_INT(client_ask(&f, GET("/hello%00"), &reply), 400);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.sent, 6 + (long long)strlen("the request's path is malformed\n"));
}

TEST(server_keeps_connections_as_each_version_wants)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	for (int i = 0; i < 5; i++) {
		client_send(fd, GET("/hello"));
		client_expect(fd, 200, "hello\n");
	}
	client_send(fd, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	client_reply(fd, false, &reply);
	CHECK(reply_has(&reply, "Connection: keep-alive"));
	client_send(fd, "GET /hello HTTP/1.0\r\n\r\n");
	client_reply(fd, false, &reply);
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK(client_is_closed(fd));
	close(fd);
	fd = client_open(&f);
	client_send(fd, "GET /pool HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	client_reply(fd, false, &reply);
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK(client_is_closed(fd));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_answers_a_pipeline_in_order)
{
	struct fixture f = {0};
	struct buf requests = {0};
	static const char *const paths[] = {"/hello", "/pool", "/file/5/3", "/borrowed/20000"};
	struct reply reply = {0};
	fixture_start(&f);

	for (int i = 0; i < 100; i++)
		buf_printf(&requests, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
			   paths[i % 10 == 9 ? 1 + i / 10 % 3 : 0]);
	int fd = client_open(&f);
	client_send(fd, requests.ptr);
	for (int i = 0; i < 100; i++) {
		const char *path = paths[i % 10 == 9 ? 1 + i / 10 % 3 : 0];
		client_reply(fd, false, &reply);
		CHECK_INT(reply.status, 200);
		if (text_eq(path, "/hello"))
			CHECK_STR(reply.body, "hello\n");
		else if (text_eq(path, "/pool"))
			CHECK_STR(reply.body, "pool\n");
		else if (text_eq(path, "/file/5/3"))
			CHECK(reply_is_pattern(&reply, 5, 3));
		else
			CHECK(reply_is_pattern(&reply, 0, 20000));
	}
	close(fd);
	buf_done(&requests);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_ended, 100);
	CHECK_INT(f.n_cut, 0);
}

TEST(server_takes_heads_byte_by_byte)
{
	struct fixture f = {0};
	const char *text = GET("/hello") GET("/pool");
	fixture_start(&f);

	int fd = client_open(&f);
	for (const char *pos = text; *pos; pos++) {
		CHECK(client_send_bytes(fd, pos, 1));
		sleep_ms(pos[0] == '\r');
	}
	client_expect(fd, 200, "hello\n");
	client_expect(fd, 200, "pool\n");
	close(fd);
	fixture_stop(&f);
}

TEST(server_sends_ranges_of_files)
{
	struct fixture f = {0};
	struct reply reply = {0};
	static const size_t cases[][2] = {
		{0, 0},
		{0, 1},
		{77, 16384},
		{1, 16385},
		{12345, 20000},
		{0, FIXTURE_FILE_BYTES},
		{1000001, 2000000},
	};
	fixture_start(&f);

	int fd = client_open(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *text = xasprintf("GET /file/%zu/%zu HTTP/1.1\r\nHost: a\r\n\r\n",
						cases[i][0], cases[i][1]);
		client_send(fd, text);
		client_reply(fd, false, &reply);
		CHECK_INT(reply.status, 200);
		CHECK(reply_is_pattern(&reply, cases[i][0], cases[i][1]));
	}
	client_send(fd, "HEAD /file/3/100000 HTTP/1.1\r\nHost: a\r\n\r\n");
	client_reply(fd, true, &reply);
	CHECK(reply_has(&reply, "Content-Length: 100000"));
	/* More than there is: nobody may take the part for the whole. */
	client_send(fd, GET("/file/3145000/1000"));
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, -200);
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 1);
}

TEST(server_lends_memory_and_gives_it_back)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, GET("/borrowed/10") GET("/borrowed/2000000") GET("/borrowed/0"));
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 10));
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 2000000));
	client_reply(fd, false, &reply);
	CHECK_INT(reply.body_len, 0);
	client_send(fd, "HEAD /borrowed/2000000 HTTP/1.1\r\nHost: a\r\n\r\n");
	client_reply(fd, true, &reply);
	CHECK(reply_has(&reply, "Content-Length: 2000000"));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_released, 4);
}

TEST(server_gathers_bodies)
{
	struct fixture f = {.gather_max = 50000};
	struct reply reply = {0};
	char body[50001];
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde");
	client_expect(fd, 200, "abcde");
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
	sleep_ms(20);
	client_send(fd, "cde" GET("/hello"));
	client_expect(fd, 200, "abcde");
	client_expect(fd, 200, "hello\n");
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n" GET("/hello"));
	client_expect(fd, 200, "abcde");
	client_expect(fd, 200, "hello\n");
	client_send(fd, GET("/gather"));
	client_expect(fd, 200, "");
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = pattern_at(i);
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
	CHECK(client_send_bytes(fd, body, 50000));
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 50000));
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 50001\r\n\r\n");
	client_expect(fd, 413, NULL); /* at once, without the body */
	close(fd);
	fd = client_open(&f);
	client_send(fd, "PUT /gather HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			"c351\r\n");
	CHECK(client_send_bytes(fd, body, 50001));
	client_expect(fd, 413, NULL);
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
}

struct upload {
	int fd;
	size_t len;
	bool is_chunked;
};

static void *upload_thread(void *arg)
{
	const struct upload *upload = arg;
	char piece[70001];
	size_t at = 0;

	while (at < upload->len) {
		size_t n = upload->len - at < 70001 ? upload->len - at : 70001;
		char size[32];
		for (size_t i = 0; i < n; i++)
			piece[i] = pattern_at(at + i);
		snprintf(size, sizeof(size), "%zx\r\n", n);
		if ((upload->is_chunked && !client_send_bytes(upload->fd, size, strlen(size))) ||
		    !client_send_bytes(upload->fd, piece, n) ||
		    (upload->is_chunked && !client_send_bytes(upload->fd, "\r\n", 2)))
			return NULL;
		at += n;
	}
	if (upload->is_chunked)
		client_send_bytes(upload->fd, "0\r\n\r\n", 5);
	return NULL;
}

static void upload_comes_back(struct fixture *f, size_t len, bool is_chunked)
{
	struct upload upload = {client_open(f), len, is_chunked};
	struct reply reply = {0};
	char head[200];
	pthread_t thread;

	snprintf(head, sizeof(head),
		 is_chunked ? "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			    : "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
		 len);
	client_send(upload.fd, head);
	CHECK(pthread_create(&thread, NULL, upload_thread, &upload) == 0);
	client_reply(upload.fd, false, &reply);
	pthread_join(thread, NULL);
	CHECK_INT(reply.status, 200);
	CHECK(reply_is_pattern(&reply, 0, len));
	client_send(upload.fd, GET("/hello"));
	client_expect(upload.fd, 200, "hello\n");
	close(upload.fd);
	reply_done(&reply);
}

TEST(server_streams_fifty_megabytes_through_the_pool)
{
	struct fixture f = {0};
	fixture_start(&f);

	upload_comes_back(&f, 50000000, false);
	upload_comes_back(&f, 50000000, true);
	upload_comes_back(&f, 1, true);
	upload_comes_back(&f, 0, true);
	upload_comes_back(&f, 0, false);
	fixture_stop(&f);
	CHECK_INT(f.received, 100000001);
}

/* Each byte of the framing on its own: what is read past the buffer must be content. */
TEST(server_reads_chunk_sizes_that_come_in_pieces)
{
	static const char *const pieces[] = {
		"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"2",
		"0",
		"0",
		"0",
		";",
		"x",
		"\r",
		"\n",
		NULL,
		"\r",
		"\n",
		"0",
		"\r",
		"\n",
		"\r",
		"\n"};
	struct fixture f = {0};
	struct reply reply = {0};
	char content[0x2000];
	fixture_start(&f);

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = pattern_at(i);
	int fd = client_open(&f);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		if (pieces[i])
			client_send(fd, pieces[i]);
		else
			CHECK(client_send_bytes(fd, content, sizeof(content)));
		sleep_ms(10);
	}
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, 200);
	CHECK(reply_is_pattern(&reply, 0, sizeof(content)));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_streams_answers_from_a_reader)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, GET("/stream/3000000"));
	client_reply(fd, false, &reply);
	CHECK(reply_is_pattern(&reply, 0, 3000000));
	client_send(fd, "HEAD /stream/3000000 HTTP/1.1\r\nHost: a\r\n\r\n" GET("/stream/0"));
	client_reply(fd, true, &reply);
	CHECK(reply_has(&reply, "Content-Length: 3000000"));
	client_expect(fd, 200, "");
	client_send(fd, GET("/broken/100000"));
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, -200);
	CHECK_INT(reply.body_len, 50000);
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 1);
	CHECK_INT(f.sent, 3050000);
}

TEST(server_says_continue_when_it_wants_the_body)
{
	struct fixture f = {0};
	struct reply reply = {0};
	static const char *const paths[] = {"/echo", "/gather"};
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		char text[200];
		char answer[sizeof("HTTP/1.1 100 Continue\r\n\r\n")] = {0};
		int fd = client_open(&f);
		snprintf(text, sizeof(text),
			 "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
			 "Expect: 100-continue\r\n\r\n",
			 paths[i]);
		client_send(fd, text);
		CHECK(recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) ==
		      (ssize_t)sizeof(answer) - 1);
		CHECK_STR(answer, "HTTP/1.1 100 Continue\r\n\r\n");
		client_send(fd, "abc" GET("/hello"));
		client_expect(fd, 200, "abc");
		client_expect(fd, 200, "hello\n");
		close(fd);
	}
	int fd = client_open(&f);
	client_send(fd, "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
			"Expect: 100-continue\r\n\r\n");
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, 401);
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK(client_is_closed(fd));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
}

TEST(server_passes_over_bodies_that_nobody_reads)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
			"PUT /pool HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
			"3\r\nabc\r\n0\r\n\r\n" GET("/hello"));
	client_expect(fd, 401, "no\n");
	client_expect(fd, 200, "pool\n");
	client_expect(fd, 200, "hello\n");
	/* Ten megabytes are refused as well, and the client finds the answer, not a reset. */
	struct upload upload = {fd, 10000000, false};
	client_send(fd, "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
	upload_thread(&upload);
	client_reply(fd, false, &reply);
	CHECK_INT(reply.status, 401);
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK_STR(reply.body, "no\n");
	CHECK(client_is_closed(fd));
	close(fd);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 0);
}

TEST(server_answers_what_it_cannot_take)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"\x16\x03\x01\x02\r\n\r\n", 400},
		{"GET /hello HTTP/1.1\r\n\r\n", 400},
		{"GET /../etc HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
		{"GET /hello HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417},
		{"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
		{"PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"PUT /gather HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		 400},
		{GET("/silent"), 500},
	};
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = client_open(&f);
		client_send(fd, cases[i].text);
		client_reply(fd, false, &reply);
		CHECK_INT(reply.status, cases[i].status);
		CHECK(reply_has(&reply, "Connection: close"));
		CHECK(client_is_closed(fd));
		close(fd);
	}
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_STR(f.last_error, "input");
	CHECK_INT(f.n_refused, 6);
}

/* The end of the stream comes in the same edge as the bytes before it. */
TEST(a_client_that_sends_no_more_is_answered_and_let_go)
{
	static const char *const texts[] = {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "GET /he",
					    ""};
	struct fixture f = {.limits = {.idle_ms = 60000, .head_ms = 60000}};

	fixture_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		autoclose int fd = client_open(&f);
		client_send(fd, texts[i]);
		shutdown(fd, SHUT_WR);
		if (i == 0)
			client_expect(fd, 200, "hello\n");
		CHECK(client_is_closed(fd));
	}
	fixture_stop(&f);
}

TEST(server_keeps_the_order_for_a_client_that_reads_late)
{
	struct fixture f = {0};
	struct buf requests = {0};
	struct reply reply = {0};
	fixture_start(&f);

	for (int i = 0; i < 1000; i++)
		buf_printf(&requests, "GET /borrowed/%d HTTP/1.1\r\nHost: a\r\n\r\n", i * 20);
	int fd = client_open(&f);
	CHECK(client_send_bytes(fd, requests.ptr, requests.len));
	sleep_ms(50); /* ten megabytes of answers: its socket is full by now */
	for (int i = 0; i < 1000; i++) {
		client_reply(fd, false, &reply);
		CHECK_INT(reply.status, 200);
		CHECK(reply_is_pattern(&reply, 0, (size_t)i * 20));
	}
	close(fd);
	buf_done(&requests);
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_released, 1000);
	CHECK_INT(f.sent, 20LL * 999 * 500);
}

TEST(server_adds_blocks_of_fields_and_closes_when_told)
{
	struct fixture f = {0};
	struct reply reply = {0};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, GET("/last") GET("/hello"));
	client_reply(fd, false, &reply);
	CHECK_STR(reply.body, "bye\n");
	CHECK(reply_has(&reply, "X-One: 1"));
	CHECK(reply_has(&reply, "X-Two: 2"));
	CHECK(reply_has(&reply, "Connection: close"));
	CHECK(client_is_closed(fd)); /* the second one is not begun */
	close(fd);
	CHECK_INT(client_ask(&f, GET("/long"), &reply), 500); /* more fields than we ever add */
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_begun, 2);
}
