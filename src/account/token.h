/* token.h - access tokens and refresh tokens: making and believing them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/jwt.md. */
#pragma once

#include "account/accounts.h"
#include "pki/cert.h"

enum key_id_style { KEY_ID_LIBTRUST, KEY_ID_THUMBPRINT };

struct token_options { /* all borrowed; copied or referenced by token_issuer_new */
	const char *issuer, *service;
	int64_t expiration_s;
	struct key *key;
	const struct cert_chain *chain; /* for x5c; NULL: none is sent */
	enum key_id_style key_id;
};
struct token_issuer;
int token_issuer_new(const struct token_options *options, struct token_issuer **ret_issuer,
		     struct err *err) must_check;
void token_issuer_free(struct token_issuer *issuer);

struct token_text {
	struct buf text;
	int64_t issued_at, expires_in; /* seconds */
};
/* `service` NULL: the issuer's own. Claims as docker_auth's: iss sub aud exp nbf(-10) iat jti
 * access.
 */
int token_issue(const struct token_issuer *issuer, const char *account, const char *service,
		const struct access_vec *accesses, struct token_text *ret_token,
		struct err *err) must_check;
/* A refresh token names the account and a fingerprint of its password's hash; it is no access token
 * and the other way round ("typ", "aud"). `hash`: of accounts_hash. */
int refresh_issue(const struct token_issuer *issuer, const char *account, const char *service,
		  const char *hash, struct buf *ret_text, struct err *err) must_check;
/* ERR_DENIED: forged, another service's, of a user that is gone or has another password now. */
int refresh_check(const struct token_issuer *issuer, struct str text, const char *service,
		  const struct accounts *accounts, char **ret_account, struct err *err) must_check;

/* Whom the registry believes: its own issuer, and those whose certificates were configured. */
struct token_trust {
	const char *issuer, *service;
	struct key **keys; /* of our key, or of the certificates; also matched by their key IDs */
	size_t n_keys;
	const struct cert_chain *roots; /* for x5c; NULL: x5c must be one of the keys */
};
struct token_verifier;
int token_verifier_new(const struct token_trust *trusts, size_t n_trusts,
		       struct token_verifier **ret_verifier, struct err *err) must_check;
void token_verifier_free(struct token_verifier *verifier);

struct subject {       /* who a verified token speaks for */
	char *account; /* "": anonymous */
	struct access_vec accesses;
	int64_t expires_at; /* seconds since 1970 */
};
void subject_done(struct subject *subject);
/* 60 s leeway. ERR_DENIED with the reason (for the audit log; it names no secret). */
int token_verify(const struct token_verifier *verifier, struct str text, int64_t now_s,
		 struct subject *ret_subject, struct err *err) must_check;
