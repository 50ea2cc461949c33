/* sign.c - raw JWS signatures: RSASSA-PKCS1-v1_5, ECDSA, EdDSA.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 7518 part 3, RFC 8037 part 3.1. */
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/err.h>

#include "pki/key_private.h"
#include "pki/limits.h"

#include "base/banned.h"

static const struct algorithm {
	const char *name;
	enum key_type type;
	const char *digest; /* NULL: the algorithm brings its own */
	size_t coordinate;  /* bytes of r and of s; 0: the signature is as OpenSSL makes it */
} algorithms[] = {
	{"RS256", KEY_RSA, "SHA256", 0},   {"RS384", KEY_RSA, "SHA384", 0},
	{"RS512", KEY_RSA, "SHA512", 0},   {"ES256", KEY_P256, "SHA256", 32},
	{"ES384", KEY_P384, "SHA384", 48}, {"ES512", KEY_P521, "SHA512", 66},
	{"EdDSA", KEY_ED25519, NULL, 0},
};

#define SIGNATURE_MAX (LIMIT_RSA_BITS_MAX / 8) /* bytes; ECDSA's DER has less than 144 */

static const struct algorithm *algorithm_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (text_eq(algorithms[i].name, name))
			return &algorithms[i];
	}
	return NULL;
}

bool key_algorithm_is_known(const char *name)
{
	return algorithm_find(name);
}

static int algorithm_of(const struct key *key, const char *name, const struct algorithm **ret,
			struct err *err)
{
	const struct algorithm *algorithm = algorithm_find(name);
	if (!algorithm || algorithm->type != key->type)
		return err_set(err, ERR_INPUT, "algorithm '%s' does not suit the key, '%s' does",
			       name ? name : "", key_algorithm(key));
	*ret = algorithm;
	return 0;
}

static void md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}
static void ecdsa_freep(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

/* OpenSSL speaks ASN.1, JWS two numbers of fixed width in a row (RFC 7518, 3.4). */
static bool raw_of_der(const uint8_t *der, size_t len, size_t coordinate, struct buf *raw)
{
	cleanup(ecdsa_freep) ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t *out = (uint8_t *)buf_reserve(raw, 2 * coordinate);
	if (!numbers || !out)
		return false;
	int width = (int)coordinate;
	if (BN_bn2binpad(ECDSA_SIG_get0_r(numbers), out, width) != width ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), out + coordinate, width) != width)
		return false;
	buf_added(raw, 2 * coordinate);
	return true;
}

/* 0: the signature has not two numbers. */
static size_t der_of_raw(struct str raw, size_t coordinate, uint8_t der[SIGNATURE_MAX])
{
	cleanup(ecdsa_freep) ECDSA_SIG *numbers = ECDSA_SIG_new();
	if (raw.len != 2 * coordinate)
		return 0;
	const uint8_t *bytes = (const uint8_t *)raw.ptr;
	BIGNUM *r = BN_bin2bn(bytes, (int)coordinate, NULL);
	BIGNUM *s = BN_bin2bn(bytes + coordinate, (int)coordinate, NULL);
	if (!numbers || !r || !s || !ECDSA_SIG_set0(numbers, r, s))
		abort(); /* out of memory */
	int len = i2d_ECDSA_SIG(numbers, &der);
	return len > 0 ? (size_t)len : 0;
}

int key_sign(const struct key *key, const char *name, struct str data, struct buf *signature,
	     struct err *err)
{
	const struct algorithm *algorithm;
	uint8_t made[SIGNATURE_MAX];
	size_t len = sizeof(made);

	if (algorithm_of(key, name, &algorithm, err))
		return -1;
	if (!key->is_private)
		return err_set(err, ERR_INPUT, "a public key cannot sign");
	ERR_clear_error();
	cleanup(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx ||
	    EVP_DigestSignInit_ex(ctx, NULL, algorithm->digest, NULL, NULL, key->pkey, NULL) <= 0 ||
	    EVP_DigestSign(ctx, made, &len, (const uint8_t *)data.ptr, data.len) <= 0)
		return pki_err(err, ERR_SYSTEM, "signing with %s", name);
	if (!algorithm->coordinate)
		buf_append(signature, made, len);
	else if (!raw_of_der(made, len, algorithm->coordinate, signature))
		return err_set(err, ERR_SYSTEM, "signing with %s", name);
	return buf_check(signature, "the signature", err);
}

int key_verify(const struct key *key, const char *name, struct str data, struct str signature,
	       struct err *err)
{
	const struct algorithm *algorithm;
	uint8_t der[SIGNATURE_MAX];

	if (algorithm_of(key, name, &algorithm, err))
		return -1;
	const uint8_t *bytes = (const uint8_t *)signature.ptr;
	size_t len = signature.len;
	if (algorithm->coordinate) {
		bytes = der;
		len = der_of_raw(signature, algorithm->coordinate, der);
	}
	ERR_clear_error();
	cleanup(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx ||
	    EVP_DigestVerifyInit_ex(ctx, NULL, algorithm->digest, NULL, NULL, key->pkey, NULL) <= 0)
		return pki_err(err, ERR_SYSTEM, "verifying with %s", name);
	bool is_right =
		len && EVP_DigestVerify(ctx, bytes, len, (const uint8_t *)data.ptr, data.len) == 1;
	ERR_clear_error();
	return is_right ? 0 : err_set(err, ERR_DENIED, "the signature is not this key's");
}
