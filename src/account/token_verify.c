/* token_verify.c - whose access tokens are believed, and what they say.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, registry/auth/token; RFC 7515, 4.1; RFC 8725.
 *
 * The header only helps to find the key among those that are trusted: by "x5c" (a chain to trusted
 * roots, or a trusted key's certificate), by "jwk" (a trusted key), by "kid" (either form), else
 * each trusted key is tried. */
#include "account/limits.h"
#include "account/token.h"
#include "account/token_private.h"
#include "pki/jws.h"

#include "base/banned.h"

struct trusted_key {
	struct key *key;
	char libtrust[KEY_ID_MAX], thumbprint[KEY_ID_MAX];
};
struct trust {
	char *issuer, *service;
	struct trusted_key *keys;
	size_t n_keys;
	struct cert_chain *roots; /* our own copy; NULL: none */
};
struct token_verifier {
	struct trust *trusts;
	size_t n_trusts;
};

static void trust_done(struct trust *trust)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		key_unref(trust->keys[i].key);
	free(trust->keys);
	free(trust->issuer);
	free(trust->service);
	cert_chain_free(trust->roots);
}

void token_verifier_free(struct token_verifier *verifier)
{
	if (!verifier)
		return;
	for (size_t i = 0; i < verifier->n_trusts; i++)
		trust_done(&verifier->trusts[i]);
	free(verifier->trusts);
	free(verifier);
}

void subject_done(struct subject *subject)
{
	free(subject->account);
	access_vec_done(&subject->accesses);
	*subject = (struct subject){0};
}

static int chain_copy(const struct cert_chain *chain, struct cert_chain **ret_copy, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf pem = {0};

	node_foreach(cert, cert_chain_x5c(&arena, chain)) {
		buf_puts(&pem, "-----BEGIN CERTIFICATE-----\n");
		for (size_t i = 0; i < cert->text.len; i += 64)
			buf_printf(&pem, "%.64s\n", cert->text.ptr + i);
		buf_puts(&pem, "-----END CERTIFICATE-----\n");
	}
	return cert_chain_parse("trusted certificates", buf_str(&pem), ret_copy, err);
}

static int trust_fill(struct trust *trust, const struct token_trust *options, struct err *err)
{
	if (options->n_keys > LIMIT_TRUST_KEYS)
		return err_set(err, ERR_LIMIT, "more than %u keys of the issuer '%s'",
			       LIMIT_TRUST_KEYS, options->issuer);
	if (options->n_keys == 0 && !options->roots)
		return err_set(err, ERR_INPUT, "nothing vouches for the issuer '%s'",
			       options->issuer);
	trust->issuer = xstrdup(options->issuer);
	trust->service = xstrdup(options->service ? options->service : "");
	trust->keys = xcalloc(options->n_keys + 1, sizeof(*trust->keys));
	for (; trust->n_keys < options->n_keys; trust->n_keys++) {
		struct trusted_key *trusted = &trust->keys[trust->n_keys];
		trusted->key = key_ref(options->keys[trust->n_keys]);
		key_id_libtrust(trusted->key, trusted->libtrust);
		key_id_thumbprint(trusted->key, trusted->thumbprint);
	}
	return options->roots ? chain_copy(options->roots, &trust->roots, err) : 0;
}

int token_verifier_new(const struct token_trust *trusts, size_t n_trusts,
		       struct token_verifier **ret_verifier, struct err *err)
{
	struct token_verifier *verifier = xcalloc(1, sizeof(*verifier));

	verifier->trusts = xcalloc(n_trusts + 1, sizeof(*verifier->trusts));
	while (verifier->n_trusts < n_trusts) {
		size_t i = verifier->n_trusts++;
		if (trust_fill(&verifier->trusts[i], &trusts[i], err)) {
			token_verifier_free(verifier);
			return -1;
		}
	}
	*ret_verifier = verifier;
	return 0;
}

/* ---- claims ---- */

/* RFC 7519, NumericDate: may have a fraction. */
static bool claim_time(const struct node *claims, const char *name, int64_t *ret_time)
{
	const struct node *node = node_get(claims, name);

	if (node && node->kind == NODE_INT)
		*ret_time = node->integer;
	else if (node && node->kind == NODE_FLOAT && node->number > -1e15 && node->number < 1e15)
		*ret_time = (int64_t)node->number;
	else
		return false;
	return true;
}

int token_check_times(const struct node *claims, int64_t now_s, int64_t *ret_expires_at,
		      struct err *err)
{
	int64_t expires_at, not_before;

	if (!claim_time(claims, "exp", &expires_at))
		return err_set(err, ERR_DENIED, "the token does not say when it expires");
	if (expires_at <= now_s - LIMIT_TOKEN_LEEWAY_S)
		return err_set(err, ERR_DENIED, "the token expired %lld seconds ago",
			       (long long)(now_s - (expires_at < 0 ? 0 : expires_at)));
	if (node_get(claims, "nbf")) {
		if (!claim_time(claims, "nbf", &not_before))
			return err_set(err, ERR_DENIED, "the token's 'nbf' is no time");
		if (not_before > now_s + LIMIT_TOKEN_LEEWAY_S)
			return err_set(err, ERR_DENIED, "the token is not valid yet");
	}
	if (ret_expires_at)
		*ret_expires_at = expires_at;
	return 0;
}

