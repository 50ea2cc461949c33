/* key.c - keys of the kinds that we take: making, reading, writing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pki/key.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/key_private.h"
#include "pki/limits.h"

#include "base/banned.h"

static const struct {
	const char *algorithm;
	const char *curve; /* OpenSSL's name; NULL: not on a curve with a choice */
} types[] = {
	[KEY_RSA] = {"RS256", NULL},         [KEY_P256] = {"ES256", "prime256v1"},
	[KEY_P384] = {"ES384", "secp384r1"}, [KEY_P521] = {"ES512", "secp521r1"},
	[KEY_ED25519] = {"EdDSA", NULL},
};

static int rsa_check(const char *name, EVP_PKEY *pkey, struct err *err)
{
	int bits = EVP_PKEY_get_bits(pkey);
	if (bits < (int)LIMIT_RSA_BITS_MIN || bits > (int)LIMIT_RSA_BITS_MAX)
		return err_set(err, ERR_INPUT, "%s: an RSA key of %d bits, not %u to %u", name,
			       bits, LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX);
	return 0;
}

/* A curve that is spelled out could be one of the attacker's making (CVE-2020-0601): only names. */
static int curve_check(const char *name, EVP_PKEY *pkey, enum key_type *ret_type, struct err *err)
{
	char curve[64];
	int is_explicit = 0;

	(void)EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
				     &is_explicit);
	if (is_explicit || !EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL))
		return err_set(err, ERR_INPUT, "%s: the curve of the key has no name", name);
	for (enum key_type type = KEY_P256; type <= KEY_P521; type++) {
		if (text_eq(curve, types[type].curve)) {
			*ret_type = type;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "%s: curve '%s' is not among P-256, P-384, P-521", name,
		       curve);
}

static int type_check(const char *name, EVP_PKEY *pkey, enum key_type *ret_type, struct err *err)
{
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*ret_type = KEY_RSA;
		return rsa_check(name, pkey, err);
	}
	if (EVP_PKEY_is_a(pkey, "EC"))
		return curve_check(name, pkey, ret_type, err);
	if (EVP_PKEY_is_a(pkey, "ED25519")) {
		*ret_type = KEY_ED25519;
		return 0;
	}
	const char *kind = EVP_PKEY_get0_type_name(pkey);
	return err_set(err, ERR_INPUT, "%s: a key of kind '%s', not RSA, EC or Ed25519", name,
		       kind ? kind : "unknown");
}

int key_of_pkey(const char *name, EVP_PKEY *pkey, bool is_private, struct key **ret_key,
		struct err *err)
{
	enum key_type type;
	autokey struct key *key = NULL;

	if (type_check(name, pkey, &type, err))
		return -1;
	key = xcalloc(1, sizeof(*key));
	*key = (struct key){.refs = 1, .type = type, .is_private = is_private, .pkey = pkey};
	if (!EVP_PKEY_up_ref(pkey))
		abort();
	if (key_set_ids(key, err))
		return err_wrap(err, "%s", name);
	*ret_key = steal(&key);
	return 0;
}

/* OpenSSL's readers do not tell "nothing there" from "not understood". */
static int pem_check(const char *name, struct str pem, const char *what, const char *label,
		     struct err *err)
{
	if (pem.len > LIMIT_PEM_BYTES)
		return err_set(err, ERR_LIMIT, "%s: larger than %u bytes", name, LIMIT_PEM_BYTES);
	if (pem.len == 0 || !memmem(pem.ptr, pem.len, label, strlen(label)))
		return err_set(err, ERR_INPUT, "%s: no %s key inside", name, what);
	return 0;
}

/* OpenSSL would ask at the terminal. */
static int no_passphrase(char *text, int size, int is_writing, void *was_asked)
{
	*(bool *)was_asked = true;
	return -1;
}

/* A flipped bit in the middle of the file still reads: better told now than by each client. */
static bool key_is_sound(const struct key *key)
{
	autoerr struct err err = {0};
	autobuf struct buf signature = {0};
	const char *algorithm = key_algorithm(key);
	return key_sign(key, algorithm, STR("probe"), &signature, &err) == 0 &&
	       key_verify(key, algorithm, STR("probe"), buf_str(&signature), &err) == 0;
}

int key_parse_private(const char *name, struct str pem, struct key **ret_key, struct err *err)
{
	autobio BIO *bio = bio_of(pem);
	bool is_encrypted = false;

	if (pem_check(name, pem, "private", "PRIVATE KEY-----", err))
		return -1;
	ERR_clear_error();
	autopkey EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &is_encrypted);
	if (pkey) {
		autokey struct key *key = NULL;
		if (key_of_pkey(name, pkey, true, &key, err))
			return -1;
		if (!key_is_sound(key))
			return err_set(err, ERR_INPUT, "%s: the private key is damaged", name);
		*ret_key = steal(&key);
		return 0;
	}
	if (is_encrypted) {
		ERR_clear_error();
		return err_set(err, ERR_INPUT,
			       "%s: the private key is encrypted, store it without a passphrase",
			       name);
	}
	return pki_err(err, ERR_INPUT, "%s: the private key is damaged", name);
}

int key_parse_public(const char *name, struct str pem, struct key **ret_key, struct err *err)
{
	autobio BIO *bio = bio_of(pem);

	if (pem_check(name, pem, "public", "PUBLIC KEY-----", err))
		return -1;
	ERR_clear_error();
	autopkey EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (pkey)
		return key_of_pkey(name, pkey, false, ret_key, err);
	return pki_err(err, ERR_INPUT, "%s: the public key is damaged", name);
}

struct key *key_ref(struct key *key)
{
	atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
	return key;
}

void key_unref(struct key *key)
{
	if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

int key_generate(enum key_type type, unsigned rsa_bits, struct key **ret_key, struct err *err)
{
	autopkey EVP_PKEY *pkey = NULL;

	ERR_clear_error();
	if (type == KEY_RSA)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rsa_bits);
	else if (type == KEY_ED25519)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", types[type].curve);
	if (!pkey)
		return pki_err(err, ERR_SYSTEM, "making a key");
	return key_of_pkey("new key", pkey, true, ret_key, err);
}

void key_write_private(const struct key *key, struct buf *pem)
{
	autobio BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	assert(key->is_private);
	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL))
		abort();
	long len = BIO_get_mem_data(bio, &text);
	buf_append(pem, text, (size_t)len);
}

const char *key_algorithm(const struct key *key)
{
	return types[key->type].algorithm;
}

bool key_equal(const struct key *a, const struct key *b)
{
	return text_eq(a->thumbprint, b->thumbprint); /* a hash over all that the key is */
}

bool key_is_private(const struct key *key)
{
	return key->is_private;
}

void key_id_libtrust(const struct key *key, char out[KEY_ID_MAX])
{
	memcpy(out, key->libtrust, KEY_ID_MAX);
}

void key_id_thumbprint(const struct key *key, char out[KEY_ID_MAX])
{
	memcpy(out, key->thumbprint, KEY_ID_MAX);
}

EVP_PKEY *key_pkey(const struct key *key)
{
	return key->pkey;
}

enum key_type key_type_of(const struct key *key)
{
	return key->type;
}
