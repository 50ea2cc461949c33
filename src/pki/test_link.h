/* test_link.h - a TLS server's connection and OpenSSL's client, joined for tests.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <openssl/ssl.h>

#include "pki/tls.h"

/* Both in one thread: each moves when it can. */
struct link {
	struct tls_conn *conn;
	SSL *client;
	int fds[2]; /* the server's, the client's */
};
void link_open(struct link *link, struct tls_server *server, SSL_CTX *ctx, const char *name);
void link_done(struct link *link);
#define autolink cleanup(link_done)
/* Both go on until both are done or one fails. What the server came to. */
enum tls_result link_shake(struct link *link);
/* "ping" there, "pong" back: the client has seen the tickets then. */
void link_ping(struct link *link);

static inline void client_ctx_freep(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}
#define autoctx cleanup(client_ctx_freep)
DEFINE_FREEP(struct tls_server, tls_server_unref)
#define autoserver cleanup(tls_server_unrefp)

SSL_CTX *client_ctx(int version); /* 0: any */
/* Issued by a fresh authority; names with blanks between. */
void load_pair(const char *names, enum key_type type, struct cert_pair *ret_pair);
struct tls_server *make_server(const struct tls_options *options,
			       const struct tls_server *previous);
struct tls_server *simple_server(void); /* for "a.test", P-256 */