static bool audience_has(const struct node *audience, const char *service)
{
	if (!audience)
		return false;
	if (audience->kind == NODE_STRING)
		return str_is(audience->text, service);
	if (audience->kind != NODE_LIST)
		return false;
	node_foreach(one, audience)
		if (one->kind == NODE_STRING && str_is(one->text, service))
			return true;
	return false;
}

/* ---- signatures ---- */

static bool is_signed_by(const struct jws *jws, const struct key *key)
{
	struct err err = {0};
	bool is_signed = jws_verify(jws, key, &err) == 0;
	err_clear(&err);
	return is_signed;
}

static const struct trusted_key *find_equal(const struct trust *trust, const struct key *key)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		if (key_equal(trust->keys[i].key, key))
			return &trust->keys[i];
	return NULL;
}

static bool x5c_vouches(const struct trust *trust, const struct jws *jws, const struct node *x5c,
			int64_t now_s)
{
	autochain struct cert_chain *chain = NULL;
	autoerr struct err err = {0};

	if (cert_chain_parse_x5c(x5c, &chain, &err))
		return false;
	autokey struct key *leaf = cert_chain_key(chain, 0);
	if (!leaf)
		return false;
	bool is_trusted = find_equal(trust, leaf) != NULL;
	if (!is_trusted && trust->roots)
		is_trusted = cert_chain_verify(chain, trust->roots, now_s, &err) == 0;
	return is_trusted && is_signed_by(jws, leaf);
}

static bool jwk_vouches(const struct trust *trust, const struct jws *jws, const struct node *jwk)
{
	autokey struct key *key = NULL;
	autoerr struct err err = {0};

	if (key_parse_jwk(jwk, &key, &err))
		return false;
	const struct trusted_key *trusted = find_equal(trust, key);
	return trusted && is_signed_by(jws, trusted->key);
}

static bool keys_vouch(const struct trust *trust, const struct jws *jws)
{
	const char *id = node_get_text(jws->header, "kid");

	for (size_t i = 0; id && i < trust->n_keys; i++) {
		const struct trusted_key *trusted = &trust->keys[i];
		if (text_eq(id, trusted->libtrust) || text_eq(id, trusted->thumbprint))
			return is_signed_by(jws, trusted->key);
	}
	/* No ID, or one of another style: there are few keys. */
	for (size_t i = 0; i < trust->n_keys; i++)
		if (is_signed_by(jws, trust->keys[i].key))
			return true;
	return false;
}

static bool trust_vouches(const struct trust *trust, const struct jws *jws, int64_t now_s)
{
	const struct node *x5c = node_get(jws->header, "x5c");
	const struct node *jwk = node_get(jws->header, "jwk");

	if (x5c)
		return x5c_vouches(trust, jws, x5c, now_s);
	if (jwk)
		return jwk_vouches(trust, jws, jwk);
	return keys_vouch(trust, jws);
}

/* ---- all together ---- */

static bool type_is_access(const struct node *header)
{
	const struct node *type = node_get(header, "typ");

	if (!type)
		return true; /* RFC 7519, 5.1: optional */
	const char *text = node_text(type);
	return text && (strcasecmp(text, TOKEN_TYPE_ACCESS) == 0 ||
			strcasecmp(text, "at+jwt") == 0); /* RFC 9068 */
}

static int trust_find(const struct token_verifier *verifier, const struct jws *jws, int64_t now_s,
		      struct err *err)
{
	const char *issuer = node_get_text(jws->payload, "iss");
	const struct node *audience = node_get(jws->payload, "aud");
	bool is_issuer = false, is_audience = false;

	for (size_t i = 0; i < verifier->n_trusts; i++) {
		const struct trust *trust = &verifier->trusts[i];
		if (!text_eq(issuer, trust->issuer))
			continue;
		is_issuer = true;
		if (!audience_has(audience, trust->service))
			continue;
		is_audience = true;
		if (trust_vouches(trust, jws, now_s))
			return 0;
	}
	if (!is_issuer)
		return err_set(err, ERR_DENIED, "the token is of an issuer that is not trusted");
	if (!is_audience)
		return err_set(err, ERR_DENIED, "the token is for another service");
	return err_set(err, ERR_DENIED, "the token is signed by no key that is trusted");
}

int token_verify(const struct token_verifier *verifier, struct str text, int64_t now_s,
		 struct subject *ret_subject, struct err *err)
{
	autoarena struct arena arena = {0};
	struct subject subject = {0};
	struct jws jws;

	if (jws_parse(&arena, text, &jws, err)) {
		err->kind = ERR_DENIED;
		return err_wrap(err, "the token");
	}
	if (!type_is_access(jws.header))
		return err_set(err, ERR_DENIED, "the token is of another type");
	if (token_check_times(jws.payload, now_s, &subject.expires_at, err) ||
	    trust_find(verifier, &jws, now_s, err))
		return -1;
	if (access_vec_decode(node_get(jws.payload, "access"), &subject.accesses, err)) {
		err->kind = ERR_DENIED;
		return err_wrap(err, "the token");
	}
	const char *account = node_get_text(jws.payload, "sub");
	subject.account = xstrdup(account ? account : "");
	*ret_subject = subject;
	return 0;
}
