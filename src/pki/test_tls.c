/* test_tls.c - connections of the server with OpenSSL's client.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/random.h"
#include "pki/test_link.h"
#include "testing/test.h"

TEST(both_versions_shake_hands)
{
	static const struct {
		int version;
		const char *name;
	} cases[] = {{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}, {0, "TLSv1.3"}};
	autoserver struct tls_server *server = simple_server();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoctx SSL_CTX *ctx = client_ctx(cases[i].version);
		autolink struct link link = {0};
		link_open(&link, server, ctx, NULL);
		CHECK_INT(link_shake(&link), TLS_DONE);
		CHECK_STR(tls_conn_version(link.conn), cases[i].name);
		CHECK(*tls_conn_cipher(link.conn));
		CHECK_STR(tls_conn_error(link.conn), "");
		link_ping(&link);
		tls_shutdown(link.conn);
		char byte;
		CHECK_INT(SSL_get_error(link.client, SSL_read(link.client, &byte, 1)),
			  SSL_ERROR_ZERO_RETURN);
	}
}

TEST(old_versions_are_refused)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(TLS1_1_VERSION);
	autolink struct link link = {0};
	SSL_CTX_set_security_level(ctx, 0);
	CHECK(SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0"));
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_FAILED);
	CHECK_STR(tls_conn_error(link.conn), "TLS handshake: unsupported protocol");
}

#define BIG ((size_t)3 << 20)

/* Moves BIG bytes through small socket buffers; `to_client` tells the direction. */
static void move_much(int version, bool to_client)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(version);
	autolink struct link link = {0};
	autofree char *sent = xmalloc(BIG), *got = xcalloc(1, BIG);
	size_t n_sent = 0, n_got = 0, n;
	bool was_blocked = false;
	int small = 8192;

	random_bytes(sent, BIG);
	link_open(&link, server, ctx, NULL);
	for (int i = 0; i < 2; i++)
		CHECK(setsockopt(link.fds[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) == 0);
	SSL_set_mode(link.client,
		     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	CHECK_INT(link_shake(&link), TLS_DONE);
	while (n_got < BIG) {
		enum tls_result result = TLS_DONE;
		autofree char *moved = NULL; /* another address for the same bytes each time */
		n = 0;
		if (to_client && n_sent < BIG) {
			size_t len = BIG - n_sent < 100000 ? BIG - n_sent : 100000;
			moved = xmemdup(sent + n_sent, len);
			result = tls_write(link.conn, moved, len, &n);
		} else if (n_sent < BIG) {
			(void)SSL_write_ex(link.client, sent + n_sent, BIG - n_sent, &n);
		}
		CHECK(result == TLS_DONE || (result == TLS_WANT_WRITE && n == 0));
		was_blocked |= result == TLS_WANT_WRITE;
		n_sent += n;
		n = 0;
		if (to_client)
			(void)SSL_read_ex(link.client, got + n_got, BIG - n_got, &n);
		else
			result = tls_read(link.conn, got + n_got, BIG - n_got, &n);
		CHECK(result == TLS_DONE || result == TLS_WANT_READ || to_client);
		n_got += n;
	}
	CHECK(was_blocked == to_client);
	CHECK(memcmp(sent, got, BIG) == 0);
}

TEST(much_comes_and_goes_in_pieces)
{
	move_much(TLS1_2_VERSION, true);
	move_much(TLS1_3_VERSION, true);
	move_much(TLS1_2_VERSION, false);
	move_much(TLS1_3_VERSION, false);
}

TEST(decrypted_bytes_are_told_of)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	autolink struct link link = {0};
	char text[8];
	size_t n;
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_DONE);
	CHECK_INT(SSL_write(link.client, "hello", 5), 5);
	CHECK_INT(tls_read(link.conn, text, 2, &n), TLS_DONE);
	CHECK_INT(n, 2);
	CHECK(tls_has_pending(link.conn));
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_DONE);
	CHECK_INT(n, 3);
	CHECK(!tls_has_pending(link.conn));
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_WANT_READ);
	CHECK(!tls_has_pending(link.conn));
}

TEST(half_a_record_is_not_pending)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	autolink struct link link = {0};
	char record[64], text[8];
	size_t n;
	int wire[2];
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_DONE);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) == 0);
	CHECK(SSL_set_wfd(link.client, wire[0]));
	CHECK_INT(SSL_write(link.client, "hello", 5), 5);
	ssize_t len = read(wire[1], record, sizeof(record));
	CHECK(len > 10);
	CHECK(write(link.fds[1], record, 10) == 10);
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_WANT_READ);
	CHECK(!tls_has_pending(link.conn));
	CHECK(write(link.fds[1], record + 10, (size_t)len - 10) == len - 10);
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_DONE);
	CHECK_INT(n, 5);
	close(wire[0]);
	close(wire[1]);
}

