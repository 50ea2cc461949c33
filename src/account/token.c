/* token.c - making access tokens and refresh tokens, and believing our own of the second kind.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   access   {"typ":"JWT",…}               {iss, sub, aud: SERVICE, exp, nbf, iat, jti, access}
 *   refresh  {"typ":"hull-refresh+jwt",…}  {iss, sub, aud: "refresh:" SERVICE, exp, iat,
 *                                           fingerprint}
 *
 * The fingerprint is the stored hash's: with another password the token is worth nothing. */
#include "account/token.h"

#include "account/limits.h"
#include "account/token_private.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "doc/json.h"
#include "pki/jws.h"

#include "base/banned.h"

#define NOT_BEFORE_S     10 /* for clocks that go behind, as docker_auth has it */
#define FINGERPRINT_SIZE 33 /* 128 bits in hexadecimal and the end */

struct token_issuer {
	char *issuer, *service;
	int64_t expiration_s;
	struct key *key;
	char *header, *refresh_header; /* JSON */
};

static char *header_write(const struct token_options *options, const char *type)
{
	autobuf struct buf json = {0};
	char id[KEY_ID_MAX];

	if (options->key_id == KEY_ID_THUMBPRINT)
		key_id_thumbprint(options->key, id);
	else
		key_id_libtrust(options->key, id);
	buf_printf(&json, "{\"typ\":\"%s\",\"alg\":\"%s\",\"kid\":\"%s\"", type,
		   key_algorithm(options->key), id);
	if (options->chain && text_eq(type, TOKEN_TYPE_ACCESS)) {
		autoarena struct arena arena = {0};
		buf_puts(&json, ",\"x5c\":");
		json_write(&json, cert_chain_x5c(&arena, options->chain), JSON_COMPACT);
	}
	buf_putc(&json, '}');
	return buf_steal(&json);
}

int token_issuer_new(const struct token_options *options, struct token_issuer **ret_issuer,
		     struct err *err)
{
	if (!options->issuer || !*options->issuer)
		return err_set(err, ERR_INPUT, "the token service has no issuer");
	if (!key_is_private(options->key))
		return err_set(err, ERR_INPUT, "tokens cannot be signed with a public key");
	if (options->expiration_s <= 0 || options->expiration_s > LIMIT_TOKEN_LIFE_S)
		return err_set(err, ERR_INPUT,
			       "tokens must expire after 1 to %lld seconds, not %lld",
			       (long long)LIMIT_TOKEN_LIFE_S, (long long)options->expiration_s);

	struct token_issuer *issuer = xcalloc(1, sizeof(*issuer));
	issuer->issuer = xstrdup(options->issuer);
	issuer->service = xstrdup(options->service ? options->service : "");
	issuer->expiration_s = options->expiration_s;
	issuer->key = key_ref(options->key);
	issuer->header = header_write(options, TOKEN_TYPE_ACCESS);
	issuer->refresh_header = header_write(options, TOKEN_TYPE_REFRESH);
	*ret_issuer = issuer;
	return 0;
}

void token_issuer_free(struct token_issuer *issuer)
{
	if (!issuer)
		return;
	free(issuer->issuer);
	free(issuer->service);
	key_unref(issuer->key);
	free(issuer->header);
	free(issuer->refresh_header);
	free(issuer);
}

static int64_t now_s(void)
{
	return clock_now_ns() / NS_PER_SEC;
}

/* {"iss":…,"sub":…,"aud":… without the end */
static void claims_begin(const struct token_issuer *issuer, struct buf *json, const char *account,
			 const char *prefix, const char *service)
{
	autobuf struct buf audience = {0};

	buf_puts(&audience, prefix);
	buf_puts(&audience, service ? service : issuer->service);
	buf_puts(json, "{\"iss\":");
	json_write_text(json, str_of(issuer->issuer));
	buf_puts(json, ",\"sub\":");
	json_write_text(json, str_of(account));
	buf_puts(json, ",\"aud\":");
	json_write_text(json, buf_str(&audience));
}

static void access_write(struct buf *json, const struct access *access)
{
	buf_puts(json, "{\"type\":");
	json_write_text(json, str_of(access->type));
	if (access->class) {
		buf_puts(json, ",\"class\":");
		json_write_text(json, str_of(access->class));
	}
	buf_puts(json, ",\"name\":");
	json_write_text(json, str_of(access->name));
	buf_puts(json, ",\"actions\":[");
	for (size_t i = 0; i < access->actions.n; i++) {
		buf_puts(json, i ? "," : "");
		json_write_text(json, str_of(access->actions.items[i]));
	}
	buf_puts(json, "]}");
}

