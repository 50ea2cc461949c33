/* hash.c - digests by libcrypto, which uses the processor's SHA instructions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/encode.h"
#include "base/mem.h"

#include "base/banned.h"

struct hash {
	EVP_MD_CTX *ctx;
	enum hash_algo algo;
};

static const struct {
	const char *name;
	size_t size; /* bytes */
} algos[] = {
	[HASH_SHA256] = {"SHA256", 32},
	[HASH_SHA512] = {"SHA512", 64},
};

/* Fetched once: OpenSSL 3 looks providers up on each use of EVP_sha256(), under a lock. */
static pthread_once_t digests_once = PTHREAD_ONCE_INIT;
static EVP_MD *digests[ARRAY_LEN(algos)];

static void must_work(int ok)
{
	if (!ok) {
		fputs("libcrypto cannot compute SHA-2\n", stderr);
		abort();
	}
}

static void digests_fetch(void)
{
	for (size_t i = 0; i < ARRAY_LEN(algos); i++) {
		digests[i] = EVP_MD_fetch(NULL, algos[i].name, NULL);
		must_work(digests[i] != NULL);
	}
}

static const EVP_MD *digest_of(enum hash_algo algo)
{
	must_work(pthread_once(&digests_once, digests_fetch) == 0);
	return digests[algo];
}

struct hash *hash_new(enum hash_algo algo)
{
	struct hash *hash = xmalloc(sizeof(*hash));
	*hash = (struct hash){.ctx = EVP_MD_CTX_new(), .algo = algo};
	must_work(hash->ctx && EVP_DigestInit_ex2(hash->ctx, digest_of(algo), NULL));
	return hash;
}

void hash_update(struct hash *hash, const void *data, size_t len)
{
	must_work(EVP_DigestUpdate(hash->ctx, data, len));
}

size_t hash_final(struct hash *hash, uint8_t out[HASH_MAX_SIZE])
{
	must_work(EVP_DigestFinal_ex(hash->ctx, out, NULL));
	return hash_size(hash->algo);
}

void hash_free(struct hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->ctx);
	free(hash);
}

size_t hash_size(enum hash_algo algo)
{
	return algos[algo].size;
}

void hash_hex(const uint8_t *bytes, size_t len, char *out)
{
	hex_encode(bytes, len, out);
}

void sha256_hex(const void *data, size_t len, char out[65])
{
	uint8_t bytes[HASH_MAX_SIZE];
	must_work(EVP_Digest(data, len, bytes, NULL, digest_of(HASH_SHA256), NULL));
	hex_encode(bytes, hash_size(HASH_SHA256), out);
}
