/* grains_network.c - addresses by interface, and the resolver's settings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/grains_private.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/banned.h"

struct addresses {
	struct heap *heap;
	struct dict *by_family[2]; /* ip4_interfaces, ip6_interfaces */
	struct dict *both, *hardware;
	struct list *all[2]; /* ipv4, ipv6 */
};

/* The list of an interface's addresses. */
static struct list *interface_list(struct heap *heap, struct dict *interfaces, const char *name)
{
	struct value *known = dict_get(interfaces, name);
	struct list *list = known ? known->list : list_new(heap, 2);

	if (!known)
		dict_set(heap, interfaces, name, value_of_list(list));
	return list;
}

static void add_address(struct addresses *addresses, const char *name, size_t family,
			const void *bytes)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(family ? AF_INET6 : AF_INET, bytes, text, sizeof(text)))
		return;
	struct value v = value_cstr(addresses->heap, text);
	list_push(addresses->heap,
		  interface_list(addresses->heap, addresses->by_family[family], name), v);
	list_push(addresses->heap, interface_list(addresses->heap, addresses->both, name), v);
	list_push(addresses->heap, addresses->all[family], v);
}

static void add_hardware(struct addresses *addresses, const struct ifaddrs *entry)
{
	const struct sockaddr_ll *link = (const struct sockaddr_ll *)(const void *)entry->ifa_addr;
	const unsigned char *b = link->sll_addr;

	/* Every interface is named, also one without an address. */
	for (size_t family = 0; family < ARRAY_LEN(addresses->by_family); family++)
		interface_list(addresses->heap, addresses->by_family[family], entry->ifa_name);
	interface_list(addresses->heap, addresses->both, entry->ifa_name);
	if (link->sll_halen != 6)
		return;
	dict_set(addresses->heap, addresses->hardware, entry->ifa_name,
		 value_printf(addresses->heap, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2],
			      b[3], b[4], b[5]));
}

static void add_entry(struct addresses *addresses, const struct ifaddrs *entry)
{
	const void *address = entry->ifa_addr;

	if (!address)
		return;
	switch (entry->ifa_addr->sa_family) {
	case AF_PACKET: add_hardware(addresses, entry); break;
	case AF_INET:
		add_address(addresses, entry->ifa_name, 0,
			    &((const struct sockaddr_in *)address)->sin_addr);
		break;
	case AF_INET6:
		add_address(addresses, entry->ifa_name, 1,
			    &((const struct sockaddr_in6 *)address)->sin6_addr);
		break;
	default: break;
	}
}

static int compare_strings(const void *a, const void *b)
{
	struct str x = value_bytes(*(const struct value *)a);
	struct str y = value_bytes(*(const struct value *)b);
	int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);

	return order ? order : (x.len > y.len) - (x.len < y.len);
}

/* Words with blanks between them. */
static void push_words(struct heap *heap, struct list *list, struct str text)
{
	for (size_t i = 0, start = 0; i <= text.len; i++) {
		if (i < text.len && text.ptr[i] != ' ' && text.ptr[i] != '\t')
			continue;
		if (i > start)
			list_push(heap, list,
				  value_text(heap, (struct str){text.ptr + start, i - start}));
		start = i + 1;
	}
}

/* nameserver, search and domain of resolv.conf(5). */
static void resolver_grains(struct heap *heap, struct dict *grains, int rootfd)
{
	static const char *const keys[] = {"nameservers", "ip4_nameservers", "ip6_nameservers",
					   "search",      "sortlist",        "options"};
	struct dict *dns = dict_new(heap);
	autobuf struct buf file = {0};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		dict_set(heap, dns, keys[i], value_of_list(list_new(heap, 2)));
	dict_set(heap, dns, "domain", value_literal(""));
	grain_file(rootfd, "etc/resolv.conf", &file);
	for (struct str rest = buf_str(&file); rest.ptr;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		struct str word =
			str_cut(&line, line.ptr && memchr(line.ptr, '\t', line.len) ? '\t' : ' ');
		struct str value = str_trim(line);

		if (!value.len)
			continue;
		if (str_is(word, "nameserver")) {
			bool is_6 = memchr(value.ptr, ':', value.len) != NULL;
			struct value v = value_text(heap, value);

			list_push(heap, dict_get(dns, "nameservers")->list, v);
			list_push(heap, dict_get(dns, keys[is_6 ? 2 : 1])->list, v);
		} else if (str_is(word, "search")) {
			push_words(heap, dict_get(dns, "search")->list, value);
		} else if (str_is(word, "domain")) {
			dict_set(heap, dns, "domain", value_text(heap, value));
		}
	}
	dict_set(heap, grains, "dns", value_of_dict(dns));
}

void network_grains(struct heap *heap, struct dict *grains, int rootfd)
{
	struct addresses addresses = {.heap = heap,
				      .by_family = {dict_new(heap), dict_new(heap)},
				      .both = dict_new(heap),
				      .hardware = dict_new(heap),
				      .all = {list_new(heap, 4), list_new(heap, 4)}};
	struct ifaddrs *entries = NULL;

	if (!getifaddrs(&entries)) {
		for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next)
			add_entry(&addresses, entry);
		freeifaddrs(entries);
	}
	for (size_t i = 0; i < ARRAY_LEN(addresses.all); i++)
		if (addresses.all[i]->n > 1)
			qsort(addresses.all[i]->items, addresses.all[i]->n, sizeof(struct value),
			      compare_strings);
	dict_set(heap, grains, "ip4_interfaces", value_of_dict(addresses.by_family[0]));
	dict_set(heap, grains, "ip6_interfaces", value_of_dict(addresses.by_family[1]));
	dict_set(heap, grains, "ip_interfaces", value_of_dict(addresses.both));
	dict_set(heap, grains, "hwaddr_interfaces", value_of_dict(addresses.hardware));
	dict_set(heap, grains, "ipv4", value_of_list(addresses.all[0]));
	dict_set(heap, grains, "ipv6", value_of_list(addresses.all[1]));
	resolver_grains(heap, grains, rootfd);
}
