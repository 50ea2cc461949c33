/* filter_ip.c - Salt's filters on internet addresses, as Python's ipaddress reads and writes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "tmpl/filter_private.h"

#include "base/banned.h"

struct address {
	uint8_t bytes[16]; /* IPv4: the first four */
	unsigned n;        /* 4 or 16 */
	int prefix;        /* -1: none was given */
};

static unsigned bits_of(const struct address *a)
{
	return a->n * 8;
}

static bool has_leading_zero(const char *text) /* "010.0.0.1": Python refuses it */
{
	for (const char *p = text; *p; p++)
		if (*p == '0' && (p == text || p[-1] == '.') && p[1] >= '0' && p[1] <= '9')
			return true;
	return false;
}

static bool number_parse(const char *text, struct address *a)
{
	if (inet_pton(AF_INET, text, a->bytes) == 1) {
		a->n = 4;
		return !has_leading_zero(text);
	}
	a->n = 16;
	return inet_pton(AF_INET6, text, a->bytes) == 1;
}

/* "24", or for IPv4 a mask "255.255.255.0" or its complement. */
static bool prefix_parse(const char *text, struct address *a)
{
	uint64_t bits;
	uint8_t mask[4];
	uint32_t word;

	if (str_to_u64(str_of(text), &bits) && bits <= bits_of(a)) {
		a->prefix = (int)bits;
		return true;
	}
	if (a->n != 4 || inet_pton(AF_INET, text, mask) != 1)
		return false;
	word = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
	if (!(word & 0x80000000U) && word)
		word = ~word;
	a->prefix = 32 - (word ? __builtin_ctz(word) : 32);
	return word == (a->prefix ? UINT32_MAX << (32 - a->prefix) : 0);
}

static bool address_parse(struct str text, struct address *ret_address)
{
	struct address a = {.prefix = -1};
	char copy[INET6_ADDRSTRLEN + 20], *slash;

	if (text.len >= sizeof(copy) || memchr(text.ptr, 0, text.len))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = 0;
	slash = strchr(copy, '/');
	if (slash)
		*slash = 0;
	if (!number_parse(copy, &a) || (slash && !prefix_parse(slash + 1, &a)))
		return false;
	*ret_address = a;
	return true;
}

static unsigned group_of(const struct address *a, unsigned i)
{
	const uint8_t *group = a->bytes + (size_t)2 * i;

	return (unsigned)group[0] << 8 | group[1];
}

