/* conflist.c - the network's configuration: the administrator's, or the default bridge.
 * SPDX-License-Identifier: Apache-2.0
 * Source: CNI specification, "Network configuration format". */
#include <ctype.h>
#include <fcntl.h>

#include "base/io.h"
#include "base/proc.h"
#include "doc/json.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

#define NET_CONFIG_DIR HULL_SYSCONFDIR "/net.d"

/* The addresses are kept below the state directory: after a reboot nobody has one. */
static const char default_bridge[] =
	"{\"type\":\"bridge\",\"bridge\":\"hull0\",\"isGateway\":true,\"ipMasq\":true,\"hairpinMode\":true,"
	"\"ipam\":{\"type\":\"host-local\",\"routes\":[{\"dst\":\"0.0.0.0/0\"}],"
	"\"ranges\":[[{\"subnet\":\"10.89.0.0/16\",\"gateway\":\"10.89.0.1\"}]]}}";
/* snat: connections of the host itself through 127.0.0.1 reach the container too. */
static const char default_portmap[] =
	"{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true},\"snat\":true}";
static const char default_firewall[] = "{\"type\":\"firewall\"}";

bool network_name_is_valid(const char *name)
{
	if (!isalnum((unsigned char)*name) || strlen(name) > 64)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
			return false;
	return true;
}

/* Docker and firewalls drop what is forwarded unless a rule accepts it. A chain that only accepts
 * needs none, which saves ten milliseconds a container. */
static int forwarding_is_filtered(bool *ret_is_filtered, struct err *err)
{
	autofree char *program = NULL;
	autobuf struct buf out = {.max = LIMIT_NET_CONFIG}, errors = {.max = LIMIT_NET_CONFIG};
	int status = 0;
	if (program_find("iptables", &program, err)) {
		err_clear(err);
		return err_set(err, ERR_MISSING,
			       "the bridge network needs iptables (package iptables)");
	}
	const char *const argv[] = {program, "-w", "-S", "FORWARD", NULL};
	const struct proc_options options = {.argv = (char *const *)argv};
	if (proc_run(&options, STR(""), &out, &errors, IPTABLES_TIMEOUT_MS, &status, err))
		return -1;
	if (status)
		return err_set(err, ERR_SYSTEM, "asking iptables for its rules: %.*s",
			       STR_ARG(str_trim(buf_str(&errors))));
	*ret_is_filtered = !str_is(str_trim(buf_str(&out)), "-P FORWARD ACCEPT");
	return 0;
}

static int plugin_append(struct arena *arena, struct node *plugins, const char *text,
			 struct err *err)
{
	struct node *plugin = NULL;
	if (json_parse(arena, "network", str_of(text), &plugin, err))
		return -1;
	node_append(plugins, plugin);
	return 0;
}

static int default_make(struct arena *arena, const struct net_options *options,
			struct node **ret_conflist, struct err *err)
{
	bool is_filtered = false;
	const char *state_dir = options->state_dir ? options->state_dir : NET_DEFAULT_STATE;
	struct node *map = node_new(arena, NODE_MAP), *plugins = node_new(arena, NODE_LIST);
	if (forwarding_is_filtered(&is_filtered, err) ||
	    plugin_append(arena, plugins, default_bridge, err))
		return -1;
	autofree char *addresses = path_join(state_dir, "addresses");
	node_set_text(arena, node_get(plugins->children.first, "ipam"), "dataDir", addresses);
	if (options->ports.n && plugin_append(arena, plugins, default_portmap, err))
		return -1;
	if (is_filtered && plugin_append(arena, plugins, default_firewall, err))
		return -1;
	node_set_text(arena, map, "cniVersion", "0.4.0");
	node_set_text(arena, map, "name", NET_DEFAULT_NAME);
	node_set(arena, map, "plugins", plugins);
	*ret_conflist = map;
	return 0;
}

