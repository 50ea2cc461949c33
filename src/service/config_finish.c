/* config_finish.c - users, certificates and keys of a configuration, loaded and checked.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/vec.h"
#include "pki/tls.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

#define DEFAULT_LISTEN ":5000"
#define DEFAULT_ISSUER "hull-registry"
#define DEFAULT_EXPIRY 900 /* seconds, as the seed image and docker_auth's examples have it */
#define BUNDLE_MAX     ((size_t)1 << 20)

/* A file's fault is told with the place that names the file. */
static int wrap_at(struct err *err, struct src_pos pos, const char *what)
{
	if (pos.line)
		return err_wrap(err, "%s:%u:%u: %s", pos.file, pos.line, pos.column, what);
	return err_wrap(err, "%s: %s", pos.file, what);
}

static struct src_pos pos_of(const struct node *root, const char *key)
{
	const struct node *node = node_get(root, key);
	return node ? node->key_pos : root->pos;
}

static void watch(struct reading *reading, const char *path)
{
	if (path && !strlist_has(&reading->config->watched, path))
		strlist_add(&reading->config->watched, path);
}

static int load_pair(struct reading *reading, struct certificate_files *files, struct err *err)
{
	if (!files->certificate)
		return err_at(err, files->pos, "a 'key' without its 'certificate'");
	watch(reading, files->certificate);
	watch(reading, files->key);
	if (cert_pair_load(AT_FDCWD, files->certificate, files->key, false, &files->pair, err))
		return wrap_at(err, files->pos, "certificate");
	return 0;
}

static int check_tls(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;
	struct tls_server *server = NULL;

	if (!config->tls.n) {
		if (config->tls_minimum || config->tls_ciphers || config->tls_cipher_suites ||
		    config->tls_curves)
			return err_at(err, pos_of(root, reading->null_is_absent ? "http" : "tls"),
				      "'tls' has no certificate");
		return 0;
	}
	vec_foreach(files, &config->tls)
		if (load_pair(reading, files, err))
			return -1;

	autofree struct cert_pair *pairs = xcalloc(config->tls.n, sizeof(*pairs));
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
	if (tls_server_new(&options, NULL, &server, err))
		return wrap_at(err, config->tls.items[0].pos, "tls");
	tls_server_unref(server);
	return 0;
}

static int check_external(struct reading *reading, struct err *err)
{
	vec_foreach(external, &reading->config->external) {
		autobuf struct buf pem = {0};
		if (!external->issuer || !external->service || !external->certificates)
			return err_at(err, external->pos, "the key '%s' is missing",
				      !external->issuer         ? "issuer"
				      : !external->service      ? "service"
				      : reading->null_is_absent ? "rootcertbundle"
								: "certificates");
		watch(reading, external->certificates);
		if (file_read_at(AT_FDCWD, external->certificates, BUNDLE_MAX, &pem, err) ||
		    cert_chain_parse(external->certificates, buf_str(&pem), &external->chain, err))
			return wrap_at(err, external->pos, "certificates");
	}
	return 0;
}

/* A path of docker_auth's file is relative to that file. */
static const char *beside(struct reading *reading, const char *auth_file, const char *path)
{
	if (!path)
		return NULL;
	int dir_len = path[0] == '/' ? 0 : (int)(strrchr(auth_file, '/') - auth_file + 1);
	return arena_printf(&reading->config->arena, "%.*s%s", dir_len, auth_file, path);
}

static const char *keep(struct reading *reading, const char *text)
{
	return text ? arena_strdup(&reading->config->arena, text) : NULL;
}

static void prefer(const char **said, const char *fallback)
{
	if (!*said)
		*said = fallback;
}

/* What docker_auth's file says about the server and the tokens holds where our own says nothing. */
static void adopt(struct reading *reading, const char *path, const struct auth_file *file,
		  struct src_pos pos)
{
	struct registry_config *config = reading->config;
	const char *certificate = beside(reading, path, file->certificate);
	const char *key = beside(reading, path, file->key);

