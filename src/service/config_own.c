/* config_own.c - the keys of hull-registry's own format; hull-registry.yml(5) tells them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/vec.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

#define SHORT_GRACE_NS (60 * NS_PER_SEC)

static int take_listen_as(const struct key *key, const struct node *node, struct reading *reading,
			  bool is_plain, struct err *err)
{
	const char *text = NULL;

	if (node->kind != NODE_LIST)
		return expect_text(key, node, &text, err)
			       ? -1
			       : listen_add(reading, text, node->pos, is_plain, err);
	node_foreach(child, node)
		if (expect_text(key, child, &text, err) ||
		    listen_add(reading, text, child->pos, is_plain, err))
			return -1;
	return 0;
}

static int take_listen(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	return take_listen_as(key, node, reading, false, err);
}

static int take_listen_plain(const struct key *key, const struct node *node,
			     struct reading *reading, struct err *err)
{
	return take_listen_as(key, node, reading, true, err);
}

static int take_admin(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err) || address_check(text, node->pos, err))
		return -1;
	reading->config->admin = (struct listen_address){text, node->pos, false};
	return 0;
}

/* The place of a pair is that of its certificate. */
static int take_pair_file(const struct key *key, const struct node *node, struct reading *reading,
			  struct certificate_files *files, struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (text_eq(key->name, "key")) {
		files->key = path_of(reading, text);
		if (!files->certificate)
			files->pos = node->pos;
	} else {
		files->certificate = path_of(reading, text);
		files->pos = node->pos;
	}
	return 0;
}

static struct certificate_files *first_pair(struct reading *reading)
{
	if (!reading->config->tls.n)
		vec_add(&reading->config->tls);
	return &reading->config->tls.items[0];
}

static int take_tls_file(const struct key *key, const struct node *node, struct reading *reading,
			 struct err *err)
{
	return take_pair_file(key, node, reading, first_pair(reading), err);
}

static int take_token_file(const struct key *key, const struct node *node, struct reading *reading,
			   struct err *err)
{
	return take_pair_file(key, node, reading, &reading->config->token, err);
}

static int take_last_pair_file(const struct key *key, const struct node *node,
			       struct reading *reading, struct err *err)
{
	struct certificate_files_vec *tls = &reading->config->tls;
	return take_pair_file(key, node, reading, &tls->items[tls->n - 1], err);
}

static const struct key pair_keys[] = {
	{.name = "certificate", .take = take_last_pair_file},
	{.name = "key", .take = take_last_pair_file},
	{0},
};

static int take_pair(const struct node *node, struct reading *reading, struct err *err)
{
	struct certificate_files_vec *tls = &reading->config->tls;

	if (tls->n >= LIMIT_SERVICE_PAIRS)
		return err_at(err, node->pos, "more than %d certificates", LIMIT_SERVICE_PAIRS);
	vec_add(tls)->pos = node->pos;
	if (keys_take(pair_keys, node, reading, err))
		return -1;
	if (!tls->items[tls->n - 1].certificate)
		return err_at(err, node->pos, "the key 'certificate' is missing");
	return 0;
}

static int take_pairs(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	if (node->kind != NODE_LIST)
		return err_at(err, node->pos,
			      "'pairs' must be a list of {certificate, key}, not %s",
			      node_kind_name(node->kind));
	node_foreach(child, node) {
		if (take_pair(child, reading, err))
			return -1;
	}
	return 0;
}

static const struct key storage_keys[] = {
	K("directory", take_path, storage, const char *),
	K_SIZE("floor", storage_floor),
	{0},
};

static int take_storage(const struct key *key, const struct node *node, struct reading *reading,
			struct err *err)
{
	if (node->kind == NODE_MAP)
		return keys_take(storage_keys, node, reading, err);
	return take_path(key, node, reading, err);
}

/* Looked at when all is read: they need each other. */
static int take_users(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	reading->users = node;
	return 0;
}

