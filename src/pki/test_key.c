/* test_key.c - keys from files and JSON, their names, their signatures.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The files in testdata, the identifiers and the signatures were made by another implementation
 * (Python's cryptography and openssl). The x of p256 and of p384 begins with a zero byte: a
 * thumbprint over fewer bytes is wrong. */
#include "pki/key.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/strlist.h"
#include "doc/json.h"
#include "testing/test.h"

static const struct vector {
	const char *name;
	enum key_type type;
	const char *algorithm, *libtrust, *thumbprint;
} vectors[] = {
	{"rsa", KEY_RSA, "RS256", "MCQW:ZD7Z:AITS:5ZII:EJEI:VOZZ:NQXM:UQV7:4LVE:7TVL:M2L3:QQEL",
	 "MXlHSSUq4PoH6hvYUgzE_qpXfq8pBm3xI-B_h_96tnI"},
	{"p256", KEY_P256, "ES256", "C3I5:PQTA:CTT7:XEDV:FTQZ:JAAN:XDQ3:ES7R:J3OW:MYE6:Y7L7:AFWO",
	 "WQHjX6FGF9L1uB36166qspgoQlVMoyubNf0C1SAnnqo"},
	{"p384", KEY_P384, "ES384", "DKMY:3YCG:ZAHX:62HX:5I24:FAQC:MWSI:44M7:JP5N:PCJQ:ZCF5:JANX",
	 "GrU0qloc6dXZ5-P7RqiH3TjeqEX_3A1l2T4jx6OFMuM"},
	{"p521", KEY_P521, "ES512", "B5ZZ:TT56:PLUQ:LDS2:DJ7P:7FES:M2AF:J466:SDUA:5NWL:VKAQ:5BPM",
	 "SlEchGXTHiN4LwNt1uFuC8958nIQAKzAoVxqOUEkdNU"},
	{"ed25519", KEY_ED25519, "EdDSA",
	 "KY5S:55JC:KQ3P:NVMY:36RC:I6FV:ZLJB:YBVB:2BPR:AXML:4L55:4W4F",
	 "f1_FS8qTV9IX22U4_wj2u6rxBMw8kgVIP8PqmgR8G0M"},
};
#define MESSAGE STR("what is signed")

static void read_file(struct buf *text, const char *name, const char *suffix)
{
	autoerr struct err err = {0};
	autofree char *path = xasprintf("testdata/%s%s", name, suffix);
	CHECK_OK(file_read_at(AT_FDCWD, path, 0, text, &err), &err);
}

static struct key *read_private(const char *name)
{
	autoerr struct err err = {0};
	autobuf struct buf pem = {0};
	struct key *key = NULL;
	read_file(&pem, name, ".pem");
	CHECK_OK(key_parse_private(name, buf_str(&pem), &key, &err), &err);
	return key;
}

static struct key *read_public(const char *name)
{
	autoerr struct err err = {0};
	autobuf struct buf pem = {0};
	struct key *key = NULL;
	read_file(&pem, name, ".pub");
	CHECK_OK(key_parse_public(name, buf_str(&pem), &key, &err), &err);
	return key;
}

static struct key *parse_jwk(struct str text)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct node *jwk = NULL;
	struct key *key = NULL;
	CHECK_OK(json_parse(&arena, "test", text, &jwk, &err), &err);
	CHECK_OK(key_parse_jwk(jwk, &key, &err), &err);
	return key;
}

static void check_names(const struct key *key, const struct vector *vector)
{
	char id[KEY_ID_MAX];
	key_id_libtrust(key, id);
	CHECK_STR(id, vector->libtrust);
	key_id_thumbprint(key, id);
	CHECK_STR(id, vector->thumbprint);
	CHECK_STR(key_algorithm(key), vector->algorithm);
	CHECK_INT(key_type_of(key), vector->type);
}

