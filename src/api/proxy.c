/* proxy.c - addresses and networks, and the X-Forwarded fields of those that are listed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/proxy.h"

#include <arpa/inet.h>

#include "api/limits.h"

#include "base/banned.h"

#define V4_BITS 96 /* in front of an IPv4 address that is written as IPv6 */

static bool bytes_of(const struct sockaddr_storage *address, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (address->ss_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
		return true;
	}
	if (address->ss_family != AF_INET)
		return false;
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + sizeof(mapped), &((const struct sockaddr_in *)address)->sin_addr, 4);
	return true;
}

static bool parse_bare(struct str text, struct sockaddr_storage *ret_address)
{
	char word[INET6_ADDRSTRLEN];
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (!text.len || text.len >= sizeof(word))
		return false;
	memcpy(word, text.ptr, text.len);
	word[text.len] = 0;
	*ret_address = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, word, &v4.sin_addr) == 1)
		memcpy(ret_address, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, word, &v6.sin6_addr) == 1)
		memcpy(ret_address, &v6, sizeof(v6));
	return ret_address->ss_family != AF_UNSPEC;
}

bool address_parse(struct str text, struct sockaddr_storage *ret_address)
{
	struct sockaddr_storage address;

	text = str_trim(text);
	if (!text.len)
		return false;
	if (text.ptr[0] == '[') {
		const char *end = memchr(text.ptr, ']', text.len);
		if (!end)
			return false;
		text = (struct str){text.ptr + 1, (size_t)(end - text.ptr - 1)};
	} else {
		const char *colon = memchr(text.ptr, ':', text.len);
		if (colon && colon == memrchr(text.ptr, ':', text.len))
			text.len = (size_t)(colon - text.ptr);
	}
	if (!parse_bare(text, &address))
		return false;
	*ret_address = address;
	return true;
}

void address_text(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_MAX])
{
	uint8_t bytes[16];
	struct in6_addr v6;

	snprintf(out, ADDRESS_TEXT_MAX, "unix");
	if (!bytes_of(address, bytes))
		return;
	memcpy(&v6, bytes, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6))
		inet_ntop(AF_INET, bytes + V4_BITS / 8, out, ADDRESS_TEXT_MAX);
	else
		inet_ntop(AF_INET6, bytes, out, ADDRESS_TEXT_MAX);
}

static bool net_parse(struct str text, struct proxy_net *ret_net)
{
	struct str address = str_cut(&text, '/');
	struct sockaddr_storage parsed;
	uint64_t n_bits;

	if (!parse_bare(address, &parsed) || !bytes_of(&parsed, ret_net->address))
		return false;
	unsigned front = parsed.ss_family == AF_INET ? V4_BITS : 0;
	ret_net->n_bits = 128;
	if (!text.ptr)
		return true;
	if (!str_to_u64(text, &n_bits) || n_bits > 128 - front)
		return false;
	ret_net->n_bits = (unsigned)n_bits + front;
	return true;
}

int proxy_rules_parse(const struct strlist *nets, const char *header, int64_t pos,
		      struct proxy_rules *ret_rules, struct err *err)
{
	struct proxy_rules rules = {.header = xstrdup(header), .pos = pos};
	size_t n = nets ? nets->n : 0;

	rules.nets = xcalloc(n + 1, sizeof(*rules.nets));
	for (size_t i = 0; i < n; i++) {
		if (text_eq(nets->items[i], "unix")) {
			rules.trusts_local = true;
		} else if (net_parse(str_of(nets->items[i]), &rules.nets[rules.n_nets])) {
			rules.n_nets++;
		} else {
			proxy_rules_done(&rules);
			return err_set(err, ERR_INPUT,
				       "proxy '%s' is no address, no network and not 'unix'",
				       nets->items[i]);
		}
	}
	*ret_rules = rules;
	return 0;
}

void proxy_rules_done(struct proxy_rules *rules)
{
	free(rules->nets);
	free(rules->header);
	*rules = (struct proxy_rules){0};
}

