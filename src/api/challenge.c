/* challenge.c - telling a client where to get a token, and for what.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution, spec/auth/token.md; RFC 6750, 3; RFC 7617. */
#include "api/access_private.h"
#include "api/limits.h"

#include "base/banned.h"

/* quoted-string of RFC 9110, 5.6.4; control bytes cannot come here but by a wrong configuration. */
static void add_quoted(struct buf *buf, const char *name, const char *text)
{
	buf_printf(buf, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(buf, '\\');
		if ((unsigned char)*text >= ' ')
			buf_putc(buf, *text);
	}
	buf_putc(buf, '"');
}

/* A host that somebody sent: only what a name, an address and a port are made of goes out again. */
static bool host_is_sane(struct str host)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_:[]";

	if (!host.len || host.len > LIMIT_HOST_BYTES)
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!host.ptr[i] || !strchr(good, host.ptr[i]))
			return false;
	return true;
}

static void add_realm(const struct access_policy *policy, const char *scheme, struct str host,
		      struct buf *buf)
{
	autobuf struct buf realm = {0};

	if (policy->realm)
		buf_puts(&realm, policy->realm);
	else if (host_is_sane(host))
		buf_printf(&realm, "%s://%.*s%s/auth", scheme, STR_ARG(host), policy->token_prefix);
	else
		buf_printf(&realm, "%s/auth", policy->token_prefix);
	add_quoted(buf, "realm", buf_text(&realm));
}

void access_challenge_text(const struct access_policy *policy, const char *scheme, struct str host,
			   const struct access_vec *accesses, const char *error, struct buf *buf)
{
	bool has_tokens = policy->own || policy->foreign;

	if (policy->basic_realm || !has_tokens) {
		buf_puts(buf, "Basic ");
		add_quoted(buf, "realm",
			   policy->basic_realm ? policy->basic_realm : policy->service);
		return;
	}
	buf_puts(buf, "Bearer ");
	add_realm(policy, scheme, host, buf);
	buf_putc(buf, ',');
	add_quoted(buf, "service", policy->service);
	if (accesses && accesses->n) {
		autobuf struct buf scope = {0};
		access_vec_text(accesses, &scope);
		buf_putc(buf, ',');
		add_quoted(buf, "scope", buf_text(&scope));
	}
	if (error) {
		buf_putc(buf, ',');
		add_quoted(buf, "error", error);
	}
}

void access_challenge(const struct access_policy *policy, struct http_exchange *x,
		      const struct access_vec *accesses, const char *error)
{
	autobuf struct buf text = {0};

	access_challenge_text(policy, proxy_scheme(&policy->proxies, x),
			      proxy_host(&policy->proxies, x), accesses, error, &text);
	http_add_field(x, "WWW-Authenticate", buf_text(&text));
}
