/* auth_file.c - docker_auth's configuration file.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth, examples/reference.yml. */
#include "account/auth_file.h"

#include "account/limits.h"
#include "account/rule_private.h"
#include "doc/yaml.h"

#include "base/banned.h"

struct setting {
	const char *name;
	enum {
		SETTING_TEXT,
		SETTING_BOOL,
		SETTING_INT,
		SETTING_IGNORED, /* the seed's image writes it, the original does not read it */
		SETTING_OTHER,   /* read by itself */
		SETTING_REFUSED,
	} kind;
	size_t offset;
};

#define AT(member) offsetof(struct auth_file, member)

static const struct setting server_settings[] = {
	{"addr", SETTING_TEXT, AT(addr)},
	{"net", SETTING_TEXT, AT(net)},
	{"path_prefix", SETTING_TEXT, AT(path_prefix)},
	{"certificate", SETTING_TEXT, AT(certificate)},
	{"key", SETTING_TEXT, AT(key)},
	{"hsts", SETTING_BOOL, AT(hsts)},
	{"real_ip_header", SETTING_TEXT, AT(real_ip_header)},
	{"real_ip_pos", SETTING_INT, AT(real_ip_pos)},
	{"tls_min_version", SETTING_TEXT, AT(tls_min_version)},
	{"tls_curve_preferences", SETTING_OTHER, 0},
	{"tls_cipher_suites", SETTING_OTHER, 0},
	{"letsencrypt", SETTING_REFUSED, 0},
	{0},
};
static const struct setting token_settings[] = {
	{"issuer", SETTING_TEXT, AT(issuer)},
	{"certificate", SETTING_TEXT, AT(token_certificate)},
	{"key", SETTING_TEXT, AT(token_key)},
	{"expiration", SETTING_INT, AT(expiration)},
	{"disable_legacy_key_id", SETTING_BOOL, AT(disable_legacy_key_id)},
	{"realm", SETTING_IGNORED, 0},
	{"service", SETTING_IGNORED, 0},
	{"rootcertbundle", SETTING_IGNORED, 0},
	{0},
};
static const struct setting sections[] = {
	{"server", SETTING_OTHER, 0},
	{"token", SETTING_OTHER, 0},
	{"users", SETTING_OTHER, 0},
	{"acl", SETTING_OTHER, 0},
	{"ext_auth", SETTING_REFUSED, 0},
	{"google_auth", SETTING_REFUSED, 0},
	{"github_auth", SETTING_REFUSED, 0},
	{"gitlab_auth", SETTING_REFUSED, 0},
	{"oidc_auth", SETTING_REFUSED, 0},
	{"ldap_auth", SETTING_REFUSED, 0},
	{"mongo_auth", SETTING_REFUSED, 0},
	{"xorm_auth", SETTING_REFUSED, 0},
	{"plugin_authn", SETTING_REFUSED, 0},
	{"plugin_authz", SETTING_REFUSED, 0},
	{"acl_mongo", SETTING_REFUSED, 0},
	{"acl_xorm", SETTING_REFUSED, 0},
	{"ext_authz", SETTING_REFUSED, 0},
	{"casbin_authz", SETTING_REFUSED, 0},
	{0},
};
#define SETTINGS_MAX 20

void auth_file_done(struct auth_file *file)
{
	static const struct setting *const tables[] = {server_settings, token_settings};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct setting *setting = tables[i]; setting->name; setting++)
			if (setting->kind == SETTING_TEXT)
				free(*(char **)((char *)file + setting->offset));
	free(file->tls_curves);
	accounts_unref(file->accounts);
	*file = (struct auth_file){0};
}

/* ---- one section ---- */