/* RFC 5952, without its mixed notation: the longest run of zeros is "::". */
static void address_write(const struct address *a, struct buf *buf)
{
	unsigned best = 8, best_len = 1;

	if (a->n == 4) {
		buf_printf(buf, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
		return;
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned len = 0;
		while (i + len < 8 && !group_of(a, i + len))
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
	}
	for (unsigned i = 0; i < 8;) {
		if (i == best) {
			buf_puts(buf, "::");
			i += best_len;
			continue;
		}
		if (i && i != best + best_len)
			buf_putc(buf, ':');
		buf_printf(buf, "%x", group_of(a, i++));
	}
}

static struct value address_text(struct heap *heap, const struct address *a, bool with_prefix)
{
	autobuf struct buf text = {0};

	address_write(a, &text);
	if (with_prefix)
		buf_printf(&text, "/%d", a->prefix < 0 ? (int)bits_of(a) : a->prefix);
	return value_text(heap, buf_str(&text));
}

/* ---- what kind of address it is (IANA's registries of special addresses) ---- */

enum range_kind {
	RANGE_PRIVATE = 1,
	RANGE_LOOPBACK = 2,
	RANGE_LINK_LOCAL = 4,
	RANGE_MULTICAST = 8,
	RANGE_RESERVED = 16,
	RANGE_SITE_LOCAL = 32,
	RANGE_UNSPECIFIED = 64,
};

static const struct {
	const char *network;
	unsigned kinds;
} ranges[] = {
	{"0.0.0.0/8", RANGE_PRIVATE},
	{"0.0.0.0/32", RANGE_UNSPECIFIED},
	{"10.0.0.0/8", RANGE_PRIVATE},
	{"127.0.0.0/8", RANGE_PRIVATE | RANGE_LOOPBACK},
	{"169.254.0.0/16", RANGE_PRIVATE | RANGE_LINK_LOCAL},
	{"172.16.0.0/12", RANGE_PRIVATE},
	{"192.0.0.0/29", RANGE_PRIVATE},
	{"192.0.0.170/31", RANGE_PRIVATE},
	{"192.0.2.0/24", RANGE_PRIVATE},
	{"192.168.0.0/16", RANGE_PRIVATE},
	{"198.18.0.0/15", RANGE_PRIVATE},
	{"198.51.100.0/24", RANGE_PRIVATE},
	{"203.0.113.0/24", RANGE_PRIVATE},
	{"224.0.0.0/4", RANGE_MULTICAST},
	{"240.0.0.0/4", RANGE_PRIVATE | RANGE_RESERVED},
	{"::/8", RANGE_RESERVED},
	{"::/128", RANGE_PRIVATE | RANGE_UNSPECIFIED},
	{"::1/128", RANGE_PRIVATE | RANGE_LOOPBACK},
	{"::ffff:0:0/96", RANGE_PRIVATE},
	{"100::/8", RANGE_RESERVED},
	{"100::/64", RANGE_PRIVATE},
	{"200::/7", RANGE_RESERVED},
	{"400::/6", RANGE_RESERVED},
	{"800::/5", RANGE_RESERVED},
	{"1000::/4", RANGE_RESERVED},
	{"2001::/23", RANGE_PRIVATE},
	{"2001:db8::/32", RANGE_PRIVATE},
	{"4000::/2", RANGE_RESERVED},
	{"8000::/2", RANGE_RESERVED},
	{"c000::/3", RANGE_RESERVED},
	{"e000::/4", RANGE_RESERVED},
	{"f000::/5", RANGE_RESERVED},
	{"f800::/6", RANGE_RESERVED},
	{"fc00::/7", RANGE_PRIVATE},
	{"fe00::/9", RANGE_RESERVED},
	{"fe80::/10", RANGE_PRIVATE | RANGE_LINK_LOCAL},
	{"fec0::/10", RANGE_SITE_LOCAL},
	{"ff00::/8", RANGE_MULTICAST},
};

static bool is_within(const struct address *a, const struct address *network)
{
	if (a->n != network->n)
		return false;
	for (int i = 0; i < network->prefix; i++)
		if ((a->bytes[i / 8] ^ network->bytes[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static unsigned kinds_of(const struct address *a)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		struct address network;
		if (address_parse(str_of(ranges[i].network), &network) && is_within(a, &network))
			kinds |= ranges[i].kinds;
	}
	return kinds;
}

/* "private,loopback": all that are named must hold; unknown words are passed over. */
static bool options_hold(const struct address *a, struct str options)
{
	static const struct {
		const char *name;
		unsigned kind;
	} names[] = {
		{"link-local", RANGE_LINK_LOCAL},   {"linklocal", RANGE_LINK_LOCAL},
		{"ll", RANGE_LINK_LOCAL},           {"link_local", RANGE_LINK_LOCAL},
		{"loopback", RANGE_LOOPBACK},       {"lo", RANGE_LOOPBACK},
		{"multicast", RANGE_MULTICAST},     {"private", RANGE_PRIVATE},
		{"reserved", RANGE_RESERVED},       {"site-local", RANGE_SITE_LOCAL},
		{"sl", RANGE_SITE_LOCAL},           {"site_local", RANGE_SITE_LOCAL},
		{"unspecified", RANGE_UNSPECIFIED},
	};
	unsigned kinds = kinds_of(a);

	for (struct str rest = options; rest.ptr && rest.len;) {
		struct str option = str_trim(str_cut(&rest, ','));
		if ((str_is(option, "global") || str_is(option, "public")) && kinds & RANGE_PRIVATE)
			return false;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (str_is(option, names[i].name) && !(kinds & names[i].kind))
				return false;
	}
	return true;
}

/* ---- filters ---- */

#define ANY_VERSION 0

struct query {
	int64_t version; /* 4, 6, ANY_VERSION */
	struct str options;
};

static bool query_takes(const struct query *query, struct value v, struct address *ret_address)
{
	struct address a;

	if (!value_is_string(v) || !address_parse(value_bytes(v), &a) ||
	    (query->version && query->version != (a.n == 4 ? 4 : 6)) ||
	    !options_hold(&a, query->options))
		return false;
	*ret_address = a;
	return true;
}

/* (value, options, version); the last two may be left out. */
static int query_read(struct call *call, const char *name, int64_t version, struct value *ret_v,
		      struct query *ret_query, struct err *err)
{
	static const struct param params[] = {{"value", PARAM_REQUIRED},
					      {"options", PARAM_OPTIONAL},
					      {"version", PARAM_OPTIONAL},
					      {NULL}};
	struct query query = {.version = version};
	struct value v[3];

	if (call_bind(call, name, params, v, err) ||
	    (value_is_string(v[1]) && value_as_str(v[1], &query.options, err)) ||
	    (v[2].kind != VALUE_NONE && arg_int(v[2], version, &query.version, err)))
		return -1;
	*ret_v = v[0];
	*ret_query = query;
	return 0;
}

static int is_filter_of(struct call *call, const char *name, int64_t version,
			struct value *ret_value, struct err *err)
{
	struct query query;
	struct address a;
	struct value v;

	if (query_read(call, name, version, &v, &query, err))
		return -1;
	*ret_value = value_bool(query_takes(&query, v, &a));
	return 0;
}

int filter_is_ip(struct call *call, struct value *ret_value, struct err *err)
{
	return is_filter_of(call, "is_ip", ANY_VERSION, ret_value, err);
}

int filter_is_ipv4(struct call *call, struct value *ret_value, struct err *err)
{
	return is_filter_of(call, "is_ipv4", 4, ret_value, err);
}

int filter_is_ipv6(struct call *call, struct value *ret_value, struct err *err)
{
	return is_filter_of(call, "is_ipv6", 6, ret_value, err);
}

typedef int address_fn(struct heap *heap, const struct address *a, struct value *ret_value,
		       struct err *err);

static int take_all(struct call *call, const struct query *query, const struct list *list,
		    address_fn *write, struct list *taken, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		struct address a;
		struct value text;
		if (heap_step(call->heap, err))
			return -1;
		if (!query_takes(query, list->items[i], &a))
			continue;
		if (write(call->heap, &a, &text, err))
			return -1;
		list_push(call->heap, taken, text);
	}
	return 0;
}

/* One address gives one result or None; of a list those that are meant, IPv4 first. */
static int each_address(struct call *call, const char *name, int64_t version, address_fn *write,
			struct value *ret_value, struct err *err)
{
	struct query query;
	struct address a;
	struct value v;

	if (query_read(call, name, version, &v, &query, err))
		return -1;
	*ret_value = value_none();
	if (!value_is_sequence(v))
		return query_takes(&query, v, &a) ? write(call->heap, &a, ret_value, err) : 0;
	struct list *taken = list_new(call->heap, 0);
	for (int64_t each = 4; each <= 6; each += 2) {
		struct query one = {each, query.options};
		if ((!query.version || query.version == each) &&
		    take_all(call, &one, v.list, write, taken, err))
			return -1;
	}
	*ret_value = value_of_list(taken);
	return 0;
}

static int write_plain(struct heap *heap, const struct address *a, struct value *ret_value,
		       struct err *err)
{
	*ret_value = address_text(heap, a, a->prefix >= 0);
	return 0;
}

static int write_host(struct heap *heap, const struct address *a, struct value *ret_value,
		      struct err *err)
{
	*ret_value = address_text(heap, a, true);
	return 0;
}

static unsigned free_bits(const struct address *a)
{
	return bits_of(a) - (unsigned)(a->prefix < 0 ? (int)bits_of(a) : a->prefix);
}

static int write_size(struct heap *heap, const struct address *a, struct value *ret_value,
		      struct err *err)
{
	unsigned bits = free_bits(a);

	if (bits > 62)
		return err_set(err, ERR_LIMIT, "a network of 2**%u addresses", bits);
	*ret_value = value_int((int64_t)1 << bits);
	return 0;
}

/* The number of the network's i-th address. */
static struct address address_at(const struct address *a, uint64_t i)
{
	struct address at = *a;
	unsigned bits = free_bits(a);

	for (unsigned bit = 0; bit < bits; bit++) {
		unsigned place = bits_of(a) - 1 - bit;
		uint8_t mask = (uint8_t)(0x80 >> place % 8);
		at.bytes[place / 8] &= (uint8_t)~mask;
		if (bit < 64 && i >> bit & 1)
			at.bytes[place / 8] |= mask;
	}
	return at;
}

/* Without the network's own address, and for IPv4 the one that all hear; networks of one or two
 * addresses keep theirs. */
static int write_hosts(struct heap *heap, const struct address *a, struct value *ret_value,
		       struct err *err)
{
	struct list *hosts = list_new(heap, 0);
	unsigned bits = free_bits(a);

	if (bits > 20 || (uint64_t)1 << bits > LIMIT_RANGE)
		return err_set(err, ERR_LIMIT, "a network of more than %d addresses", LIMIT_RANGE);
	uint64_t n = (uint64_t)1 << bits, from = bits > 1, end = n - (bits > 1 && a->n == 4);
	for (uint64_t i = from; i < end; i++) {
		struct address at = address_at(a, i);
		if (heap_step(heap, err))
			return -1;
		list_push(heap, hosts, address_text(heap, &at, false));
	}
	*ret_value = value_of_list(hosts);
	return 0;
}

int filter_ipaddr(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "ipaddr", ANY_VERSION, write_plain, ret_value, err);
}

int filter_ipv4(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "ipv4", 4, write_plain, ret_value, err);
}

