/* userdb.c - looking users and groups up in the tables of an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/userdb.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

/* passwd(5): name:password:uid:gid:comment:home:shell. group(5): name:password:gid:members. */
struct user_row {
	struct str name, home;
	uint32_t uid, gid;
};
struct group_row {
	struct str name, members;
	uint32_t gid;
};
struct tables {
	struct str passwd, group;
};

/* One half of "user[:group]": a word, and its number if it is one. */
struct who {
	struct str text;
	uint32_t id;
	bool is_number;
};

static bool parse_id(struct str text, uint32_t *ret_id)
{
	uint64_t id;
	if (!str_to_u64(text, &id) || id >= UINT32_MAX) /* chown(2): -1 means "leave it" */
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

static struct who who_of(struct str text)
{
	struct who who = {.text = text};
	who.is_number = parse_id(text, &who.id);
	return who;
}

/* The next line that is an entry; false at the end. Comments, "+" lines of NIS and broken lines
 * have no number where one must stand, and are passed over. */
static bool user_next(struct str *rest, struct user_row *ret_row)
{
	while (rest->len) {
		struct str line = str_cut(rest, '\n');
		struct user_row row = {.name = str_cut(&line, ':')};
		str_cut(&line, ':');
		bool is_entry = row.name.len && parse_id(str_cut(&line, ':'), &row.uid) &&
				parse_id(str_cut(&line, ':'), &row.gid);
		if (!is_entry)
			continue;
		str_cut(&line, ':');
		row.home = str_cut(&line, ':');
		*ret_row = row;
		return true;
	}
	return false;
}

static bool group_next(struct str *rest, struct group_row *ret_row)
{
	while (rest->len) {
		struct str line = str_cut(rest, '\n');
		struct group_row row = {.name = str_cut(&line, ':')};
		str_cut(&line, ':');
		if (!row.name.len || !parse_id(str_cut(&line, ':'), &row.gid))
			continue;
		row.members = line;
		*ret_row = row;
		return true;
	}
	return false;
}

/* As Docker: the first line whose name is the word, or whose id is the number. */
static bool user_find(struct str passwd, struct who who, struct user_row *ret_row)
{
	while (user_next(&passwd, ret_row)) {
		if (str_eq(ret_row->name, who.text) || (who.is_number && ret_row->uid == who.id))
			return true;
	}
	return false;
}

static bool is_member(struct str members, struct str name)
{
	while (members.len) {
		if (str_eq(str_trim(str_cut(&members, ',')), name))
			return true;
	}
	return false;
}

static int resolve_gid(struct str group, struct str word, uint32_t *ret_gid, struct err *err)
{
	struct who who = who_of(word);
	struct group_row row;
	while (group_next(&group, &row)) {
		if (str_eq(row.name, word) || (who.is_number && row.gid == who.id)) {
			*ret_gid = row.gid;
			return 0;
		}
	}
	if (!who.is_number)
		return err_set(err, ERR_INPUT, "no group '%.*s' in the image's /etc/group",
			       STR_ARG(word));
	*ret_gid = who.id;
	return 0;
}

static int no_user(struct str word, struct err *err)
{
	return err_set(err, ERR_INPUT, "no user '%.*s' in the image's /etc/passwd", STR_ARG(word));
}

struct gid_vec {
	uint32_t *items;
	size_t n, cap;
};

static void gid_add(struct gid_vec *gids, uint32_t gid)
{
	vec_push(gids, gid);
}

static void memberships_add(struct user_identity *identity, struct str group, struct str name)
{
	struct gid_vec gids = {0};
	for (struct group_row row; group_next(&group, &row);) {
		if (is_member(row.members, name))
			gid_add(&gids, row.gid);
	}
	identity->extra_gids = gids.items;
	identity->n_extra_gids = gids.n;
}

/* moby/sys/user, GetExecUser: a group that is asked for replaces the memberships. */
static int tables_resolve(struct tables tables, struct str user, struct user_identity *ret_identity,
			  struct err *err)
{
	struct str group_word = user, user_word = str_cut(&group_word, ':');
	struct who who = who_of(user_word.len ? user_word : STR("0"));
	struct user_row row = {.uid = who.id}; /* a number without an entry: group 0 */
	bool has_entry = user_find(tables.passwd, who, &row);
	if (!has_entry && !who.is_number)
		return no_user(user_word, err);
	if (!has_entry)
		row = (struct user_row){.uid = who.id};
	if (group_word.len && resolve_gid(tables.group, group_word, &row.gid, err))
		return -1;
	*ret_identity = (struct user_identity){.uid = row.uid, .gid = row.gid};
	ret_identity->home = str_dup(row.home.len ? row.home : STR("/"));
	ret_identity->name = has_entry ? str_dup(row.name) : NULL;
	if (has_entry && !group_word.len)
		memberships_add(ret_identity, tables.group, row.name);
	return 0;
}

static int tables_resolve_owner(struct tables tables, struct str owner, uint32_t *ret_uid,
				uint32_t *ret_gid, struct err *err)
{
	struct str group_word = owner, user_word = str_cut(&group_word, ':');
	struct who who = who_of(user_word.len ? user_word : STR("0"));
	struct user_row row = {.uid = who.id, .gid = who.id};
	if (!who.is_number && !user_find(tables.passwd, who, &row))
		return no_user(user_word, err);
	if (group_word.len && resolve_gid(tables.group, group_word, &row.gid, err))
		return -1;
	*ret_uid = row.uid;
	*ret_gid = row.gid;
	return 0;
}

/* A table of the root file system; one that is not there is empty. */
static int table_read(int rootfd, const char *path, struct buf *ret_buf, struct err *err)
{
	autoclose int fd = -1;
	if (beneath_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	struct stat st;
	if (fstat(fd, &st))
		return err_sys(err, "reading the image's %s", path);
	if (!S_ISREG(st.st_mode)) /* a FIFO would block, a device would never end */
		return err_set(err, ERR_INPUT, "the image's %s is no file", path);
	ret_buf->max = LIMIT_USERDB_FILE;
	return io_read_all(fd, ret_buf, err) ? err_wrap(err, "the image's %s", path) : 0;
}

/* `passwd` and `group` keep the bytes that `ret_tables` points to. */
static int tables_read(int rootfd, struct buf *passwd, struct buf *group, struct tables *ret_tables,
		       struct err *err)
{
	if (table_read(rootfd, "/etc/passwd", passwd, err) ||
	    table_read(rootfd, "/etc/group", group, err))
		return -1;
	*ret_tables = (struct tables){buf_str(passwd), buf_str(group)};
	return 0;
}

int userdb_resolve(int rootfd, const char *user, struct user_identity *ret_identity,
		   struct err *err)
{
	autobuf struct buf passwd = {0}, group = {0};
	struct tables tables;
	if (tables_read(rootfd, &passwd, &group, &tables, err))
		return -1;
	return tables_resolve(tables, str_of(user), ret_identity, err);
}

int userdb_resolve_owner(int rootfd, const char *owner, uint32_t *ret_uid, uint32_t *ret_gid,
			 struct err *err)
{
	autobuf struct buf passwd = {0}, group = {0};
	struct tables tables;
	if (tables_read(rootfd, &passwd, &group, &tables, err))
		return -1;
	return tables_resolve_owner(tables, str_of(owner), ret_uid, ret_gid, err);
}

int userdb_resolve_owner_text(struct str passwd, struct str group, const char *owner,
			      uint32_t *ret_uid, uint32_t *ret_gid, struct err *err)
{
	return tables_resolve_owner((struct tables){passwd, group}, str_of(owner), ret_uid, ret_gid,
				    err);
}

int userdb_resolve_group(int rootfd, const char *group, uint32_t *ret_gid, struct err *err)
{
	autobuf struct buf table = {0};
	if (table_read(rootfd, "/etc/group", &table, err))
		return -1;
	return resolve_gid(buf_str(&table), str_of(group), ret_gid, err);
}

int userdb_resolve_text(struct str passwd, struct str group, const char *user,
			struct user_identity *ret_identity, struct err *err)
{
	return tables_resolve((struct tables){passwd, group}, str_of(user), ret_identity, err);
}

void user_identity_done(struct user_identity *identity)
{
	free(identity->extra_gids);
	free(identity->home);
	free(identity->name);
	*identity = (struct user_identity){0};
}
