/* accounts.h - users and rules, as docker_auth's file or our own tells them.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth, examples/reference.yml. One struct accounts is immutable; a reload makes a
 * new one, and those who hold the old one end with it.
 *
 * Strict: unknown keys, nulls and doubles, an entry without a password (but "" : anonymous), a rule
 * without match or actions, an unanchored or broken pattern's mistakes (broken only), sections that
 * we do not support: ERR_INPUT with file:line:column. Compat: as the original, told as warnings. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "account/scope.h"
#include "base/strlist.h"
#include "doc/node.h"

struct accounts;

struct accounts_options {
	const struct node *users; /* map name -> {password, labels}; NULL: none */
	const struct node *acl;   /* list; NULL: none, all is denied */
	bool compat;
	struct strlist *warnings; /* borrowed; NULL: nobody asks */
};
int accounts_new(const struct accounts_options *options, struct accounts **ret_accounts,
		 struct err *err) must_check;
struct accounts *accounts_ref(struct accounts *accounts);
void accounts_unref(struct accounts *accounts); /* NULL is fine */
DEFINE_FREEP(struct accounts, accounts_unref)
#define autoaccounts cleanup(accounts_unrefp)

bool accounts_has_anonymous(const struct accounts *accounts); /* a user "" without password */
size_t accounts_count(const struct accounts *accounts);
/* The stored hash; NULL: no such user. "" (compat): any password. */
const char *accounts_hash(const struct accounts *accounts, const char *account);
/* Of the i-th user in the order of the file, i < accounts_count. */
const char *accounts_hash_at(const struct accounts *accounts, size_t i);
void accounts_names(const struct accounts *accounts, struct strlist *ret_names);

struct acl_question {
	const char *account; /* "": anonymous */
	const char *type, *name, *service;
	const struct sockaddr_storage *ip; /* NULL: unknown, matches no rule with an ip */
	const struct strlist *actions;     /* asked for */
};
struct acl_verdict {
	struct strlist actions;  /* granted, sorted, no doubles */
	struct src_pos rule_pos; /* of the deciding rule; line 0: no rule matched */
	const char *comment;     /* the rule's; NULL: none; borrowed from the accounts */
	const char *rule_text;   /* the rule's match as JSON; borrowed; NULL: no rule matched */
	bool hit_bound;          /* its pattern ran into the engine's bound: nothing is granted */
};
/* First match wins. A pattern that runs into the engine's bound ends the decision without rights:
 * were it passed over, a rule that denies could be. */
void acl_decide(const struct accounts *accounts, const struct acl_question *question,
		struct acl_verdict *ret_verdict);
void acl_verdict_done(struct acl_verdict *verdict);
/* What may be done with one thing: for requests that carry credentials instead of a token. */
bool acl_allows(const struct accounts *accounts, const struct acl_question *question,
		const char *action);