	if (certificate && !config->tls.n)
		vec_push(&config->tls, {.certificate = certificate, .key = key, .pos = pos});
	if (!config->token.certificate) /* the server's when it has none of its own */
		config->token = (struct certificate_files){
			.certificate = beside(reading, path, file->token_certificate),
			.key = beside(reading, path, file->token_key),
			.pos = pos,
		};
	prefer(&config->tls_minimum, keep(reading, file->tls_min_version));
	prefer(&config->tls_curves, keep(reading, file->tls_curves));
	prefer(&config->issuer, keep(reading, file->issuer));
	if (file->path_prefix) { /* "/" and "/authserver/" end with what we add */
		size_t len = strlen(file->path_prefix);
		while (len && file->path_prefix[len - 1] == '/')
			file->path_prefix[--len] = '\0';
	}
	prefer(&config->token_prefix, keep(reading, file->path_prefix));
	if (!config->token_expiration_s)
		config->token_expiration_s = file->expiration;
	if (!config->real_ip_header) {
		config->real_ip_header = keep(reading, file->real_ip_header);
		config->real_ip_pos = file->real_ip_pos;
	}
	config->hsts |= file->hsts;
	config->token_thumbprint |= file->disable_legacy_key_id;
	if (file->addr)
		warn_at(reading, pos,
			"server.addr '%s' is not listened on: the token service is where the "
			"registry is",
			file->addr);
	if (config->real_ip_header && !config->proxies.n)
		warn_at(reading, pos,
			"'%s' tells the client's address only when it comes from one of 'proxies', "
			"and there is none",
			config->real_ip_header);
}

static int load_auth_file(struct reading *reading, bool compat, struct err *err)
{
	struct registry_config *config = reading->config;
	struct src_pos pos = reading->auth_file->pos;
	const char *path = path_of(reading, scalar_text(reading->auth_file));
	struct auth_file file = {0};

	watch(reading, path);
	if (auth_file_read(&config->arena, AT_FDCWD, path, compat, &config->warnings, &file, err))
		return wrap_at(err, pos, "auth_file");
	adopt(reading, path, &file, pos);
	config->accounts = steal(&file.accounts);
	auth_file_done(&file);
	return 0;
}

/* Debian's package names a directory there, and its server then lets nobody in. */
static bool is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Who has a password may do everything: htpasswd files know no rules. */
static struct node *everything(struct arena *arena)
{
	struct node *acl = node_new(arena, NODE_LIST);
	struct node *rule = node_new(arena, NODE_MAP), *match = node_new(arena, NODE_MAP);
	struct node *actions = node_new(arena, NODE_LIST);

	node_set_text(arena, match, "account", "/^.+$/");
	node_set_text(arena, match, "type", "*");
	node_append(actions, node_new_text(arena, "*"));
	node_set(arena, rule, "match", match);
	node_set(arena, rule, "actions", actions);
	node_append(acl, rule);
	return acl;
}

static int load_htpasswd(struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;
	struct src_pos pos = reading->htpasswd_path->pos;
	const char *path = path_of(reading, scalar_text(reading->htpasswd_path));
	struct node *users = NULL;

	watch(reading, path);
	if (is_directory(path)) {
		warn_at(reading, pos, "'%s' is a directory and no htpasswd file: nobody can log in",
			path);
		users = node_new(&config->arena, NODE_MAP);
	} else if (htpasswd_read(&config->arena, AT_FDCWD, path, &users, err)) {
		return wrap_at(err, pos, "htpasswd");
	}
	struct accounts_options options = {
		.users = users,
		.acl = everything(&config->arena),
		.warnings = &config->warnings,
	};
	return accounts_new(&options, &config->accounts, err);
}

