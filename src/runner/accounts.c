/* accounts.c - users and groups as they are wanted, in passwd(5), group(5) and their shadows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/account_table.h"
#include "base/accounts_lock.h"
#include "base/accounts_save.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/vec.h"
#include "runner/account_home.h"
#include "runner/limits.h"

#include "base/banned.h"

/* Where each kind of file keeps what is asked for. */
enum { FIELD_PASSWORD = 1, FIELD_ID = 2, FIELD_GID = 3, FIELD_MEMBERS = 3 };

struct accounts {
	int rootfd; /* borrowed */
	int etc_fd;
	struct accounts_lock lock;
	struct account_table tables[ACCOUNTS_TABLES];
	bool exists[ACCOUNTS_TABLES], readable[ACCOUNTS_TABLES];
	struct home_vec {
		struct account_home *items;
		size_t n, cap;
	} homes;
};

static int read_tables(struct accounts *accounts, struct err *err)
{
	for (int i = 0; i < ACCOUNTS_TABLES; i++)
		if (account_table_read(accounts->etc_fd, accounts_names[i], &accounts->tables[i],
				       &accounts->exists[i], &accounts->readable[i], err))
			return -1;
	return 0;
}

DEFINE_FREEP(struct accounts, accounts_close)

int accounts_open(int rootfd, struct accounts **ret_accounts, struct err *err)
{
	cleanup(accounts_closep) struct accounts *accounts = xcalloc(1, sizeof(*accounts));

	accounts->rootfd = rootfd;
	accounts->lock.fd = accounts->etc_fd = -1;
	if (mkdirat(rootfd, "etc", 0755) && errno != EEXIST)
		return file_err(err, "making directory", "/etc");
	if (dir_open_at(rootfd, "etc", &accounts->etc_fd, err) ||
	    accounts_lock_take(accounts->etc_fd, &accounts->lock, err) ||
	    read_tables(accounts, err))
		return err_wrap(err, "accounts");
	*ret_accounts = steal(&accounts);
	return 0;
}

static int check_name(const char *what, const char *name, struct src_pos at, struct err *err)
{
	if (account_is_name(name))
		return 0;
	return err_at(err, at,
		      "'%s' is no name of a %s: letters, digits, '_', '.' and '-', at most %d, "
		      "not only digits",
		      name, what, LIMIT_ACCOUNT_NAME);
}

/* A field ends with a colon, a line with a newline. */
static int check_field(const char *what, const char *text, struct src_pos at, struct err *err)
{
	for (const char *pos = text ? text : ""; *pos; pos++)
		if (*pos == ':' || (unsigned char)*pos < ' ' || *pos == 0x7f)
			return err_at(err, at, "%s '%s' holds a colon or a control character", what,
				      text);
	return 0;
}

static struct account_table *table_of(struct accounts *accounts, int which)
{
	return &accounts->tables[which];
}

static int exists_otherwise(struct src_pos at, const char *what, const char *name, uint32_t has,
			    int64_t wanted, struct err *err)
{
	autofree char *text = xasprintf("%s '%s' exists with id %u, not %lld", what, name,
					(unsigned)has, (long long)wanted);

	if (at.line)
		return err_set(err, ERR_EXISTS, "%s:%u:%u: %s", at.file, at.line, at.column, text);
	return err_set(err, ERR_EXISTS, "%s", text);
}

static int taken_by(struct src_pos at, const char *what, const char *name, uint32_t id,
		    struct str owner, struct err *err)
{
	autofree char *text = xasprintf("%s '%s': id %u is that of '%.*s'", what, name,
					(unsigned)id, STR_ARG(owner));

	if (at.line)
		return err_set(err, ERR_EXISTS, "%s:%u:%u: %s", at.file, at.line, at.column, text);
	return err_set(err, ERR_EXISTS, "%s", text);
}

static bool is_free(const struct account_table *table, uint32_t id)
{
	struct str line;

	return !account_find_id(table, id, &line);
}

/* login.defs(5): UID_MIN to UID_MAX, or from SYS_UID_MAX down. */
static int next_free(const struct account_table *table, bool is_system, uint32_t *ret_id,
		     struct err *err)
{
	uint32_t from = is_system ? 999 : 1000, to = is_system ? 100 : 60000;

	for (uint32_t id = from; id != to; id = is_system ? id - 1 : id + 1) {
		if (is_free(table, id)) {
			*ret_id = id;
			return 0;
		}
	}
	return err_set(err, ERR_LIMIT, "no free id between %u and %u", (unsigned)from,
		       (unsigned)to);
}

static void add_group_line(struct accounts *accounts, const char *name, uint32_t gid)
{
	autofree char *line = xasprintf("%s:x:%u:", name, (unsigned)gid);
	autofree char *shadow = xasprintf("%s:!::", name);

	account_add(table_of(accounts, ACCOUNTS_GROUP), line);
	if (accounts->exists[ACCOUNTS_GSHADOW])
		account_add(table_of(accounts, ACCOUNTS_GSHADOW), shadow);
}

