/* config.c - a configuration file, of either format, from its text to the struct.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/config.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/vec.h"
#include "doc/yaml.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

#define CONFIG_MAX ((size_t)4 << 20) /* bytes; users and rules of a large company fit */
#define HOUR_NS    (3600 * NS_PER_SEC)
#define DAY_NS     (24 * HOUR_NS)

static void set_defaults(struct registry_config *config, bool is_distribution)
{
	config->is_distribution = is_distribution;
	config->catalog_enabled = true;
	config->access_log = true;
	config->log_level = "info";
	config->upload_purge_every_ns = HOUR_NS;
	config->gc_grace_ns = HOUR_NS;
	config->drain_ns = 30 * NS_PER_SEC;
	config->verify_rate = (uint64_t)20 << 20;
	config->storage_floor = LIMIT_SERVICE_FLOOR;
	if (is_distribution) {
		/* As the original has them; it neither collects nor verifies by itself. */
		config->upload_ttl_ns = 7 * DAY_NS;
		config->upload_purge_every_ns = DAY_NS;
		return;
	}
	config->delete_enabled = true;
	config->upload_ttl_ns = DAY_NS;
	config->gc_every_ns = DAY_NS;
	config->verify_every_ns = 30 * DAY_NS;
}

/* Absolute, so that a change of the working directory changes nothing. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	autofree char *dir =
		slash ? xstrndup(path, (size_t)(slash - path) + (slash == path)) : xstrdup(".");
	autoerr struct err err = {0};
	char *real = NULL;
	if (path_real(dir, &real, &err))
		return steal(&dir);
	return real;
}

static int parse(struct reading *reading, struct str text, char *const *env, struct err *err)
{
	struct registry_config *config = reading->config;
	struct node *root = NULL;

	if (yaml_parse(&config->arena, config->path, text, &root, err))
		return -1;
	if (root->kind == NODE_NULL)
		return err_set(err, ERR_INPUT, "%s: the file is empty", config->path);
	if (root->kind != NODE_MAP)
		return err_at(err, root->pos, "expected a map, not %s", node_kind_name(root->kind));
	bool is_distribution = node_get(root, "version");
	set_defaults(config, is_distribution);
	reading->null_is_absent = is_distribution;
	if (is_distribution && env_apply(&config->arena, env, root, reading, err))
		return -1;
	if (is_distribution ? distribution_take(root, reading, err) : own_take(root, reading, err))
		return -1;
	return config_finish(root, reading, err);
}

/* Whatever is wrong with the file or with what it names is a wrong input: exit status 2. */
static int refuse(struct err *err)
{
	if (err->kind != ERR_SYSTEM)
		err->kind = ERR_INPUT;
	return -1;
}

int registry_config_parse(const char *path, struct str text, char *const *env,
			  struct registry_config *ret_config, struct err *err)
{
	struct registry_config config = {0};
	autofree char *dir = directory_of(path);
	struct reading reading = {.config = &config, .dir = dir};

	config.path = arena_strdup(&config.arena, path);
	strlist_take(&config.watched, path_join(dir, path_base(path)));
	if (parse(&reading, text, env, err)) {
		registry_config_done(&config);
		return refuse(err);
	}
	*ret_config = config;
	return 0;
}

int registry_config_read(const char *path, char *const *env, struct registry_config *ret_config,
			 struct err *err)
{
	autobuf struct buf text = {0};

	if (file_read_at(AT_FDCWD, path, CONFIG_MAX, &text, err))
		return refuse(err);
	return registry_config_parse(path, buf_str(&text), env, ret_config, err);
}

void registry_config_done(struct registry_config *config)
{
	vec_foreach(files, &config->tls)
		cert_pair_done(&files->pair);
	cert_pair_done(&config->token.pair);
	vec_foreach(external, &config->external)
		cert_chain_free(external->chain);
	vec_done(&config->listen);
	vec_done(&config->tls);
	vec_done(&config->external);
	accounts_unref(config->accounts);
	strlist_done(&config->fields);
	strlist_done(&config->proxies);
	strlist_done(&config->watched);
	strlist_done(&config->warnings);
	arena_done(&config->arena);
	*config = (struct registry_config){0};
}
