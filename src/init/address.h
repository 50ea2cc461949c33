/* address.h - socket addresses from text: numbers, paths, and the names that /etc/hosts knows.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No getaddrinfo: it blocks, allocates, and reads what a scratch image does not have. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/str.h"

/* Addresses kept of one name: what a load balancer of a small cluster answers. */
#define ADDRESS_MAX  8
/* Bytes of one as text: [IPv6%zone]:port. */
#define ADDRESS_TEXT 72

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};
socklen_t address_size(const struct address *address);

/* A path, or @name in the abstract name space, unix(7). -ENAMETOOLONG, -EINVAL (empty). */
int address_of_path(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_size);
/* "127.0.0.1", "::1", "[::1]", "fe80::1%eth0". */
bool address_of_number(const char *host, uint16_t port, struct address *ret_address);
/* From a file in the form of hosts(5); their number. */
size_t address_of_hosts(const char *path, const char *host, uint16_t port,
			struct address *ret_addresses, size_t max);
/* Without asking anybody: numbers, hosts(5) (NULL: /etc/hosts), localhost (RFC 6761). Their number,
 * maybe 0. */
size_t address_of_known(const char *hosts, const char *host, uint16_t port,
			struct address *ret_addresses, size_t max);
/* Where to bind, in one family; "", "*" and NULL are any. -EADDRNOTAVAIL: not known. */
int address_of_listener(int family, const char *host, uint16_t port, struct address *ret_address);
/* "127.0.0.1:80", "[::1]:80" */
void address_format(const struct address *address, char out[ADDRESS_TEXT]);
bool address_is_loopback(const struct address *address);
