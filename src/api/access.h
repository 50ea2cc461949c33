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

enum caller_kind {
	CALLER_NOBODY,    /* no credentials, and nobody is let in without */
	CALLER_ANONYMOUS, /* no credentials, but there are rules for that, or all is open */
	CALLER_BASIC,
	CALLER_TOKEN,
};
struct caller {
	enum caller_kind kind;
	char *account;              /* "": anonymous; NULL: nobody */
	struct known_token *token;  /* CALLER_TOKEN; shared with the memory of tokens */
	struct sockaddr_storage ip; /* behind listed proxies: the one they tell */
};
void caller_done(struct caller *caller);
#define autocaller cleanup(caller_done)

enum access_result {
	ACCESS_KNOWN,  /* it is known who calls, be it nobody */
	ACCESS_BLOCKS, /* a signature or a password must be checked: ask again where that may be */
	ACCESS_WRONG,  /* credentials that are not believed: 401 */
	ACCESS_LATER,  /* too many failures: 429 */
};
struct access_refusal {
	const char *error;      /* the challenge's "error"; NULL: none */
	struct err why;         /* for the audit line; no secrets */
	unsigned retry_seconds; /* ACCESS_LATER */
};
/* Whose address it is: false when a listed proxy did not tell it as configured (400). */
bool access_address(const struct access_policy *policy, struct http_exchange *x,
		    struct sockaddr_storage *ret_ip);
/* Fills kind, account and token of a caller whose address is known. Without may_block it never
 * waits. Of ACCESS_WRONG and ACCESS_LATER the account stays, when there was a name. */
enum access_result access_identify(const struct access_policy *policy, struct http_exchange *x,
				   bool may_block, struct caller *caller,
				   struct access_refusal *refusal);
/* May the caller do that: by the token's own list, else by the rules. With `basic_realm` whoever
 * has a password may do everything, as with the reference registry's htpasswd. */
bool access_allows(const struct access_policy *policy, const struct caller *caller,
		   const char *type, const char *name, const char *action);
/* Whether `caller` gets an answer from /v2/. Anonymous ones do not where there are tokens: clients
 * learn there that they may log in, and would never offer credentials otherwise. */
bool access_greets(const struct access_policy *policy, const struct caller *caller);
/* May the caller know that the repository is there: who may pull it. Tokens that others issued see
 * all, as their rules are not known here. */
bool access_sees(const struct access_policy *policy, const struct caller *caller,
		 const char *repository);
/* Adds the WWW-Authenticate field. `accesses` NULL: none is told. */
void access_challenge(const struct access_policy *policy, struct http_exchange *x,
		      const struct access_vec *accesses, const char *error);
/* Its value, for those who know scheme and host already. */
void access_challenge_text(const struct access_policy *policy, const char *scheme, struct str host,
			   const struct access_vec *accesses, const char *error, struct buf *buf);

/* What the token service uses; borrowed from the policy. NULL issuer: there is no such service. */
const struct token_issuer *access_token_issuer(const struct access_policy *policy);
const char *access_issuer_name(const struct access_policy *policy);
const char *access_token_prefix(const struct access_policy *policy); /* "" or "/authserver" */
const struct accounts *access_accounts(const struct access_policy *policy); /* NULL: none */
struct guard *access_guard(const struct access_policy *policy);
const char *access_service(const struct access_policy *policy);
bool access_is_open(const struct access_policy *policy);
bool access_wants_hsts(const struct access_policy *policy);