int filter_ipv6(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "ipv6", 6, write_plain, ret_value, err);
}

int filter_ip_host(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "ip_host", ANY_VERSION, write_host, ret_value, err);
}

int filter_network_size(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "network_size", ANY_VERSION, write_size, ret_value, err);
}

int filter_network_hosts(struct call *call, struct value *ret_value, struct err *err)
{
	return each_address(call, "network_hosts", ANY_VERSION, write_hosts, ret_value, err);
}

/* ---- for URLs ---- */

/* IPv6 in brackets, as addresses are written shortest; all else as it is. */
static int wrap(struct call *call, struct value v, struct value *ret_value, struct err *err)
{
	static const struct query any = {.version = 6};
	struct address a;

	*ret_value = v;
	if (!query_takes(&any, v, &a))
		return 0;
	struct str plain = value_bytes(address_text(call->heap, &a, false));
	if (a.prefix >= 0)
		return err_set(err, ERR_INPUT,
			       "'%.*s' does not appear to be an IPv4 or IPv6 address",
			       STR_ARG(value_bytes(v)));
	*ret_value = value_cstr(call->heap, heap_printf(call->heap, "[%.*s]", STR_ARG(plain)));
	return 0;
}

int filter_ipwrap(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"data", PARAM_REQUIRED}, {NULL}};
	struct value v, item;

	if (call_bind(call, "ipwrap", params, &v, err))
		return -1;
	if (v.kind != VALUE_LIST && v.kind != VALUE_TUPLE)
		return wrap(call, v, ret_value, err);
	struct list *wrapped = list_new(call->heap, v.list->n);
	for (size_t i = 0; i < v.list->n; i++) {
		if (wrap(call, v.list->items[i], &item, err))
			return -1;
		list_push(call->heap, wrapped, item);
	}
	*ret_value = value_of_list(wrapped);
	return 0;
}
