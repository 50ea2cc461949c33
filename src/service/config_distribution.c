/* config_distribution.c - the reference registry's configuration, translated.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, docs/content/about/configuration.md (2.1 to 3.0).
 *
 * What we have no need of (caches, Redis, the host's name for absolute URLs) is read and left;
 * what would change what the registry does and cannot be had is refused by name. */
#include "base/vec.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

static int take_version(const struct key *key, const struct node *node, struct reading *reading,
			struct err *err)
{
	const char *text = scalar_text(node);
	if (!text || !text_eq(text, "0.1"))
		return err_at(err, node->pos,
			      "'version' is 0.1 in the reference registry's format, not '%s'; "
			      "hull-registry's own has none",
			      text ? text : node_kind_name(node->kind));
	return 0;
}

/* "storage: filesystem" and "auth: htpasswd" stand for a map with an empty section. */
static int take_named_section(const struct key *key, const struct node *node,
			      struct reading *reading, struct err *err)
{
	if (node->kind != NODE_STRING)
		return take_section(key, node, reading, err);

	const struct key *named = keys_find(key->section, node->text);
	if (!named)
		return err_at(err, node->pos, "unknown %s '%s'", key->name, node->text.ptr);
	if (named->take != take_section)
		return named->take(named, node, reading, err);
	return 0;
}

/* Of drivers and the like even an empty section is a wish. */
static int take_refused_driver(const struct key *key, const struct node *node,
			       struct reading *reading, struct err *err)
{
	return err_at(err, node->key_pos,
		      "the storage driver '%s' is not supported: only "
		      "'filesystem' is",
		      key->name);
}

/* Log. */

static int take_level(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	static const struct {
		const char *theirs, *ours;
	} levels[] = {
		{"error", "error"}, {"warn", "warn"},   {"warning", "warn"}, {"info", "info"},
		{"debug", "debug"}, {"trace", "debug"}, {"fatal", "error"},  {"panic", "error"},
	};
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (text_eq(text, levels[i].theirs)) {
			reading->config->log_level = levels[i].ours;
			return 0;
		}
	return err_at(err, node->pos, "'%s' is one of error, warn, info, debug, not '%s'",
		      key->name, text);
}

static int take_formatter(const struct key *key, const struct node *node, struct reading *reading,
			  struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "text") && !text_eq(text, "json") && !text_eq(text, "logstash"))
		return err_at(err, node->pos,
			      "'formatter' is one of text, json, logstash, not '%s'", text);
	if (text_eq(text, "logstash"))
		warn_at(reading, node->pos, "'logstash': lines are written as plain JSON");
	reading->config->log_is_json = !text_eq(text, "text");
	return 0;
}

static int take_bool_word(const struct key *key, const struct node *node, bool *ret_value,
			  struct err *err)
{
	if (node->kind != NODE_BOOL)
		return err_at(err, node->pos, "'%s' must be true or false, not %s", key->name,
			      node_kind_name(node->kind));
	*ret_value = node->boolean;
	return 0;
}

static int take_access_log_disabled(const struct key *key, const struct node *node,
				    struct reading *reading, struct err *err)
{
	bool is_off = false;
	if (take_bool_word(key, node, &is_off, err))
		return -1;
	reading->config->access_log = !is_off;
	return 0;
}

static const struct key access_log_keys[] = {
	{.name = "disabled", .take = take_access_log_disabled},
	{0},
};
static const struct key log_keys[] = {
	{.name = "level", .take = take_level},
	{.name = "formatter", .take = take_formatter},
	K_SECTION("accesslog", access_log_keys),
	K_IGNORED("fields"),
	K_IGNORED("reportcaller"),
	K_WARNED("hooks", "mail is not sent: watch the log instead"),
	{0},
};

/* Storage. */

static int take_purging_enabled(const struct key *key, const struct node *node,
				struct reading *reading, struct err *err)
{
	bool is_on = true;
	if (take_bool_word(key, node, &is_on, err))
		return -1;
	reading->purging_is_off = !is_on;
	return 0;
}