static void add_member(struct accounts *accounts, const char *group, const char *member)
{
	static const int tables[] = {ACCOUNTS_GROUP, ACCOUNTS_GSHADOW};
	struct str line;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct account_table *table = table_of(accounts, tables[i]);
		if (account_find(table, str_of(group), &line))
			account_add_member(table, line, FIELD_MEMBERS, str_of(member));
	}
}

/* `id` -1: the next free one. *ret_gid: what it has in the end. */
static int ensure_group(struct accounts *accounts, const struct group_spec *group,
			uint32_t *ret_gid, struct err *err)
{
	struct account_table *groups = table_of(accounts, ACCOUNTS_GROUP);
	struct str line;
	uint32_t gid;

	if (account_find(groups, str_of(group->name), &line) && account_id(line, FIELD_ID, &gid)) {
		if (group->gid >= 0 && gid != group->gid)
			return exists_otherwise(group->pos, "group", group->name, gid, group->gid,
						err);
		*ret_gid = gid;
		return 0;
	}
	if (check_name("group", group->name, group->pos, err))
		return -1;
	if (group->gid < 0 && next_free(groups, group->system, &gid, err))
		return err_wrap(err, "group '%s'", group->name);
	if (group->gid >= 0)
		gid = (uint32_t)group->gid;
	if (account_find_id(groups, gid, &line))
		return taken_by(group->pos, "group", group->name, gid, account_field(line, 0), err);
	add_group_line(accounts, group->name, gid);
	*ret_gid = gid;
	return 0;
}

int accounts_ensure_group(struct accounts *accounts, const struct group_spec *group,
			  struct err *err)
{
	uint32_t gid;

	if (ensure_group(accounts, group, &gid, err))
		return -1;
	for (size_t i = 0; i < group->members.n; i++) {
		if (check_name("user", group->members.items[i], group->pos, err))
			return -1;
		add_member(accounts, group->name, group->members.items[i]);
	}
	return 0;
}

/* The primary group of a new user. A number that some group has is that group, whatever its name,
 * unless a name was asked for: groups of hosts (20 is dialout here and staff there) are met that
 * way. */
static int primary_group(struct accounts *accounts, const struct user_spec *user, uint32_t uid,
			 uint32_t *ret_gid, struct err *err)
{
	struct account_table *groups = table_of(accounts, ACCOUNTS_GROUP);
	struct group_spec group = {.name = user->group ? user->group : user->name,
				   .pos = user->pos,
				   .gid = user->gid,
				   .system = user->system};
	struct str line;

	bool is_known = account_find(groups, str_of(group.name), &line);
	if (group.gid < 0 && !is_known)
		group.gid = user->group && !is_free(groups, uid) ? -1 : (int64_t)uid;
	if (!user->group && group.gid >= 0 && !is_free(groups, (uint32_t)group.gid)) {
		*ret_gid = (uint32_t)group.gid;
		return 0;
	}
	return ensure_group(accounts, &group, ret_gid, err);
}

static int check_user(const struct user_spec *user, struct err *err)
{
	if (check_name("user", user->name, user->pos, err) ||
	    check_field("home", user->home, user->pos, err) ||
	    check_field("shell", user->shell, user->pos, err) ||
	    check_field("comment", user->comment, user->pos, err))
		return -1;
	return 0;
}

static const char *shell_of(const struct accounts *accounts, const struct user_spec *user)
{
	if (user->shell)
		return user->shell;
	return faccessat(accounts->rootfd, "bin/bash", X_OK, 0) ? "/bin/sh" : "/bin/bash";
}

static void add_user_line(struct accounts *accounts, const struct user_spec *user, uint32_t uid,
			  uint32_t gid, const char *home)
{
	bool has_shadow = accounts->exists[ACCOUNTS_SHADOW];
	const char *password = user->unlock ? "*" : "!";
	autofree char *line = xasprintf(
		"%s:%s:%u:%u:%s:%s:%s", user->name, has_shadow ? "x" : password, (unsigned)uid,
		(unsigned)gid, user->comment ? user->comment : "", home, shell_of(accounts, user));

	account_add(table_of(accounts, ACCOUNTS_PASSWD), line);
}

/* An entry in shadow for whoever points to it; '!' is opened on request, a password never touched.
 */
static void ensure_shadow(struct accounts *accounts, const struct user_spec *user)
{
	struct account_table *shadow = table_of(accounts, ACCOUNTS_SHADOW);
	struct str line;

	if (!accounts->exists[ACCOUNTS_SHADOW] || !accounts->readable[ACCOUNTS_SHADOW])
		return;
	if (!account_find(shadow, str_of(user->name), &line)) {
		/* No date of the last change: no password, nothing that ages. */
		autofree char *with =
			xasprintf("%s:%s:::::::", user->name, user->unlock ? "*" : "!");
		account_add(shadow, with);
		return;
	}
	struct str password = account_field(line, FIELD_PASSWORD);
	if (user->unlock && (str_is(password, "!") || str_is(password, "!!")))
		account_set_field(shadow, line, FIELD_PASSWORD, STR("*"));
}

