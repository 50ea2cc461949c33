/* auth_file.h - docker_auth's configuration file, and htpasswd files, read as they are.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker_auth, examples/reference.yml. */
#pragma once

#include "account/accounts.h"

struct auth_file { /* texts are owned; NULL: not said */
	char *addr, *net, *path_prefix;
	char *certificate, *key; /* of server; both or none */
	bool hsts;
	char *real_ip_header;
	int64_t real_ip_pos;
	char *tls_min_version; /* "1.2", "1.3" */
	char *tls_curves;      /* as OpenSSL has them: "X25519:P-256" */
	char *issuer;
	int64_t expiration;
	char *token_certificate, *token_key;
	bool disable_legacy_key_id;
	struct accounts *accounts;
};
/* Checks all that the original checks at its start, and what strict adds (accounts.h). Keys that
 * the seed's image writes and docker_auth ignores (token.realm, service, rootcertbundle) are known.
 * Authentication backends other than users are refused by name. */
int auth_file_read(struct arena *arena, int dirfd, const char *path, bool compat,
		   struct strlist *warnings, struct auth_file *ret_file,
		   struct err *err) must_check;
void auth_file_done(struct auth_file *file);
/* "NAME:HASH" lines, bcrypt only, as a users map for accounts_new. ERR_INPUT with the line. */
int htpasswd_read(struct arena *arena, int dirfd, const char *path, struct node **ret_users,
		  struct err *err) must_check;

/* Changing the users of a YAML file in place (`hull-registry user`): comments and order stay. The
 * file is replaced atomically with its mode and owner; it must parse before and after, and differ
 * in this one user only. `hash` NULL: the user is removed. ERR_EXISTS (must_be_new), ERR_MISSING
 * (must_exist), ERR_INPUT: users in braces, aliases and the like, which are left to people. */
int auth_file_set_user(int dirfd, const char *path, const char *account, const char *hash,
		       bool must_exist, bool must_be_new, struct err *err) must_check;
