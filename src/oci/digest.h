/* digest.h - content digests as image-spec writes them ("sha256:<64 hex>").
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, descriptor.md, "Digests". */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"

#define DIGEST_TEXT_MAX (7 + 128 + 1)

struct digest { /* zeroed: none */
	char text[DIGEST_TEXT_MAX];
};

/* Registered algorithms only, lower case; else ERR_INPUT. */
int digest_parse(struct str text, struct digest *ret_digest, struct err *err) must_check;
struct digest digest_of_bytes(const void *data, size_t len);          /* sha256 */
struct digest digest_of_hash(struct hash *hash, enum hash_algo algo); /* spends the hash */
enum hash_algo digest_algo(const struct digest *digest);
const char *digest_hex(const struct digest *digest); /* borrowed from it; "" when unset */
bool digest_eq(const struct digest *a, const struct digest *b);
bool digest_is_set(const struct digest *digest);
/* chainID(1) = diffID, chainID(n) = sha256(chainID(n-1) + " " + diffID(n)): image-spec, config.md.
 * No parent (NULL or unset): the first layer. */
struct digest digest_chain(const struct digest *parent_chain, const struct digest *diff_id);