TEST(a_key_has_the_same_names_in_each_form)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		autobuf struct buf json = {0}, written = {0};
		autoarena struct arena arena = {0};
		read_file(&json, vectors[i].name, ".jwk");
		autokey struct key *private = read_private(vectors[i].name);
		autokey struct key *public = read_public(vectors[i].name);
		autokey struct key *of_json = parse_jwk(buf_str(&json));
		check_names(private, &vectors[i]);
		check_names(public, &vectors[i]);
		check_names(of_json, &vectors[i]);
		CHECK(key_equal(private, public) && key_equal(public, of_json));
		CHECK(key_is_private(private) && !key_is_private(public) &&
		      !key_is_private(of_json));
		json_write(&written, key_jwk(&arena, private), JSON_COMPACT);
		buf_putc(&written, '\n');
		CHECK_STR(buf_text(&written), buf_text(&json));
	}
}

TEST(other_ways_to_write_the_same_key)
{
	static const struct {
		const char *file, *same_as;
	} cases[] = {{"good-sec1", "p256"}, {"good-pkcs1", "rsa"}, {"good-compressed", "p256"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autokey struct key *key = read_private(cases[i].file);
		autokey struct key *same = read_private(cases[i].same_as);
		char id[KEY_ID_MAX], id_same[KEY_ID_MAX];
		CHECK(key_equal(key, same));
		key_id_libtrust(key, id);
		key_id_libtrust(same, id_same);
		CHECK_STR(id, id_same);
	}
	autokey struct key *key = read_public("good-compressed");
	check_names(key, &vectors[1]);
}

/* RFC 7638, 3.1 and RFC 8037, A.3 */
TEST(thumbprints_of_the_specifications)
{
	char id[KEY_ID_MAX];
	autokey struct key *rsa = parse_jwk(STR(
		"{\"kty\":\"RSA\",\"n\":"
		"\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR"
		"1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4"
		"QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOp"
		"bISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCu"
		"r-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}"));
	key_id_thumbprint(rsa, id);
	CHECK_STR(id, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	autokey struct key *ed25519 =
		parse_jwk(STR("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			      "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"));
	key_id_thumbprint(ed25519, id);
	CHECK_STR(id, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(signatures_of_others_hold_here)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		autoerr struct err err = {0};
		autobuf struct buf text = {0}, signature = {0};
		read_file(&text, vectors[i].name, ".sig");
		CHECK(base64url_decode(&signature, str_trim(buf_str(&text))));
		autokey struct key *key = read_public(vectors[i].name);
		CHECK_OK(key_verify(key, vectors[i].algorithm, MESSAGE, buf_str(&signature), &err),
			 &err);
		CHECK(key_verify(key, vectors[i].algorithm, STR("what is signeD"),
				 buf_str(&signature), &err) < 0);
		CHECK_INT(err.kind, ERR_DENIED);
	}
}

static void sign_and_verify(const struct key *key, const char *algorithm)
{
	autoerr struct err err = {0};
	autobuf struct buf signature = {0};
	CHECK_OK(key_sign(key, algorithm, MESSAGE, &signature, &err), &err);
	CHECK_OK(key_verify(key, algorithm, MESSAGE, buf_str(&signature), &err), &err);
	for (size_t at = 0; at < signature.len; at += signature.len / 7) {
		signature.ptr[at] ^= 1;
		CHECK(key_verify(key, algorithm, MESSAGE, buf_str(&signature), &err) < 0);
		CHECK_INT(err.kind, ERR_DENIED);
		err_clear(&err);
		signature.ptr[at] ^= 1;
	}
	static const struct str wrong[] = {{0}, {"\0", 1}, {"no signature at all", 19}};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CHECK(key_verify(key, algorithm, MESSAGE, wrong[i], &err) < 0);
		CHECK_INT(err.kind, ERR_DENIED);
		err_clear(&err);
	}
}

TEST(what_a_key_signs_it_verifies)
{
	static const struct {
		enum key_type type;
		const char *algorithms[4];
		long long len; /* bytes of a signature */
	} cases[] = {
		{KEY_RSA, {"RS256", "RS384", "RS512"}, 256},
		{KEY_P256, {"ES256"}, 64},
		{KEY_P384, {"ES384"}, 96},
		{KEY_P521, {"ES512"}, 132},
		{KEY_ED25519, {"EdDSA"}, 64},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autokey struct key *key = NULL;
		autobuf struct buf signature = {0};
		CHECK_OK(key_generate(cases[i].type, 2048, &key, &err), &err);
		CHECK_OK(key_sign(key, key_algorithm(key), MESSAGE, &signature, &err), &err);
		CHECK_INT(signature.len, cases[i].len);
		for (size_t k = 0; cases[i].algorithms[k]; k++)
			sign_and_verify(key, cases[i].algorithms[k]);
	}
}

TEST(zero_is_no_ecdsa_signature)
{
	autoerr struct err err = {0};
	autokey struct key *key = read_public("p256");
	char zeros[64] = {0};
	CHECK(key_verify(key, "ES256", MESSAGE, (struct str){zeros, sizeof(zeros)}, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
}

TEST(algorithm_must_suit_the_key)
{
	static const struct {
		const char *key, *algorithm;
	} cases[] = {{"rsa", "ES256"},  {"p256", "RS256"},    {"p256", "ES384"}, {"p384", "ES256"},
		     {"p521", "ES384"}, {"ed25519", "ES256"}, {"rsa", "HS256"},  {"rsa", "none"},
		     {"rsa", "PS256"},  {"rsa", "rs256"},     {"rsa", ""},       {"p256", "HS512"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf signature = {0};
		autokey struct key *key = read_private(cases[i].key);
		CHECK(key_sign(key, cases[i].algorithm, MESSAGE, &signature, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_INT(signature.len, 0);
		err_clear(&err);
		CHECK(key_verify(key, cases[i].algorithm, MESSAGE, STR(""), &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}

TEST(public_keys_do_not_sign)
{
	autoerr struct err err = {0};
	autobuf struct buf signature = {0};
	autokey struct key *key = read_public("p256");
	CHECK(key_sign(key, "ES256", MESSAGE, &signature, &err) < 0);
	CHECK_STR(err_text(&err), "a public key cannot sign");
}

TEST(written_keys_read_again)
{
	for (enum key_type type = KEY_RSA; type <= KEY_ED25519; type++) {
		autoerr struct err err = {0};
		autobuf struct buf pem = {0};
		autokey struct key *key = NULL, *again = NULL;
		CHECK_OK(key_generate(type, 2048, &key, &err), &err);
		key_write_private(key, &pem);
		CHECK(text_starts(buf_text(&pem), "-----BEGIN PRIVATE KEY-----\n"));
		CHECK_OK(key_parse_private("again", buf_str(&pem), &again, &err), &err);
		CHECK(key_equal(key, again));
		sign_and_verify(again, key_algorithm(again));
	}
}

TEST(wrong_private_keys_say_why)
{
	static const struct {
		const char *file, *message;
	} cases[] = {
		{"bad-curve.pem",
		 "bad-curve.pem: curve 'secp256k1' is not among P-256, P-384, P-521"},
		{"bad-short-rsa.pem",
		 "bad-short-rsa.pem: an RSA key of 1024 bits, not 2048 to 8192"},
		{"bad-kind.pem", "bad-kind.pem: a key of kind 'X25519', not RSA, EC or Ed25519"},
		{"bad-explicit-curve.pem",
		 "bad-explicit-curve.pem: the curve of the key has no name"},
		{"bad-encrypted.pem", "bad-encrypted.pem: the private key is encrypted, store it "
				      "without a passphrase"},
		{"bad-encrypted-sec1.pem", "bad-encrypted-sec1.pem: the private key is encrypted, "
					   "store it without a passphrase"},
		{"p256.pub", "p256.pub: no private key inside"},
		{"rsa.jwk", "rsa.jwk: no private key inside"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf pem = {0};
		struct key *key = NULL;
		read_file(&pem, cases[i].file, "");
		CHECK(key_parse_private(cases[i].file, buf_str(&pem), &key, &err) < 0);
		CHECK(!key);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
	}
	autoerr struct err err = {0};
	autobuf struct buf pem = {0};
	struct key *key = NULL;
	read_file(&pem, "bad-damaged", ".pem");
	CHECK(key_parse_private("k", buf_str(&pem), &key, &err) < 0);
	CHECK_STR(err_text(&err), "k: the private key is damaged");
	err_clear(&err);
	CHECK(key_parse_private("k", (struct str){pem.ptr, pem.len / 2}, &key, &err) < 0);
	CHECK(text_starts(err_text(&err), "k: the private key is damaged: "));
	err_clear(&err);
	CHECK(key_parse_public("k", buf_str(&pem), &key, &err) < 0);
	CHECK_STR(err_text(&err), "k: no public key inside");
	err_clear(&err);
	CHECK(key_parse_private("k", (struct str){0}, &key, &err) < 0);
	CHECK_STR(err_text(&err), "k: no private key inside");
}

#define X_P256 "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y_P256 "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

TEST(wrong_jwks_say_why)
{
	static const struct {
		const char *json, *message;
	} cases[] = {
		{"{}", "the JWK's 'kty' is not RSA, EC or OKP"},
		{"[]", "the JWK's 'kty' is not RSA, EC or OKP"},
		{"{\"kty\":\"oct\",\"k\":\"AAAA\"}", "the JWK's 'kty' is not RSA, EC or OKP"},
		{"{\"kty\":\"EC\"}", "the JWK's curve is not among P-256, P-384, P-521"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "the JWK has no 'x'"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":1}", "the JWK has no 'x'"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X_P256 "\"}", "the JWK has no 'y'"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\"}", "the JWK's 'x' has 1 bytes"},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ==\"}",
		 "the JWK's 'x' is not base64url"},
		{"{\"kty\":\"OKP\",\"crv\":\"Ed448\"}", "the JWK's curve is not Ed25519"},
		{"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}", "the JWK's 'x' has 1 bytes"},
		{"{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", "the JWK's 'n' has 0 bytes"},
		{"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQABAQABAQAB\"}",
		 "the JWK's 'e' has 9 bytes"},
		{"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		 "JWK: an RSA key of 17 bits, not 2048 to 8192"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoarena struct arena arena = {0};
		struct node *jwk = NULL;
		struct key *key = NULL;
		CHECK_OK(json_parse(&arena, "test", str_of(cases[i].json), &jwk, &err), &err);
		CHECK(key_parse_jwk(jwk, &key, &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
	}
}

TEST(points_beside_the_curve_are_no_keys)
{
	autoerr struct err err = {0};
	autoarena struct arena arena = {0};
	struct node *jwk = NULL;
	struct key *key = NULL;
	/* x twice */
	CHECK_OK(json_parse(&arena, "test",
			    STR("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X_P256
				"\",\"y\":\"" X_P256 "\"}"),
			    &jwk, &err),
		 &err);
	CHECK(key_parse_jwk(jwk, &key, &err) < 0);
	CHECK(text_starts(err_text(&err), "the JWK is no valid key: "));
}

static void *sign_often(void *arg)
{
	const struct key *key = arg;
	for (int i = 0; i < 40; i++)
		sign_and_verify(key, key_algorithm(key));
	return NULL;
}

TEST(a_key_signs_for_many_threads_at_once)
{
	for (enum key_type type = KEY_RSA; type <= KEY_ED25519; type++) {
		autoerr struct err err = {0};
		autokey struct key *key = NULL;
		pthread_t threads[4];
		CHECK_OK(key_generate(type, 2048, &key, &err), &err);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			CHECK(pthread_create(&threads[i], NULL, sign_often, key) == 0);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			CHECK(pthread_join(threads[i], NULL) == 0);
	}
}
