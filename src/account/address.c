/* address.c - an address or a CIDR range, and whether a client is in it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "account/pattern_private.h"

#include "base/banned.h"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:0:0/96 */

static void mask(struct address_range *range)
{
	for (unsigned i = 0; i < sizeof(range->bytes); i++) {
		unsigned kept = range->prefix > 8 * i ? range->prefix - 8 * i : 0;
		if (kept < 8)
			range->bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
}

bool address_range_parse(struct str text, struct address_range *ret_range)
{
	struct address_range range = {0};
	struct str bits = text;
	struct str host = str_cut(&bits, '/');
	char address[INET6_ADDRSTRLEN];

	if (host.len == 0 || host.len >= sizeof(address))
		return false;
	memcpy(address, host.ptr, host.len);
	address[host.len] = 0;
	range.is_v6 = memchr(address, ':', host.len) != NULL;
	if (inet_pton(range.is_v6 ? AF_INET6 : AF_INET, address, range.bytes) != 1)
		return false;

	uint64_t prefix = range.is_v6 ? 128 : 32;
	if (bits.ptr && (bits.len > 3 || !str_to_u64(bits, &prefix)))
		return false;
	if (prefix > (range.is_v6 ? 128 : 32))
		return false;
	range.prefix = (unsigned)prefix;
	mask(&range);
	if (range.is_v6 && range.prefix >= 96 && memcmp(range.bytes, mapped, sizeof(mapped)) == 0) {
		memmove(range.bytes, range.bytes + 12, 4);
		memset(range.bytes + 4, 0, 12);
		range.prefix -= 96;
		range.is_v6 = false;
	}
	*ret_range = range;
	return true;
}

bool address_range_has(const struct address_range *range, const struct sockaddr_storage *ip)
{
	struct address_range client = {.prefix = range->prefix};

	if (!ip)
		return false;
	if (ip->ss_family == AF_INET) {
		memcpy(client.bytes, &((const struct sockaddr_in *)ip)->sin_addr, 4);
	} else if (ip->ss_family == AF_INET6) {
		memcpy(client.bytes, &((const struct sockaddr_in6 *)ip)->sin6_addr, 16);
		client.is_v6 = memcmp(client.bytes, mapped, sizeof(mapped)) != 0;
		if (!client.is_v6) {
			memmove(client.bytes, client.bytes + 12, 4);
			memset(client.bytes + 4, 0, 12);
		}
	} else {
		return false;
	}
	if (client.is_v6 != range->is_v6)
		return false;
	mask(&client);
	return memcmp(client.bytes, range->bytes, sizeof(client.bytes)) == 0;
}
