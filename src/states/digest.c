/* digest.c - digests that say which bytes a file must have.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/digest.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "base/encode.h"

#include "base/banned.h"

union context {
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

static const struct {
	const char *name;
	const struct nettle_hash *hash;
} algos[N_DIGESTS] = {
	[DIGEST_MD5] = {"md5", &nettle_md5},          [DIGEST_SHA1] = {"sha1", &nettle_sha1},
	[DIGEST_SHA224] = {"sha224", &nettle_sha224}, [DIGEST_SHA256] = {"sha256", &nettle_sha256},
	[DIGEST_SHA384] = {"sha384", &nettle_sha384}, [DIGEST_SHA512] = {"sha512", &nettle_sha512},
};

const char *digest_algo_name(enum digest_algo algo)
{
	return algos[algo].name;
}

bool digest_algo_named(struct str name, enum digest_algo *ret_algo)
{
	for (int i = 0; i < N_DIGESTS; i++) {
		if (!str_is_nocase(name, algos[i].name))
			continue;
		*ret_algo = (enum digest_algo)i;
		return true;
	}
	return false;
}

void digest_of(enum digest_algo algo, struct str bytes, struct digest *ret_digest)
{
	union context context;
	uint8_t raw[SHA512_DIGEST_SIZE];
	const struct nettle_hash *hash = algos[algo].hash;

	hash->init(&context);
	hash->update(&context, bytes.len, (const uint8_t *)bytes.ptr);
	hash->digest(&context, hash->digest_size, raw);
	ret_digest->algo = algo;
	hex_encode(raw, hash->digest_size, ret_digest->hex);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool parse_hex(struct str hex, struct digest *ret_digest)
{
	for (size_t i = 0; i < hex.len; i++)
		if (!is_hex(hex.ptr[i]))
			return false;
	for (int i = 0; i < N_DIGESTS; i++) {
		if (hex.len != (size_t)algos[i].hash->digest_size * 2)
			continue;
		ret_digest->algo = (enum digest_algo)i;
		for (size_t j = 0; j < hex.len; j++)
			ret_digest->hex[j] =
				(char)(hex.ptr[j] >= 'A' && hex.ptr[j] <= 'F' ? hex.ptr[j] + 32
									      : hex.ptr[j]);
		ret_digest->hex[hex.len] = '\0';
		return true;
	}
	return false;
}

bool digest_parse(struct str text, struct digest *ret_digest)
{
	struct str rest = str_trim(text);
	size_t at = 0;

	while (at < rest.len && rest.ptr[at] != '=' && rest.ptr[at] != ':')
		at++;
	if (at == rest.len)
		return parse_hex(rest, ret_digest);
	struct str name = str_trim((struct str){rest.ptr, at});
	struct str hex = str_trim((struct str){rest.ptr + at + 1, rest.len - at - 1});
	return parse_hex(hex, ret_digest) &&
	       str_is_nocase(name, digest_algo_name(ret_digest->algo));
}

/* The longest run of hex digits of the line that is as long as a digest. */
static bool find_in_line(struct str line, struct digest *ret_digest, struct str *ret_found)
{
	bool found = false;

	for (size_t i = 0; i < line.len;) {
		size_t start = i;
		while (i < line.len && is_hex(line.ptr[i]))
			i++;
		struct str run = {line.ptr + start, i - start};
		if ((!found || run.len > ret_found->len) && parse_hex(run, ret_digest)) {
			found = true;
			*ret_found = run;
		}
		i += i == start;
	}
	return found;
}

static bool ends_word(const char *start, const char *at)
{
	return at == start || strchr(" \t*(/=", at[-1]) != NULL;
}

static bool names_it(struct str line, struct str hex, struct str name)
{
	for (size_t i = 0; name.len && i + name.len <= line.len; i++) {
		const char *at = line.ptr + i;
		if (at >= hex.ptr && at < hex.ptr + hex.len)
			continue;
		bool ends = i + name.len == line.len || strchr(" \t)=\r", at[name.len]) != NULL;
		if (ends && memcmp(at, name.ptr, name.len) == 0 && ends_word(line.ptr, at))
			return true;
	}
	return false;
}

bool digest_find(struct str list, struct str name, bool any, struct digest *ret_digest)
{
	bool found = false, named = false;

	while (list.len) {
		struct str line = str_trim(str_cut(&list, '\n'));
		struct digest digest;
		struct str hex = {0};
		if (!find_in_line(line, &digest, &hex))
			continue;
		bool is_named = names_it(line, hex, name);
		/* The longest digest of the file; without its name the first of all. */
		bool is_better = is_named ? !named || digest.algo > ret_digest->algo
					  : any && !found && !named;
		if (is_better)
			*ret_digest = digest;
		found = found || is_better;
		named = named || is_named;
	}
	return found;
}
