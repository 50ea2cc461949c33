/* tls_tickets.c - the keys of session tickets, and when they change.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 5077, 4 (the form of a ticket: name, IV, AES-CBC, HMAC-SHA-256). */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/clock.h"
#include "base/random.h"
#include "pki/limits.h"
#include "pki/tls_private.h"

#include "base/banned.h"

struct ticket_key {
	uint8_t name[16], aes[32], hmac[32];
	int64_t made_ns; /* clock_monotonic_ns; 0: there is none */
};
struct ticket_ring {
	atomic_uint refs;
	EVP_CIPHER *cipher;
	int64_t period_ns;
	pthread_mutex_t lock;      /* guards the keys */
	struct ticket_key keys[2]; /* the one in use, the one before */
};

static void key_make(struct ticket_key *key)
{
	random_bytes(key->name, sizeof(key->name));
	random_bytes(key->aes, sizeof(key->aes));
	random_bytes(key->hmac, sizeof(key->hmac));
	key->made_ns = clock_monotonic_ns();
}

struct ticket_ring *ticket_ring_new(int64_t period_ns)
{
	struct ticket_ring *ring = xcalloc(1, sizeof(*ring));
	ring->refs = 1;
	ring->period_ns = period_ns;
	ring->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	if (!ring->cipher || pthread_mutex_init(&ring->lock, NULL))
		abort();
	key_make(&ring->keys[0]);
	return ring;
}

struct ticket_ring *ticket_ring_ref(struct ticket_ring *ring)
{
	atomic_fetch_add_explicit(&ring->refs, 1, memory_order_relaxed);
	return ring;
}

void ticket_ring_unref(struct ticket_ring *ring)
{
	if (!ring || atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_CIPHER_free(ring->cipher);
	pthread_mutex_destroy(&ring->lock);
	OPENSSL_cleanse(ring->keys, sizeof(ring->keys));
	free(ring);
}

/* The key to seal with, fresh enough. */
static struct ticket_key key_now(struct ticket_ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	int64_t age = clock_monotonic_ns() - ring->keys[0].made_ns;
	if (age > ring->period_ns) {
		ring->keys[1] = ring->keys[0];
		key_make(&ring->keys[0]);
	}
	struct ticket_key key = ring->keys[0];
	pthread_mutex_unlock(&ring->lock);
	return key;
}

/* -1: unknown or too old; 0: the one in use; 1: the one before. */
static int key_find(struct ticket_ring *ring, const uint8_t name[16], struct ticket_key *ret_key)
{
	int found = -1;
	pthread_mutex_lock(&ring->lock);
	int64_t now = clock_monotonic_ns();
	for (int i = 0; i < (int)ARRAY_LEN(ring->keys) && found < 0; i++) {
		const struct ticket_key *key = &ring->keys[i];
		bool is_alive = key->made_ns && now - key->made_ns <= 2 * ring->period_ns;
		if (is_alive && memcmp(key->name, name, sizeof(key->name)) == 0) {
			*ret_key = *key;
			found = i;
		}
	}
	pthread_mutex_unlock(&ring->lock);
	return found;
}

static bool mac_init(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->hmac, sizeof(key->hmac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
		OSSL_PARAM_construct_end(),
	};
	return EVP_MAC_CTX_set_params(mac, params);
}

/* 1: go on; 2: go on and send a newer ticket; 0: no session; -1: failed. */
static int ticket_crypt(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
			EVP_MAC_CTX *mac, int is_sealing)
{
	struct ticket_ring *ring = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct ticket_key key;
	int which = 0;

	if (is_sealing) {
		key = key_now(ring);
		memcpy(name, key.name, sizeof(key.name));
		random_bytes(iv, (size_t)EVP_CIPHER_get_iv_length(ring->cipher));
	} else {
		which = key_find(ring, name, &key);
		if (which < 0)
			return 0;
	}
	bool ok = EVP_CipherInit_ex2(cipher, ring->cipher, key.aes, iv, is_sealing, NULL) &&
		  mac_init(mac, &key);
	OPENSSL_cleanse(&key, sizeof(key));
	if (!ok)
		return -1;
	return which ? 2 : 1;
}

void ticket_ring_install(struct ticket_ring *ring, SSL_CTX *ctx)
{
	SSL_CTX_set_app_data(ctx, ring);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_crypt);
	SSL_CTX_set_timeout(ctx, (long)LIMIT_TICKET_SECONDS);
}
