/* users.h - passwd(5), group(5), shadow(5) and gshadow(5) below the world's root, as users and
 * groups.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Texts of entries are views that hold until the next change. */
#pragma once

#include "base/account_table.h"
#include "base/accounts_lock.h"
#include "base/strlist.h"
#include "state/world.h"

struct users { /* zeroed: nothing is open */
	int etc_fd;
	bool is_open, is_locked;
	struct accounts_lock lock;
	struct account_table tables[ACCOUNTS_TABLES];
	bool exists[ACCOUNTS_TABLES], readable[ACCOUNTS_TABLES];
};

enum { PASSWD_PASSWORD = 1, PASSWD_UID, PASSWD_GID, PASSWD_GECOS, PASSWD_HOME, PASSWD_SHELL };
enum { GROUP_PASSWORD = 1, GROUP_GID, GROUP_MEMBERS };
enum {
	SHADOW_PASSWORD = 1,
	SHADOW_CHANGED,
	SHADOW_MIN,
	SHADOW_MAX,
	SHADOW_WARN,
	SHADOW_INACTIVE,
	SHADOW_EXPIRE
};

struct user_entry {
	struct str name, password, gecos, home, shell;
	uint32_t uid, gid;
};
struct group_entry {
	struct str name, password, members;
	uint32_t gid;
};

/* to_change: under the locks of shadow's tools, /etc made when it is not there. */
int users_open(struct world *world, bool to_change, struct users *ret_users,
	       struct err *err) must_check;
/* Writes what has changed: the groups first, passwd last. */
int users_save(struct users *users, struct err *err) must_check;
void users_close(struct users *users);
#define autousers cleanup(users_close)

bool user_find(const struct users *users, struct str name, struct user_entry *ret_user);
bool user_find_id(const struct users *users, uint32_t uid, struct user_entry *ret_user);
bool group_find(const struct users *users, struct str name, struct group_entry *ret_group);
bool group_find_id(const struct users *users, uint32_t gid, struct group_entry *ret_group);
/* Begins with {NULL, 0}; false behind the last. */
struct user_walk {
	struct str rest;
	bool has_begun;
};
bool user_next(const struct users *users, struct user_walk *walk, struct user_entry *ret_user);
bool group_next(const struct users *users, struct user_walk *walk, struct group_entry *ret_group);
/* Names of all groups of a user, its primary one too, sorted, each once. */
void user_groups(const struct users *users, const struct user_entry *user,
		 struct strlist *ret_groups);
/* A field of the user's line in shadow; {NULL, 0}: no such line, or not for us. */
struct str shadow_field(const struct users *users, struct str name, int field);

void user_set(struct users *users, struct str name, int field, const char *value);
void group_set(struct users *users, struct str name, int field, const char *value);
/* The line is made when it is missing and there is a shadow at all; false: there is none. */
bool shadow_set(struct users *users, struct str name, int field, const char *value);
/* In group and gshadow. */
void group_add_member(struct users *users, struct str group, struct str member);
void group_remove_member(struct users *users, struct str group, struct str member);

/* salt['user.info'](name), group.info: a dict. */
struct value user_to_value(struct heap *heap, const struct users *users,
			   const struct user_entry *user);
struct value group_to_value(struct heap *heap, const struct group_entry *group);
