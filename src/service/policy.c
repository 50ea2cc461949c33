/* policy.c - users, tokens and certificates of a configuration as the API takes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/io.h"
#include "base/vec.h"
#include "service/service_private.h"

#include "base/banned.h"

#define OWN_KEY     "token.key"
#define OWN_KEY_MAX ((size_t)64 << 10)

/* The key that signs tokens when the file names none: made once, kept beside the index, so that
 * refresh tokens outlive a restart. */
static int own_key(struct service *service, struct err *err)
{
	autobuf struct buf pem = {0};
	autokey struct key *key = NULL;

	if (service->own_key)
		return 0;
	if (!file_read_at(service->own_dirfd, OWN_KEY, OWN_KEY_MAX, &pem, err))
		return key_parse_private("hull/" OWN_KEY, buf_str(&pem), &service->own_key, err);
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	if (key_generate(KEY_P256, 0, &key, err))
		return -1;
	key_write_private(key, &pem);
	if (file_write_at(service->own_dirfd, OWN_KEY, buf_text(&pem), pem.len, 0600, FILE_SYNC,
			  err))
		return -1;
	service->own_key = steal(&key);
	return 0;
}

struct key_vec {
	struct key **items;
	size_t n, cap;
};

static void keys_done(struct key_vec *keys)
{
	vec_foreach(key, keys)
		key_unref(*key);
	vec_done(keys);
}

/* Whom else we believe. The keys of all of them stand in one array. */
struct trust_list {
	struct token_trust *items;
	size_t n, cap;
	struct key_vec keys;
};

static void trusts_done(struct trust_list *trusts)
{
	vec_done(trusts);
	keys_done(&trusts->keys);
}

static void add_keys(const struct cert_chain *chain, struct key_vec *keys)
{
	size_t n = cert_chain_length(chain);

	vec_reserve(keys, n); /* NOLINT(bugprone-sizeof-expression): pointers are kept */
	for (size_t i = 0; i < n; i++)
		keys->items[keys->n++] = cert_chain_key(chain, i);
}

static void add_trust(const struct external_tokens *external, struct key **keys,
		      struct trust_list *trusts)
{
	vec_push(trusts, {
				 .issuer = external->issuer,
				 .service = external->service,
				 .keys = keys,
				 .n_keys = cert_chain_length(external->chain),
				 .roots = external->chain,
			 });
}

static void collect_trusts(const struct registry_config *config, struct trust_list *trusts)
{
	vec_foreach(external, &config->external)
		add_keys(external->chain, &trusts->keys);

	size_t at = 0;
	vec_foreach(external, &config->external) {
		add_trust(external, trusts->keys.items + at, trusts);
		at += cert_chain_length(external->chain);
	}
}

int policy_make(struct service *service, const struct registry_config *config,
		struct access_policy **ret_policy, struct err *err)
{
	cleanup(trusts_done) struct trust_list trusts = {0};
	bool issues = config->accounts && !config->basic_realm;

	if (issues && !config->token.certificate && own_key(service, err))
		return -1;
	collect_trusts(config, &trusts);
	struct token_options token = {
		.issuer = config->issuer,
		.service = config->service,
		.expiration_s = config->token_expiration_s,
		.key = config->token.certificate ? config->token.pair.key : service->own_key,
		.chain = config->token_x5c ? config->token.pair.chain : NULL,
		.key_id = config->token_thumbprint ? KEY_ID_THUMBPRINT : KEY_ID_LIBTRUST,
	};
	struct access_options options = {
		.accounts = config->accounts,
		.guard = config->accounts ? service->guard : NULL,
		.token = issues ? &token : NULL,
		.trusts = trusts.items,
		.n_trusts = trusts.n,
		.service = config->service,
		.realm = config->realm,
		.token_prefix = config->token_prefix,
		.basic_realm = config->basic_realm,
		.is_open = config->is_open,
		.proxies = config->proxies.n ? &config->proxies : NULL,
		.real_ip_header = config->real_ip_header,
		.real_ip_pos = config->real_ip_pos,
		.hsts = config->hsts,
	};
	return access_policy_new(&options, ret_policy, err);
}

int tls_make(struct service *service, const struct registry_config *config,
	     struct tls_server **ret_tls, struct err *err)
{
	autofree struct cert_pair *pairs = xcalloc(config->tls.n + 1, sizeof(*pairs));

	*ret_tls = NULL;
	if (!config->tls.n)
		return 0;
	for (size_t i = 0; i < config->tls.n; i++)
		pairs[i] = config->tls.items[i].pair;
	struct tls_options options = {
		.pairs = pairs,
		.n_pairs = config->tls.n,
		.min_version = config->tls_minimum,
		.ciphers = config->tls_ciphers,
		.cipher_suites = config->tls_cipher_suites,
		.curves = config->tls_curves,
	};
	return tls_server_new(&options, service->tls, ret_tls, err);
}

struct api_settings settings_make(const struct registry_config *config)
{
	return (struct api_settings){
		.delete_enabled = config->delete_enabled,
		.read_only = config->read_only,
		.catalog_enabled = config->catalog_enabled,
		.max_blob_bytes = config->max_blob_bytes,
		.page_max = config->page_max,
		.fields = &config->fields,
	};
}
