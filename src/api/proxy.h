/* proxy.h - who really calls when a listed proxy stands between.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth, examples/reference.yml (real_ip_header, real_ip_pos). */
#pragma once

#include "base/err.h"
#include "base/strlist.h"
#include "http/server.h"

struct proxy_net { /* IPv4 as ::ffff:a.b.c.d */
	uint8_t address[16];
	unsigned n_bits;
};
struct proxy_rules { /* zeroed: nobody is believed */
	struct proxy_net *nets;
	size_t n_nets;
	bool trusts_local; /* "unix": whoever comes by a unix socket */
	char *header;      /* NULL: X-Forwarded-For, the last address that is no proxy's */
	int64_t pos;       /* of `header`: from 0; negative from the end */
};
/* "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "unix". ERR_INPUT names the wrong one. */
int proxy_rules_parse(const struct strlist *nets, const char *header, int64_t pos,
		      struct proxy_rules *ret_rules, struct err *err) must_check;
void proxy_rules_done(struct proxy_rules *rules);
bool proxy_rules_list(const struct proxy_rules *rules, const struct sockaddr_storage *address);
/* Chooses from a list "client, proxy1, proxy2" that `peer` (a listed proxy) handed on. False: there
 * is no address where the configuration says. */
bool proxy_choose(const struct proxy_rules *rules, const struct sockaddr_storage *peer,
		  struct str list, struct sockaddr_storage *ret_address);
/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80". */
bool address_parse(struct str text, struct sockaddr_storage *ret_address);
#define ADDRESS_TEXT_MAX 64
void address_text(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_MAX]);

/* Of a request: its client's address, and how the client addressed us. */
bool proxy_client(const struct proxy_rules *rules, const struct http_exchange *x,
		  struct sockaddr_storage *ret_address);
const char *proxy_scheme(const struct proxy_rules *rules, const struct http_exchange *x);
struct str proxy_host(const struct proxy_rules *rules, const struct http_exchange *x);