static int setting_take(const struct accounts_reader *reader, const struct setting *setting,
			const struct node *node, struct auth_file *file, struct err *err)
{
	char *at = (char *)file + setting->offset;
	struct str text;

	if (setting->kind == SETTING_REFUSED)
		return err_at(err, node->key_pos, "'%s' is not supported", setting->name);
	if (setting->kind >= SETTING_IGNORED || node->kind == NODE_NULL)
		return 0;
	if (setting->kind == SETTING_TEXT) {
		if (reader_text(reader, node, setting->name, &text, err))
			return -1;
		*(char **)at = text.len ? str_dup(text) : NULL; /* Go: "" is absent */
		return 0;
	}
	enum node_kind wanted = setting->kind == SETTING_BOOL ? NODE_BOOL : NODE_INT;
	if (node->kind != wanted)
		return err_at(err, node->pos, "'%s' must be %s, not %s", setting->name,
			      node_kind_name(wanted), node_kind_name(node->kind));
	if (wanted == NODE_BOOL)
		*(bool *)at = node->boolean;
	else
		*(int64_t *)at = node->integer;
	return 0;
}

static int section_read(const struct accounts_reader *reader, const struct setting *table,
			const char *name, const struct node *map, struct auth_file *file,
			struct err *err)
{
	const char *names[SETTINGS_MAX + 1] = {0};

	for (size_t i = 0; i < SETTINGS_MAX && table[i].name; i++)
		names[i] = table[i].name;
	if (!map || map->kind == NODE_NULL)
		return 0;
	if (map->kind != NODE_MAP)
		return err_at(err, map->pos, "%s must be a map, not %s", name,
			      node_kind_name(map->kind));
	node_foreach(child, map) {
		const struct setting *setting = table;
		while (setting->name && !str_is(child->key, setting->name))
			setting++;
		if (setting->name ? setting_take(reader, setting, child, file, err)
				  : reader_unknown_key(reader, child, names, name, err))
			return -1;
	}
	return 0;
}

/* ---- TLS ---- */

static const struct {
	const char *name, *minimum; /* minimum NULL: too old to be spoken */
} versions[] = {
	{"TLS13", "1.3"}, {"TLS12", "1.2"}, {"TLS11", NULL}, {"TLS10", NULL}, {"SSL30", NULL},
};
static const struct {
	const char *name, *number, *openssl;
} curves[] = {
	{"P256", "23", "P-256"},
	{"P384", "24", "P-384"},
	{"P521", "25", "P-521"},
	{"X25519", "29", "X25519"},
};

static int version_check(const struct accounts_reader *reader, const struct node *server,
			 struct auth_file *file, struct err *err)
{
	const struct node *node = node_get(server, "tls_min_version");
	const struct node *suites = node_get(server, "tls_cipher_suites");

	if (suites && suites->kind != NODE_NULL && suites->kind != NODE_LIST)
		return err_at(err, suites->pos, "'tls_cipher_suites' must be a list, not %s",
			      node_kind_name(suites->kind));
	if (suites && suites->kind == NODE_LIST)
		reader_warn(reader, suites->pos,
			    "'tls_cipher_suites' are Go's, only safe ones are spoken, ignoring");
	if (!file->tls_min_version)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		bool is_number = node->kind == NODE_INT && node->integer == 772 - (int64_t)i;
		if (!is_number && !text_eq(file->tls_min_version, versions[i].name))
			continue;
		if (i == 0 && suites && suites->kind == NODE_LIST)
			return err_at(err, suites->pos,
				      "'tls_cipher_suites' cannot be chosen with TLS13");
		if (!versions[i].minimum)
			reader_warn(reader, node->pos, "%s is not spoken, TLS12 is the least",
				    versions[i].name);
		free(file->tls_min_version);
		file->tls_min_version = xstrdup(versions[i].minimum ? versions[i].minimum : "1.2");
		return 0;
	}
	return err_at(err, node->pos, "'%s' is none of TLS10, TLS11, TLS12, TLS13",
		      file->tls_min_version);
}

static int curves_check(const struct accounts_reader *reader, const struct node *list,
			struct auth_file *file, struct err *err)
{
	autobuf struct buf names = {.max = LIMIT_PATTERN_BYTES};

