/* test_server_tls.c - the same answers through TLS. The client is OpenSSL itself: ours only serves.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/test_server_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "pki/ca.h"

#include "base/banned.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static struct tls_server *make_tls(void)
{
	int dirfd = test_dir(NULL);
	struct strlist names = {0};
	struct cert_pair pair = {0};
	struct tls_server *tls = NULL;
	autoerr struct err err = {0};

	strlist_add(&names, "localhost");
	CHECK_OK(ca_issue(dirfd, &names, &(struct ca_options){.type = KEY_P256}, &err), &err);
	CHECK_OK(cert_pair_load(dirfd, "localhost.crt", "localhost.key", false, &pair, &err), &err);
	CHECK_OK(tls_server_new(&(struct tls_options){.pairs = &pair, .n_pairs = 1}, NULL, &tls,
				&err),
		 &err);
	cert_pair_done(&pair);
	strlist_done(&names);
	return tls;
}

struct tls_client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

static void tls_open(struct tls_client *client, const struct fixture *f, int version)
{
	client->fd = client_open(f);
	client->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(client->ctx, version);
	client->ssl = SSL_new(client->ctx);
	SSL_set_fd(client->ssl, client->fd);
	CHECK_INT(SSL_connect(client->ssl), 1);
}

static void tls_close(struct tls_client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->ctx);
	close(client->fd);
}

static void tls_say(struct tls_client *client, const void *bytes, size_t len)
{
	size_t n;
	CHECK_INT(SSL_write_ex(client->ssl, bytes, len, &n), 1);
}

/* Reads the head byte by byte and then as many as it tells. */
static void tls_reply(struct tls_client *client, struct reply *reply)
{
	struct buf head = {0};
	uint64_t len = 0;
	size_t n;

	reply_done(reply);
	while (head.len < 4 || strcmp(head.ptr + head.len - 4, "\r\n\r\n") != 0) {
		char byte;
		CHECK_INT(SSL_read_ex(client->ssl, &byte, 1, &n), 1);
		buf_putc(&head, byte);
	}
	reply->head = buf_steal(&head);
	CHECK(str_to_u64((struct str){reply->head + 9, 3}, &len));
	reply->status = (int)len;
	const char *value = strstr(reply->head, "Content-Length: ");
	CHECK(value != NULL);
	value += strlen("Content-Length: ");
	CHECK(str_to_u64((struct str){value, strcspn(value, "\r")}, &len));
	reply->body = xcalloc(1, len + 1);
	while (reply->body_len < len) {
		CHECK_INT(SSL_read_ex(client->ssl, reply->body + reply->body_len,
				      len - reply->body_len, &n),
			  1);
		reply->body_len += n;
	}
}

static void tls_ask(struct tls_client *client, const char *text, size_t pattern_len)
{
	struct reply reply = {0};
	tls_say(client, text, strlen(text));
	tls_reply(client, &reply);
	CHECK_INT(reply.status, 200);
	if (pattern_len)
		CHECK(reply_is_pattern(&reply, 0, pattern_len));
	reply_done(&reply);
}

/* One record has the end of a body and the next request: the thread that reads the one leaves the
 * other inside of OpenSSL, where epoll does not see it. */
TEST(server_finds_a_request_that_came_in_the_record_of_a_body)
{
	static const char head[] = "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8192\r\n\r\n";
	struct fixture f = {.tls = make_tls(), .limits = {.idle_ms = 1000}};
	struct reply reply = {0};
	struct tls_client client;
	char rest[8192 + sizeof(GET("/hello"))];
	fixture_start(&f);

	for (size_t i = 0; i < 8192; i++)
		rest[i] = pattern_at(i);
	memcpy(rest + 8192, GET("/hello"), sizeof(GET("/hello")));
	tls_open(&client, &f, TLS1_3_VERSION);
	for (int i = 0; i < 20; i++) {
		tls_say(&client, head, sizeof(head) - 1);
		sleep_ms(5);
		tls_say(&client, rest, sizeof(rest) - 1);
		tls_reply(&client, &reply);
		CHECK(reply_is_pattern(&reply, 0, 8192));
		tls_reply(&client, &reply);
		CHECK_STR(reply.body, "hello\n");
	}
	tls_close(&client);
	reply_done(&reply);
	fixture_stop(&f);
	tls_server_unref(f.tls);
}

