/* user_add.c - making and removing users and groups.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/user_add.h"

#include "base/clock.h"
#include "states/login_defs.h"

#include "base/banned.h"

int64_t shadow_today(void)
{
	autoerr struct err err = {0};
	int64_t ns;

	if (clock_source_date_epoch(&ns, &err) || ns < 0)
		ns = clock_now_ns();
	return ns / NS_PER_SEC / ((int64_t)24 * 60 * 60);
}

/* ---- numbers ---- */

struct id_range {
	const char *what;
	int64_t min, max;
};

static struct id_range range_of(const struct login_defs *defs, const char *kind, bool is_system)
{
	const char *prefix = is_system ? "SYS_" : "";
	autofree char *min = xasprintf("%s%s_MIN", prefix, kind);
	autofree char *max = xasprintf("%s%s_MAX", prefix, kind);

	return (struct id_range){
		.what = kind,
		.min = login_defs_number(defs, min, is_system ? 100 : 1000),
		.max = login_defs_number(defs, max, is_system ? 999 : 60000),
	};
}

static bool is_free(const struct account_table *table, int64_t id)
{
	struct str line;

	return !account_find_id(table, (uint32_t)id, &line);
}

/* The lowest (highest) number of the range that is in use, or `otherwise`. */
static int64_t outermost(const struct account_table *table, const struct id_range *range,
			 bool lowest, int64_t otherwise)
{
	struct str rest = buf_str(&table->text), line;
	int64_t found = otherwise;
	uint32_t id;

	while (account_next(&rest, &line)) {
		if (!account_id(line, 2, &id) || id < range->min || id > range->max)
			continue;
		if (lowest ? (int64_t)id <= found : (int64_t)id >= found)
			found = id;
	}
	return found;
}

/* As shadow's find_new_uid: behind the highest of people, before the lowest of the system; when
 * that side is full, gaps are filled from the range's other end. */
static int next_id(const struct account_table *table, const struct id_range *range, bool is_system,
		   int64_t *ret_id, struct err *err)
{
	int64_t id = is_system ? outermost(table, range, true, range->max + 1) - 1
			       : outermost(table, range, false, range->min - 1) + 1;

	if (id < range->min || id > range->max)
		for (id = is_system ? range->max : range->min;
		     id >= range->min && id <= range->max && !is_free(table, id);)
			id += is_system ? -1 : 1;
	if (id < range->min || id > range->max)
		return err_set(err, ERR_LIMIT, "no free %s between %lld and %lld", range->what,
			       (long long)range->min, (long long)range->max);
	*ret_id = id;
	return 0;
}

static int check_id(int64_t id, const char *what, const char *name, struct err *err)
{
	if (id >= 0 && id < UINT32_MAX)
		return 0;
	return err_set(err, ERR_INPUT, "%s %lld of '%s' is out of range", what, (long long)id,
		       name);
}

/* ---- groups ---- */

static int add_group(const struct login_defs *defs, struct users *users, const char *name,
		     int64_t gid, bool is_system, struct err *err)
{
	struct account_table *groups = &users->tables[ACCOUNTS_GROUP];
	struct id_range range = range_of(defs, "GID", is_system);

	if (!account_is_name(name))
		return err_set(err, ERR_INPUT, "'%s' is not a valid group name", name);
	if (gid < 0 && next_id(groups, &range, is_system, &gid, err))
		return -1;
	if (check_id(gid, "gid", name, err))
		return -1;
	autofree char *line = xasprintf("%s:x:%lld:", name, (long long)gid);
	account_add(groups, line);
	if (users->exists[ACCOUNTS_GSHADOW]) {
		autofree char *shadow = xasprintf("%s:!::", name);
		account_add(&users->tables[ACCOUNTS_GSHADOW], shadow);
	}
	return 0;
}

int group_add(struct world *world, struct users *users, const char *name, int64_t gid,
	      bool is_system, bool may_share_gid, struct err *err)
{
	cleanup(login_defs_done) struct login_defs defs = {0};

	if (login_defs_read(world, &defs, err))
		return -1;
	if (gid >= 0 && !may_share_gid && !is_free(&users->tables[ACCOUNTS_GROUP], gid))
		return err_set(err, ERR_EXISTS, "GID '%lld' already exists", (long long)gid);
	return add_group(&defs, users, name, gid, is_system, err);
}

/* ---- users ---- */

static int named_group(const struct users *users, const char *group, uint32_t *ret_gid,
		       struct err *err)
{
	struct group_entry found;
	uint64_t gid;

	if (group_find(users, str_of(group), &found)) {
		*ret_gid = found.gid;
		return 0;
	}
	if (str_to_u64(str_of(group), &gid) && gid < UINT32_MAX &&
	    group_find_id(users, (uint32_t)gid, &found)) {
		*ret_gid = found.gid;
		return 0;
	}
	return err_set(err, ERR_MISSING, "group '%s' does not exist", group);
}

static bool wants_own_group(const struct login_defs *defs, const struct user_wish *wish)
{
	struct str said = login_defs_text(defs, "USERGROUPS_ENAB");

	if (wish->own_group)
		return *wish->own_group;
	return !said.len || str_is_nocase(said, "yes");
}

/* A group that is called like the user is taken as its own. */
static int primary_group(const struct login_defs *defs, struct users *users,
			 const struct user_wish *wish, int64_t uid, uint32_t *ret_gid,
			 struct err *err)
{
	struct group_entry group;

