/* dns.c - the two datagrams of a name's addresses: the question and its answer.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names inside a packet are told by their offset and compared where they stand; a pointer must lead
 * backwards, so no walk is longer than the packet. */
#include "init/dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/banned.h"

#define HEAD_SIZE   12
#define CLASS_IN    1
#define TYPE_CNAME  5
#define LABEL_MAX   63
#define NAME_BYTES  255
#define ALIASES_MAX 8

/* ---- the question ---- */

static void put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *from)
{
	return (unsigned)from[0] << 8 | from[1];
}

size_t dns_query(uint16_t id, const char *name, enum dns_type type, uint8_t out[DNS_QUERY_MAX])
{
	struct str rest = str_of(name);
	if (rest.len && rest.ptr[rest.len - 1] == '.')
		rest.len--;
	if (rest.len == 0 || rest.len > NAME_BYTES - 2)
		return 0;
	memset(out, 0, HEAD_SIZE);
	put16(out, id);
	put16(out + 2, 0x0100); /* recursion desired */
	put16(out + 4, 1);
	size_t at = HEAD_SIZE;
	for (bool more = true; more;) {
		more = memchr(rest.ptr, '.', rest.len) != NULL;
		struct str label = str_cut(&rest, '.');
		if (label.len == 0 || label.len > LABEL_MAX || (more && rest.len == 0))
			return 0;
		out[at++] = (uint8_t)label.len;
		memcpy(out + at, label.ptr, label.len);
		at += label.len;
	}
	out[at++] = 0;
	put16(out + at, type);
	put16(out + at + 2, CLASS_IN);
	return at + 4;
}

/* ---- the answer ---- */

struct packet {
	const uint8_t *bytes;
	size_t len;
};

/* The label at *at, pointers followed; *at moves behind it. -1: broken; 0: the name ends. */
static int label_at(const struct packet *packet, size_t *at)
{
	size_t here = *at;
	while (here < packet->len) {
		unsigned head = packet->bytes[here];
		if (head <= LABEL_MAX) {
			if (here + 1 + head > packet->len)
				return -1;
			*at = here + 1 + head;
			return (int)head;
		}
		if ((head & 0xc0) != 0xc0 || here + 2 > packet->len)
			return -1;
		size_t target = get16(packet->bytes + here) & 0x3fff;
		if (target >= here)
			return -1;
		here = target;
	}
	return -1;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool is_same_name(const struct packet *packet, size_t a, size_t b)
{
	for (size_t total = 0; total <= NAME_BYTES;) {
		int len = label_at(packet, &a);
		if (len < 0 || label_at(packet, &b) != len)
			return false;
		if (len == 0)
			return true;
		for (size_t i = 1; i <= (size_t)len; i++) {
			if (lower(packet->bytes[a - i]) != lower(packet->bytes[b - i]))
				return false;
		}
		total += (size_t)len + 1;
	}
	return false;
}

/* Behind the name as it stands at `at` (a pointer ends it); 0: broken. */
static size_t name_end(const struct packet *packet, size_t at)
{
	while (at < packet->len) {
		unsigned head = packet->bytes[at];
		if (head == 0)
			return at + 1;
		if (head > LABEL_MAX)
			return at + 2 <= packet->len ? at + 2 : 0;
		at += 1 + head;
	}
	return 0;
}

struct record {
	size_t owner, content; /* offsets */
	unsigned type, class, size;
};

static bool record_at(const struct packet *packet, size_t *at, struct record *ret_record)
{
	size_t owner = *at, head = name_end(packet, owner);
	if (!head || head + 10 > packet->len)
		return false;
	struct record record = {.owner = owner,
				.content = head + 10,
				.type = get16(packet->bytes + head),
				.class = get16(packet->bytes + head + 2),
				.size = get16(packet->bytes + head + 8)};
	if (record.content + record.size > packet->len)
		return false;
	*at = record.content + record.size;
	*ret_record = record;
	return true;
}

/* Where the name of the question leads to by CNAME records, in whatever order they stand. */
static size_t follow_aliases(const struct packet *packet, size_t answers, unsigned n_answers)
{
	size_t name = HEAD_SIZE;
	for (int i = 0; i < ALIASES_MAX; i++) {
		size_t at = answers, next = 0;
		struct record record;
		for (unsigned k = 0; k < n_answers && record_at(packet, &at, &record); k++) {
			if (record.type == TYPE_CNAME && record.class == CLASS_IN &&
			    is_same_name(packet, record.owner, name)) {
				next = record.content;
				break;
			}
		}
		if (!next)
			break;
		name = next;
	}
	return name;
}

static bool record_address(const struct packet *packet, const struct record *record, uint16_t port,
			   struct address *ret_address)
{
	const uint8_t *content = packet->bytes + record->content;
	struct address address = {0};
	if (record->type == DNS_A && record->size == sizeof(address.in.sin_addr)) {
		address.in.sin_family = AF_INET;
		address.in.sin_port = htons(port);
		memcpy(&address.in.sin_addr, content, record->size);
	} else if (record->type == DNS_AAAA && record->size == sizeof(address.in6.sin6_addr)) {
		address.in6.sin6_family = AF_INET6;
		address.in6.sin6_port = htons(port);
		memcpy(&address.in6.sin6_addr, content, record->size);
	} else {
		return false;
	}
	*ret_address = address;
	return true;
}

/* Same id, an answer to a plain query, and the question as we asked it, letter case aside. */
static bool is_ours(const struct packet *packet, const uint8_t *query, size_t query_len)
{
	if (packet->len < query_len || query_len <= HEAD_SIZE ||
	    get16(packet->bytes) != get16(query))
		return false;
	if ((packet->bytes[2] & 0xf8) != 0x80 || get16(packet->bytes + 4) != 1)
		return false;
	for (size_t i = HEAD_SIZE; i < query_len; i++) {
		if (lower(packet->bytes[i]) != lower(query[i]))
			return false;
	}
	return true;
}

static enum dns_outcome collect(const struct packet *packet, const uint8_t *query, size_t query_len,
				struct dns_found *found)
{
	unsigned type = get16(query + query_len - 4), n_answers = get16(packet->bytes + 6);
	size_t name = follow_aliases(packet, query_len, n_answers), at = query_len;
	enum dns_outcome outcome = DNS_NO_ADDRESS;
	struct record record;
	for (unsigned k = 0; k < n_answers && record_at(packet, &at, &record); k++) {
		if (found->n == found->max)
			break;
		if (record.type == type && record.class == CLASS_IN &&
		    is_same_name(packet, record.owner, name) &&
		    record_address(packet, &record, found->port, &found->items[found->n])) {
			found->n++;
			outcome = DNS_FOUND;
		}
	}
	return outcome;
}

enum dns_outcome dns_answer(const uint8_t *bytes, size_t len, const uint8_t *query,
			    size_t query_len, struct dns_found *found)
{
	struct packet packet = {bytes, len};
	if (!is_ours(&packet, query, query_len))
		return DNS_NOT_OURS;
	unsigned code = bytes[3] & 0x0f;
	if (code)
		return code == 3 ? DNS_NO_NAME : DNS_FAILED;
	enum dns_outcome outcome = collect(&packet, query, query_len, found);
	bool is_cut = bytes[2] & 0x02;
	return outcome == DNS_NO_ADDRESS && is_cut ? DNS_FAILED : outcome;
}
