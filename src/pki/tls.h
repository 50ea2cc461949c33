/* tls.h - the server's side of TLS 1.2 and 1.3 over descriptors that do not block.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One tls_server holds certificates and rules; it is immutable and shared by all loops, a reload
 * makes a new one (tickets of the old keep working when the old is `previous`). The program must
 * ignore SIGPIPE: OpenSSL writes with write(2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pki/cert.h"

struct tls_options {
	const struct cert_pair
		*pairs; /* RSA and ECDSA side by side; borrowed until the call ends */
	size_t n_pairs;
	const char *min_version; /* "1.2" (NULL too) or "1.3" */
	const char *ciphers;     /* OpenSSL's list for 1.2; NULL: ours, forward secret AEAD only */
	const char *cipher_suites; /* of 1.3; NULL: all */
	const char *curves;        /* "X25519:P-256:P-384"; NULL: that */
};
struct tls_server;
/* Several pairs: the name that the client asks for chooses (exactly, then by wildcard), the first
 * pair answers strangers; a pair of another key type stands in where it has all of the names. ALPN
 * offers "http/1.1" only; clients without it are served. ERR_INPUT tells which option is wrong. */
int tls_server_new(const struct tls_options *options, const struct tls_server *previous,
		   struct tls_server **ret_server, struct err *err) must_check;
struct tls_server *tls_server_ref(struct tls_server *server);
void tls_server_unref(struct tls_server *server); /* NULL is fine */

enum tls_result {
	TLS_DONE,       /* progress was made: the counts say how much */
	TLS_WANT_READ,  /* again when the descriptor is readable */
	TLS_WANT_WRITE, /* again when it is writable */
	TLS_CLOSED,     /* the peer sends no more; writing may go on */
	TLS_PLAIN_HTTP, /* handshake only: the peer speaks plain HTTP; answer 400 on the bare socket
			 */
	TLS_FAILED,     /* tls_conn_error tells */
};
struct tls_conn;
struct tls_conn *tls_conn_new(struct tls_server *server, int fd); /* fd stays the caller's */
void tls_conn_free(struct tls_conn *conn);                        /* NULL is fine */
/* Sets *ret_n (0 without progress). A progress is told first, what stopped it by the next call.
 * tls_write: after TLS_WANT_WRITE offer the same bytes again (at any address, more may follow). */
enum tls_result tls_handshake(struct tls_conn *conn);
enum tls_result tls_read(struct tls_conn *conn, void *data, size_t len, size_t *ret_n);
enum tls_result tls_write(struct tls_conn *conn, const void *data, size_t len, size_t *ret_n);
bool tls_can_sendfile(const struct tls_conn *conn); /* kernel TLS is on for what we send */
enum tls_result tls_sendfile(struct tls_conn *conn, int fd, uint64_t offset, size_t len,
			     size_t *ret_n);
bool tls_has_pending(const struct tls_conn *conn); /* decrypted bytes wait: do not poll for them */
/* The last tls_read took all that had come: no other is due before the descriptor tells of more. */
bool tls_is_dry(const struct tls_conn *conn);
void tls_shutdown(struct tls_conn *conn); /* sends close_notify once, does not wait */
const char *tls_conn_error(const struct tls_conn *conn);
const char *tls_conn_version(const struct tls_conn *conn); /* "TLSv1.3" */
const char *tls_conn_cipher(const struct tls_conn *conn);