static int take_acl(const struct key *key, const struct node *node, struct reading *reading,
		    struct err *err)
{
	reading->acl = node;
	return 0;
}

static int take_auth_file(const struct key *key, const struct node *node, struct reading *reading,
			  struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	reading->auth_file = node;
	return 0;
}

static int take_compat(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	if (node->kind != NODE_BOOL)
		return err_at(err, node->pos, "'compat' must be true or false, not %s",
			      node_kind_name(node->kind));
	reading->compat = node;
	return 0;
}

static int take_prefix(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (text[0] != '/' || text_ends(text, "/") || strpbrk(text, "?#% "))
		return err_at(err, node->pos,
			      "'prefix' is a path such as '/authserver', without a slash at its "
			      "end, not '%s'",
			      text);
	reading->config->token_prefix = text;
	return 0;
}

static int take_key_id(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "libtrust") && !text_eq(text, "thumbprint"))
		return err_at(err, node->pos, "'key_id' is one of libtrust, thumbprint, not '%s'",
			      text);
	reading->config->token_thumbprint = text_eq(text, "thumbprint");
	return 0;
}

static int take_external_text(const struct key *key, const struct node *node,
			      struct reading *reading, struct err *err)
{
	struct external_tokens_vec *all = &reading->config->external;
	struct external_tokens *external = &all->items[all->n - 1];
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (text_eq(key->name, "issuer"))
		external->issuer = text;
	else if (text_eq(key->name, "service"))
		external->service = text;
	else if (text_eq(key->name, "realm"))
		external->realm = text;
	else
		external->certificates = path_of(reading, text);
	return 0;
}

static const struct key external_keys[] = {
	{.name = "issuer", .take = take_external_text},
	{.name = "service", .take = take_external_text},
	{.name = "realm", .take = take_external_text},
	{.name = "certificates", .take = take_external_text},
	{0},
};

static int take_one_external(const struct node *node, struct reading *reading, struct err *err)
{
	struct external_tokens_vec *all = &reading->config->external;

	if (all->n >= LIMIT_SERVICE_EXTERNAL)
		return err_at(err, node->pos, "more than %d token services",
			      LIMIT_SERVICE_EXTERNAL);
	vec_add(all)->pos = node->pos;
	return keys_take(external_keys, node, reading, err);
}

static int take_external(const struct key *key, const struct node *node, struct reading *reading,
			 struct err *err)
{
	if (node->kind != NODE_LIST)
		return err_at(err, node->pos,
			      "'external' must be a list of {issuer, service, realm, "
			      "certificates}, not %s",
			      node_kind_name(node->kind));
	node_foreach(child, node) {
		if (take_one_external(child, reading, err))
			return -1;
	}
	return 0;
}

static int take_format(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "text") && !text_eq(text, "json"))
		return err_at(err, node->pos, "'format' is one of text, json, not '%s'", text);
	reading->config->log_is_json = text_eq(text, "json");
	return 0;
}

static int take_fields(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	const char *text = NULL;
	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "'fields' must be a map of names to values, not %s",
			      node_kind_name(node->kind));
	node_foreach(child, node) {
		if (expect_text(&(struct key){.name = child->key.ptr}, child, &text, err) ||
		    field_add(reading, child->key.ptr, text, child->key_pos, err))
			return -1;
	}
	return 0;
}

/* A blob comes before the manifest that needs it: it must be let live until then. */
static int take_grace(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	const struct key grace = K_EVERY("grace", gc_grace_ns);

	if (take_every(&grace, node, reading, err))
		return -1;
	if (reading->config->gc_grace_ns < SHORT_GRACE_NS)
		warn_at(reading, node->pos,
			"'grace' is short: a push that takes longer may have to begin again");
	return 0;
}

