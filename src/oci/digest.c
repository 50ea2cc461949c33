/* digest.c - parsing digests and making them from bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest.h"

#include <assert.h>

#include "base/buf.h"
#include "base/encode.h"

#include "base/banned.h"

#define QUOTED_MAX 80 /* bytes of a wrong digest that a message repeats */

static const struct {
	struct str prefix;
	size_t n_digits;
} algos[] = {
	[HASH_SHA256] = {{"sha256:", 7}, 64},
	[HASH_SHA512] = {{"sha512:", 7}, 128},
};

static int refuse(struct str text, const char *reason, struct err *err)
{
	autobuf struct buf quoted = {0};

	text_escape(&quoted, (struct str){text.ptr, text.len < QUOTED_MAX ? text.len : QUOTED_MAX});
	return err_set(err, ERR_INPUT, "digest '%s%s' %s", buf_text(&quoted),
		       text.len > QUOTED_MAX ? "..." : "", reason);
}

/* Lower case only: image-spec forbids the other, so that equal digests are equal texts. */
static bool is_lower_hex(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return true;
}

int digest_parse(struct str text, struct digest *ret_digest, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(algos); i++) {
		if (!str_starts(text, algos[i].prefix))
			continue;

		size_t skip = algos[i].prefix.len;
		struct str hex = {text.ptr + skip, text.len - skip};
		if (hex.len != algos[i].n_digits || !is_lower_hex(hex)) {
			autofree char *reason =
				xasprintf("needs %zu lower-case hexadecimal digits behind '%s'",
					  algos[i].n_digits, algos[i].prefix.ptr);
			return refuse(text, reason, err);
		}
		*ret_digest = (struct digest){0};
		memcpy(ret_digest->text, text.ptr, text.len);
		return 0;
	}
	return refuse(text, "must begin with 'sha256:' or 'sha512:'", err);
}

static struct digest digest_of(enum hash_algo algo, const uint8_t *bytes, size_t len)
{
	struct digest digest = {0};

	memcpy(digest.text, algos[algo].prefix.ptr, algos[algo].prefix.len);
	hash_hex(bytes, len, digest.text + algos[algo].prefix.len);
	return digest;
}

struct digest digest_of_hash(struct hash *hash, enum hash_algo algo)
{
	uint8_t bytes[HASH_MAX_SIZE];
	size_t len = hash_final(hash, bytes);

	assert(2 * len == algos[algo].n_digits);
	return digest_of(algo, bytes, len);
}

struct digest digest_of_bytes(const void *data, size_t len)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);

	hash_update(hash, data, len);
	return digest_of_hash(hash, HASH_SHA256);
}

enum hash_algo digest_algo(const struct digest *digest)
{
	return text_starts(digest->text, algos[HASH_SHA512].prefix.ptr) ? HASH_SHA512 : HASH_SHA256;
}

const char *digest_hex(const struct digest *digest)
{
	return digest_is_set(digest) ? digest->text + algos[digest_algo(digest)].prefix.len : "";
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return strcmp(a->text, b->text) == 0;
}

bool digest_is_set(const struct digest *digest)
{
	return digest->text[0] != '\0';
}

struct digest digest_chain(const struct digest *parent_chain, const struct digest *diff_id)
{
	if (!parent_chain || !digest_is_set(parent_chain))
		return *diff_id;

	char both[2 * DIGEST_TEXT_MAX + 1];
	int len = snprintf(both, sizeof(both), "%s %s", parent_chain->text, diff_id->text);
	return digest_of_bytes(both, (size_t)len);
}
