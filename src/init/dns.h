/* dns.h - the two datagrams of a name's addresses: the question and its answer.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 1035 section 4, RFC 3596 (AAAA). No EDNS: an answer has at most 512 bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "init/address.h"

#define DNS_QUERY_MAX  272 /* 12 of the head, 255 of the name, 4 of type and class; even */
#define DNS_ANSWER_MAX 512
#define DNS_NAME_MAX   256 /* as text, with NUL */

enum dns_type { DNS_A = 1, DNS_AAAA = 28 };
enum dns_outcome {
	DNS_NOT_OURS,   /* another id or question, or garbage: wait on */
	DNS_FOUND,      /* at least one address */
	DNS_NO_ADDRESS, /* the name exists, not with this type */
	DNS_NO_NAME,    /* NXDOMAIN */
	DNS_FAILED,     /* the server cannot tell: ask another */
};

/* The datagram's length; 0: the name cannot be asked for (empty or overlong parts). */
size_t dns_query(uint16_t id, const char *name, enum dns_type type, uint8_t out[DNS_QUERY_MAX]);
struct dns_found {
	struct address *items;
	size_t n, max;
	uint16_t port; /* given to each */
};
/* Appends to what was found; aliases are followed. */
enum dns_outcome dns_answer(const uint8_t *packet, size_t len, const uint8_t *query,
			    size_t query_len, struct dns_found *found);