static const struct key tls_keys[] = {
	{.name = "certificate", .take = take_tls_file},
	{.name = "key", .take = take_tls_file},
	{.name = "pairs", .take = take_pairs},
	K("minimum", take_word, tls_minimum, const char *,
	  .words = (const char *const[]){"1.2", "1.3", NULL}),
	K_TEXT("ciphers", tls_ciphers),
	K_TEXT("cipher_suites", tls_cipher_suites),
	K_TEXT("curves", tls_curves),
	{0},
};
static const struct key token_keys[] = {
	K_TEXT("issuer", issuer),
	K_TEXT("service", service),
	K_TEXT("realm", realm),
	K("expiration", take_seconds, token_expiration_s, int64_t),
	{.name = "prefix", .take = take_prefix},
	{.name = "certificate", .take = take_token_file},
	{.name = "key", .take = take_token_file},
	K_BOOL("x5c", token_x5c),
	{.name = "key_id", .take = take_key_id},
	{0},
};
static const struct key limit_keys[] = {
	K_COUNT("head", http.head_bytes),
	K_COUNT("fields", http.head_fields),
	K_MS("idle", http.idle_ms),
	K_MS("head_time", http.head_ms),
	K_MS("body_time", http.body_ms),
	K_SIZE("body_rate", http.body_rate),
	K_COUNT("connections", http.connections),
	K_COUNT("connections_per_address", http.connections_per_address),
	K_COUNT("threads", http.pool_threads),
	K_COUNT("queue", http.pool_queue),
	K_COUNT("loops", http.loops),
	K_SIZE("blob", max_blob_bytes),
	K_COUNT("page", page_max),
	{0},
};
static const struct key log_keys[] = {
	K("level", take_word, log_level, const char *,
	  .words = (const char *const[]){"error", "warn", "info", "debug", NULL}),
	{.name = "format", .take = take_format},
	K_BOOL("access", access_log),
	{0},
};
static const struct key gc_keys[] = {
	K_EVERY("every", gc_every_ns),
	{.name = "grace", .take = take_grace},
	K_EVERY("untagged", gc_untagged_age_ns),
	{0},
};
static const struct key verify_keys[] = {
	K_EVERY("every", verify_every_ns),
	K_SIZE("rate", verify_rate),
	{0},
};
static const struct key own_keys[] = {
	{.name = "listen", .take = take_listen},
	{.name = "listen_plain", .take = take_listen_plain},
	{.name = "admin", .take = take_admin},
	K_SECTION("tls", tls_keys),
	K("storage", take_storage, storage, const char *),
	K_BOOL("delete", delete_enabled),
	K_BOOL("read_only", read_only),
	K_BOOL("catalog", catalog_enabled),
	K_BOOL("sparse_indexes", sparse_indexes),
	{.name = "users", .take = take_users},
	{.name = "acl", .take = take_acl},
	{.name = "auth_file", .take = take_auth_file},
	{.name = "compat", .take = take_compat},
	K_BOOL("open", is_open),
	K_SECTION("token", token_keys),
	{.name = "external", .take = take_external},
	K("proxies", take_texts, proxies, struct strlist),
	K_TEXT("real_ip_header", real_ip_header),
	K("real_ip_pos", take_int, real_ip_pos, int64_t),
	K_BOOL("hsts", hsts),
	{.name = "fields", .take = take_fields},
	K_SECTION("limits", limit_keys),
	K_SECTION("log", log_keys),
	K_DURATION("upload_ttl", upload_ttl_ns),
	K_SECTION("gc", gc_keys),
	K_SECTION("verify", verify_keys),
	K_DURATION("drain", drain_ns),
	{0},
};

bool own_has_key(struct str name)
{
	return keys_find(own_keys, name);
}

int own_take(const struct node *root, struct reading *reading, struct err *err)
{
	node_foreach(child, root)
		if (!own_has_key(child->key) && distribution_has_key(child->key))
			return err_at(
				err, child->key_pos,
				"'%s' is a key of the reference registry's format, whose files "
				"begin with 'version: 0.1'",
				child->key.ptr);
	return keys_take(own_keys, root, reading, err);
}
