/* port.c - the text of docker's --publish.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   mapping   = [ip ":" [host] ":" | host ":"] container ["/" protocol]
 *   host, container = port ["-" port]         ip may stand in brackets (IPv6 must)
 *
 * A range of host ports goes with a range of container ports of the same size, or with one
 * container port: then any free one is taken. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/vec.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

struct port_range {
	uint32_t first, last;
};

static bool port_number(struct str text, uint32_t least, uint32_t *ret_port)
{
	uint64_t value = 0;
	if (!str_to_u64(text, &value) || value < least || value > UINT16_MAX)
		return false;
	*ret_port = (uint32_t)value;
	return true;
}

static bool range_parse(struct str text, uint32_t least, struct port_range *ret_range)
{
	struct port_range range;
	struct str first = str_cut(&text, '-');
	if (!port_number(first, least, &range.first))
		return false;
	range.last = range.first;
	if (text.ptr && !port_number(text, range.first, &range.last))
		return false;
	*ret_range = range;
	return true;
}

static bool address_is_valid(const char *text)
{
	uint8_t bytes[16];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* Cuts the address off the front: brackets, or all before the second colon from the end. */
static int address_cut(const char *whole, struct str *rest, char **ret_ip, struct err *err)
{
	struct str ip = {0};
	if (rest->len && rest->ptr[0] == '[') {
		ip = (struct str){rest->ptr + 1, rest->len - 1};
		struct str after = ip;
		ip = str_cut(&after, ']');
		if (!after.ptr || !after.len || after.ptr[0] != ':')
			return err_set(err, ERR_INPUT, "cannot publish '%s': ']:' is missing",
				       whole);
		*rest = (struct str){after.ptr + 1, after.len - 1};
	} else {
		const char *last = memrchr(rest->ptr, ':', rest->len);
		const char *before =
			last ? memrchr(rest->ptr, ':', (size_t)(last - rest->ptr)) : NULL;
		if (!before)
			return 0;
		ip = (struct str){rest->ptr, (size_t)(before - rest->ptr)};
		*rest = (struct str){before + 1, rest->len - ip.len - 1};
	}
	if (!ip.len)
		return 0;
	autofree char *text = str_dup(ip);
	if (!address_is_valid(text))
		return err_set(err, ERR_INPUT, "cannot publish '%s': '%s' is no IP address", whole,
			       text);
	if (strcmp(text, "0.0.0.0") != 0) /* all of them, as without */
		*ret_ip = steal(&text);
	return 0;
}

static int protocol_cut(const char *whole, struct str *rest, char ret_protocol[5], struct err *err)
{
	static const char *const protocols[] = {"tcp", "udp", "sctp"};
	const char *slash = memrchr(rest->ptr, '/', rest->len);
	autofree char *word =
		slash ? xstrndup(slash + 1, rest->len - (size_t)(slash + 1 - rest->ptr))
		      : xstrdup("tcp");
	if (slash)
		rest->len = (size_t)(slash - rest->ptr);
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		if (strcasecmp(word, protocols[i]) == 0) {
			snprintf(ret_protocol, 5, "%s", protocols[i]);
			return 0;
		}
	}
	return err_set(err, ERR_INPUT,
		       "cannot publish '%s': the protocol is tcp, udp or sctp, not '%s'", whole,
		       word);
}

static void mapping_push(struct port_list *list, struct port_mapping mapping)
{
	vec_push(list, mapping);
}

static void ranges_append(struct port_list *list, const struct port_mapping *like,
			  struct port_range host, struct port_range container)
{
	bool is_choice = host.last - host.first != container.last - container.first;
	for (uint32_t i = 0; i <= container.last - container.first; i++) {
		struct port_mapping mapping = *like;
		mapping.host_ip = xstrdup(like->host_ip);
		mapping.container_port = (uint16_t)(container.first + i);
		mapping.host_port = host.first ? (uint16_t)(host.first + i) : 0;
		mapping.host_port_end = is_choice && host.first ? (uint16_t)host.last : 0;
		mapping_push(list, mapping);
	}
}

