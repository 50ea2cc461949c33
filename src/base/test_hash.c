/* test_hash.c - digests against the vectors of FIPS 180-4.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "testing/test.h"

TEST(digests_of_known_texts)
{
	static const struct {
		enum hash_algo algo;
		const char *text, *hex;
	} cases[] = {
		{HASH_SHA256, "",
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{HASH_SHA256, "abc",
		 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{HASH_SHA512, "abc",
		 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		autohash struct hash *hash = hash_new(cases[i].algo);
		uint8_t bytes[HASH_MAX_SIZE];
		char hex[2 * HASH_MAX_SIZE + 1];
		hash_update(hash, cases[i].text, strlen(cases[i].text));
		size_t size = hash_final(hash, bytes);
		CHECK_INT(size, hash_size(cases[i].algo));
		hash_hex(bytes, size, hex);
		CHECK_STR(hex, cases[i].hex);
	}
}

TEST(pieces_and_the_whole_have_one_digest)
{
	char text[1000], whole[65], pieces[65];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	sha256_hex(text, sizeof(text), whole);
	autohash struct hash *hash = hash_new(HASH_SHA256);
	for (size_t at = 0, n = 1; at < sizeof(text); at += n, n++) {
		size_t left = sizeof(text) - at;
		hash_update(hash, text + at, n < left ? n : left);
		hash_update(hash, text, 0);
	}
	uint8_t bytes[HASH_MAX_SIZE];
	hash_hex(bytes, hash_final(hash, bytes), pieces);
	CHECK_STR(pieces, whole);
}

TEST(one_million_times_a)
{
	autohash struct hash *hash = hash_new(HASH_SHA256);
	char block[1000], hex[65];
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 1000; i++)
		hash_update(hash, block, sizeof(block));
	uint8_t bytes[HASH_MAX_SIZE];
	hash_hex(bytes, hash_final(hash, bytes), hex);
	CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(no_hash_is_freed_quietly)
{
	hash_free(NULL);
}
