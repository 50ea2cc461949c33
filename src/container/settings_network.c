/* settings_network.c - network, published ports, host name and name resolution.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "base/vec.h"
#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

#define HOSTNAME_MAX 63 /* one label: RFC 1123; the kernel takes 64 */

static bool is_address(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static int check_hostname(const char *name, struct err *err)
{
	size_t len = strlen(name);
	bool ok = len > 0 && len <= HOSTNAME_MAX && name[0] != '-' && name[len - 1] != '-';

	for (size_t i = 0; ok && i < len; i++)
		ok = isalnum((unsigned char)name[i]) || strchr("-._", name[i]);
	if (!ok)
		return err_set(err, ERR_INPUT, "--hostname: '%s' is no host name", name);
	return 0;
}

/* NAME:IP, as net_hosts_text reads it; an IPv6 address has colons of its own. */
static int check_add_host(const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text || !colon[1] ||
	    (!text_eq(colon + 1, "host-gateway") && !is_address(colon + 1)))
		return err_set(err, ERR_INPUT, "--add-host '%s' is not NAME:IP", text);
	return 0;
}

/* "80", "80/tcp", "8000-8010/udp": ranges become one text a port. */
static int expose_add(const char *option, const char *text, struct strlist *exposed,
		      struct err *err)
{
	struct str protocol = str_of(text);
	struct str range = str_cut(&protocol, '/');
	struct str to = range;
	struct str from = str_cut(&to, '-');
	uint64_t first, last;

	if (!protocol.ptr)
		protocol = STR("tcp");
	bool ok = str_to_u64(from, &first) && first >= 1 && first <= UINT16_MAX;
	last = ok ? first : 0;
	if (ok && to.ptr)
		ok = str_to_u64(to, &last) && last >= first && last <= UINT16_MAX;
	if (!ok ||
	    (!str_is(protocol, "tcp") && !str_is(protocol, "udp") && !str_is(protocol, "sctp")))
		return err_set(err, ERR_INPUT, "%s '%s' is not PORT[-PORT][/tcp|udp|sctp]", option,
			       text);
	if (last - first >= LIMIT_PORT_RANGE)
		return err_set(err, ERR_LIMIT, "%s '%s': more than %u ports", option, text,
			       LIMIT_PORT_RANGE);
	for (uint64_t port = first; port <= last; port++) {
		autofree char *one =
			xasprintf("%llu/%.*s", (unsigned long long)port, STR_ARG(protocol));
		if (!strlist_has(exposed, one))
			strlist_add(exposed, one);
	}
	return 0;
}

static void port_text_add(struct strlist *texts, const struct port_mapping *port)
{
	bool v6 = port->host_ip && strchr(port->host_ip, ':');

	autobuf struct buf text = {0};

	if (port->host_ip)
		buf_printf(&text, "%s%s%s:", v6 ? "[" : "", port->host_ip, v6 ? "]" : "");
	if (port->host_port)
		buf_printf(&text, "%u", port->host_port);
	if (port->host_port_end)
		buf_printf(&text, "-%u", port->host_port_end);
	if (port->host_ip || port->host_port)
		buf_putc(&text, ':');
	strlist_addf(texts, "%s%u/%s", buf_text(&text), port->container_port, port->protocol);
}

static bool is_published(const struct port_list *ports, const char *exposed)
{
	vec_foreach(port, ports) {
		autofree char *text = xasprintf("%u/%s", port->container_port, port->protocol);
		if (text_eq(text, exposed))
			return true;
	}
	return false;
}

static int resolve_ports(const struct container_options *options, const struct run_config *image,
			 struct record *record, struct err *err)
{
	cleanup(port_list_done) struct port_list ports = {0};

	for (size_t i = 0; i < options->publish.n; i++)
		if (port_parse(options->publish.items[i], &ports, err))
			return err_wrap(err, "--publish");
	for (size_t i = 0; i < options->expose.n; i++)
		if (expose_add("--expose", options->expose.items[i], &record->exposed, err))
			return -1;
	for (size_t i = 0; i < image->exposed_ports.n; i++)
		if (expose_add("EXPOSE of the image", image->exposed_ports.items[i],
			       &record->exposed, err))
			return -1;
	vec_foreach(port, &ports) {
		autofree char *exposed = xasprintf("%u/%s", port->container_port, port->protocol);
		if (!strlist_has(&record->exposed, exposed))
			strlist_add(&record->exposed, exposed);
		port_text_add(&record->ports, port);
	}
	for (size_t i = 0; options->publish_all && i < record->exposed.n; i++)
		if (!is_published(&ports, record->exposed.items[i]))
			strlist_add(&record->ports, record->exposed.items[i]);
	record->publish_all = options->publish_all;
	return 0;
}

static int resolve_network(struct engine *engine, const char *network, struct record *record,
			   struct err *err)
{
	if (!network || text_eq(network, "default") || text_eq(network, "bridge")) {
		record->network = xstrdup("bridge");
		return 0;
	}
	if (text_starts(network, "container:")) {
		autofree char *id = NULL;
		if (name_resolve(engine, network + strlen("container:"), &id, err))
			return err_wrap(err, "--network '%s'", network);
		record->network = xasprintf("container:%s", id);
		return 0;
	}
	if (!network[0] || strchr(network, '/') || strchr(network, ':') || network[0] == '.')
		return err_set(err, ERR_INPUT, "--network: '%s' cannot be the name of a network",
			       network);
	record->network = xstrdup(network);
	return 0;
}

/* What would silently do nothing is refused. */
static int check_shared_network(const struct container_options *options,
				const struct record *record, struct err *err)
{
	bool is_container = text_starts(record->network, "container:");
	bool no_ports = is_container || text_eq(record->network, "host") ||
			text_eq(record->network, "none");

	if (options->publish.n && no_ports)
		return err_set(err, ERR_INPUT,
			       "--publish: the network '%s' has no ports to publish",
			       is_container ? "container" : record->network);
	if (is_container && (options->hostname || options->add_hosts.n || options->dns.n))
		return err_set(err, ERR_INPUT,
			       "--hostname, --add-host and --dns belong to the container "
			       "whose network is used");
	return 0;
}

int settings_network(struct engine *engine, const struct container_options *options,
		     const struct image_config *image, struct record *record, struct err *err)
{
	char here[HOSTNAME_MAX + 2] = "";

	if (resolve_network(engine, options->network, record, err) ||
	    resolve_ports(options, &image->config, record, err) ||
	    check_shared_network(options, record, err))
		return -1;
	if (options->hostname && check_hostname(options->hostname, err))
		return -1;
	for (size_t i = 0; i < options->add_hosts.n; i++)
		if (check_add_host(options->add_hosts.items[i], err))
			return -1;
	for (size_t i = 0; i < options->dns.n; i++)
		if (!is_address(options->dns.items[i]))
			return err_set(err, ERR_INPUT, "--dns: '%s' is no address",
				       options->dns.items[i]);
	strlist_copy(&record->add_hosts, &options->add_hosts);
	strlist_copy(&record->dns, &options->dns);
	if (options->hostname)
		record->hostname = xstrdup(options->hostname);
	else if (text_eq(record->network, "host") && !gethostname(here, sizeof(here) - 1))
		record->hostname = xstrdup(here);
	else
		record->hostname = xstrndup(record->id, SHORT_ID_LEN);
	return 0;
}