int token_issue(const struct token_issuer *issuer, const char *account, const char *service,
		const struct access_vec *accesses, struct token_text *ret_token, struct err *err)
{
	autobuf struct buf json = {0}, text = {0};
	int64_t now = now_s(), expires_at = now + issuer->expiration_s;
	int64_t not_before = now - NOT_BEFORE_S;
	uint64_t id;

	random_bytes(&id, sizeof(id));
	claims_begin(issuer, &json, account, "", service);
	buf_printf(&json, ",\"exp\":%lld,\"nbf\":%lld,\"iat\":%lld,\"jti\":\"%llu\",\"access\":[",
		   (long long)expires_at, (long long)not_before, (long long)now,
		   (unsigned long long)(id >> 1));
	for (size_t i = 0; i < accesses->n; i++) {
		buf_puts(&json, i ? "," : "");
		access_write(&json, &accesses->items[i]);
	}
	buf_puts(&json, "]}");
	if (buf_check(&json, "the token", err) ||
	    jws_sign(issuer->key, str_of(issuer->header), buf_str(&json), &text, err))
		return -1;
	*ret_token = (struct token_text){
		.text = steal(&text), .issued_at = now, .expires_in = issuer->expiration_s};
	return 0;
}

/* ---- refresh tokens ---- */

static void fingerprint(const char *account, const char *hash, char out[FINGERPRINT_SIZE])
{
	static const char purpose[] = "hull refresh token"; /* with its NUL, as the others */
	uint8_t digest[HASH_MAX_SIZE];
	autohash struct hash *sum = hash_new(HASH_SHA256);

	hash_update(sum, purpose, sizeof(purpose));
	hash_update(sum, account, strlen(account) + 1);
	hash_update(sum, hash, strlen(hash) + 1);
	hash_final(sum, digest);
	hash_hex(digest, (FINGERPRINT_SIZE - 1) / 2, out);
}

int refresh_issue(const struct token_issuer *issuer, const char *account, const char *service,
		  const char *hash, struct buf *ret_text, struct err *err)
{
	autobuf struct buf json = {0};
	char print[FINGERPRINT_SIZE];
	int64_t now = now_s(), expires_at = now + LIMIT_REFRESH_LIFE_S;

	fingerprint(account, hash, print);
	claims_begin(issuer, &json, account, TOKEN_REFRESH_AUDIENCE, service);
	buf_printf(&json, ",\"exp\":%lld,\"iat\":%lld,\"fingerprint\":\"%s\"}",
		   (long long)expires_at, (long long)now, print);
	if (buf_check(&json, "the refresh token", err))
		return -1;
	return jws_sign(issuer->key, str_of(issuer->refresh_header), buf_str(&json), ret_text, err);
}

static const char *refresh_fault(const struct token_issuer *issuer, const struct node *claims,
				 const char *service, const struct accounts *accounts)
{
	const char *account = node_get_text(claims, "sub");
	const char *given = node_get_text(claims, "fingerprint");
	const char *audience = node_get_text(claims, "aud");
	autofree char *wanted =
		xasprintf("%s%s", TOKEN_REFRESH_AUDIENCE, service ? service : issuer->service);
	char print[FINGERPRINT_SIZE];
	struct err ignored = {0};

	if (!text_eq(node_get_text(claims, "iss"), issuer->issuer))
		return "it is of another issuer";
	if (!text_eq(audience, wanted))
		return "it is for another service";
	if (token_check_times(claims, now_s(), NULL, &ignored)) {
		err_clear(&ignored);
		return "it has expired";
	}
	const char *hash = account ? accounts_hash(accounts, account) : NULL;
	if (!hash || !given)
		return "its user is gone";
	fingerprint(account, hash, print);
	return text_eq(given, print) ? NULL : "its user has another password now";
}

int refresh_check(const struct token_issuer *issuer, struct str text, const char *service,
		  const struct accounts *accounts, char **ret_account, struct err *err)
{
	autoarena struct arena arena = {0};
	struct jws jws;

	if (jws_parse(&arena, text, &jws, err)) {
		err->kind = ERR_DENIED;
		return err_wrap(err, "the refresh token");
	}
	if (!text_eq(node_get_text(jws.header, "typ"), TOKEN_TYPE_REFRESH))
		return err_set(err, ERR_DENIED, "the text is no refresh token");
	if (jws_verify(&jws, issuer->key, err)) {
		err->kind = ERR_DENIED;
		return err_wrap(err, "the refresh token");
	}
	const char *fault = refresh_fault(issuer, jws.payload, service, accounts);
	if (fault)
		return err_set(err, ERR_DENIED, "the refresh token: %s", fault);
	*ret_account = xstrdup(node_get_text(jws.payload, "sub"));
	return 0;
}
