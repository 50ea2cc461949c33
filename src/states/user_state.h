/* user_state.h - user.present: its arguments, and what they want changed.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/users.h"

struct user_args {
	struct value uid, gid, usergroup;
	bool gid_from_name;
	struct list *groups, *optional_groups;
	bool remove_groups, createhome, hash_password, enforce_password, empty_password, unique;
	bool system, nologinit, allow_uid_change, allow_gid_change;
	struct str home, shell, password;
	struct value fullname, roomnumber, workphone, homephone, other;
	struct value date, mindays, maxdays, inactdays, warndays, expire, password_lock;
};

/* The arguments as the tables understand them; all in the heap. */
struct user_wanted {
	const struct user_args *args;
	const char *name;
	int64_t uid;                         /* -1: any */
	const char *group;                   /* the primary one's name or number; NULL: any */
	const char *home, *shell, *password; /* NULL: any */
	struct strlist groups;               /* of groups and of the optional ones that exist */
	bool has_groups;                     /* either was given */
};
void user_wanted_done(struct user_wanted *wanted);

/* What is to be changed, by Salt's names for it, in its order: key → value. ERR_DENIED: a number
 * would change that may not. */
int user_changes(struct world *world, struct heap *heap, const struct users *users,
		 const struct user_wanted *wanted, struct dict **ret_changes,
		 struct err *err) must_check;
/* Makes them in the tables: all but what cannot be (a number that another user has, days that are
 * no number). */
void user_change(struct users *users, const struct user_wanted *wanted, struct dict *changes);
/* The fields of shadow that a new user was to have, and which of them it has not. */
void user_tell_shadow(struct heap *heap, const struct users *users,
		      const struct user_wanted *wanted, struct outcome *outcome);
/* The five parts of the comment field, from the user's own where nothing is wanted. */
char *user_gecos(struct heap *heap, struct str old, const struct user_args *args);
/* All that passwd and shadow say, for before and after. */
struct value user_shadow_value(struct heap *heap, const struct users *users, const char *name);
/* Its password as it is checked: shadow's, or passwd's where there is no shadow. */
struct str user_password(const struct users *users, const char *name);
void user_set_password(struct users *users, const char *name, const char *hash);