static const struct key filesystem_keys[] = {
	K("rootdirectory", take_path, storage, const char *),
	K_IGNORED("maxthreads"),
	{0},
};
static const struct key delete_keys[] = {
	K_BOOL("enabled", delete_enabled),
	{0},
};
static const struct key purging_keys[] = {
	{.name = "enabled", .take = take_purging_enabled},
	K_DURATION("age", upload_ttl_ns),
	K_DURATION("interval", upload_purge_every_ns),
	K_BOOL("dryrun", upload_purge_dry_run),
	{0},
};
static const struct key readonly_keys[] = {
	K_BOOL("enabled", read_only),
	{0},
};
static const struct key maintenance_keys[] = {
	K_SECTION("uploadpurging", purging_keys),
	K_SECTION("readonly", readonly_keys),
	{0},
};
static const struct key storage_keys[] = {
	K_SECTION("filesystem", filesystem_keys),
	K_SECTION("delete", delete_keys),
	K_SECTION("maintenance", maintenance_keys),
	K_IGNORED("cache"),    /* what is hot is in memory anyway */
	K_IGNORED("redirect"), /* files are sent, not redirected to */
	K_IGNORED("tag"),      /* concurrencylimit: tags come from the index */
	{.name = "s3", .take = take_refused_driver},
	{.name = "s3aws", .take = take_refused_driver},
	{.name = "gcs", .take = take_refused_driver},
	{.name = "azure", .take = take_refused_driver},
	{.name = "swift", .take = take_refused_driver},
	{.name = "oss", .take = take_refused_driver},
	{.name = "cos", .take = take_refused_driver},
	{.name = "rados", .take = take_refused_driver},
	{.name = "inmemory", .take = take_refused_driver},
	{0},
};

/* Who may: tokens of somebody else, or passwords. */

static struct external_tokens *their_tokens(struct reading *reading, const struct node *node)
{
	struct external_tokens_vec *all = &reading->config->external;
	if (!all->n)
		vec_add(all)->pos = node->pos;
	return &all->items[0];
}

static int take_token_text(const struct key *key, const struct node *node, struct reading *reading,
			   struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	struct external_tokens *tokens = their_tokens(reading, node);
	if (text_eq(key->name, "realm"))
		tokens->realm = text;
	else if (text_eq(key->name, "service"))
		tokens->service = text;
	else if (text_eq(key->name, "issuer"))
		tokens->issuer = text;
	else {
		tokens->certificates = path_of(reading, text);
		tokens->pos = node->pos;
	}
	return 0;
}

static int take_htpasswd_path(const struct key *key, const struct node *node,
			      struct reading *reading, struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	reading->htpasswd_path = node;
	return 0;
}

static const struct key token_keys[] = {
	{.name = "realm", .take = take_token_text},
	{.name = "service", .take = take_token_text},
	{.name = "issuer", .take = take_token_text},
	{.name = "rootcertbundle", .take = take_token_text},
	K_REFUSED("jwks", "give the certificates with 'rootcertbundle'"),
	K_REFUSED("autoredirect", "tell clients the token service with 'realm'"),
	K_IGNORED("autoredirectpath"),
	K_IGNORED("signingalgorithms"), /* those of the keys, and never "none" */
	{0},
};
static const struct key htpasswd_keys[] = {
	K_TEXT("realm", basic_realm),
	{.name = "path", .take = take_htpasswd_path},
	{0},
};
static const struct key auth_keys[] = {
	K_SECTION("token", token_keys),
	K_SECTION("htpasswd", htpasswd_keys),
	K_REFUSED("silly", "it lets everybody in"),
	{0},
};

static int take_auth(const struct key *key, const struct node *node, struct reading *reading,
		     struct err *err)
{
	if (node->kind == NODE_MAP && node->children.n > 1)
		return err_at(err, node->children.first->next->key_pos,
			      "'auth' has '%s' and '%s': one of them",
			      node->children.first->key.ptr, node->children.first->next->key.ptr);
	return take_named_section(key, node, reading, err);
}

/* HTTP. */

static int take_addr(const struct key *key, const struct node *node, struct reading *reading,
		     struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	reading->http_addr = node;
	return 0;
}

static int take_net(const struct key *key, const struct node *node, struct reading *reading,
		    struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "tcp") && !text_eq(text, "unix"))
		return err_at(err, node->pos, "'net' is one of tcp, unix, not '%s'", text);
	reading->http_is_unix = text_eq(text, "unix");
	return 0;
}

static int take_prefix(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "/"))
		return err_at(err, node->pos,
			      "'prefix' is not supported: clients ask for /v2/ at the root");
	return 0;
}

static int take_debug_addr(const struct key *key, const struct node *node, struct reading *reading,
			   struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err) || address_check(text, node->pos, err))
		return -1;
	reading->config->admin = (struct listen_address){text, node->pos, false};
	return 0;
}

static struct certificate_files *only_pair(struct reading *reading)
{
	if (!reading->config->tls.n)
		vec_add(&reading->config->tls);
	return &reading->config->tls.items[0];
}

