/* tls.c - one connection of a TLS server, over a descriptor that does not block.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "pki/pki_private.h"
#include "pki/tls_private.h"

#include "base/banned.h"

#define RECORD_BYTES      16384 /* RFC 8446, 5.1: plaintext of the largest */
#define READ_BUFFER_BYTES 33600 /* two such records; held only while part of one waits */

struct tls_conn {
	SSL *ssl;
	struct tls_server *server;
	int fd;
	bool saw_first_byte; /* and it was none of HTTP's */
	bool is_blocked;     /* the last read found no whole record */
	bool is_bulk;        /* the kernel is asked for all it has, not for one record */
	bool is_dry;         /* see tls_is_dry */
	bool is_broken;      /* OpenSSL forbids more than freeing */
	bool was_shut;
	enum tls_result end; /* TLS_CLOSED or TLS_FAILED: all that will come; else TLS_DONE */
	char *error;
};

struct tls_conn *tls_conn_new(struct tls_server *server, int fd)
{
	struct tls_conn *conn = xcalloc(1, sizeof(*conn));
	*conn = (struct tls_conn){
		.server = tls_server_ref(server), .fd = fd, .ssl = SSL_new(server->hosts[0].ctx)};
	if (!conn->ssl || !SSL_set_fd(conn->ssl, fd))
		abort(); /* out of memory */
	SSL_set_accept_state(conn->ssl);
	ERR_clear_error();
	return conn;
}

void tls_conn_free(struct tls_conn *conn)
{
	if (!conn)
		return;
	SSL_free(conn->ssl);
	tls_server_unref(conn->server);
	free(conn->error);
	free(conn);
}

static enum tls_result fail(struct tls_conn *conn, const char *doing, const char *why)
{
	free(conn->error);
	conn->error = xasprintf("%s: %s", doing, why);
	conn->is_broken = true;
	conn->end = TLS_FAILED;
	return TLS_FAILED;
}

/* What a call that returned `result` (<= 0) has come to. */
static enum tls_result outcome(struct tls_conn *conn, int result, const char *doing)
{
	int saved_errno = errno;
	switch (SSL_get_error(conn->ssl, result)) {
	case SSL_ERROR_WANT_READ: return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE: return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN: conn->end = TLS_CLOSED; return TLS_CLOSED;
	case SSL_ERROR_SYSCALL:
		if (ERR_peek_error() == 0) {
			const char *why = saved_errno ? strerrordesc_np(saved_errno) : NULL;
			return fail(conn, doing, why ? why : "the peer has left");
		}
		break;
	default: break;
	}
	enum tls_result failed = fail(conn, doing, pki_reason(ERR_peek_error()));
	ERR_clear_error();
	return failed;
}

/* A TLS record begins with 22 (handshake), an HTTP request with a capital letter. Looking before
 * OpenSSL does catches all methods, and the request is still there to be read. */
