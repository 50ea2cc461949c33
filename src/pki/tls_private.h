/* tls_private.h - what a TLS server shares among its connections.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include <openssl/ssl.h>

#include "pki/tls.h"

/* The keys that seal session tickets: changed as time goes by, so that a stolen one opens little of
 * the past. A server and the ones that replace it share one ring. */
struct ticket_ring;
struct ticket_ring *ticket_ring_new(int64_t period_ns); /* a key seals that long, opens twice */
struct ticket_ring *ticket_ring_ref(struct ticket_ring *ring);
void ticket_ring_unref(struct ticket_ring *ring); /* NULL is fine */
/* The ring must live as long as the context. */
void ticket_ring_install(struct ticket_ring *ring, SSL_CTX *ctx);

/* A pair with its names, and the context that answers for them: this pair, and the first pair of
 * each other key type that speaks for the same names. */
struct tls_host {
	SSL_CTX *ctx;
	struct strlist names;
};
struct tls_server {
	atomic_uint refs;
	struct tls_host *hosts; /* the first answers clients that name no one, or a stranger */
	size_t n_hosts;
	struct ticket_ring *tickets;
};
