/* hosts.c - the text of a container's /etc/hosts.
 * SPDX-License-Identifier: Apache-2.0
 * Source: hosts(5); the lines and their order are docker's. */
#include <arpa/inet.h>
#include <fcntl.h>

#include "base/io.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

static const char standard_lines[] = "127.0.0.1\tlocalhost\n"
				     "::1\tlocalhost ip6-localhost ip6-loopback\n"
				     "fe00::0\tip6-localnet\n"
				     "ff00::0\tip6-mcastprefix\n"
				     "ff02::1\tip6-allnodes\n"
				     "ff02::2\tip6-allrouters\n";

static bool is_host(const struct net_result *result)
{
	return result && text_eq(result->network, "host");
}

static bool address_is_valid(const char *text)
{
	uint8_t bytes[16];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* "name:ip": the first colon, since an IPv6 address has more. Brackets around the address are
 * docker's. */
static int added_write(const char *text, const struct net_result *result, struct buf *out,
		       struct err *err)
{
	struct str rest = str_of(text);
	struct str name = str_cut(&rest, ':');
	if (!rest.ptr) { /* docker takes "name=ip" as well */
		rest = str_of(text);
		name = str_cut(&rest, '=');
	}
	autofree char *ip = rest.ptr ? str_dup(rest) : xstrdup("");
	size_t len = strlen(ip);
	if (len > 2 && ip[0] == '[' && ip[len - 1] == ']') {
		memmove(ip, ip + 1, len - 2);
		ip[len - 2] = '\0';
	}
	const char *address = ip;
	if (strcmp(ip, "host-gateway") == 0)
		address = is_host(result) ? "127.0.0.1" : result ? result->gateway : NULL;
	if (!address)
		return err_set(err, ERR_INPUT, "cannot add host '%s': this network has no gateway",
			       text);
	if (!name.len || memchr(name.ptr, '\n', name.len) || !address_is_valid(address))
		return err_set(err, ERR_INPUT, "cannot add host '%s': it is not NAME:ADDRESS",
			       text);
	buf_printf(out, "%s\t%.*s\n", address, STR_ARG(name));
	return 0;
}

/* "10.89.0.2 web.example web": a name with dots also by its first part. */
static void own_write(const char *hostname, const struct net_result *result, struct buf *out)
{
	const char *dot = strchr(hostname, '.');
	buf_printf(out, "%s\t%s", result->ip_address, hostname);
	if (dot && dot != hostname)
		buf_printf(out, " %.*s", (int)(dot - hostname), hostname);
	buf_putc(out, '\n');
}

int net_hosts_text(const char *hostname, const struct net_result *result,
		   const struct strlist *add_hosts, struct buf *out, struct err *err)
{
	autobuf struct buf host = {0};
	if (!is_host(result)) {
		buf_puts(out, standard_lines);
	} else if (!file_read_at(AT_FDCWD, "/etc/hosts", LIMIT_NET_TEXT, &host, err)) {
		buf_append_str(out, buf_str(&host));
		if (host.len && host.ptr[host.len - 1] != '\n')
			buf_putc(out, '\n');
	} else if (err->kind == ERR_MISSING) {
		err_clear(err);
		buf_puts(out, standard_lines);
	} else {
		return -1;
	}
	for (size_t i = 0; add_hosts && i < add_hosts->n; i++)
		if (added_write(add_hosts->items[i], result, out, err))
			return -1;
	if (result && result->ip_address && hostname && *hostname)
		own_write(hostname, result, out);
	return buf_check(out, "the container's hosts file", err);
}
