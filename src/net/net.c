/* net.c - setting a container's network up and tearing it down.
 * SPDX-License-Identifier: Apache-2.0
 *
 * "<netns>.json" holds the configuration as it was used, the ports and the plugins' result: written
 * before the first plugin runs, so that a setup that was killed can still be torn down. */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "doc/fields.h"
#include "doc/json.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

static const char *state_dir_of(const struct net_options *options)
{
	return options->state_dir ? options->state_dir : NET_DEFAULT_STATE;
}

static char *record_path(const struct net_options *options)
{
	return xasprintf("%s.json", options->netns);
}

static int record_write(const struct net_options *options, const struct cni_call *call,
			const struct node *result, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {.max = LIMIT_NET_RECORD};
	autofree char *path = record_path(options);
	buf_puts(&text, "{\"conflist\":");
	json_write(&text, call->conflist, JSON_COMPACT);
	buf_puts(&text, ",\"ports\":");
	json_write(&text, ports_encode(&arena, call->ports), JSON_COMPACT);
	if (result) {
		buf_puts(&text, ",\"result\":");
		json_write(&text, result, JSON_COMPACT);
	}
	buf_putc(&text, '}');
	if (buf_check(&text, "the network's record", err))
		return -1;
	return file_write_at(AT_FDCWD, path, text.ptr, text.len, 0600, FILE_NO_SYNC, err);
}

/* ERR_MISSING: nothing was set up. */
static int record_read(struct arena *arena, const struct net_options *options,
		       struct node **ret_root, struct err *err)
{
	autobuf struct buf text = {0};
	autofree char *path = record_path(options);
	if (file_read_at(AT_FDCWD, path, LIMIT_NET_RECORD, &text, err))
		return -1;
	return json_parse(arena, "network record", buf_str(&text), ret_root, err);
}

static int bridge_add(struct arena *arena, const struct net_options *options,
		      const struct cni_call *call, struct net_result *result, struct err *err)
{
	struct node *root = NULL;
	if (record_write(options, call, NULL, err))
		return -1;
	if (!cni_add(arena, call, &root, err) && !record_write(options, call, root, err)) {
		cni_result_read(root, result);
		return 0;
	}
	autoerr struct err ignored = {0}; /* the first error is the one to tell */
	if (cni_del(arena, call, root, &ignored))
		err_clear(&ignored);
	autofree char *path = record_path(options);
	unlink(path);
	return -1;
}

static int bridge_setup(const struct net_options *options, struct net_result *ret_result,
			struct err *err)
{
	autoarena struct arena arena = {0};
	autonet struct net_result result = {0};
	struct node *conflist = NULL;
	if (conflist_load(&arena, options, &conflist, err) || netns_make(options->netns, err))
		return -1;
	port_list_copy(&result.ports, &options->ports);
	result.network = xstrdup(node_get_text(conflist, "name"));
	const struct cni_call call = {conflist, options->id, options->netns, &result.ports};
	autoerr struct err ignored = {0};
	if (ports_reserve(state_dir_of(options), options->netns, &result.ports, err) ||
	    bridge_add(&arena, options, &call, &result, err)) {
		if (result.ports.n &&
		    ports_release(state_dir_of(options), options->netns, &ignored))
			err_clear(&ignored);
		if (netns_remove(options->netns, &ignored))
			err_clear(&ignored);
		return -1;
	}
	*ret_result = steal(&result);
	return 0;
}

int net_setup(const struct net_options *options, struct net_result *ret_result, struct err *err)
{
	static const char *const names[] = {
		[NET_NONE] = "none", [NET_HOST] = "host", [NET_CONTAINER] = "container"};
	if (options->mode == NET_BRIDGE)
		return bridge_setup(options, ret_result, err);
	if (options->ports.n)
		return err_set(err, ERR_INPUT, "ports cannot be published with network '%s'",
			       names[options->mode]);
	if (options->mode == NET_NONE && netns_make(options->netns, err))
		return -1;
	*ret_result = (struct net_result){.network = xstrdup(names[options->mode])};
	return 0;
}

static int bridge_del(const struct net_options *options, struct err *err)
{
	autoarena struct arena arena = {0};
	autoports struct port_list ports = {0};
	autofree char *path = record_path(options);
	struct node *root = NULL;
	if (record_read(&arena, options, &root, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	if (ports_decode(node_get(root, "ports"), &ports, err))
		return -1;
	const struct cni_call call = {node_get(root, "conflist"), options->id, options->netns,
				      &ports};
	if (cni_del(&arena, &call, node_get(root, "result"), err))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_sys(err, "removing '%s'", path);
	return 0;
}

int net_teardown(const struct net_options *options, struct err *err)
{
	struct err failures[3] = {0};
	if (options->mode == NET_HOST || options->mode == NET_CONTAINER)
		return 0;
	int result = 0;
	if (options->mode == NET_BRIDGE)
		result = bridge_del(options, &failures[0]) |
			 ports_release(state_dir_of(options), options->netns, &failures[1]);
	result |= netns_remove(options->netns, &failures[2]);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (err_is_set(&failures[i]) && !err_is_set(err))
			err_move(err, &failures[i]);
		err_clear(&failures[i]);
	}
	return result;
}

void net_result_done(struct net_result *result)
{
	free(result->network);
	free(result->ip_address);
	free(result->gateway);
	free(result->mac_address);
	strlist_done(&result->dns);
	port_list_done(&result->ports);
	*result = (struct net_result){0};
}

/* prefix_len is an int, and ports are a list of maps: those two stand beside the table. */
static const struct field result_fields[] = {
	F_TEXT(struct net_result, network, "network"),
	F_TEXT(struct net_result, ip_address, "ipAddress"),
	F_TEXT(struct net_result, gateway, "gateway"),
	F_TEXT(struct net_result, mac_address, "macAddress"),
	F_TEXTS(struct net_result, dns, "dns"),
	{0},
};

struct node *net_result_encode(struct arena *arena, const struct net_result *result)
{
	struct node *map = fields_encode(arena, result_fields, result);
	if (result->ip_address)
		node_set(arena, map, "prefixLen", node_new_int(arena, result->prefix_len));
	if (result->ports.n)
		node_set(arena, map, "ports", ports_encode(arena, &result->ports));
	return map;
}

int net_result_decode(const struct node *map, struct net_result *ret_result, struct err *err)
{
	autonet struct net_result result = {0};
	if (fields_decode(result_fields, FIELDS_OPEN, map, &result, err) ||
	    ports_decode(node_get(map, "ports"), &result.ports, err))
		return -1;
	result.prefix_len = (int)node_get_int(map, "prefixLen", 0);
	*ret_result = steal(&result);
	return 0;
}
