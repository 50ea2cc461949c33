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

socklen_t address_size(const struct address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

int address_of_path(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_size)
{
	size_t len = path ? strlen(path) : 0;
	if (len == 0)
		return -EINVAL;
	if (len >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	bool is_abstract = *path == '@'; /* its bytes are all that counts, no NUL behind them */
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret_address->sun_path, path, len);
	if (is_abstract)
		ret_address->sun_path[0] = '\0';
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !is_abstract);
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

size_t address_of_known(const char *hosts, const char *host, uint16_t port,
			struct address *ret_addresses, size_t max)
{
	if (max == 0)
		return 0;
	if (address_of_number(host, port, ret_addresses))
		return 1;
	size_t n = address_of_hosts(hosts ? hosts : "/etc/hosts", host, port, ret_addresses, max);
	if (n || !str_is_nocase(str_of(host), "localhost"))
		return n;
	n = address_of_number("127.0.0.1", port, ret_addresses);
	if (n < max && address_of_number("::1", port, ret_addresses + n))
		n++;
	return n;
}

int address_of_listener(int family, const char *host, uint16_t port, struct address *ret_address)
{
	if (!host || !*host || text_eq(host, "*"))
		host = family == AF_INET6 ? "::" : "0.0.0.0";
	struct address found[ADDRESS_MAX];
	size_t n = address_of_known(NULL, host, port, found, ARRAY_LEN(found));
	for (size_t i = 0; i < n; i++) {
		if (found[i].any.sa_family == family) {
			*ret_address = found[i];
			return 0;
		}
	}
	/* hosts(5) of many images names localhost in one family alone */
	if (str_is_nocase(str_of(host), "localhost") &&
	    address_of_number(family == AF_INET6 ? "::1" : "127.0.0.1", port, ret_address))
		return 0;
	return -EADDRNOTAVAIL;
}

void address_format(const struct address *address, char out[ADDRESS_TEXT])
{
	char text[INET6_ADDRSTRLEN] = "";
	if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->in6.sin6_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT, "[%s]:%d", text, ntohs(address->in6.sin6_port));
	} else {
		inet_ntop(AF_INET, &address->in.sin_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT, "%s:%d", text, ntohs(address->in.sin_port));
	}
}

bool address_is_loopback(const struct address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohl(address->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	const struct in6_addr *in6 = &address->in6.sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(in6) ||
	       (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == IN_LOOPBACKNET);
}
