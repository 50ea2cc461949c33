/* key_jwk.c - keys as JSON, and the names that are computed from them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 7517, RFC 7518 part 6, RFC 8037, RFC 7638. */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/encode.h"
#include "doc/json.h"
#include "pki/key_private.h"
#include "pki/limits.h"

#include "base/banned.h"

#define COORDINATE_MAX 66 /* bytes: P-521 */
#define ED25519_SIZE   32
#define RSA_NUMBER_MAX (LIMIT_RSA_BITS_MAX / 8)
#define SHA256_SIZE    32
#define LIBTRUST_BYTES 30 /* 240 bits are 48 digits of base32 */
#define LIBTRUST_GROUP 4  /* digits */

static const struct curve {
	enum key_type type;
	const char *jwk, *openssl;
	size_t size; /* of a coordinate, bytes: RFC 7518, 6.2.1.2 wants all of them */
} curves[] = {
	{KEY_P256, "P-256", "prime256v1", 32},
	{KEY_P384, "P-384", "secp384r1", 48},
	{KEY_P521, "P-521", "secp521r1", COORDINATE_MAX},
};

static void bn_freep(BIGNUM **bn)
{
	BN_free(*bn);
}
#define autobn cleanup(bn_freep)

static void set_bytes(struct arena *arena, struct node *jwk, const char *member, const void *bytes,
		      size_t len)
{
	autobuf struct buf text = {0};
	base64url_encode(&text, bytes, len);
	node_set_text(arena, jwk, member, buf_text(&text));
}

/* `size` 0: as many bytes as the number needs. */
static int set_number(struct arena *arena, struct node *jwk, const char *member,
		      const struct key *key, const char *param, size_t size)
{
	autobn BIGNUM *number = NULL;
	uint8_t bytes[RSA_NUMBER_MAX];

	if (!EVP_PKEY_get_bn_param(key->pkey, param, &number))
		return -1;
	int len = size ? (int)size : BN_num_bytes(number);
	if (len > (int)sizeof(bytes) || BN_bn2binpad(number, bytes, len) != len)
		return -1;
	set_bytes(arena, jwk, member, bytes, (size_t)len);
	return 0;
}

static int set_rsa(struct arena *arena, struct node *jwk, const struct key *key)
{
	if (set_number(arena, jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0))
		return -1;
	node_set_text(arena, jwk, "kty", "RSA");
	return set_number(arena, jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
}

static int set_ec(struct arena *arena, struct node *jwk, const struct key *key)
{
	const struct curve *curve = &curves[key->type - KEY_P256];
	node_set_text(arena, jwk, "crv", curve->jwk);
	node_set_text(arena, jwk, "kty", "EC");
	if (set_number(arena, jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, curve->size))
		return -1;
	return set_number(arena, jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->size);
}

static int set_ed25519(struct arena *arena, struct node *jwk, const struct key *key)
{
	uint8_t bytes[ED25519_SIZE];
	size_t len = sizeof(bytes);
	if (!EVP_PKEY_get_raw_public_key(key->pkey, bytes, &len))
		return -1;
	node_set_text(arena, jwk, "crv", "Ed25519");
	node_set_text(arena, jwk, "kty", "OKP");
	set_bytes(arena, jwk, "x", bytes, len);
	return 0;
}

/* The required members alone, in the order of RFC 7638, 3.2. */
static struct node *jwk_of(struct arena *arena, const struct key *key)
{
	static int (*const setters[])(struct arena *, struct node *,
				      const struct key *) = {[KEY_RSA] = set_rsa,
							     [KEY_P256] = set_ec,
							     [KEY_P384] = set_ec,
							     [KEY_P521] = set_ec,
							     [KEY_ED25519] = set_ed25519};
	struct node *jwk = node_new(arena, NODE_MAP);
	return setters[key->type](arena, jwk, key) ? NULL : jwk;
}

struct node *key_jwk(struct arena *arena, const struct key *key)
{
	struct node *jwk = jwk_of(arena, key);
	if (!jwk)
		abort(); /* the identifiers were made from the same members */
	return jwk;
}

static void libtrust_format(const uint8_t hash[SHA256_SIZE], char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648, 6 */
	for (size_t i = 0; i < (size_t)LIBTRUST_BYTES * 8 / 5; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
		if (i && i % LIBTRUST_GROUP == 0)
			*out++ = ':';
		*out++ = digits[pair >> (11 - bit % 8) & 31];
	}
	*out = '\0';
}

static bool sha256_of(const void *bytes, size_t len, uint8_t hash[SHA256_SIZE])
{
	return EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL);
}

