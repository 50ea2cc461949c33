/* address.c - socket addresses from text: numbers, paths, and the names that /etc/hosts knows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/mem.h"

int address_of_path(const char *path, struct address *ret_address)
{
	size_t len = path ? strlen(path) : 0;
	if (len == 0)
		return -EINVAL;
	struct address address = {.un.sun_family = AF_UNIX};
	if (len >= sizeof(address.un.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.un.sun_path, path, len);
	address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	if (*path == '@') { /* unix(7): its bytes are all that counts, no NUL behind them */
		address.un.sun_path[0] = '\0';
		address.size--;
	}
	*ret_address = address;
	return 0;
}

/* The zone of a link-local address: the number or the name of an interface. */
static bool parse_zone(const char *zone, uint32_t *ret_index)
{
	uint64_t number;
	if (str_to_u64(str_of(zone), &number) && number <= UINT32_MAX)
		*ret_index = (uint32_t)number;
	else
		*ret_index = if_nametoindex(zone);
	return *ret_index != 0;
}

bool address_of_number(const char *host, uint16_t port, struct address *ret_address)
{
	struct address address = {0};
	if (inet_pton(AF_INET, host, &address.in.sin_addr) == 1) {
		address.in.sin_family = AF_INET;
		address.in.sin_port = htons(port);
		address.size = sizeof(address.in);
		*ret_address = address;
		return true;
	}
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	size_t len = strlen(host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	char *zone = strchr(text, '%');
	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) != 1)
		return false;
	if (zone && !parse_zone(zone, &address.in6.sin6_scope_id))
		return false;
	address.in6.sin6_family = AF_INET6;
	address.in6.sin6_port = htons(port);
	address.size = sizeof(address.in6);
	*ret_address = address;
	return true;
}

/* ---- hosts(5) ---- */

/* Cuts the next word; false: none is left. */
static bool next_word(struct str *rest, struct str *ret_word)
{
	*rest = str_trim(*rest);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	*ret_word = (struct str){rest->ptr, len};
	*rest = (struct str){rest->ptr + len, rest->len - len};
	return len > 0;
}

static bool line_names(struct str line, const char *host, uint16_t port,
		       struct address *ret_address)
{
	line = str_cut(&line, '#');
	struct str word;
	char number[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	if (!next_word(&line, &word) || word.len >= sizeof(number))
		return false;
	memcpy(number, word.ptr, word.len);
	number[word.len] = '\0';
	while (next_word(&line, &word)) {
		if (str_is_nocase(word, host))
			return address_of_number(number, port, ret_address);
	}
	return false;
}

/* A line longer than this is skipped; no program writes such. */
#define HOSTS_LINE 1024

size_t address_of_hosts(const char *path, const char *host, uint16_t port,
			struct address *ret_addresses, size_t max)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	char text[HOSTS_LINE * 2];
	size_t len = 0, n_found = 0;
	bool skipping = false;
	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - len);
		if (n < 0 && errno == EINTR)
			continue;
		bool ended = n <= 0;
		len += ended ? 0 : (size_t)n;
		struct str rest = {text, len};
		while (rest.len && (ended || memchr(rest.ptr, '\n', rest.len))) {
			struct str line = str_cut(&rest, '\n');
			if (!skipping && n_found < max &&
			    line_names(line, host, port, &ret_addresses[n_found]))
				n_found++;
			skipping = false;
		}
		if (ended)
			return n_found;
		if (rest.len == sizeof(text)) {
			skipping = true;
			rest.len = 0;
		}
		memmove(text, rest.ptr, rest.len);
		len = rest.len;
	}
}

int address_of_listener(int family, const char *host, uint16_t port, struct address *ret_addresses,
			size_t max)
{
	const char *any = family == AF_INET6 ? "::" : "0.0.0.0";
	const char *loopback = family == AF_INET6 ? "::1" : "127.0.0.1";
	if (!host || !*host || text_eq(host, "*"))
		host = any;
	if (str_is_nocase(str_of(host), "localhost"))
		host = loopback;
	struct address found[ADDRESS_MAX];
	size_t n = address_of_number(host, port, &found[0]);
	if (!n)
		n = address_of_hosts("/etc/hosts", host, port, found, ARRAY_LEN(found));
	size_t kept = 0;
	for (size_t i = 0; i < n && kept < max; i++) {
		if (found[i].any.sa_family == family)
			ret_addresses[kept++] = found[i];
	}
	return kept ? (int)kept : -EADDRNOTAVAIL;
}

void address_format(const struct address *address, char out[ADDRESS_TEXT])
{
	char text[INET6_ADDRSTRLEN];
	switch (address->any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT, "%s:%d", text, ntohs(address->in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &address->in6.sin6_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT, "[%s]:%d", text, ntohs(address->in6.sin6_port));
		break;
	default: {
		const char *path = address->un.sun_path;
		if (!*path)
			snprintf(out, ADDRESS_TEXT, "@%.*s", (int)sizeof(address->un.sun_path) - 2,
				 path + 1);
		else
			snprintf(out, ADDRESS_TEXT, "%.*s", (int)sizeof(address->un.sun_path),
				 path);
	}
	}
}

bool address_is_loopback(const struct address *address)
{
	switch (address->any.sa_family) {
	case AF_INET: return ntohl(address->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6: {
		const struct in6_addr *in6 = &address->in6.sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(in6) ||
		       (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == IN_LOOPBACKNET);
	}
	default: return true;
	}
}