TEST(server_serves_everything_through_tls)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct fixture f = {.tls = make_tls()};
	struct reply reply = {0};
	autofree char *body = xmalloc(3000000);
	fixture_start(&f);

	for (size_t i = 0; i < 3000000; i++)
		body[i] = pattern_at(i);
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct tls_client client;
		tls_open(&client, &f, versions[i]);
		tls_ask(&client, GET("/hello"), 0);
		tls_ask(&client, GET("/pool"), 0);
		tls_ask(&client, GET("/file/0/1"), 1);
		tls_ask(&client, GET("/file/0/3000000"), 3000000);
		tls_ask(&client, GET("/borrowed/3000000"), 3000000);
		tls_ask(&client, GET("/stream/3000000"), 3000000);
		static const char echo[] =
			"PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n";
		tls_say(&client, echo, sizeof(echo) - 1);
		tls_say(&client, body, 3000000);
		tls_reply(&client, &reply);
		CHECK(reply_is_pattern(&reply, 0, 3000000));
		static const char gather[] =
			"PUT /gather HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n";
		tls_say(&client, gather, sizeof(gather) - 1);
		tls_say(&client, body, 90000);
		tls_reply(&client, &reply);
		CHECK(reply_is_pattern(&reply, 0, 90000));
		tls_say(&client, GET("/hello") GET("/pool") GET("/hello"),
			3 * sizeof(GET("/hello")) - 4);
		for (int j = 0; j < 3; j++)
			tls_reply(&client, &reply);
		CHECK_STR(reply.body, "hello\n");
		tls_ask(&client, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 0);
		CHECK_INT(SSL_read(client.ssl, &(char){0}, 1), 0);
		CHECK_INT(SSL_get_shutdown(client.ssl), SSL_RECEIVED_SHUTDOWN);
		tls_close(&client);
	}
	reply_done(&reply);
	fixture_stop(&f);
	CHECK_INT(f.n_cut, 0);
	tls_server_unref(f.tls);
}

TEST(server_tells_plain_clients_that_the_port_speaks_tls)
{
	struct fixture f = {.tls = make_tls()};
	fixture_start(&f);

	int fd = client_open(&f);
	client_send(fd, GET("/hello"));
	client_expect(fd, 400, "this port speaks TLS: use https\n");
	CHECK(client_is_closed(fd));
	close(fd);
	fixture_stop(&f);
	CHECK_INT(f.n_refused, 1);
	CHECK_INT(f.n_begun, 0);
	tls_server_unref(f.tls);
}

TEST(server_ends_handshakes_that_do_not_end)
{
	struct fixture f = {.tls = make_tls(), .limits = {.head_ms = 60}};
	fixture_start(&f);

	int silent = client_open(&f);
	int halfway = client_open(&f);
	int garbage = client_open(&f);
	client_send(halfway, "\x16\x03\x01\x02");
	client_send(garbage, "\x01\x02 nonsense\r\n\r\n");
	while (!client_is_closed(garbage)) /* an alert may come first */
		;
	CHECK(client_is_closed(silent));
	CHECK(client_is_closed(halfway));
	close(silent);
	close(halfway);
	close(garbage);
	fixture_stop(&f);
	tls_server_unref(f.tls);
}

TEST(server_takes_a_new_certificate_while_it_runs)
{
	struct fixture f = {.tls = make_tls()};
	struct tls_server *fresh = make_tls();
	struct tls_client old;
	struct tls_client young;
	fixture_start(&f);

	tls_open(&old, &f, TLS1_3_VERSION);
	tls_ask(&old, GET("/hello"), 0);
	http_server_set_tls(f.server, fresh);
	tls_server_unref(fresh);
	tls_open(&young, &f, TLS1_3_VERSION);
	tls_ask(&young, GET("/hello"), 0);
	tls_ask(&old, GET("/hello"), 0);
	X509 *before = SSL_get1_peer_certificate(old.ssl);
	X509 *after = SSL_get1_peer_certificate(young.ssl);
	CHECK(X509_cmp(before, after) != 0);
	X509_free(before);
	X509_free(after);
	tls_close(&old);
	tls_close(&young);
	fixture_stop(&f);
	tls_server_unref(f.tls);
}
