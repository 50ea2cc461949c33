/* test_digest.c - digests as text and of bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest.h"

#include "testing/test.h"

#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEX_128   EMPTY_HEX EMPTY_HEX

TEST(both_registered_algorithms_are_read)
{
	autoerr struct err err = {0};
	struct digest digest = {0};

	CHECK(!digest_is_set(&digest));
	CHECK_STR(digest_hex(&digest), "");
	CHECK_OK(digest_parse(STR("sha256:" EMPTY_HEX), &digest, &err), &err);
	CHECK(digest_is_set(&digest));
	CHECK_STR(digest_hex(&digest), EMPTY_HEX);
	CHECK_INT(digest_algo(&digest), HASH_SHA256);
	CHECK_OK(digest_parse(STR("sha512:" HEX_128), &digest, &err), &err);
	CHECK_STR(digest_hex(&digest), HEX_128);
	CHECK_INT(digest_algo(&digest), HASH_SHA512);
}

TEST(a_wrong_digest_is_refused_with_its_reason)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{"", "digest '' must begin with 'sha256:' or 'sha512:'"},
		{"sha256", "digest 'sha256' must begin with 'sha256:' or 'sha512:'"},
		{"md5:00", "digest 'md5:00' must begin with 'sha256:' or 'sha512:'"},
		{"SHA256:" EMPTY_HEX,
		 "digest 'SHA256:" EMPTY_HEX "' must begin with 'sha256:' or 'sha512:'"},
		{"sha256:",
		 "digest 'sha256:' needs 64 lower-case hexadecimal digits behind 'sha256:'"},
		{"sha256:" HEX_128,
		 "digest 'sha256:" EMPTY_HEX
		 "e3b0c4429...' needs 64 lower-case hexadecimal digits behind 'sha256:'"},
		{"sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		 "digest 'sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' "
		 "needs 64 lower-case hexadecimal digits behind 'sha256:'"},
		{"sha256:../../etc\n",
		 "digest 'sha256:../../etc\\x0a' needs 64 lower-case hexadecimal digits behind 'sha256:'"},
		{"sha512:" EMPTY_HEX, "digest 'sha512:" EMPTY_HEX
				      "' needs 128 lower-case hexadecimal digits behind 'sha512:'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct digest digest = {.text = "untouched"};

		CHECK_INT(digest_parse(str_of(cases[i].text), &digest, &err), -1);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(digest.text, "untouched");
	}
}

TEST(digests_of_bytes_are_sha256)
{
	struct digest empty = digest_of_bytes("", 0);
	struct digest other = digest_of_bytes("abc", 3);
	struct hash *hash = hash_new(HASH_SHA512);

	CHECK_STR(empty.text, "sha256:" EMPTY_HEX);
	CHECK_STR(other.text,
		  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK(!digest_eq(&empty, &other));
	CHECK(digest_eq(&other, &other));
	hash_update(hash, "abc", 3);
	other = digest_of_hash(hash, HASH_SHA512);
	hash_free(hash);
	CHECK_STR(other.text,
		  "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(a_chain_hashes_the_parent_and_the_layer_with_a_space_between)
{
	struct digest first = digest_of_bytes("a", 1);
	struct digest second = digest_of_bytes("b", 1);
	struct digest chain = digest_chain(NULL, &first);
	autofree char *text = xasprintf("%s %s", first.text, second.text);
	struct digest expected = digest_of_bytes(text, strlen(text));

	CHECK_STR(chain.text, first.text);
	chain = digest_chain(&chain, &second);
	CHECK_STR(chain.text, expected.text);
}