TEST(plain_http_is_recognised)
{
	static const char *const requests[] = {"GET / HTTP/1.1\r\n", "PATCH /v2/ HTTP/1.1\r\n",
					       "OPTIONS * HTTP/1.1\r\n", "DELETE /", "P"};
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		autolink struct link link = {0};
		char text[64] = "";
		link_open(&link, server, ctx, NULL);
		CHECK_INT(tls_handshake(link.conn), TLS_WANT_READ);
		size_t len = strlen(requests[i]);
		CHECK(write(link.fds[1], requests[i], len) == (ssize_t)len);
		CHECK_INT(tls_handshake(link.conn), TLS_PLAIN_HTTP);
		CHECK_STR(tls_conn_error(link.conn), "TLS handshake: the client speaks plain HTTP");
		tls_shutdown(link.conn); /* writes nothing into the plain text */
		CHECK(read(link.fds[1], text, sizeof(text)) < 0 && errno == EAGAIN);
		CHECK(read(link.fds[0], text, sizeof(text) - 1) > 0); /* it was only looked at */
		CHECK_STR(text, requests[i]);
	}
}

TEST(garbage_fails_with_a_reason)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	autolink struct link link = {0};
	char text[8];
	size_t n;
	link_open(&link, server, ctx, NULL);
	CHECK(write(link.fds[1], "\x16\x03\x01\xff\xff garbage", 13) == 13);
	CHECK_INT(tls_handshake(link.conn), TLS_FAILED);
	CHECK(text_starts(tls_conn_error(link.conn), "TLS handshake: "));
	CHECK(strlen(tls_conn_error(link.conn)) > strlen("TLS handshake: "));
	CHECK_INT(tls_handshake(link.conn), TLS_FAILED); /* and stays so */
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_FAILED);
	CHECK_INT(tls_write(link.conn, "x", 1, &n), TLS_FAILED);
	CHECK(ERR_peek_error() == 0);
}

TEST(peers_may_leave_in_the_middle)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	autolink struct link link = {0};
	link_open(&link, server, ctx, NULL);
	(void)SSL_do_handshake(link.client);
	CHECK_INT(tls_handshake(link.conn), TLS_WANT_READ);
	CHECK(shutdown(link.fds[1], SHUT_RDWR) == 0);
	CHECK_INT(tls_handshake(link.conn), TLS_CLOSED);
	tls_shutdown(link.conn);
}

TEST(distrust_of_the_client_is_told)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(TLS1_2_VERSION);
	autolink struct link link = {0};
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_FAILED);
	CHECK_STR(tls_conn_error(link.conn), "TLS handshake: tlsv1 alert unknown ca");
}

TEST(an_end_is_an_end_with_and_without_farewell)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	autoserver struct tls_server *server = simple_server();
	for (int i = 0; i < 4; i++) {
		autoctx SSL_CTX *ctx = client_ctx(versions[i % 2]);
		autolink struct link link = {0};
		char text[8];
		size_t n;
		link_open(&link, server, ctx, NULL);
		CHECK_INT(link_shake(&link), TLS_DONE);
		CHECK_INT(SSL_write(link.client, "bye", 3), 3);
		if (i < 2)
			SSL_shutdown(link.client);
		else
			CHECK(shutdown(link.fds[1], SHUT_WR) == 0);
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_DONE);
		CHECK_INT(n, 3);
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_CLOSED);
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_CLOSED);
		CHECK_INT(n, 0);
		CHECK_INT(tls_write(link.conn, "answer", 6, &n), TLS_DONE); /* half closed */
	}
}

TEST(a_peer_that_left_fails_the_write)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	autolink struct link link = {0};
	size_t n;
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_DONE);
	close(link.fds[1]);
	link.fds[1] = -1;
	CHECK_INT(tls_write(link.conn, "x", 1, &n), TLS_FAILED);
	CHECK_STR(tls_conn_error(link.conn), "writing to TLS: Broken pipe");
	tls_shutdown(link.conn);
}

TEST(clients_cannot_renegotiate)
{
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(TLS1_2_VERSION);
	autolink struct link link = {0};
	char text[8];
	size_t n;
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_DONE);
	CHECK(SSL_renegotiate(link.client));
	(void)SSL_do_handshake(link.client);
	CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_WANT_READ);
	CHECK_INT(SSL_do_handshake(link.client), -1);
	CHECK_INT(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
}
