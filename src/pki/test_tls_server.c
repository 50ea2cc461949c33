/* test_tls_server.c - options, certificates and tickets of a server.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "pki/test_link.h"
#include "pki/tls_private.h"
#include "testing/test.h"

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

#define PERIOD_NS ((int64_t)400000000)

TEST(ticket_keys_change_as_time_goes_by)
{
	autoctx SSL_CTX *ctx = client_ctx(0);
	int64_t start_ns = clock_monotonic_ns();
	struct ticket_ring *ring = ticket_ring_new(PERIOD_NS);
	struct tls_server *server = simple_server();
	ticket_ring_install(ring, server->hosts[0].ctx);
	SSL_SESSION *session = session_of(server, ctx);
	usleep(PERIOD_NS / 1000 * 5 / 4); /* the next key seals, this one still opens */
	bool in_second = is_resumed(server, ctx, session);
	bool was_quick = clock_monotonic_ns() - start_ns < 2 * PERIOD_NS;
	usleep(PERIOD_NS / 1000 * 5 / 4);
	bool in_third = is_resumed(server, ctx, session);
	SSL_SESSION_free(session);
	tls_server_unref(server);
	ticket_ring_unref(ring);
	if (!was_quick)
		test_skip("needs a machine that is less busy");
	CHECK(in_second);
	CHECK(!in_third);
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
