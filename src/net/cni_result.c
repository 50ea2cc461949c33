/* cni_result.c - what a plugin's result says about a container.
 * SPDX-License-Identifier: Apache-2.0
 * Source: CNI specification 0.4.0 and 1.0.0, "Result types". */
#include "net/net_private.h"

#include "base/banned.h"

static bool is_ipv4(const char *text)
{
	return text && strchr(text, '.') && !strchr(text, ':');
}

static void address_take(struct net_result *result, const struct node *ip)
{
	uint64_t len = 0;
	struct str rest = str_of(node_get_text(ip, "address"));
	struct str address = str_cut(&rest, '/');
	result->ip_address = str_dup(address);
	if (rest.ptr && str_to_u64(rest, &len) && len <= 32)
		result->prefix_len = (int)len;
	result->gateway = xstrdup(node_get_text(ip, "gateway"));
}

void cni_result_read(const struct node *root, struct net_result *result)
{
	const struct node *ips = node_get(root, "ips"), *interfaces = node_get(root, "interfaces");
	const struct node *servers = node_lookup(root, "dns.nameservers");
	if (ips && ips->kind == NODE_LIST)
		node_foreach(ip, ips)
			if (!result->ip_address && is_ipv4(node_get_text(ip, "address")))
				address_take(result, ip);
	if (interfaces && interfaces->kind == NODE_LIST)
		node_foreach(interface, interfaces)
			if (!result->mac_address && node_get_text(interface, "sandbox") &&
			    *node_get_text(interface, "sandbox"))
				result->mac_address = xstrdup(node_get_text(interface, "mac"));
	if (servers && servers->kind == NODE_LIST)
		node_foreach(server, servers)
			if (node_text(server))
				strlist_add(&result->dns, node_text(server));
}