static bool net_holds(const struct proxy_net *net, const uint8_t address[16])
{
	size_t n_bytes = net->n_bits / 8;
	unsigned left = net->n_bits % 8;

	if (memcmp(net->address, address, n_bytes) != 0)
		return false;
	return !left || (net->address[n_bytes] ^ address[n_bytes]) >> (8 - left) == 0;
}

bool proxy_rules_list(const struct proxy_rules *rules, const struct sockaddr_storage *address)
{
	uint8_t bytes[16];

	if (!bytes_of(address, bytes))
		return rules->trusts_local;
	for (size_t i = 0; i < rules->n_nets; i++)
		if (net_holds(&rules->nets[i], bytes))
			return true;
	return false;
}

/* docker_auth's rule: one element, counted from either end. */
static bool choose_by_position(const struct proxy_rules *rules, struct str list,
			       struct sockaddr_storage *ret_address)
{
	struct str parts[LIMIT_FORWARDED_HOPS];
	size_t n = 0;

	while (list.ptr && n < ARRAY_LEN(parts))
		parts[n++] = str_cut(&list, ',');
	if (list.ptr || !n)
		return false;
	int64_t pos = rules->pos < 0 ? rules->pos + (int64_t)n : rules->pos;
	if (pos < 0)
		pos = 0;
	return pos < (int64_t)n && address_parse(parts[pos], ret_address);
}

/* Ours: what our own proxies wrote is true, what stands before it may be anybody's invention. */
static bool choose_last_foreign(const struct proxy_rules *rules,
				const struct sockaddr_storage *peer, struct str list,
				struct sockaddr_storage *ret_address)
{
	struct sockaddr_storage chosen = *peer;

	for (size_t hop = 0; list.len; hop++) {
		const char *comma = memrchr(list.ptr, ',', list.len);
		size_t start = comma ? (size_t)(comma - list.ptr) + 1 : 0;
		struct str part = {list.ptr + start, list.len - start};

		if (hop == LIMIT_FORWARDED_HOPS || !address_parse(part, &chosen))
			return false;
		if (!proxy_rules_list(rules, &chosen))
			break;
		list.len = comma ? start - 1 : 0;
	}
	*ret_address = chosen;
	return true;
}

bool proxy_choose(const struct proxy_rules *rules, const struct sockaddr_storage *peer,
		  struct str list, struct sockaddr_storage *ret_address)
{
	if (rules->header)
		return choose_by_position(rules, list, ret_address);
	return choose_last_foreign(rules, peer, list, ret_address);
}

bool proxy_client(const struct proxy_rules *rules, const struct http_exchange *x,
		  struct sockaddr_storage *ret_address)
{
	const struct sockaddr_storage *peer = http_peer(x);
	autobuf struct buf list = {0};

	if (!proxy_rules_list(rules, peer)) {
		*ret_address = *peer;
		return true;
	}
	head_join(http_head(x), rules->header ? rules->header : "X-Forwarded-For", &list);
	return proxy_choose(rules, peer, buf_str(&list), ret_address);
}

const char *proxy_scheme(const struct proxy_rules *rules, const struct http_exchange *x)
{
	if (http_is_tls(x))
		return "https";
	if (!proxy_rules_list(rules, http_peer(x)))
		return "http";
	struct str rest = http_field(x, "X-Forwarded-Proto");
	struct str first = str_trim(str_cut(&rest, ','));
	return first.len == strlen("https") && !strncasecmp(first.ptr, "https", first.len) ? "https"
											   : "http";
}

struct str proxy_host(const struct proxy_rules *rules, const struct http_exchange *x)
{
	struct str forwarded = {0};

	if (proxy_rules_list(rules, http_peer(x)))
		forwarded = http_field(x, "X-Forwarded-Host");
	forwarded = str_trim(str_cut(&forwarded, ','));
	return forwarded.len ? forwarded : http_head(x)->host;
}
