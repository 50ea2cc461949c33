/* access.c - policies, and from credentials to a caller to a decision.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/access.h"

#include "api/access_private.h"
#include "api/limits.h"
#include "base/clock.h"
#include "http/field.h"

#include "base/banned.h"

static int make_verifiers(const struct access_options *options, struct access_policy *policy,
			  struct err *err)
{
	if (options->token) {
		struct key *keys[] = {options->token->key};
		struct token_trust own = {
			.issuer = options->token->issuer,
			.service = options->token->service,
			.keys = keys,
			.n_keys = ARRAY_LEN(keys),
		};
		if (token_issuer_new(options->token, &policy->issuer, err) ||
		    token_verifier_new(&own, 1, &policy->own, err))
			return -1;
		policy->issuer_name = xstrdup(options->token->issuer);
	}
	if (options->n_trusts)
		return token_verifier_new(options->trusts, options->n_trusts, &policy->foreign,
					  err);
	return 0;
}

static int check(const struct access_options *options, struct err *err)
{
	if (options->is_open)
		return 0;
	if (!options->accounts && !options->n_trusts)
		return err_set(err, ERR_INPUT,
			       "there are no users and no tokens are believed: "
			       "nobody could do anything");
	if (options->accounts && !options->guard)
		return err_set(err, ERR_INPUT, "users need a guard of their passwords");
	if (!options->token && options->n_trusts && !options->realm)
		return err_set(err, ERR_INPUT,
			       "tokens of others are believed, but no realm says "
			       "where clients get them");
	return 0;
}

int access_policy_new(const struct access_options *options, struct access_policy **ret_policy,
		      struct err *err)
{
	if (check(options, err))
		return -1;

	struct access_policy *policy = xcalloc(1, sizeof(*policy));
	atomic_init(&policy->refs, 1);
	policy->accounts = options->accounts ? accounts_ref(options->accounts) : NULL;
	policy->guard = options->guard;
	policy->service = xstrdup(options->service ? options->service : "registry");
	policy->realm = xstrdup(options->realm);
	policy->token_prefix = xstrdup(options->token_prefix ? options->token_prefix : "");
	policy->basic_realm = xstrdup(options->basic_realm);
	policy->is_open = options->is_open;
	policy->hsts = options->hsts;
	policy->memory = token_memory_new();
	if (proxy_rules_parse(options->proxies, options->real_ip_header, options->real_ip_pos,
			      &policy->proxies, err) ||
	    make_verifiers(options, policy, err)) {
		access_policy_unref(policy);
		return -1;
	}
	*ret_policy = policy;
	return 0;
}

struct access_policy *access_policy_ref(struct access_policy *policy)
{
	atomic_fetch_add_explicit(&policy->refs, 1, memory_order_relaxed);
	return policy;
}

void access_policy_unref(struct access_policy *policy)
{
	if (!policy || atomic_fetch_sub_explicit(&policy->refs, 1, memory_order_acq_rel) > 1)
		return;
	accounts_unref(policy->accounts);
	if (policy->issuer)
		token_issuer_free(policy->issuer);
	if (policy->own)
		token_verifier_free(policy->own);
	if (policy->foreign)
		token_verifier_free(policy->foreign);
	token_memory_free(policy->memory);
	proxy_rules_done(&policy->proxies);
	free(policy->issuer_name);
	free(policy->service);
	free(policy->realm);
	free(policy->token_prefix);
	free(policy->basic_realm);
	free(policy);
}

void caller_done(struct caller *caller)
{
	free(caller->account);
	known_token_unref(caller->token);
	*caller = (struct caller){0};
}

bool access_address(const struct access_policy *policy, struct http_exchange *x,
		    struct sockaddr_storage *ret_ip)
{
	return proxy_client(&policy->proxies, x, ret_ip);
}

static enum access_result wrong(struct access_refusal *refusal, const char *error)
{
	refusal->error = error;
	return ACCESS_WRONG;
}

static void know(struct caller *caller, enum caller_kind kind, const char *account)
{
	caller->kind = kind;
	free(caller->account);
	caller->account = xstrdup(account);
}

static enum access_result believe(struct caller *caller, struct known_token *token)
{
	know(caller, CALLER_TOKEN, token->subject.account);
	caller->token = token;
	return ACCESS_KNOWN;
}

/* A policy never changes, so that this is asked once for each token that it remembers. */
static bool is_still_there(const struct access_policy *policy, const struct subject *subject)
{
	return !policy->accounts || accounts_hash(policy->accounts, subject->account);
}

/* Our own issuer first: it is the usual one, and a foreign issuer's name fails it at once. */
static enum access_result identify_token(const struct access_policy *policy, struct str text,
					 bool may_block, struct caller *caller,
					 struct access_refusal *refusal)
{
	int64_t now_s = clock_now_ns() / NS_PER_SEC;
	struct known_token *known = token_memory_get(policy->memory, text, now_s);
	struct subject subject = {0};
	bool is_own = true;

	if (known)
		return believe(caller, known);
	if (!may_block)
		return ACCESS_BLOCKS;
	if (text.len > LIMIT_BEARER_BYTES || (!policy->own && !policy->foreign))
		return wrong(refusal, "invalid_token");
	if (!policy->own || token_verify(policy->own, text, now_s, &subject, &refusal->why)) {
		if (!policy->foreign)
			return wrong(refusal, "invalid_token");
		err_clear(&refusal->why);
		is_own = false;
		if (token_verify(policy->foreign, text, now_s, &subject, &refusal->why))
			return wrong(refusal, "invalid_token");
	}
	if (is_own && !is_still_there(policy, &subject)) {
		know(caller, CALLER_NOBODY, subject.account);
		subject_done(&subject);
		(void)err_set(&refusal->why, ERR_DENIED, "the token's user is gone");
		return wrong(refusal, "invalid_token");
	}
	return believe(caller, token_memory_put(policy->memory, text, &subject, is_own, now_s));
}

