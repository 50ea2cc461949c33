/* test_tls.c - the server against OpenSSL's client, over a pair of sockets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/io.h"
#include "base/random.h"
#include "pki/ca.h"
#include "testing/test.h"

/* A server's connection and its client, in one thread: each moves when it can. */
struct link {
	struct tls_conn *conn;
	SSL *client;
	int fds[2]; /* the server's, the client's */
};

static void link_done(struct link *link)
{
	tls_conn_free(link->conn);
	SSL_free(link->client);
	for (int i = 0; i < 2; i++) {
		if (link->fds[i] >= 0)
			close(link->fds[i]);
	}
}
#define autolink cleanup(link_done)

static void client_ctx_freep(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}
#define autoctx cleanup(client_ctx_freep)
DEFINE_FREEP(struct tls_server, tls_server_unref)
#define autoserver cleanup(tls_server_unrefp)

static void load_pair(const char *names_text, enum key_type type, struct cert_pair *ret_pair)
{
	int dirfd = test_dir(NULL);
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	strlist_split(&names, str_of(names_text), ' ');
	autofree char *cert = xasprintf("%s.bundle.crt", names.items[0]);
	autofree char *key = xasprintf("%s.key", names.items[0]);
	CHECK_OK(ca_issue(dirfd, &names, &(struct ca_options){.type = type}, &err), &err);
	CHECK_OK(cert_pair_load(dirfd, cert, key, false, ret_pair, &err), &err);
}

static struct tls_server *make_server(const struct tls_options *options,
				      const struct tls_server *previous)
{
	autoerr struct err err = {0};
	struct tls_server *server = NULL;
	CHECK_OK(tls_server_new(options, previous, &server, &err), &err);
	return server;
}

static struct tls_server *simple_server(void)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	return make_server(&(struct tls_options){.pairs = &pair, .n_pairs = 1}, NULL);
}

static SSL_CTX *client_ctx(int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	CHECK(ctx);
	if (version) {
		CHECK(SSL_CTX_set_min_proto_version(ctx, version));
		CHECK(SSL_CTX_set_max_proto_version(ctx, version));
	}
	return ctx;
}

static void link_open(struct link *link, struct tls_server *server, SSL_CTX *ctx, const char *name)
{
	autoerr struct err err = {0};
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link->fds) == 0);
	for (int i = 0; i < 2; i++)
		CHECK_OK(fd_set_nonblock(link->fds[i], true, &err), &err);
	signal(SIGPIPE, SIG_IGN);
	if (server)
		link->conn = tls_conn_new(server, link->fds[0]);
	link->client = SSL_new(ctx);
	CHECK(link->client && SSL_set_fd(link->client, link->fds[1]));
	if (name)
		CHECK(SSL_set_tlsext_host_name(link->client, name));
	SSL_set_connect_state(link->client);
}

/* Both go on until both are done or one fails. What the server came to. */
static enum tls_result link_shake(struct link *link)
{
	enum tls_result result = TLS_WANT_READ;
	for (int turn = 0; turn < 50; turn++) {
		int client = SSL_do_handshake(link->client);
		if (result != TLS_DONE)
			result = tls_handshake(link->conn);
		if (result == TLS_DONE && client == 1)
			return result;
		if (result != TLS_DONE && result != TLS_WANT_READ && result != TLS_WANT_WRITE)
			return result;
	}
	return TLS_FAILED;
}

/* "ping" there, "pong" back: the client has seen the tickets then. */
static void link_ping(struct link *link)
{
	char text[16] = "";
	size_t n;
	CHECK_INT(SSL_write(link->client, "ping", 4), 4);
	CHECK_INT(tls_read(link->conn, text, sizeof(text), &n), TLS_DONE);
	CHECK(n == 4 && memcmp(text, "ping", 4) == 0);
	CHECK_INT(tls_read(link->conn, text, sizeof(text), &n), TLS_WANT_READ);
	CHECK_INT(n, 0);
	CHECK_INT(tls_write(link->conn, "pong", 4, &n), TLS_DONE);
	CHECK_INT(n, 4);
	CHECK_INT(SSL_read(link->client, text, sizeof(text)), 4);
	CHECK(memcmp(text, "pong", 4) == 0);
}

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

TEST(the_least_version_can_be_raised)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	autoserver struct tls_server *server = make_server(
		&(struct tls_options){.pairs = &pair, .n_pairs = 1, .min_version = "1.3"}, NULL);
	autoctx SSL_CTX *old = client_ctx(TLS1_2_VERSION), *new = client_ctx(TLS1_3_VERSION);
	autolink struct link refused = {0}, taken = {0};
	link_open(&refused, server, old, NULL);
	CHECK_INT(link_shake(&refused), TLS_FAILED);
	link_open(&taken, server, new, NULL);
	CHECK_INT(link_shake(&taken), TLS_DONE);
}