/* The DER of a key that was written with a compressed point, with the long one: Go, where these
 * names come from, knows no other. Works on a copy, others may be using the key. */
static int der_uncompressed(EVP_PKEY *pkey, uint8_t **ret_der)
{
	char form[32];
	if (!EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form,
					    sizeof(form), NULL) ||
	    text_eq(form, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED))
		return i2d_PUBKEY(pkey, ret_der);
	autopkey EVP_PKEY *copy = EVP_PKEY_dup(pkey);
	if (!copy ||
	    !EVP_PKEY_set_utf8_string_param(copy, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
					    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED))
		return -1;
	return i2d_PUBKEY(copy, ret_der);
}

static int set_libtrust(struct key *key)
{
	uint8_t *der = NULL;
	uint8_t hash[SHA256_SIZE];

	bool is_ec = key->type >= KEY_P256 && key->type <= KEY_P521;
	int len = is_ec ? der_uncompressed(key->pkey, &der) : i2d_PUBKEY(key->pkey, &der);
	bool ok = len > 0 && sha256_of(der, (size_t)len, hash);
	OPENSSL_free(der);
	if (ok)
		libtrust_format(hash, key->libtrust);
	return ok ? 0 : -1;
}

static int set_thumbprint(struct key *key)
{
	autoarena struct arena arena = {0};
	autobuf struct buf json = {0}, text = {0};
	uint8_t hash[SHA256_SIZE];

	struct node *jwk = jwk_of(&arena, key);
	if (!jwk)
		return -1;
	json_write(&json, jwk, JSON_COMPACT);
	if (!sha256_of(buf_text(&json), json.len, hash))
		return -1;
	base64url_encode(&text, hash, sizeof(hash));
	memcpy(key->thumbprint, buf_text(&text), text.len + 1);
	return 0;
}

int key_set_ids(struct key *key, struct err *err)
{
	ERR_clear_error();
	if (set_libtrust(key) || set_thumbprint(key))
		return pki_err(err, ERR_INPUT, "the key has no public part");
	return 0;
}

/* A member's bytes; `size` 0: any length up to that of the largest RSA key. */
static int get_bytes(const struct node *jwk, const char *member, size_t size, struct buf *bytes,
		     struct err *err)
{
	const char *text = node_get_text(jwk, member);
	if (!text)
		return err_set(err, ERR_INPUT, "the JWK has no '%s'", member);
	if (strlen(text) > (size_t)RSA_NUMBER_MAX * 2)
		return err_set(err, ERR_LIMIT, "the JWK's '%s' is too long", member);
	if (!base64url_decode(bytes, str_of(text)))
		return err_set(err, ERR_INPUT, "the JWK's '%s' is not base64url", member);
	if (size ? bytes->len != size : bytes->len == 0)
		return err_set(err, ERR_INPUT, "the JWK's '%s' has %zu bytes", member, bytes->len);
	return 0;
}

static int pkey_of_params(const char *kind, OSSL_PARAM_BLD *builder, EVP_PKEY **ret_pkey,
			  struct err *err)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	EVP_PKEY *pkey = NULL;

	bool ok = params && ctx && EVP_PKEY_fromdata_init(ctx) > 0 &&
		  EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) > 0;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	if (!ok) {
		EVP_PKEY_free(pkey);
		return pki_err(err, ERR_INPUT, "the JWK is no valid key");
	}
	*ret_pkey = pkey;
	return 0;
}

