/* users.c - reading and changing the account files of the world's root.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/users.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/accounts_save.h"
#include "base/beneath.h"
#include "base/io.h"
#include "value/list.h"

#include "base/banned.h"

/* A link in /etc of another root would be followed from ours. */
static int refuse_links(const struct world *world, int etc_fd, struct err *err)
{
	struct stat st;

	for (int i = 0; world->chroot && i < ACCOUNTS_TABLES; i++)
		if (!fstatat(etc_fd, accounts_names[i], &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISLNK(st.st_mode))
			return err_set(err, ERR_DENIED, "'/etc/%s' below '%s' is a link",
				       accounts_names[i], world->chroot);
	return 0;
}

int users_open(struct world *world, bool to_change, struct users *ret_users, struct err *err)
{
	autousers struct users users = {.etc_fd = -1, .lock.fd = -1, .is_open = true};

	if (to_change && mkdirat(world->rootfd, "etc", 0755) && errno != EEXIST)
		return file_err(err, "making directory", "/etc");
	if (beneath_open(world->rootfd, "/etc", O_RDONLY | O_DIRECTORY, 0, &users.etc_fd, err)) {
		if (to_change || err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		*ret_users = steal(&users);
		return 0;
	}
	if (refuse_links(world, users.etc_fd, err))
		return -1;
	if (to_change && accounts_lock_take(users.etc_fd, &users.lock, err))
		return -1;
	users.is_locked = to_change;
	for (int i = 0; i < ACCOUNTS_TABLES; i++)
		if (account_table_read(users.etc_fd, accounts_names[i], &users.tables[i],
				       &users.exists[i], &users.readable[i], err))
			return -1;
	*ret_users = steal(&users);
	return 0;
}

int users_save(struct users *users, struct err *err)
{
	/* A user appears when its group and its shadow are there. */
	static const int order[] = {ACCOUNTS_GROUP, ACCOUNTS_GSHADOW, ACCOUNTS_SHADOW,
				    ACCOUNTS_PASSWD};

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct account_table *table = &users->tables[order[i]];
		const char *name = accounts_names[order[i]];
		if (!table->changed)
			continue;
		if (users->exists[order[i]] && !users->readable[order[i]])
			return err_set(err, ERR_DENIED, "editing '/etc/%s': permission denied",
				       name);
		if (account_table_write(users->etc_fd, name, table, err))
			return -1;
		table->changed = false;
	}
	return 0;
}

void users_close(struct users *users)
{
	if (!users->is_open)
		return;
	if (users->is_locked)
		accounts_lock_release(&users->lock);
	mem_close_at(&users->etc_fd);
	for (int i = 0; i < ACCOUNTS_TABLES; i++)
		buf_done(&users->tables[i].text);
	*users = (struct users){0};
}

/* ---- finding ---- */

static bool user_parse(struct str line, struct user_entry *ret_user)
{
	struct user_entry user = {
		.name = account_field(line, 0),
		.password = account_field(line, PASSWD_PASSWORD),
		.gecos = account_field(line, PASSWD_GECOS),
		.home = account_field(line, PASSWD_HOME),
		.shell = account_field(line, PASSWD_SHELL),
	};

	if (!account_id(line, PASSWD_UID, &user.uid) || !account_id(line, PASSWD_GID, &user.gid))
		return false;
	*ret_user = user;
	return true;
}

static bool group_parse(struct str line, struct group_entry *ret_group)
{
	struct group_entry group = {
		.name = account_field(line, 0),
		.password = account_field(line, GROUP_PASSWORD),
		.members = account_field(line, GROUP_MEMBERS),
	};

	if (!account_id(line, GROUP_GID, &group.gid))
		return false;
	*ret_group = group;
	return true;
}

bool user_find(const struct users *users, struct str name, struct user_entry *ret_user)
{
	struct str line;

	return account_find(&users->tables[ACCOUNTS_PASSWD], name, &line) &&
	       user_parse(line, ret_user);
}

bool user_find_id(const struct users *users, uint32_t uid, struct user_entry *ret_user)
{
	struct str line;

	return account_find_id(&users->tables[ACCOUNTS_PASSWD], uid, &line) &&
	       user_parse(line, ret_user);
}

bool group_find(const struct users *users, struct str name, struct group_entry *ret_group)
{
	struct str line;

	return account_find(&users->tables[ACCOUNTS_GROUP], name, &line) &&
	       group_parse(line, ret_group);
}

bool group_find_id(const struct users *users, uint32_t gid, struct group_entry *ret_group)
{
	struct str line;

	return account_find_id(&users->tables[ACCOUNTS_GROUP], gid, &line) &&
	       group_parse(line, ret_group);
}

static bool walk_next(const struct users *users, int table, struct user_walk *walk,
		      struct str *ret_line)
{
	if (!walk->has_begun)
		walk->rest = buf_str(&users->tables[table].text);
	walk->has_begun = true;
	return account_next(&walk->rest, ret_line);
}

bool user_next(const struct users *users, struct user_walk *walk, struct user_entry *ret_user)
{
	struct str line;

	while (walk_next(users, ACCOUNTS_PASSWD, walk, &line))
		if (user_parse(line, ret_user))
			return true;
	return false;
}

bool group_next(const struct users *users, struct user_walk *walk, struct group_entry *ret_group)
{
	struct str line;

	while (walk_next(users, ACCOUNTS_GROUP, walk, &line))
		if (group_parse(line, ret_group))
			return true;
	return false;
}

static bool is_member(struct str members, struct str name)
{
	while (members.len)
		if (str_eq(str_trim_blanks(str_cut(&members, ',')), name))
			return true;
	return false;
}

void user_groups(const struct users *users, const struct user_entry *user,
		 struct strlist *ret_groups)
{
	struct user_walk walk = {0};
	struct group_entry group;
	autostrlist struct strlist names = {0};

	while (group_next(users, &walk, &group))
		if (group.gid == user->gid || is_member(group.members, user->name))
			strlist_add_str(&names, group.name);
	strlist_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		if (!i || !text_eq(names.items[i], names.items[i - 1]))
			strlist_add(ret_groups, names.items[i]);
}

struct str shadow_field(const struct users *users, struct str name, int field)
{
	struct str line;

	if (!account_find(&users->tables[ACCOUNTS_SHADOW], name, &line))
		return (struct str){0};
	return account_field(line, field);
}

/* ---- changing ---- */

static bool field_set(struct account_table *table, struct str name, int field, const char *value)
{
	struct str line;

	if (!account_find(table, name, &line))
		return false;
	if (!str_is(account_field(line, field), value))
		account_set_field(table, line, field, str_of(value));
	return true;
}

void user_set(struct users *users, struct str name, int field, const char *value)
{
	field_set(&users->tables[ACCOUNTS_PASSWD], name, field, value);
}

void group_set(struct users *users, struct str name, int field, const char *value)
{
	field_set(&users->tables[ACCOUNTS_GROUP], name, field, value);
}

bool shadow_set(struct users *users, struct str name, int field, const char *value)
{
	struct account_table *shadow = &users->tables[ACCOUNTS_SHADOW];

	if (!users->exists[ACCOUNTS_SHADOW])
		return false;
	if (field_set(shadow, name, field, value))
		return true;
	autofree char *line = xasprintf("%.*s:!:::::::", STR_ARG(name));
	account_add(shadow, line);
	return field_set(shadow, name, field, value);
}

static const int member_tables[] = {ACCOUNTS_GROUP, ACCOUNTS_GSHADOW};

void group_add_member(struct users *users, struct str group, struct str member)
{
	struct str line;

	for (size_t i = 0; i < ARRAY_LEN(member_tables); i++) {
		struct account_table *table = &users->tables[member_tables[i]];
		if (account_find(table, group, &line))
			account_add_member(table, line, GROUP_MEMBERS, member);
	}
}

void group_remove_member(struct users *users, struct str group, struct str member)
{
	struct str line;

	for (size_t i = 0; i < ARRAY_LEN(member_tables); i++) {
		struct account_table *table = &users->tables[member_tables[i]];
		if (account_find(table, group, &line))
			account_remove_member(table, line, GROUP_MEMBERS, member);
	}
}

/* ---- as values ---- */

struct value user_to_value(struct heap *heap, const struct users *users,
			   const struct user_entry *user)
{
	static const char *const gecos_names[] = {"fullname", "roomnumber", "workphone",
						  "homephone", "other"};
	struct dict *dict = dict_new(heap);
	autostrlist struct strlist groups = {0};

	user_groups(users, user, &groups);
	struct list *list = list_new(heap, groups.n);
	for (size_t i = 0; i < groups.n; i++)
		list_push(heap, list, value_cstr(heap, groups.items[i]));
	dict_set(heap, dict, "gid", value_int(user->gid));
	dict_set(heap, dict, "groups", value_of_list(list));
	dict_set(heap, dict, "home", value_text(heap, user->home));
	dict_set(heap, dict, "name", value_text(heap, user->name));
	dict_set(heap, dict, "passwd", value_text(heap, user->password));
	dict_set(heap, dict, "shell", value_text(heap, user->shell));
	dict_set(heap, dict, "uid", value_int(user->uid));
	struct str gecos = user->gecos;
	for (size_t i = 0; i < ARRAY_LEN(gecos_names); i++) {
		bool is_last = i + 1 == ARRAY_LEN(gecos_names);
		struct str part = is_last ? gecos : str_cut(&gecos, ',');
		dict_set(heap, dict, gecos_names[i], value_text(heap, part));
	}
	return value_of_dict(dict);
}

struct value group_to_value(struct heap *heap, const struct group_entry *group)
{
	struct dict *dict = dict_new(heap);
	struct list *members = list_new(heap, 0);
	struct str rest = group->members;

	while (rest.len) {
		struct str member = str_trim_blanks(str_cut(&rest, ','));
		if (member.len)
			list_push(heap, members, value_text(heap, member));
	}
	dict_set(heap, dict, "name", value_text(heap, group->name));
	dict_set(heap, dict, "passwd", value_text(heap, group->password));
	dict_set(heap, dict, "gid", value_int(group->gid));
	dict_set(heap, dict, "members", value_of_list(members));
	return value_of_dict(dict);
}
