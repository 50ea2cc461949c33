/* userdb.h - users and groups read from passwd(5) and group(5) text; never NSS.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct user_identity {
	uint32_t uid;
	uint32_t gid;
	uint32_t *extra_gids; /* memberships in group(5); owned */
	size_t n_extra_gids;
	char *home; /* owned; "/" when unknown */
	char *name; /* owned; NULL when the uid has no entry */
};
void user_identity_done(struct user_identity *identity);

/* Resolves docker's USER text "user[:group]" (names or numbers; "" is root) with the tables of the
 * root file system. A name that is not there is ERR_INPUT ("no user 'x' in the image's
 * /etc/passwd"). */
int userdb_resolve(int rootfd, const char *user, struct user_identity *ret_identity,
		   struct err *err) must_check;
/* "user[:group]" to ids only, for --chown; missing group: the same number, or the user's own. */
int userdb_resolve_owner(int rootfd, const char *owner, uint32_t *ret_uid, uint32_t *ret_gid,
			 struct err *err) must_check;
/* The same on texts in memory (NULL: no file). */
int userdb_resolve_owner_text(struct str passwd, struct str group, const char *owner,
			      uint32_t *ret_uid, uint32_t *ret_gid, struct err *err) must_check;
/* A group by name or number, for --group-add. */
int userdb_resolve_group(int rootfd, const char *group, uint32_t *ret_gid,
			 struct err *err) must_check;
/* The same on texts in memory (what the above read; NULL: no file). */
int userdb_resolve_text(struct str passwd, struct str group, const char *user,
			struct user_identity *ret_identity, struct err *err) must_check;