	if (!list || list->kind == NODE_NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return err_at(err, list->pos, "'tls_curve_preferences' must be a list, not %s",
			      node_kind_name(list->kind));
	node_foreach(child, list) {
		struct str text;
		size_t i = 0;
		if (reader_text(reader, child, "a curve", &text, err))
			return -1;
		while (i < ARRAY_LEN(curves) && !str_is(text, curves[i].name) &&
		       !str_is(text, curves[i].number))
			i++;
		if (i == ARRAY_LEN(curves))
			return err_at(err, child->pos, "'%s' is none of P256, P384, P521, X25519",
				      text.ptr);
		buf_printf(&names, "%s%s", names.len ? ":" : "", curves[i].openssl);
	}
	if (names.len)
		file->tls_curves = xstrdup(buf_text(&names));
	return buf_check(&names, "the list of curves", err);
}

/* ---- all of it ---- */

/* Where a section stands, or the file when it does not. */
static struct src_pos place(const struct node *root, const char *section, const char *key)
{
	const struct node *map = node_get(root, section);
	const struct node *node = node_get(map, key);

	if (node)
		return node->pos;
	return map ? map->key_pos : root->pos;
}

static int server_check(const struct node *root, const struct auth_file *file, struct err *err)
{
	if (!file->addr)
		return err_at(err, place(root, "server", "addr"), "server.addr is required");
	if (file->net && !text_eq(file->net, "tcp") && !text_eq(file->net, "unix"))
		return err_at(err, place(root, "server", "net"),
			      "server.net is 'tcp' or 'unix', not '%s'", file->net);
	if (file->path_prefix && file->path_prefix[0] != '/')
		return err_at(err, place(root, "server", "path_prefix"),
			      "server.path_prefix must begin with '/'");
	if (!file->certificate != !file->key)
		return err_at(err, place(root, "server", file->key ? "key" : "certificate"),
			      "server.certificate and server.key go together");
	return 0;
}

static int token_check(const struct node *root, struct auth_file *file, struct err *err)
{
	if (!file->issuer)
		return err_at(err, place(root, "token", "issuer"), "token.issuer is required");
	if (file->expiration <= 0 || file->expiration > LIMIT_TOKEN_LIFE_S)
		return err_at(err, place(root, "token", "expiration"),
			      "token.expiration is required: 1 to %lld seconds",
			      (long long)LIMIT_TOKEN_LIFE_S);
	if (!file->token_certificate != !file->token_key)
		return err_at(err, place(root, "token", file->token_key ? "key" : "certificate"),
			      "token.certificate and token.key go together");
	if (!file->token_certificate) {
		file->token_certificate = xstrdup(file->certificate);
		file->token_key = xstrdup(file->key);
	}
	if (!file->token_certificate)
		return err_at(err, place(root, "token", "certificate"),
			      "neither token nor server has a certificate and a key");
	return 0;
}

static int file_fill(const struct accounts_reader *reader, const struct node *root,
		     struct auth_file *file, struct err *err)
{
	const struct node *server = node_get(root, "server");
	struct accounts_options options = {
		.users = node_get(root, "users"),
		.acl = node_get(root, "acl"),
		.compat = reader->compat,
		.warnings = reader->warnings,
	};

	if (section_read(reader, sections, "the file", root, file, err) ||
	    section_read(reader, server_settings, "server", server, file, err) ||
	    section_read(reader, token_settings, "token", node_get(root, "token"), file, err))
		return -1;
	if (server_check(root, file, err) || version_check(reader, server, file, err) ||
	    curves_check(reader, node_get(server, "tls_curve_preferences"), file, err) ||
	    token_check(root, file, err))
		return -1;
	if (!options.users || options.users->kind == NODE_NULL)
		return err_at(err, root->pos,
			      "there are no users: write 'users: {}' to deny everybody");
	if (!options.acl || options.acl->kind == NODE_NULL)
		return err_at(err, root->pos,
			      "there is no acl: write 'acl: []' to deny everything");
	return accounts_new(&options, &file->accounts, err);
}

int auth_file_read(struct arena *arena, int dirfd, const char *path, bool compat,
		   struct strlist *warnings, struct auth_file *ret_file, struct err *err)
{
	struct accounts_reader reader = {.arena = arena, .compat = compat, .warnings = warnings};
	struct auth_file file = {0};
	struct node *root;

	if (yaml_read_file(arena, dirfd, arena_strdup(arena, path), &root, err))
		return -1;
	if (root->kind != NODE_MAP)
		return err_at(err, root->pos, "the file must be a map, not %s",
			      node_kind_name(root->kind));
	if (file_fill(&reader, root, &file, err)) {
		auth_file_done(&file);
		return -1;
	}
	*ret_file = file;
	return 0;
}
