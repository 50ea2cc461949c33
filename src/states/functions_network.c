/* functions_network.c - salt['network.*']: addresses of this machine's interfaces.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include "base/strlist.h"
#include "states/functions_system.h"
#include "value/list.h"

#include "base/banned.h"

static void addresses_done(struct ifaddrs **addresses)
{
	if (*addresses)
		freeifaddrs(*addresses);
}

static int addresses_read(struct ifaddrs **ret_addresses, struct err *err)
{
	return getifaddrs(ret_addresses) ? err_sys(err, "asking for the interfaces") : 0;
}

static const char *address_text(struct heap *heap, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
			  text, sizeof(text));
	else if (address && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
			  sizeof(text));
	return heap_strdup(heap, str_of(text));
}

static unsigned prefix_length(const struct sockaddr *mask)
{
	const struct sockaddr_in6 *in6 = (const void *)mask;
	unsigned n = 0;

	for (size_t i = 0; mask && i < sizeof(in6->sin6_addr.s6_addr); i++)
		n += (unsigned)__builtin_popcount(in6->sin6_addr.s6_addr[i]);
	return n;
}

/* ---- network.ip_addrs ---- */

static int list_addresses(struct call *call, int family, struct value *ret_value, struct err *err)
{
	cleanup(addresses_done) struct ifaddrs *addresses = NULL;
	const char *interface = call_text_argument(call, 0, "interface");
	autostrlist struct strlist texts = {0};
	struct value loopback;
	bool with_loopback = call_argument(call, 1, "include_loopback", &loopback) &&
			     loopback.kind == VALUE_BOOL && loopback.boolean;

	if (addresses_read(&addresses, err))
		return -1;
	for (struct ifaddrs *it = addresses; it; it = it->ifa_next) {
		if (!it->ifa_addr || it->ifa_addr->sa_family != family ||
		    (interface && !text_eq(it->ifa_name, interface)) ||
		    (!with_loopback && (it->ifa_flags & IFF_LOOPBACK)))
			continue;
		const char *text = address_text(call->heap, it->ifa_addr);
		if (!strlist_has(&texts, text))
			strlist_add(&texts, text);
	}
	strlist_sort(&texts);
	struct list *list = list_new(call->heap, texts.n);
	for (size_t i = 0; i < texts.n; i++)
		list_push(call->heap, list, value_cstr(call->heap, texts.items[i]));
	*ret_value = value_of_list(list);
	return 0;
}

int fn_network_ip_addrs(struct call *call, struct value *ret_value, struct err *err)
{
	return list_addresses(call, AF_INET, ret_value, err);
}

int fn_network_ip_addrs6(struct call *call, struct value *ret_value, struct err *err)
{
	return list_addresses(call, AF_INET6, ret_value, err);
}

/* ---- network.interfaces ---- */

static struct dict *dict_in(struct heap *heap, struct dict *dict, const char *key)
{
	struct value *found = dict_get(dict, key);

	if (found)
		return found->dict;
	struct dict *made = dict_new(heap);
	dict_set(heap, dict, key, value_of_dict(made));
	return made;
}

static void push(struct heap *heap, struct dict *interface, const char *key, struct dict *address)
{
	struct value *found = dict_get(interface, key);
	struct list *list = found ? found->list : list_new(heap, 1);

	if (!found)
		dict_set(heap, interface, key, value_of_list(list));
	list_push(heap, list, value_of_dict(address));
}

static void add_inet(struct heap *heap, struct dict *interface, const struct ifaddrs *it)
{
	struct dict *address = dict_new(heap);
	bool has_broadcast = (it->ifa_flags & IFF_BROADCAST) && it->ifa_broadaddr;

	dict_set(heap, address, "address", value_cstr(heap, address_text(heap, it->ifa_addr)));
	dict_set(heap, address, "netmask", value_cstr(heap, address_text(heap, it->ifa_netmask)));
	dict_set(heap, address, "broadcast",
		 has_broadcast ? value_cstr(heap, address_text(heap, it->ifa_broadaddr))
			       : value_none());
	dict_set(heap, address, "label", value_cstr(heap, it->ifa_name));
	push(heap, interface, "inet", address);
}

static void add_inet6(struct heap *heap, struct dict *interface, const struct ifaddrs *it)
{
	const struct sockaddr_in6 *in6 = (const void *)it->ifa_addr;
	const char *scope = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)    ? "host"
			    : IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ? "link"
								     : "global";
	struct dict *address = dict_new(heap);

	dict_set(heap, address, "address", value_cstr(heap, address_text(heap, it->ifa_addr)));
	dict_set(heap, address, "prefixlen",
		 value_printf(heap, "%u", prefix_length(it->ifa_netmask)));
	dict_set(heap, address, "scope", value_cstr(heap, scope));
	push(heap, interface, "inet6", address);
}

static void add_hardware(struct heap *heap, struct dict *interface, const struct ifaddrs *it)
{
	const struct sockaddr_ll *link = (const void *)it->ifa_addr;
	autobuf struct buf text = {0};

	for (unsigned i = 0; i < link->sll_halen && i < sizeof(link->sll_addr); i++)
		buf_printf(&text, "%s%02x", i ? ":" : "", link->sll_addr[i]);
	dict_set(heap, interface, "hwaddr", value_text(heap, buf_str(&text)));
}

int fn_network_interfaces(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(addresses_done) struct ifaddrs *addresses = NULL;
	struct dict *all = dict_new(call->heap);

	if (addresses_read(&addresses, err))
		return -1;
	for (struct ifaddrs *it = addresses; it; it = it->ifa_next) {
		struct dict *interface = dict_in(call->heap, all, it->ifa_name);
		dict_set(call->heap, interface, "up", value_bool(it->ifa_flags & IFF_UP));
		int family = it->ifa_addr ? it->ifa_addr->sa_family : AF_UNSPEC;
		if (family == AF_INET)
			add_inet(call->heap, interface, it);
		else if (family == AF_INET6)
			add_inet6(call->heap, interface, it);
		else if (family == AF_PACKET)
			add_hardware(call->heap, interface, it);
	}
	*ret_value = value_of_dict(all);
	return 0;
}