/* A file with one plugin (".conf") is a list of one. */
static int conflist_check(struct arena *arena, struct node *root, struct node **ret_conflist,
			  struct err *err)
{
	struct node *plugins = node_get(root, "plugins");
	if (!plugins) {
		struct node *map = node_new(arena, NODE_MAP), *list = node_new(arena, NODE_LIST);
		node_set_text(arena, map, "cniVersion", node_get_text(root, "cniVersion"));
		node_set_text(arena, map, "name", node_get_text(root, "name"));
		node_set(arena, map, "plugins", list);
		node_append(list, root);
		root = map;
		plugins = list;
	}
	if (plugins->kind != NODE_LIST || !plugins->children.n ||
	    plugins->children.n > LIMIT_PLUGINS)
		return err_at(err, plugins->pos, "'plugins' must be a list of 1 to %u",
			      LIMIT_PLUGINS);
	node_foreach(plugin, plugins)
		if (!node_get_text(plugin, "type") || strchr(node_get_text(plugin, "type"), '/'))
			return err_at(err, plugin->pos,
				      "a plugin needs a 'type', the name of its program");
	const char *version = node_get_text(root, "cniVersion");
	if (!version || text_starts(version, "0.1.") || text_starts(version, "0.2."))
		return err_at(err, root->pos, "'cniVersion' must be 0.3.0 or later");
	*ret_conflist = root;
	return 0;
}

static int file_try(struct arena *arena, const char *path, const char *name, struct node **ret_root,
		    struct err *err)
{
	autobuf struct buf text = {0};
	struct node *root = NULL;
	const char *kept_path =
		arena_strdup(arena, path); /* errors name it as long as the tree lives */
	if (file_read_at(AT_FDCWD, path, LIMIT_NET_CONFIG, &text, err) ||
	    json_parse(arena, kept_path, buf_str(&text), &root, err))
		return err_wrap(err, "reading the networks");
	if (text_eq(node_get_text(root, "name"), name))
		*ret_root = root;
	return 0;
}

/* *ret_root stays NULL when there is none of that name. */
static int named_find(struct arena *arena, const char *dir, const char *name,
		      struct node **ret_root, struct err *err)
{
	autostrlist struct strlist files = {0};
	if (dir_list(AT_FDCWD, dir, &files, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < files.n && !*ret_root; i++) {
		if (!text_ends(files.items[i], ".conflist") && !text_ends(files.items[i], ".conf"))
			continue;
		autofree char *path = path_join(dir, files.items[i]);
		if (file_try(arena, path, name, ret_root, err))
			return -1;
	}
	return 0;
}

/* A network that cannot publish must not do so in silence. */
static int ports_check(const struct node *conflist, const struct net_options *options,
		       struct err *err)
{
	if (!options->ports.n)
		return 0;
	node_foreach(plugin, node_get(conflist, "plugins")) {
		const struct node *has_ports = node_lookup(plugin, "capabilities.portMappings");
		if (has_ports && has_ports->kind == NODE_BOOL && has_ports->boolean)
			return 0;
	}
	return err_set(err, ERR_INPUT, "network '%s' has no plugin that publishes ports",
		       node_get_text(conflist, "name"));
}

int conflist_load(struct arena *arena, const struct net_options *options,
		  struct node **ret_conflist, struct err *err)
{
	const char *name = options->network ? options->network : NET_DEFAULT_NAME;
	const char *dir = options->config_dir ? options->config_dir : NET_CONFIG_DIR;
	struct node *root = NULL;
	if (!network_name_is_valid(name))
		return err_set(err, ERR_INPUT, "'%s' cannot be the name of a network", name);
	if (named_find(arena, dir, name, &root, err))
		return -1;
	if (root) {
		if (conflist_check(arena, root, &root, err) || ports_check(root, options, err))
			return -1;
		*ret_conflist = root;
		return 0;
	}
	if (strcmp(name, NET_DEFAULT_NAME) == 0)
		return default_make(arena, options, ret_conflist, err);
	return err_set(err, ERR_MISSING, "no network '%s' in '%s'", name, dir);
}
