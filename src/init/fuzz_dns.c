/* fuzz_dns.c - answers of a name server that means no good.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/dns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Flags and records come from outside; id and question are ours, or nothing would get past them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t query[DNS_QUERY_MAX], packet[DNS_ANSWER_MAX];
	struct address found[ADDRESS_MAX];
	struct dns_found all = {found, 1, ADDRESS_MAX, 80};
	enum dns_type type = len && data[0] & 1 ? DNS_AAAA : DNS_A;
	size_t query_len = dns_query(0x1234, "db.example", type, query);
	if (len > sizeof(packet))
		len = sizeof(packet);
	dns_answer(data, len, query, query_len, &all);
	if (len < 8)
		return 0;
	memcpy(packet, query, query_len);
	memcpy(packet + 2, data + 1, 6);
	packet[2] |= 0x80;
	packet[2] &= 0x87;
	packet[4] = 0;
	packet[5] = 1;
	if (len - 8 > sizeof(packet) - query_len)
		len = sizeof(packet) - query_len + 8;
	memcpy(packet + query_len, data + 8, len - 8);
	all.n = 1;
	enum dns_outcome outcome = dns_answer(packet, query_len + len - 8, query, query_len, &all);
	size_t n = all.n;
	if (outcome == DNS_NOT_OURS || n > ADDRESS_MAX || (n > 1) != (outcome == DNS_FOUND))
		abort();
	for (size_t i = 1; i < n; i++) {
		if (found[i].any.sa_family != (type == DNS_A ? AF_INET : AF_INET6))
			abort();
	}
	return 0;
}