int port_parse(const char *text, struct port_list *list, struct err *err)
{
	struct str rest = str_of(text);
	struct port_mapping like = {0};
	struct port_range host = {0}, container = {0};
	autofree char *ip = NULL;
	if (protocol_cut(text, &rest, like.protocol, err) || address_cut(text, &rest, &ip, err))
		return -1;
	const char *colon = memrchr(rest.ptr, ':', rest.len);
	struct str host_text = {rest.ptr, colon ? (size_t)(colon - rest.ptr) : 0};
	struct str container_text = rest;
	if (colon)
		container_text = (struct str){colon + 1, rest.len - host_text.len - 1};
	if (!range_parse(container_text, 1, &container))
		return err_set(err, ERR_INPUT, "cannot publish '%s': '%.*s' is no container port",
			       text, STR_ARG(container_text));
	if (host_text.len && !range_parse(host_text, 0, &host))
		return err_set(err, ERR_INPUT, "cannot publish '%s': '%.*s' is no host port", text,
			       STR_ARG(host_text));
	uint32_t n_host = host.last - host.first, n_container = container.last - container.first;
	if (host.first && n_host != n_container && n_container)
		return err_set(err, ERR_INPUT, "cannot publish '%s': the ranges differ in size",
			       text);
	if (!host.first && host.last)
		return err_set(err, ERR_INPUT, "cannot publish '%s': a range cannot begin with 0",
			       text);
	if (list->n + n_container + 1 > LIMIT_PORTS)
		return err_set(err, ERR_LIMIT, "more than %u ports are published", LIMIT_PORTS);
	like.host_ip = ip;
	ranges_append(list, &like, host, container);
	return 0;
}

void port_list_copy(struct port_list *dst, const struct port_list *src)
{
	for (size_t i = 0; i < src->n; i++) {
		struct port_mapping mapping = src->items[i];
		mapping.host_ip = xstrdup(mapping.host_ip);
		mapping_push(dst, mapping);
	}
}

void port_list_done(struct port_list *list)
{
	vec_foreach(mapping, list)
		free(mapping->host_ip);
	vec_done(list);
}

struct node *ports_encode(struct arena *arena, const struct port_list *ports)
{
	struct node *list = node_new(arena, NODE_LIST);
	for (size_t i = 0; i < ports->n; i++) {
		const struct port_mapping *mapping = &ports->items[i];
		struct node *map = node_new(arena, NODE_MAP);
		if (mapping->host_ip)
			node_set_text(arena, map, "hostIP", mapping->host_ip);
		node_set(arena, map, "hostPort", node_new_int(arena, mapping->host_port));
		if (mapping->host_port_end)
			node_set(arena, map, "hostPortEnd",
				 node_new_int(arena, mapping->host_port_end));
		node_set(arena, map, "containerPort", node_new_int(arena, mapping->container_port));
		node_set_text(arena, map, "protocol", mapping->protocol);
		node_append(list, map);
	}
	return list;
}

static bool port_get(const struct node *map, const char *key, uint16_t *ret_port)
{
	int64_t value = node_get_int(map, key, 0);
	*ret_port = (uint16_t)value;
	return value >= 0 && value <= UINT16_MAX;
}

int ports_decode(const struct node *list, struct port_list *ret_ports, struct err *err)
{
	autoports struct port_list ports = {0};
	if (!list || list->kind != NODE_LIST)
		return 0;
	node_foreach(map, list) {
		struct port_mapping mapping = {0};
		const char *protocol = node_get_text(map, "protocol");
		if (!port_get(map, "hostPort", &mapping.host_port) ||
		    !port_get(map, "hostPortEnd", &mapping.host_port_end) ||
		    !port_get(map, "containerPort", &mapping.container_port) || !protocol ||
		    strlen(protocol) >= sizeof(mapping.protocol) || ports.n >= LIMIT_PORTS)
			return err_at(err, map->pos, "not a port mapping");
		snprintf(mapping.protocol, sizeof(mapping.protocol), "%s", protocol);
		mapping.host_ip = xstrdup(node_get_text(map, "hostIP"));
		mapping_push(&ports, mapping);
	}
	*ret_ports = steal(&ports);
	return 0;
}
