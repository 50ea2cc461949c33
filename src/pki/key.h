/* key.h - private and public keys: loading, naming, signing.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 7517 (JWK), RFC 7518 (JWA), RFC 7638 (thumbprint); libtrust for the older key ID. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"

struct key; /* immutable and shared: safe from any thread */

/* PEM: PKCS#8, PKCS#1, SEC1; not encrypted. `name` (a path) is for errors. RSA of at least 2048
 * bits, P-256, P-384, P-521, Ed25519; others are ERR_INPUT. */
int key_parse_private(const char *name, struct str pem, struct key **ret_key,
		      struct err *err) must_check;
int key_parse_public(const char *name, struct str pem, struct key **ret_key,
		     struct err *err) must_check;
/* The "jwk" of a JWS header, or an entry of a key set; public. */
int key_parse_jwk(const struct node *jwk, struct key **ret_key, struct err *err) must_check;
/* The required public members (RFC 7518, 6), in the order of RFC 7638. */
struct node *key_jwk(struct arena *arena, const struct key *key);
struct key *key_ref(struct key *key);
void key_unref(struct key *key); /* NULL is fine */
DEFINE_FREEP(struct key, key_unref)
#define autokey cleanup(key_unrefp)

enum key_type { KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };
int key_generate(enum key_type type, unsigned rsa_bits, struct key **ret_key,
		 struct err *err) must_check;
void key_write_private(const struct key *key, struct buf *pem); /* PKCS#8 */

enum key_type key_type_of(const struct key *key);
bool key_algorithm_is_known(const char *name);    /* one that some key here can sign with */
const char *key_algorithm(const struct key *key); /* JWS "alg" it signs with: "RS256", "ES256", … */
bool key_equal(const struct key *a, const struct key *b); /* same public key */
bool key_is_private(const struct key *key);
/* SHA-256 of the DER SubjectPublicKeyInfo, 240 bits in base32, 12 groups of 4 joined by ":". */
#define KEY_ID_MAX 64
void key_id_libtrust(const struct key *key, char out[KEY_ID_MAX]);
void key_id_thumbprint(const struct key *key, char out[KEY_ID_MAX]); /* RFC 7638, base64url */

/* Raw JWS signatures (ECDSA as r||s). `algorithm` must suit the key: RS256/384/512 any RSA key,
 * ES* the curve's own, EdDSA. ERR_INPUT: it does not. key_verify gives ERR_DENIED for a wrong one.
 */
int key_sign(const struct key *key, const char *algorithm, struct str data, struct buf *signature,
	     struct err *err) must_check;
int key_verify(const struct key *key, const char *algorithm, struct str data, struct str signature,
	       struct err *err) must_check;