static enum access_result guard_says(enum guard_result result, struct caller *caller,
				     struct access_refusal *refusal)
{
	if (result == GUARD_OK) {
		caller->kind = CALLER_BASIC;
		return ACCESS_KNOWN;
	}
	if (result == GUARD_LATER) {
		(void)err_set(&refusal->why, ERR_LIMIT, "too many failed logins");
		return ACCESS_LATER;
	}
	(void)err_set(&refusal->why, ERR_DENIED, "wrong account or password");
	return wrong(refusal, NULL);
}

static enum access_result identify_basic(const struct access_policy *policy,
					 struct str authorization, bool may_block,
					 struct caller *caller, struct access_refusal *refusal)
{
	autobuf struct buf user = {.max = LIMIT_TOKEN_WORD + 1}, password = {.max = 4096};
	const struct sockaddr_storage *ip = caller->ip.ss_family == AF_UNIX ? NULL : &caller->ip;

	if (!basic_parse(authorization, &user, &password) || user.overflowed ||
	    password.overflowed || !user.len || !password.len || memchr(user.ptr, 0, user.len) ||
	    memchr(password.ptr, 0, password.len))
		return wrong(refusal, NULL);
	know(caller, CALLER_NOBODY, buf_text(&user));
	if (!policy->accounts)
		return wrong(refusal, NULL);

	const char *account = buf_text(&user), *secret = buf_text(&password);
	enum guard_result result = guard_peek(policy->guard, policy->accounts, account, secret, ip);
	if (result == GUARD_LATER) {
		if (!may_block)
			return ACCESS_BLOCKS;
		result = guard_check(policy->guard, policy->accounts, account, secret, ip,
				     &refusal->retry_seconds);
	}
	explicit_bzero(password.ptr, password.len);
	return guard_says(result, caller, refusal);
}

enum access_result access_identify(const struct access_policy *policy, struct http_exchange *x,
				   bool may_block, struct caller *caller,
				   struct access_refusal *refusal)
{
	struct str authorization = http_field(x, "Authorization");

	caller->kind = CALLER_NOBODY;
	if (policy->is_open) {
		know(caller, CALLER_ANONYMOUS, "");
		return ACCESS_KNOWN;
	}
	if (!authorization.len) {
		if (policy->accounts && !policy->basic_realm &&
		    accounts_has_anonymous(policy->accounts))
			know(caller, CALLER_ANONYMOUS, "");
		return ACCESS_KNOWN;
	}
	/* A proxy in front may have looked at the other one. */
	if (head_count(http_head(x), "Authorization") > 1)
		return wrong(refusal, NULL);
	struct str token = bearer_parse(authorization);
	if (token.len)
		return identify_token(policy, token, may_block, caller, refusal);
	return identify_basic(policy, authorization, may_block, caller, refusal);
}

static bool rules_allow(const struct access_policy *policy, const struct caller *caller,
			const char *type, const char *name, const char *action)
{
	autostrlist struct strlist actions = {0};

	strlist_add(&actions, action);
	struct acl_question question = {
		.account = caller->account,
		.type = type,
		.name = name,
		.service = policy->service,
		.ip = caller->ip.ss_family == AF_UNIX ? NULL : &caller->ip,
		.actions = &actions,
	};
	return acl_allows(policy->accounts, &question, action);
}

bool access_allows(const struct access_policy *policy, const struct caller *caller,
		   const char *type, const char *name, const char *action)
{
	if (policy->is_open)
		return true;
	if (caller->kind == CALLER_NOBODY)
		return false;
	if (caller->kind == CALLER_TOKEN)
		return access_vec_has(&caller->token->subject.accesses, type, name, action);
	return policy->basic_realm || rules_allow(policy, caller, type, name, action);
}

bool access_sees(const struct access_policy *policy, const struct caller *caller,
		 const char *repository)
{
	if (caller->kind == CALLER_TOKEN && !caller->token->is_own)
		return true;
	if (caller->kind == CALLER_TOKEN && policy->accounts)
		return rules_allow(policy, caller, "repository", repository, "pull");
	return access_allows(policy, caller, "repository", repository, "pull");
}

bool access_greets(const struct access_policy *policy, const struct caller *caller)
{
	return policy->is_open || caller->kind == CALLER_BASIC || caller->kind == CALLER_TOKEN;
}

const struct token_issuer *access_token_issuer(const struct access_policy *policy)
{
	return policy->issuer;
}

const char *access_issuer_name(const struct access_policy *policy)
{
	return policy->issuer_name;
}

const char *access_token_prefix(const struct access_policy *policy)
{
	return policy->token_prefix;
}

const struct accounts *access_accounts(const struct access_policy *policy)
{
	return policy->accounts;
}

struct guard *access_guard(const struct access_policy *policy)
{
	return policy->guard;
}

const char *access_service(const struct access_policy *policy)
{
	return policy->service;
}

bool access_is_open(const struct access_policy *policy)
{
	return policy->is_open;
}

bool access_wants_hsts(const struct access_policy *policy)
{
	return policy->hsts;
}