static int parse_rsa(const struct node *jwk, EVP_PKEY **ret_pkey, struct err *err)
{
	autobuf struct buf n_bytes = {0}, e_bytes = {0};
	if (get_bytes(jwk, "n", 0, &n_bytes, err) || get_bytes(jwk, "e", 0, &e_bytes, err))
		return -1;
	/* The largest that OpenSSL verifies with; small enough that it costs us nothing. */
	if (e_bytes.len > 8)
		return err_set(err, ERR_INPUT, "the JWK's 'e' has %zu bytes", e_bytes.len);

	autobn BIGNUM *n = BN_bin2bn((const uint8_t *)n_bytes.ptr, (int)n_bytes.len, NULL);
	autobn BIGNUM *e = BN_bin2bn((const uint8_t *)e_bytes.ptr, (int)e_bytes.len, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	if (!n || !e || !builder || !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		abort();
	int failed = pkey_of_params("RSA", builder, ret_pkey, err);
	OSSL_PARAM_BLD_free(builder);
	return failed;
}

static int parse_ec(const struct node *jwk, EVP_PKEY **ret_pkey, struct err *err)
{
	const char *name = node_get_text(jwk, "crv");
	const struct curve *curve = NULL;
	for (size_t i = 0; i < ARRAY_LEN(curves) && !curve; i++)
		curve = text_eq(name, curves[i].jwk) ? &curves[i] : NULL;
	if (!curve)
		return err_set(err, ERR_INPUT, "the JWK's curve is not among P-256, P-384, P-521");

	autobuf struct buf point = {0}, y = {0};
	buf_putc(&point, 4); /* SEC 1, 2.3.3: both coordinates follow */
	autobuf struct buf x = {0};
	if (get_bytes(jwk, "x", curve->size, &x, err) || get_bytes(jwk, "y", curve->size, &y, err))
		return -1;
	buf_append_str(&point, buf_str(&x));
	buf_append_str(&point, buf_str(&y));
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	if (!builder ||
	    !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->openssl,
					     0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.ptr,
					      point.len))
		abort();
	int failed = pkey_of_params("EC", builder, ret_pkey, err);
	OSSL_PARAM_BLD_free(builder);
	return failed;
}

static int parse_okp(const struct node *jwk, EVP_PKEY **ret_pkey, struct err *err)
{
	autobuf struct buf x = {0};
	if (!text_eq(node_get_text(jwk, "crv"), "Ed25519"))
		return err_set(err, ERR_INPUT, "the JWK's curve is not Ed25519");
	if (get_bytes(jwk, "x", ED25519_SIZE, &x, err))
		return -1;
	*ret_pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, (const uint8_t *)x.ptr,
						   x.len);
	return *ret_pkey ? 0 : pki_err(err, ERR_INPUT, "the JWK is no valid key");
}

int key_parse_jwk(const struct node *jwk, struct key **ret_key, struct err *err)
{
	static const struct {
		const char *kty;
		int (*parse)(const struct node *jwk, EVP_PKEY **ret_pkey, struct err *err);
	} kinds[] = {{"RSA", parse_rsa}, {"EC", parse_ec}, {"OKP", parse_okp}};
	const char *kty = node_get_text(jwk, "kty");
	autopkey EVP_PKEY *pkey = NULL;

	ERR_clear_error();
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!text_eq(kty, kinds[i].kty))
			continue;
		if (kinds[i].parse(jwk, &pkey, err))
			return -1;
		return key_of_pkey("JWK", pkey, false, ret_key, err);
	}
	return err_set(err, ERR_INPUT, "the JWK's 'kty' is not RSA, EC or OKP");
}