TEST(wrong_options_say_which)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	const struct {
		struct tls_options options;
		const char *message;
	} cases[] = {
		{{.pairs = &pair, .n_pairs = 1, .min_version = "1.1"},
		 "TLS version '1.1' is not 1.2 or 1.3"},
		{{.pairs = &pair, .n_pairs = 1, .ciphers = "ROT13"},
		 "TLS ciphers 'ROT13': no cipher match"},
		{{.pairs = &pair, .n_pairs = 1, .cipher_suites = "TLS_ROT13"},
		 "TLS 1.3 cipher suites 'TLS_ROT13': no cipher match"},
		{{.pairs = &pair, .n_pairs = 1, .curves = "P-1"}, "TLS curves 'P-1'"},
		{{.n_pairs = 0}, "TLS needs a certificate"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct tls_server *server = NULL;
		CHECK(tls_server_new(&cases[i].options, NULL, &server, &err) < 0);
		if (!text_starts(err_text(&err), cases[i].message))
			CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!server);
	}
}

TEST(rules_of_the_options_are_kept)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	struct tls_options options = {.pairs = &pair,
				      .n_pairs = 1,
				      .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384",
				      .cipher_suites = "TLS_CHACHA20_POLY1305_SHA256",
				      .curves = "P-384"};
	static const struct {
		int version;
		const char *cipher;
	} cases[] = {{TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
		     {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"}};
	autoserver struct tls_server *server = make_server(&options, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoctx SSL_CTX *ctx = client_ctx(cases[i].version);
		autolink struct link link = {0};
		link_open(&link, server, ctx, NULL);
		CHECK_INT(link_shake(&link), TLS_DONE);
		CHECK_STR(tls_conn_cipher(link.conn), cases[i].cipher);
		CHECK_INT(SSL_get_negotiated_group(link.client), NID_secp384r1);
	}
}

TEST(http_1_1_is_chosen_and_nothing_else)
{
	static const struct {
		const char *offer, *chosen;
	} cases[] = {
		{"\x02h2\x08http/1.1", "http/1.1"}, {"\x08http/1.1", "http/1.1"}, {"\x02h2", ""}};
	autoserver struct tls_server *server = simple_server();
	autoctx SSL_CTX *ctx = client_ctx(0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autolink struct link link = {0};
		const unsigned char *chosen = NULL;
		unsigned len = 0;
		link_open(&link, server, ctx, NULL);
		CHECK(SSL_set_alpn_protos(link.client, (const unsigned char *)cases[i].offer,
					  (unsigned)strlen(cases[i].offer)) == 0);
		CHECK_INT(link_shake(&link), TLS_DONE);
		SSL_get0_alpn_selected(link.client, &chosen, &len);
		CHECK(str_is((struct str){(const char *)chosen, len}, cases[i].chosen));
	}
}

/* Which certificate answers: its key's algorithm and first name. */
static void check_answer(struct tls_server *server, SSL_CTX *ctx, const char *asked,
			 const char *kind, const char *name)
{
	autolink struct link link = {0};
	char common_name[256] = "";
	link_open(&link, server, ctx, asked);
	CHECK_INT(link_shake(&link), TLS_DONE);
	X509 *cert = SSL_get0_peer_certificate(link.client);
	CHECK(cert);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, common_name,
				  sizeof(common_name));
	CHECK_STR(common_name, name);
	CHECK_STR(EVP_PKEY_get0_type_name(X509_get0_pubkey(cert)), kind);
}

TEST(rsa_and_ecdsa_stand_side_by_side)
{
	cleanup(cert_pair_done) struct cert_pair rsa = {0}, ecdsa = {0};
	load_pair("a.test", KEY_RSA, &rsa);
	load_pair("a.test", KEY_P256, &ecdsa);
	struct cert_pair pairs[] = {rsa, ecdsa};
	autoserver struct tls_server *server =
		make_server(&(struct tls_options){.pairs = pairs, .n_pairs = 2}, NULL);
	autoctx SSL_CTX *any = client_ctx(0), *old = client_ctx(TLS1_2_VERSION),
			*rsa_only = client_ctx(TLS1_3_VERSION);
	CHECK(SSL_CTX_set_cipher_list(old, "ECDHE-RSA-AES128-GCM-SHA256"));
	CHECK(SSL_CTX_set1_sigalgs_list(rsa_only, "RSA-PSS+SHA256"));
	check_answer(server, any, NULL, "EC", "a.test");
	check_answer(server, any, "a.test", "EC", "a.test");
	check_answer(server, any, "else.test", "EC", "a.test");
	check_answer(server, old, "a.test", "RSA", "a.test");
	check_answer(server, rsa_only, "a.test", "RSA", "a.test");
}

TEST(the_asked_name_chooses_the_certificate)
{
	struct cert_pair pairs[4] = {0};
	load_pair("a.test", KEY_P256, &pairs[0]);
	load_pair("b.test *.b.test", KEY_RSA, &pairs[1]);
	load_pair("x.b.test", KEY_P256, &pairs[2]);
	load_pair("b.test *.b.test", KEY_P384, &pairs[3]);
	autoserver struct tls_server *server =
		make_server(&(struct tls_options){.pairs = pairs, .n_pairs = 4}, NULL);
	autoctx SSL_CTX *any = client_ctx(0), *rsa_only = client_ctx(0);
	static const struct {
		const char *asked, *kind, *name;
	} cases[] = {
		{NULL, "EC", "a.test"},         {"a.test", "EC", "a.test"},
		{"A.TEST", "EC", "a.test"},     {"c.test", "EC", "a.test"},
		{"b.test", "EC", "b.test"},     {"y.b.test", "EC", "b.test"},
		{"x.b.test", "EC", "x.b.test"}, {"y.x.b.test", "EC", "a.test"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_answer(server, any, cases[i].asked, cases[i].kind, cases[i].name);
	CHECK(SSL_CTX_set1_sigalgs_list(rsa_only, "RSA-PSS+SHA256"));
	check_answer(server, rsa_only, "b.test", "RSA", "b.test");
	/* Nothing to lean on but a certificate for another name: the client decides. */
	check_answer(server, rsa_only, "x.b.test", "RSA", "b.test");
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		cert_pair_done(&pairs[i]);
}

static SSL_SESSION *session_of(struct tls_server *server, SSL_CTX *ctx)
{
	autolink struct link link = {0};
	link_open(&link, server, ctx, NULL);
	CHECK_INT(link_shake(&link), TLS_DONE);
	link_ping(&link);
	SSL_SESSION *session = SSL_get1_session(link.client);
	CHECK(session && SSL_SESSION_is_resumable(session));
	SSL_shutdown(link.client);
	return session;
}

static bool is_resumed(struct tls_server *server, SSL_CTX *ctx, SSL_SESSION *session)
{
	autolink struct link link = {0};
	link_open(&link, server, ctx, NULL);
	CHECK(SSL_set_session(link.client, session));
	CHECK_INT(link_shake(&link), TLS_DONE);
	link_ping(&link);
	SSL_shutdown(link.client); /* without, OpenSSL's client forgets the session */
	return SSL_session_reused(link.client);
}

TEST(tickets_outlive_a_reload)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	struct tls_options options = {.pairs = &pair, .n_pairs = 1};
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		autoctx SSL_CTX *ctx = client_ctx(versions[i]);
		struct tls_server *first = make_server(&options, NULL);
		SSL_SESSION *session = session_of(first, ctx);
		autoserver struct tls_server *second = make_server(&options, first);
		autoserver struct tls_server *stranger = make_server(&options, NULL);
		bool at_first = is_resumed(first, ctx, session);
		tls_server_unref(first);
		bool at_second = is_resumed(second, ctx, session);
		bool at_stranger = is_resumed(stranger, ctx, session);
		SSL_SESSION_free(session);
		CHECK(at_first && at_second && !at_stranger);
	}
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

/* Shakes hands over and over, with tickets when it has one. */
static void *shake_often(void *arg)
{
	struct tls_server *server = arg;
	SSL_CTX *ctx = client_ctx(0);
	for (int i = 0; i < 10; i++) {
		SSL_SESSION *session = session_of(server, ctx);
		CHECK(is_resumed(server, ctx, session));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(ctx);
	return NULL;
}

TEST(threads_share_a_server)
{
	autoserver struct tls_server *server = simple_server();
	pthread_t threads[4];
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, shake_often, server) == 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

TEST(a_read_knows_when_nothing_is_left)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	autoserver struct tls_server *server = simple_server();
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		autoctx SSL_CTX *ctx = client_ctx(versions[i]);
		cleanup(link_done) struct link link = {0};
		char text[16];
		size_t n;
		link_open(&link, server, ctx, NULL);
		CHECK_INT(link_shake(&link), TLS_DONE);
		link_ping(&link); /* it read until there was nothing */
		CHECK(tls_is_dry(link.conn));
		CHECK_INT(SSL_write(link.client, "ping", 4), 4);
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_DONE);
		CHECK(n == 4 && tls_is_dry(link.conn));
		CHECK_INT(SSL_write(link.client, "one more ping", 13), 13);
		CHECK_INT(tls_read(link.conn, text, 3, &n), TLS_DONE);
		CHECK(n == 3 && !tls_is_dry(link.conn));
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_DONE);
		CHECK(n == 10 && !tls_is_dry(link.conn)); /* nobody knows */
		CHECK_INT(tls_read(link.conn, text, sizeof(text), &n), TLS_WANT_READ);
		CHECK(tls_is_dry(link.conn));
	}
}