static bool speaks_http(struct tls_conn *conn)
{
	unsigned char first;
	if (conn->saw_first_byte || recv(conn->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return false;
	conn->saw_first_byte = true;
	return first >= 'A' && first <= 'Z';
}

/* By itself OpenSSL asks the kernel twice for a record, for its head and its body. Taking all that
 * is there is worth a fifth of a small request's time and 5 % of an upload's. Not before the end of
 * the handshake, where many idle strangers may wait; not where the kernel decrypts. */
static void read_in_bulk(struct tls_conn *conn)
{
	if (BIO_get_ktls_recv(SSL_get_rbio(conn->ssl)))
		return;
	SSL_set_read_ahead(conn->ssl, 1);
	SSL_set_default_read_buffer_len(conn->ssl, READ_BUFFER_BYTES);
	conn->is_bulk = true;
}

enum tls_result tls_handshake(struct tls_conn *conn)
{
	if (conn->end)
		return conn->end;
	if (speaks_http(conn)) {
		fail(conn, "TLS handshake", "the client speaks plain HTTP");
		return TLS_PLAIN_HTTP;
	}
	ERR_clear_error();
	errno = 0;
	int result = SSL_do_handshake(conn->ssl);
	if (result != 1)
		return outcome(conn, result, "TLS handshake");
	read_in_bulk(conn);
	return TLS_DONE;
}

enum tls_result tls_read(struct tls_conn *conn, void *data, size_t len, size_t *ret_n)
{
	enum tls_result result = TLS_DONE;
	size_t total = 0;

	*ret_n = 0;
	if (conn->end)
		return conn->end;
	ERR_clear_error();
	bool was_dry = conn->is_dry;
	conn->is_blocked = conn->is_dry = false;
	while (total < len) {
		size_t n;
		errno = 0;
		int ok = SSL_read_ex(conn->ssl, (char *)data + total, len - total, &n);
		if (!ok) {
			result = outcome(conn, 0, "reading from TLS");
			conn->is_blocked = conn->is_dry = result == TLS_WANT_READ;
			break;
		}
		total += n;
		/* Behind a short record there is seldom another: do not ask the kernel in vain. */
		if (n < RECORD_BYTES / 2 && !SSL_has_pending(conn->ssl)) {
			/* So few bytes have not filled the buffer that began empty: the kernel
			 * had no more. */
			conn->is_dry = conn->is_bulk && was_dry && total < RECORD_BYTES / 4;
			break;
		}
	}
	*ret_n = total;
	return total ? TLS_DONE : result; /* an end is told by the next call */
}

enum tls_result tls_write(struct tls_conn *conn, const void *data, size_t len, size_t *ret_n)
{
	enum tls_result result = TLS_DONE;
	size_t total = 0;

	*ret_n = 0;
	if (conn->is_broken)
		return TLS_FAILED;
	ERR_clear_error();
	while (total < len) {
		size_t n;
		errno = 0;
		int ok = SSL_write_ex(conn->ssl, (const char *)data + total, len - total, &n);
		if (!ok) {
			result = outcome(conn, 0, "writing to TLS");
			break;
		}
		total += n;
	}
	*ret_n = total;
	return total ? TLS_DONE : result;
}

bool tls_can_sendfile(const struct tls_conn *conn)
{
	return BIO_get_ktls_send(SSL_get_wbio(conn->ssl));
}

enum tls_result tls_sendfile(struct tls_conn *conn, int fd, uint64_t offset, size_t len,
			     size_t *ret_n)
{
	*ret_n = 0;
	if (conn->is_broken)
		return TLS_FAILED;
	ERR_clear_error();
	errno = 0;
	ssize_t n = SSL_sendfile(conn->ssl, fd, (off_t)offset, len, 0);
	if (n < 0)
		return outcome(conn, (int)n, "sending a file by TLS");
	if (n == 0 && len)
		return fail(conn, "sending a file by TLS", "the file is shorter than it was");
	*ret_n = (size_t)n;
	return TLS_DONE;
}

bool tls_has_pending(const struct tls_conn *conn)
{
	return !conn->is_blocked && (conn->end || SSL_has_pending(conn->ssl));
}

bool tls_is_dry(const struct tls_conn *conn)
{
	return conn->is_dry;
}

void tls_shutdown(struct tls_conn *conn)
{
	if (conn->is_broken || conn->was_shut || !SSL_is_init_finished(conn->ssl))
		return;
	conn->was_shut = true;
	ERR_clear_error();
	(void)SSL_shutdown(conn->ssl);
	ERR_clear_error();
}

const char *tls_conn_error(const struct tls_conn *conn)
{
	return conn->error ? conn->error : "";
}

const char *tls_conn_version(const struct tls_conn *conn)
{
	return SSL_get_version(conn->ssl);
}

const char *tls_conn_cipher(const struct tls_conn *conn)
{
	const char *name = SSL_get_cipher_name(conn->ssl);
	return name ? name : "";
}
