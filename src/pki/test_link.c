/* test_link.c - a TLS server's connection and OpenSSL's client.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/test_link.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "pki/ca.h"
#include "testing/test.h"

void link_done(struct link *link)
{
	tls_conn_free(link->conn);
	SSL_free(link->client);
	for (int i = 0; i < 2; i++) {
		if (link->fds[i] >= 0)
			close(link->fds[i]);
	}
}

void load_pair(const char *names_text, enum key_type type, struct cert_pair *ret_pair)
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

struct tls_server *make_server(const struct tls_options *options, const struct tls_server *previous)
{
	autoerr struct err err = {0};
	struct tls_server *server = NULL;
	CHECK_OK(tls_server_new(options, previous, &server, &err), &err);
	return server;
}

struct tls_server *simple_server(void)
{
	cleanup(cert_pair_done) struct cert_pair pair = {0};
	load_pair("a.test", KEY_P256, &pair);
	return make_server(&(struct tls_options){.pairs = &pair, .n_pairs = 1}, NULL);
}

SSL_CTX *client_ctx(int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	CHECK(ctx);
	if (version) {
		CHECK(SSL_CTX_set_min_proto_version(ctx, version));
		CHECK(SSL_CTX_set_max_proto_version(ctx, version));
	}
	return ctx;
}

void link_open(struct link *link, struct tls_server *server, SSL_CTX *ctx, const char *name)
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

enum tls_result link_shake(struct link *link)
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

void link_ping(struct link *link)
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
