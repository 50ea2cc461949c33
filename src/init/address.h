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
/* Bytes of an address as text: a unix path, or [IPv6%number]:port. */
#define ADDRESS_TEXT 120

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t size;
};

/* A path, or @name in the abstract name space. -ENAMETOOLONG, -EINVAL (empty). */
int address_of_path(const char *path, struct address *ret_address);
/* "127.0.0.1", "::1", "[::1]", "fe80::1%3". */
bool address_of_number(const char *host, uint16_t port, struct address *ret_address);
/* From an open text in the form of hosts(5); their number. */
size_t address_of_hosts(const char *path, const char *host, uint16_t port,
			struct address *ret_addresses, size_t max);
/* Where to bind: also "", "*" (any) and localhost, of one family. Their number, never 0; or
 * -EADDRNOTAVAIL: not known. */
int address_of_listener(int family, const char *host, uint16_t port, struct address *ret_addresses,
			size_t max);
/* "127.0.0.1:80", "[::1]:80", a path, "@name". */
void address_format(const struct address *address, char out[ADDRESS_TEXT]);
bool address_is_loopback(const struct address *address); /* unix sockets are */
