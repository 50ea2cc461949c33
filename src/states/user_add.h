/* user_add.h - a new user or group, as useradd(8) and groupadd(8) make them by login.defs(5).
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "states/users.h"

struct user_wish {
	const char *name;
	int64_t uid; /* -1: the next free one */
	const char
		*group; /* the primary group: a name or a number that exists; NULL: by the rest */
	/* NULL: as login.defs says (USERGROUPS_ENAB) */
	const bool *own_group;
	const char *home, *shell; /* NULL: by useradd's defaults */
	const char *gecos;
	bool is_system, may_share_uid, make_home;
};
/* In memory, but for the home, which is made by user_make_home behind users_save. */
int user_add(struct world *world, struct users *users, const struct user_wish *wish,
	     struct err *err) must_check;
/* The home with the files of /etc/skel, owner and mode; nothing where it exists. */
int user_make_home(struct world *world, const struct users *users, const char *name, bool is_new,
		   struct err *err) must_check;
/* What is the user's in a home, by its old numbers, gets the new ones: usermod(8), -u and -g. No
 * link is followed. */
struct home_owner {
	uint32_t old_uid, uid, old_gid, gid;
};
int user_give_home(struct world *world, const char *home, const struct home_owner *owner,
		   struct err *err) must_check;
/* gid -1: the next free one. */
int group_add(struct world *world, struct users *users, const char *name, int64_t gid,
	      bool is_system, bool may_share_gid, struct err *err) must_check;
/* Out of passwd and shadow and all groups; its own group too when it is of no further use. */
void user_remove(struct users *users, const char *name);
void group_remove(struct users *users, const char *name);
/* Days since 1970: what shadow(5) counts. */
int64_t shadow_today(void);