	if (wish->group)
		return named_group(users, wish->group, ret_gid, err);
	if (!wants_own_group(defs, wish)) {
		struct str said = useradd_text(defs, "GROUP");
		autofree char *name = str_dup(said.len ? said : STR("100"));
		return named_group(users, name, ret_gid, err);
	}
	if (!group_find(users, str_of(wish->name), &group)) {
		int64_t gid = is_free(&users->tables[ACCOUNTS_GROUP], uid) ? uid : -1;
		if (add_group(defs, users, wish->name, gid, wish->is_system, err))
			return -1;
	}
	return named_group(users, wish->name, ret_gid, err);
}

static char *default_home(const struct login_defs *defs, const char *name)
{
	struct str base = useradd_text(defs, "HOME");

	return base.len ? xasprintf("%.*s/%s", STR_ARG(base), name) : xasprintf("/home/%s", name);
}

static char *number_or_nothing(int64_t number)
{
	return number < 0 ? xstrdup("") : xasprintf("%lld", (long long)number);
}

static void add_shadow(const struct login_defs *defs, struct users *users,
		       const struct user_wish *wish)
{
	int64_t nothing = -1;
	autofree char *min = number_or_nothing(
		wish->is_system ? nothing : login_defs_number(defs, "PASS_MIN_DAYS", 0));
	autofree char *max = number_or_nothing(
		wish->is_system ? nothing : login_defs_number(defs, "PASS_MAX_DAYS", 99999));
	autofree char *warn = number_or_nothing(
		wish->is_system ? nothing : login_defs_number(defs, "PASS_WARN_AGE", 7));
	struct str line;

	if (!users->exists[ACCOUNTS_SHADOW])
		return;
	struct account_table *shadow = &users->tables[ACCOUNTS_SHADOW];
	if (account_find(shadow, str_of(wish->name), &line))
		account_remove(shadow, line);
	autofree char *with = xasprintf("%s:!:%lld:%s:%s:%s:::", wish->name,
					(long long)shadow_today(), min, max, warn);
	account_add(shadow, with);
}

static int check_fields(const struct user_wish *wish, struct err *err)
{
	const char *const fields[] = {wish->home, wish->shell, wish->gecos};

	if (!account_is_name(wish->name))
		return err_set(err, ERR_INPUT, "invalid user name '%s'", wish->name);
	if (wish->home && *wish->home != '/')
		return err_set(err, ERR_INPUT, "invalid home directory '%s'", wish->home);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		for (const char *pos = fields[i] ? fields[i] : ""; *pos; pos++)
			if (*pos == ':' || (unsigned char)*pos < ' ' || *pos == 0x7f)
				return err_set(err, ERR_INPUT,
					       "'%s' holds a colon or a control character",
					       fields[i]);
	return 0;
}

int user_add(struct world *world, struct users *users, const struct user_wish *wish,
	     struct err *err)
{
	cleanup(login_defs_done) struct login_defs defs = {0};
	struct account_table *passwd = &users->tables[ACCOUNTS_PASSWD];
	int64_t uid = wish->uid;
	uint32_t gid;

	if (check_fields(wish, err) || login_defs_read(world, &defs, err))
		return -1;
	struct id_range range = range_of(&defs, "UID", wish->is_system);
	if (uid < 0 && next_id(passwd, &range, wish->is_system, &uid, err))
		return -1;
	if (check_id(uid, "uid", wish->name, err))
		return -1;
	if (!wish->may_share_uid && !is_free(passwd, uid))
		return err_set(err, ERR_EXISTS, "UID %lld is not unique", (long long)uid);
	if (primary_group(&defs, users, wish, uid, &gid, err))
		return -1;
	struct str shell = useradd_text(&defs, "SHELL");
	autofree char *home = wish->home ? xstrdup(wish->home) : default_home(&defs, wish->name);
	autofree char *shell_text =
		wish->shell ? xstrdup(wish->shell) : str_dup(shell.len ? shell : STR("/bin/sh"));
	autofree char *line = xasprintf(
		"%s:%s:%lld:%u:%s:%s:%s", wish->name, users->exists[ACCOUNTS_SHADOW] ? "x" : "!",
		(long long)uid, (unsigned)gid, wish->gecos ? wish->gecos : "", home, shell_text);
	account_add(passwd, line);
	add_shadow(&defs, users, wish);
	return 0;
}

/* ---- away ---- */

static void remove_line(struct account_table *table, const char *name)
{
	struct str line;

	if (account_find(table, str_of(name), &line))
		account_remove(table, line);
}

void group_remove(struct users *users, const char *name)
{
	remove_line(&users->tables[ACCOUNTS_GROUP], name);
	remove_line(&users->tables[ACCOUNTS_GSHADOW], name);
}

/* userdel(8), USERGROUPS_ENAB: the group named like the user, when nobody else is in it. */
static bool is_own_group(const struct users *users, const char *name)
{
	struct user_walk walk = {0};
	struct group_entry group;
	struct user_entry user;

	if (!group_find(users, str_of(name), &group) || group.members.len)
		return false;
	while (user_next(users, &walk, &user))
		if (user.gid == group.gid)
			return false;
	return true;
}

void user_remove(struct users *users, const char *name)
{
	autostrlist struct strlist groups = {0};
	struct user_walk walk = {0};
	struct group_entry group;

	remove_line(&users->tables[ACCOUNTS_PASSWD], name);
	remove_line(&users->tables[ACCOUNTS_SHADOW], name);
	while (group_next(users, &walk, &group))
		strlist_add_str(&groups, group.name);
	for (size_t i = 0; i < groups.n; i++)
		group_remove_member(users, str_of(groups.items[i]), str_of(name));
	if (is_own_group(users, name))
		group_remove(users, name);
}
