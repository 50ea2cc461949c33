/* access.h - who may do what: credentials of a request to a caller, a caller to a decision.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A policy is immutable; a reload makes a new one, requests that began keep theirs. Tokens that
 * were believed once are remembered by their digest until they expire. */
#pragma once

#include "account/accounts.h"
#include "account/guard.h"
#include "account/token.h"
#include "base/err.h"
#include "http/server.h"

struct access_options {                    /* borrowed; what lives longer is copied or referenced */
	struct accounts *accounts;         /* NULL: no users of our own (tokens of others only) */
	struct guard *guard;               /* outlives the policy; NULL without accounts */
	const struct token_options *token; /* NULL: no token service here */
	const struct token_trust *trusts;  /* whose tokens are believed besides our own */
	size_t n_trusts;
	const char *service; /* of challenges and ACL questions */
	const char *realm;   /* URL of the token service; NULL: scheme and Host of the request */
	const char *token_prefix; /* "/authserver": its paths are PREFIX/auth, …/token; NULL: "" */
	const char *basic_realm;  /* not NULL: challenge with Basic, no token service (htpasswd) */
	bool is_open;             /* everybody may do everything: the configuration says so */
	const struct strlist
		*proxies;           /* addresses and CIDRs whose X-Forwarded-* count; NULL: none */
	const char *real_ip_header; /* from proxies only; NULL: X-Forwarded-For */
	int64_t real_ip_pos;        /* negative: from the end; 0 with no header: the last foreign */
	bool hsts;
};
struct access_policy;
int access_policy_new(const struct access_options *options, struct access_policy **ret_policy,
		      struct err *err) must_check;
struct access_policy *access_policy_ref(struct access_policy *policy);
void access_policy_unref(struct access_policy *policy); /* NULL is fine */

enum caller_kind { CALLER_ANONYMOUS, CALLER_BASIC, CALLER_TOKEN };
struct caller {
	enum caller_kind kind;
	char *account;                 /* "": anonymous */
	const struct subject *subject; /* CALLER_TOKEN; shared with the memory of tokens */
	struct sockaddr_storage ip;    /* behind listed proxies: the one they tell */
};