static int load_accounts(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;
	bool compat = reading->compat && reading->compat->boolean;

	if (reading->auth_file && (reading->users || reading->acl))
		return err_at(err, reading->auth_file->pos,
			      "'auth_file' beside '%s': users and rules stand in one of them",
			      reading->users ? "users" : "acl");
	if (reading->auth_file)
		return load_auth_file(reading, compat, err);
	if (reading->htpasswd_path)
		return load_htpasswd(reading, err);
	if (!reading->users && !reading->acl)
		return 0;
	if (!reading->users)
		return err_at(err, reading->acl->key_pos, "'acl' without 'users'");
	if (!reading->acl)
		return err_at(err, reading->users->key_pos,
			      "'users' without 'acl': nobody could do anything; write 'acl: []' if "
			      "that is meant");
	struct accounts_options options = {
		.users = reading->users,
		.acl = reading->acl,
		.compat = compat,
		.warnings = &config->warnings,
	};
	return accounts_new(&options, &config->accounts, err);
}

/* Somebody must be let in, and nobody by accident. */
static int check_who(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;
	bool has_somebody = config->accounts || config->external.n;

	if (config->is_open && has_somebody)
		return err_at(err, pos_of(root, "open"),
			      "'open' lets everybody do everything, beside '%s'",
			      config->accounts ? "users" : "external");
	if (config->is_open || has_somebody)
		return 0;
	if (!config->is_distribution)
		return err_at(err, root->pos,
			      "who may use the registry is not said: write 'users' and 'acl', "
			      "'auth_file' or 'external', or 'open: true' to let everybody do "
			      "everything");
	warn_at(reading, root->pos, "no 'auth': everybody may do everything");
	config->is_open = true;
	return 0;
}

static bool is_near(const char *address)
{
	return text_starts(address, "unix:") || text_starts(address, "127.") ||
	       text_starts(address, "localhost:") || text_starts(address, "[::1]:");
}

static int check_listen(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;

	if (!config->listen.n && listen_add(reading, DEFAULT_LISTEN, root->pos, false, err))
		return -1;
	vec_foreach(address, &config->listen) {
		if (!config->tls.n || text_starts(address->text, "unix:"))
			address->is_tls = false;
		if (!address->is_tls && !config->is_open && !is_near(address->text) &&
		    !config->proxies.n)
			warn_at(reading, address->pos,
				"passwords and tokens come to '%s' in clear text: give 'tls' a "
				"certificate",
				address->text);
	}
	return 0;
}

static int check_proxies(const struct node *root, struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;

	for (size_t i = 0; i < config->proxies.n; i++)
		if (proxy_check(config->proxies.items[i], pos_of(root, "proxies"), err))
			return -1;
	if (config->real_ip_header && !config->proxies.n && node_get(root, "real_ip_header"))
		return err_at(err, pos_of(root, "real_ip_header"),
			      "'real_ip_header' counts only when it comes from one of 'proxies'");
	return 0;
}

static int check_token(struct reading *reading, struct err *err)
{
	struct registry_config *config = reading->config;

	if ((config->token.certificate || config->token.key) &&
	    load_pair(reading, &config->token, err))
		return -1;
	if (config->token_x5c && !config->token.certificate)
		return err_set(err, ERR_INPUT, "%s: 'x5c' needs a certificate in 'token'",
			       config->path);
	if (!config->service && !config->accounts && config->external.n) {
		config->service = config->external.items[0].service;
		prefer(&config->realm, config->external.items[0].realm);
		if (!config->realm)
			return err_at(err, config->external.items[0].pos,
				      "the key 'realm' is missing: where clients get their tokens");
	}
	prefer(&config->issuer, DEFAULT_ISSUER);
	prefer(&config->service, config->issuer);
	if (!config->token_expiration_s)
		config->token_expiration_s = DEFAULT_EXPIRY;
	return 0;
}

int config_finish(const struct node *root, struct reading *reading, struct err *err)
{
	if (!reading->config->storage)
		return err_at(err, root->pos,
			      "the key 'storage' is missing: the directory where "
			      "the registry keeps everything");
	if (load_accounts(root, reading, err) || check_tls(root, reading, err) ||
	    check_external(reading, err) || check_who(root, reading, err) ||
	    check_token(reading, err) || check_proxies(root, reading, err))
		return -1;
	return check_listen(root, reading, err);
}