/* Who exists stays as it is; ids that were asked for have to be the same. */
static int check_existing(struct accounts *accounts, const struct user_spec *user, struct str line,
			  struct err *err)
{
	uint32_t uid, gid;
	struct str group;

	if (!account_id(line, FIELD_ID, &uid) || !account_id(line, FIELD_GID, &gid))
		return err_at(err, user->pos, "the line of user '%s' in /etc/passwd is broken",
			      user->name);
	if (user->uid >= 0 && uid != user->uid)
		return exists_otherwise(user->pos, "user", user->name, uid, user->uid, err);
	if (user->gid >= 0 && gid != user->gid)
		return exists_otherwise(user->pos, "the group of user", user->name, gid, user->gid,
					err);
	if (user->group &&
	    account_find(table_of(accounts, ACCOUNTS_GROUP), str_of(user->group), &group)) {
		uint32_t wanted;
		if (account_id(group, FIELD_ID, &wanted) && wanted != gid)
			return exists_otherwise(user->pos, "the group of user", user->name, gid,
						wanted, err);
	}
	return 0;
}

static int add_user(struct accounts *accounts, const struct user_spec *user, struct err *err)
{
	struct account_table *users = table_of(accounts, ACCOUNTS_PASSWD);
	autofree char *home = user->home ? xstrdup(user->home) : xasprintf("/home/%s", user->name);
	struct str line;
	uint32_t uid, gid;

	if (user->uid < 0 && next_free(users, user->system, &uid, err))
		return err_wrap(err, "user '%s'", user->name);
	if (user->uid >= 0)
		uid = (uint32_t)user->uid;
	if (account_find_id(users, uid, &line))
		return taken_by(user->pos, "user", user->name, uid, account_field(line, 0), err);
	if (primary_group(accounts, user, uid, &gid, err))
		return -1;
	add_user_line(accounts, user, uid, gid, home);
	if (user->make_home && home[0] == '/')
		vec_push(&accounts->homes, (struct account_home){steal(&home), uid, gid});
	return 0;
}

static int add_to_groups(struct accounts *accounts, const struct user_spec *user, struct err *err)
{
	struct str line;

	for (size_t i = 0; i < user->groups.n; i++) {
		const char *group = user->groups.items[i];
		if (!account_find(table_of(accounts, ACCOUNTS_GROUP), str_of(group), &line))
			return err_at(err, user->pos, "user '%s': no group '%s' in /etc/group",
				      user->name, group);
		add_member(accounts, group, user->name);
	}
	return 0;
}

int accounts_ensure_user(struct accounts *accounts, const struct user_spec *user, struct err *err)
{
	struct account_table *users = table_of(accounts, ACCOUNTS_PASSWD);
	struct str line;

	if (account_find(users, str_of(user->name), &line)) {
		if (check_existing(accounts, user, line, err))
			return -1;
	} else if (check_user(user, err) || add_user(accounts, user, err)) {
		return -1;
	}
	ensure_shadow(accounts, user);
	return add_to_groups(accounts, user, err);
}

static int make_homes(struct accounts *accounts, struct err *err)
{
	vec_foreach(home, &accounts->homes)
		if (account_home_make(accounts->rootfd, home, err))
			return -1;
	return 0;
}

int accounts_save(struct accounts *accounts, struct err *err)
{
	/* A user appears when the group, the shadow and the home are there. */
	static const int order[] = {ACCOUNTS_GROUP, ACCOUNTS_GSHADOW, ACCOUNTS_SHADOW,
				    ACCOUNTS_PASSWD};

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct account_table *table = table_of(accounts, order[i]);
		const char *name = accounts_names[order[i]];
		if (!table->changed)
			continue;
		if (accounts->exists[order[i]] && !accounts->readable[order[i]])
			return err_set(err, ERR_DENIED, "editing '/etc/%s': permission denied",
				       name);
		if (order[i] == ACCOUNTS_PASSWD && make_homes(accounts, err))
			return -1;
		if (account_table_write(accounts->etc_fd, name, table, err))
			return -1;
		table->changed = false;
	}
	return 0;
}

void accounts_close(struct accounts *accounts)
{
	if (!accounts)
		return;
	accounts_lock_release(&accounts->lock);
	for (int i = 0; i < ACCOUNTS_TABLES; i++)
		buf_done(&accounts->tables[i].text);
	vec_foreach(home, &accounts->homes)
		account_home_done(home);
	vec_done(&accounts->homes);
	mem_close_at(&accounts->etc_fd);
	free(accounts);
}
