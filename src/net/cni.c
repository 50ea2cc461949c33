/* cni.c - running CNI plugins: a program each, configuration on its standard input, result on its
 * output. SPDX-License-Identifier: Apache-2.0 Source: CNI specification 1.0.0, "Execution of
 * network configurations". */
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "doc/json.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

#define PLUGIN_DIRS    "/usr/lib/cni:/opt/cni/bin:/usr/libexec/cni"
#define PROGRAM_DIRS   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEBIAN_PACKAGE "containernetworking-plugins"

static bool find_in(const char *dirs, const char *name, char **ret_path)
{
	for (struct str rest = str_of(dirs); rest.ptr;) {
		struct str dir = str_cut(&rest, ':');
		autofree char *path = xasprintf("%.*s/%s", STR_ARG(dir), name);
		if (dir.len && dir.ptr[0] == '/' && !access(path, X_OK)) {
			*ret_path = steal(&path);
			return true;
		}
	}
	return false;
}

int program_find(const char *name, char **ret_path, struct err *err)
{
	if (find_in(PROGRAM_DIRS, name, ret_path))
		return 0;
	return proc_find(name, ret_path, err);
}

static char *plugin_dirs(void)
{
	const char *given = getenv("CNI_PATH");
	return given && *given ? xasprintf("%s:%s", given, PLUGIN_DIRS) : xstrdup(PLUGIN_DIRS);
}

static void env_make(const struct cni_call *call, const char *command, const char *dirs,
		     struct strlist *env)
{
	strlist_addf(env, "PATH=%s", PROGRAM_DIRS);
	strlist_addf(env, "CNI_COMMAND=%s", command);
	strlist_addf(env, "CNI_CONTAINERID=%s", call->id);
	strlist_addf(env, "CNI_NETNS=%s", call->netns);
	strlist_addf(env, "CNI_IFNAME=%s", NET_INTERFACE);
	strlist_addf(env, "CNI_ARGS=IgnoreUnknown=1");
	strlist_addf(env, "CNI_PATH=%s", dirs);
}

/* The plugin's own map, and what the list adds to it, as text: the trees stay as they are. */
static void input_write(struct arena *arena, const struct cni_call *call, const struct node *plugin,
			const struct node *previous, struct buf *out)
{
	const struct node *ports = node_lookup(plugin, "capabilities.portMappings");
	buf_puts(out, "{\"cniVersion\":");
	json_write_text(out, str_of(node_get_text(call->conflist, "cniVersion")));
	buf_puts(out, ",\"name\":");
	json_write_text(out, str_of(node_get_text(call->conflist, "name")));
	node_foreach(member, plugin) {
		if (str_is(member->key, "cniVersion") || str_is(member->key, "name") ||
		    str_is(member->key, "capabilities"))
			continue;
		buf_putc(out, ',');
		json_write_text(out, member->key);
		buf_putc(out, ':');
		json_write(out, member, JSON_COMPACT);
	}
	if (ports && ports->kind == NODE_BOOL && ports->boolean && call->ports->n) {
		buf_puts(out, ",\"runtimeConfig\":{\"portMappings\":");
		json_write(out, ports_encode(arena, call->ports), JSON_COMPACT);
		buf_putc(out, '}');
	}
	if (previous) {
		buf_puts(out, ",\"prevResult\":");
		json_write(out, previous, JSON_COMPACT);
	}
	buf_putc(out, '}');
}

/* A plugin that fails prints {"code":…,"msg":"…","details":"…"}. */
static int plugin_error(struct arena *arena, const char *type, const struct buf *out,
			const struct buf *errors, struct err *err)
{
	struct node *root = NULL;
	autoerr struct err ignored = {0};
	const char *text = NULL, *details = NULL;
	if (!json_parse(arena, "result", buf_str(out), &root, &ignored)) {
		text = node_get_text(root, "msg");
		details = node_get_text(root, "details");
	}
	if (!text)
		return err_set(err, ERR_SYSTEM, "network plugin '%s': %.*s", type,
			       STR_ARG(str_trim(buf_str(errors->len ? errors : out))));
	return err_set(err, ERR_SYSTEM, "network plugin '%s': %s%s%s", type, text,
		       details && *details ? ": " : "", details ? details : "");
}

static int plugin_run(struct arena *arena, const struct cni_call *call, const char *command,
		      const struct node *plugin, const struct node *previous, struct buf *out,
		      struct err *err)
{
	autofree char *dirs = plugin_dirs(), *program = NULL;
	autostrlist struct strlist env = {0};
	autobuf struct buf input = {.max = LIMIT_NET_CONFIG}, errors = {.max = LIMIT_NET_CONFIG};
	const char *type = node_get_text(plugin, "type");
	int status = 0;
	if (!find_in(dirs, type, &program))
		return err_set(err, ERR_MISSING, "no network plugin '%s' in '%s' (package %s)",
			       type, dirs, DEBIAN_PACKAGE);
	input_write(arena, call, plugin, previous, &input);
	if (buf_check(&input, "the network configuration", err))
		return -1;
	env_make(call, command, dirs, &env);
	const char *const argv[] = {program, NULL};
	const struct proc_options options = {.argv = (char *const *)argv,
					     .env = strlist_argv(&env)};
	if (proc_run(&options, buf_str(&input), out, &errors, PLUGIN_TIMEOUT_MS, &status, err))
		return err_wrap(err, "network plugin '%s'", type);
	return status ? plugin_error(arena, type, out, &errors, err) : 0;
}

int cni_add(struct arena *arena, const struct cni_call *call, struct node **ret_result,
	    struct err *err)
{
	struct node *result = NULL;
	node_foreach(plugin, node_get(call->conflist, "plugins")) {
		autobuf struct buf out = {.max = LIMIT_NET_CONFIG};
		if (plugin_run(arena, call, "ADD", plugin, result, &out, err))
			return -1;
		const char *file =
			arena_printf(arena, "network plugin '%s'", node_get_text(plugin, "type"));
		if (json_parse(arena, file, buf_str(&out), &result, err))
			return -1;
	}
	*ret_result = result;
	return 0;
}

int cni_del(struct arena *arena, const struct cni_call *call, const struct node *result,
	    struct err *err)
{
	const struct node *plugins[LIMIT_PLUGINS];
	size_t n = 0;
	struct err first = {0};
	node_foreach(plugin, node_get(call->conflist, "plugins"))
		if (n < LIMIT_PLUGINS)
			plugins[n++] = plugin;
	while (n) {
		autobuf struct buf out = {.max = LIMIT_NET_CONFIG};
		autoerr struct err failed = {0};
		if (plugin_run(arena, call, "DEL", plugins[--n], result, &out, &failed) &&
		    !err_is_set(&first))
			err_move(&first, &failed);
	}
	if (!err_is_set(&first))
		return 0;
	err_move(err, &first);
	return -1;
}
