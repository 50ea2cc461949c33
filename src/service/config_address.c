/* config_address.c - what can be told of addresses, networks and header fields by their form.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <sys/un.h>

#include "base/vec.h"
#include "service/config_private.h"
#include "service/limits.h"

#include "base/banned.h"

static int check_unix(struct str path, struct src_pos pos, struct err *err)
{
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1; /* unix(7) */
	if (!path.len)
		return err_at(err, pos, "'unix:' names no path");
	if (path.len > max)
		return err_at(err, pos, "the path of a unix socket has at most %zu bytes: '%.*s'",
			      max, STR_ARG(path));
	return 0;
}

/* "", "host", "192.0.2.1", "[2001:db8::1]". */
static bool host_is_plausible(struct str host)
{
	if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
		autofree char *inner = xstrndup(host.ptr + 1, host.len - 2);
		struct in6_addr address;
		return inet_pton(AF_INET6, inner, &address) == 1;
	}
	for (size_t i = 0; i < host.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*",
			    host.ptr[i]))
			return false;
	return true;
}

int address_check(const char *text, struct src_pos pos, struct err *err)
{
	if (text_starts(text, "unix:"))
		return check_unix(str_of(text + strlen("unix:")), pos, err);

	const char *colon = strrchr(text, ':');
	uint64_t port = 0;
	if (!colon)
		return err_at(err, pos, "'%s' is no address: HOST:PORT, :PORT or unix:PATH", text);
	if (!str_to_u64(str_of(colon + 1), &port) || port > UINT16_MAX)
		return err_at(err, pos, "'%s' is no port number, from 0 to 65535", colon + 1);
	if (!host_is_plausible((struct str){text, (size_t)(colon - text)}))
		return err_at(err, pos,
			      "'%.*s' is no host name and no address (an IPv6 one stands in [])",
			      (int)(colon - text), text);
	return 0;
}

int listen_add(struct reading *reading, const char *text, struct src_pos pos, bool is_plain,
	       struct err *err)
{
	struct listen_address_vec *all = &reading->config->listen;

	if (address_check(text, pos, err))
		return -1;
	if (all->n >= LIMIT_SERVICE_ADDRESSES)
		return err_at(err, pos, "more than %d addresses", LIMIT_SERVICE_ADDRESSES);
	vec_foreach(other, all)
		if (text_eq(other->text, text))
			return err_at(err, pos, "'%s' stands there twice", text);
	vec_push(all, {.text = text, .pos = pos, .is_tls = !is_plain});
	return 0;
}

int proxy_check(const char *text, struct src_pos pos, struct err *err)
{
	struct str rest = str_of(text);
	struct str host = str_cut(&rest, '/');
	autofree char *address = str_dup(host);
	struct in6_addr bytes;
	uint64_t bits = 0, max = 0;

	if (text_eq(text, "unix"))
		return 0;
	if (inet_pton(AF_INET, address, &bytes) == 1)
		max = 32;
	else if (inet_pton(AF_INET6, address, &bytes) == 1)
		max = 128;
	if (!max || (rest.ptr && (!str_to_u64(rest, &bits) || bits > max)))
		return err_at(err, pos,
			      "'%s' is no address, no network (192.0.2.1, 10.0.0.0/8) and not "
			      "'unix'",
			      text);
	return 0;
}

/* RFC 9110, 5.6.2: token. */
static bool is_token(const char *text)
{
	return text[0] && !text[strspn(text, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

/* What the engine says itself must not be said twice. */
static const char *const reserved[] = {
	"connection",        "content-length", "content-type", "date",
	"transfer-encoding", "upgrade",        NULL,
};

int field_add(struct reading *reading, const char *name, const char *value, struct src_pos pos,
	      struct err *err)
{
	if (!is_token(name))
		return err_at(err, pos, "'%s' is no name of a header", name);
	for (const char *const *it = reserved; *it; it++)
		if (strcasecmp(*it, name) == 0)
			return err_at(err, pos, "'%s' is the server's own header", name);
	for (const char *c = value; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return err_at(err, pos, "the value of '%s' has a control byte", name);
	if (strlen(name) + strlen(value) + 2 > LIMIT_SERVICE_FIELD)
		return err_at(err, pos, "the header '%s' is longer than %d bytes", name,
			      LIMIT_SERVICE_FIELD);
	strlist_addf(&reading->config->fields, "%s: %s", name, value);
	return 0;
}
