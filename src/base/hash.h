/* hash.h - SHA-256 and SHA-512 over streams.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum hash_algo { HASH_SHA256, HASH_SHA512 };
#define HASH_MAX_SIZE 64

struct hash; /* one running computation */
struct hash *hash_new(enum hash_algo algo);
void hash_update(struct hash *hash, const void *data, size_t len);
size_t hash_final(struct hash *hash, uint8_t out[HASH_MAX_SIZE]); /* the size; then it is spent */
void hash_free(struct hash *hash);
static inline void hash_freep(struct hash **hash)
{
	hash_free(*hash);
}
#define autohash cleanup(hash_freep)
size_t hash_size(enum hash_algo algo);
void hash_hex(const uint8_t *bytes, size_t len, char *out); /* out: 2 * len + 1 */
/* One-shot, as lower-case hex. */
void sha256_hex(const void *data, size_t len, char out[65]);