static int take_certificate(const struct key *key, const struct node *node, struct reading *reading,
			    struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	struct certificate_files *pair = only_pair(reading);
	if (text_eq(key->name, "key")) {
		pair->key = path_of(reading, text);
		if (!pair->certificate)
			pair->pos = node->pos;
	} else {
		pair->certificate = path_of(reading, text);
		pair->pos = node->pos;
	}
	return 0;
}

static int take_minimum_tls(const struct key *key, const struct node *node, struct reading *reading,
			    struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (text_eq(text, "tls1.0") || text_eq(text, "tls1.1"))
		warn_at(reading, node->pos, "'%s' is broken: TLS 1.2 is the least", text);
	else if (!text_eq(text, "tls1.2") && !text_eq(text, "tls1.3"))
		return err_at(err, node->pos, "'minimumtls' is one of tls1.2, tls1.3, not '%s'",
			      text);
	reading->config->tls_minimum = text_eq(text, "tls1.3") ? "1.3" : "1.2";
	return 0;
}

/* Go's names to OpenSSL's; NULL: one of TLS 1.3, which are always on. */
static const struct {
	const char *go, *openssl;
} suites[] = {
	{"TLS_AES_128_GCM_SHA256", NULL},
	{"TLS_AES_256_GCM_SHA384", NULL},
	{"TLS_CHACHA20_POLY1305_SHA256", NULL},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
	{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
	{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
	{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
};

static int add_suite(const char *name, struct src_pos pos, struct buf *list, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(suites); i++)
		if (text_eq(suites[i].go, name)) {
			if (suites[i].openssl)
				buf_printf(list, "%s%s", list->len ? ":" : "", suites[i].openssl);
			return 0;
		}
	return err_at(err, pos,
		      "the cipher suite '%s' is not supported: only forward secret ones with "
		      "authenticated encryption are",
		      name);
}

static int take_suites(const struct key *key, const struct node *node, struct reading *reading,
		       struct err *err)
{
	autobuf struct buf list = {0};
	const char *text = NULL;

	if (node->kind != NODE_LIST)
		return err_at(err, node->pos, "'ciphersuites' must be a list, not %s",
			      node_kind_name(node->kind));
	node_foreach(child, node)
		if (expect_text(key, child, &text, err) || add_suite(text, child->pos, &list, err))
			return -1;
	if (list.len)
		reading->config->tls_ciphers =
			arena_strdup(&reading->config->arena, buf_text(&list));
	return 0;
}

static int take_letsencrypt(const struct key *key, const struct node *node, struct reading *reading,
			    struct err *err)
{
	if (node->kind == NODE_MAP)
		node_foreach(child, node) {
			const char *text = scalar_text(child);
			bool says_nothing = child->kind == NODE_NULL || (text && !text[0]) ||
					    (child->kind == NODE_LIST && !child->children.n);
			if (!says_nothing)
				return err_at(
					err, node->key_pos,
					"'letsencrypt' is not supported: get certificates with "
					"an ACME client; changed files are loaded while "
					"serving");
		}
	return 0;
}

/* Each header has a list of values. */
static int take_headers(const struct key *key, const struct node *node, struct reading *reading,
			struct err *err)
{
	const char *text = NULL;
	if (node->kind != NODE_MAP)
		return err_at(err, node->pos, "'headers' must be a map of names to lists, not %s",
			      node_kind_name(node->kind));
	node_foreach(header, node) {
		const struct key named = {.name = header->key.ptr};
		if (header->kind != NODE_LIST) {
			if (expect_text(&named, header, &text, err) ||
			    field_add(reading, named.name, text, header->key_pos, err))
				return -1;
			continue;
		}
		node_foreach(value, header)
			if (expect_text(&named, value, &text, err) ||
			    field_add(reading, named.name, text, header->key_pos, err))
				return -1;
	}
	return 0;
}

static const struct key debug_keys[] = {
	{.name = "addr", .take = take_debug_addr},
	K_IGNORED("prometheus"), /* /metrics is always there */
	{0},
};
static const struct key tls_keys[] = {
	{.name = "certificate", .take = take_certificate},
	{.name = "key", .take = take_certificate},
	{.name = "minimumtls", .take = take_minimum_tls},
	{.name = "ciphersuites", .take = take_suites},
	K_REFUSED("clientcas", "clients are known by passwords and tokens"),
	K_IGNORED("clientauth"),
	{.name = "letsencrypt", .take = take_letsencrypt},
	{0},
};
static const struct key http_keys[] = {
	{.name = "addr", .take = take_addr},
	{.name = "net", .take = take_net},
	{.name = "prefix", .take = take_prefix},
	K_IGNORED("host"),         /* what we tell is relative */
	K_IGNORED("relativeurls"), /* always */
	K_IGNORED("secret"),       /* upload sessions are in the storage */
	K_DURATION("draintimeout", drain_ns),
	K_SECTION("tls", tls_keys),
	{.name = "headers", .take = take_headers},
	K_SECTION("debug", debug_keys),
	K_IGNORED("http2"),
	K_IGNORED("h2c"),
	{0},
};

/* The rest. */

static int take_endpoints(const struct key *key, const struct node *node, struct reading *reading,
			  struct err *err)
{
	if (node->kind != NODE_LIST)
		return err_at(err, node->pos, "'endpoints' must be a list, not %s",
			      node_kind_name(node->kind));
	node_foreach(endpoint, node)
		if (!node_get_bool(endpoint, "disabled", false))
			return err_at(err, endpoint->pos,
				      "'notifications.endpoints' is not supported: the audit lines "
				      "of the log tell each push and delete");
	return 0;
}

static int take_proxy(const struct key *key, const struct node *node, struct reading *reading,
		      struct err *err)
{
	const char *url = node_get_text(node, "remoteurl");
	if (url && url[0])
		return err_at(err, node->key_pos,
			      "'proxy' is not supported: this registry mirrors no other");
	return 0;
}

static int take_index_platforms(const struct key *key, const struct node *node,
				struct reading *reading, struct err *err)
{
	const char *text = NULL;
	if (expect_text(key, node, &text, err))
		return -1;
	if (!text_eq(text, "all") && !text_eq(text, "none") && !text_eq(text, "list"))
		return err_at(err, node->pos, "'platforms' is one of all, none, list, not '%s'",
			      text);
	if (text_eq(text, "list"))
		warn_at(reading, node->pos,
			"'list': the platforms of an index may all be missing, not only others");
	reading->config->sparse_indexes = !text_eq(text, "all");
	return 0;
}

static const struct key notification_keys[] = {
	{.name = "endpoints", .take = take_endpoints},
	K_IGNORED("events"),
	{0},
};
static const struct key catalog_keys[] = {
	K_COUNT("maxentries", page_max),
	{0},
};
static const struct key index_keys[] = {
	{.name = "platforms", .take = take_index_platforms},
	K_IGNORED("platformlist"),
	{0},
};
static const struct key manifest_keys[] = {
	K_SECTION("indexes", index_keys),
	K_WARNED("urls", "the URLs of foreign layers are not looked at"),
	{0},
};
static const struct key validation_keys[] = {
	K_SECTION("manifests", manifest_keys),
	K_IGNORED("enabled"),
	K_IGNORED("disabled"),
	{0},
};
static const struct key distribution_keys[] = {
	{.name = "version", .take = take_version},
	K_SECTION("log", log_keys),
	{.name = "loglevel", .take = take_level},
	{.name = "storage", .take = take_named_section, .section = storage_keys},
	{.name = "auth", .take = take_auth, .section = auth_keys},
	K_SECTION("http", http_keys),
	K_SECTION("notifications", notification_keys),
	K_WARNED("redis", "not needed: what is hot is in memory"),
	K_IGNORED("health"), /* the storage is always looked at: /readyz */
	{.name = "proxy", .take = take_proxy},
	K_SECTION("catalog", catalog_keys),
	K_SECTION("validation", validation_keys),
	K_REFUSED("middleware", "nothing can be put between the registry and its storage"),
	K_WARNED("compatibility", "manifests of schema 1 are refused"),
	K_WARNED("policy", "classes of repositories are not told apart"),
	K_WARNED("reporting", "nothing is sent to anybody"),
	{0},
};

bool distribution_has_key(struct str name)
{
	return keys_find(distribution_keys, name);
}

int distribution_take(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;

	node_foreach(child, root)
		if (!distribution_has_key(child->key) && own_has_key(child->key))
			return err_at(
				err, child->key_pos,
				"'%s' is a key of hull-registry's own format, whose files have "
				"no 'version'",
				child->key.ptr);
	if (keys_take(distribution_keys, root, reading, err))
		return -1;
	if (reading->purging_is_off)
		config->upload_ttl_ns = 0;
	if (!config->storage)
		config->storage = "/var/lib/registry"; /* the original's default */
	if (!reading->http_addr)
		return err_at(err, root->pos, "'http.addr' is missing: where to listen");

	const char *text = scalar_text(reading->http_addr);
	if (reading->http_is_unix)
		text = arena_printf(&config->arena, "unix:%s", path_of(reading, text));
	return listen_add(reading, text, reading->http_addr->pos, false, err);
}
