/* accounts.c - users and groups of the root that is being configured.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/accounts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/limits.h"

#include "base/banned.h"

struct table {
	struct stat st; /* when it was read */
	struct str text;
};

struct accounts {
	struct table passwd, group;
};

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* States of this run change the files, so they are looked at each time, but seldom read. */
static struct str table_read(struct world *world, struct table *table, const char *path)
{
	autoerr struct err err = {0};
	autoclose int fd = -1;
	struct stat st;
	autobuf struct buf text = {.max = LIMIT_ACCOUNTS};

	if (beneath_open(world->rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, &err) ||
	    fstat(fd, &st) || !S_ISREG(st.st_mode))
		return (struct str){0};
	if (table->text.ptr && is_same(&table->st, &st))
		return table->text;
	if (io_read_all(fd, &text, &err))
		return (struct str){0};
	table->text.len = text.len;
	table->text.ptr = heap_strdup(world->heap, buf_str(&text));
	table->st = st;
	return table->text;
}

static struct accounts *accounts_of(struct world *world)
{
	if (!world->accounts)
		world->accounts = heap_alloc(world->heap, sizeof(*world->accounts));
	return world->accounts;
}

/* Both files begin "name:password:number"; the rest of a user's line is gid, comment, home… */
struct row {
	struct str name, rest;
	uint32_t id;
};

static bool row_next(struct str *text, struct row *ret_row)
{
	while (text->len) {
		struct str line = str_cut(text, '\n');
		struct row row = {.name = str_cut(&line, ':')};
		uint64_t id;
		str_cut(&line, ':');
		if (!row.name.len || !str_to_u64(str_cut(&line, ':'), &id) || id >= UINT32_MAX)
			continue;
		row.id = (uint32_t)id;
		row.rest = line;
		*ret_row = row;
		return true;
	}
	return false;
}

static bool row_by_name(struct str text, const char *name, struct row *ret_row)
{
	while (row_next(&text, ret_row))
		if (str_is(ret_row->name, name))
			return true;
	return false;
}

static bool row_by_id(struct str text, uint32_t id, struct row *ret_row)
{
	while (row_next(&text, ret_row))
		if (ret_row->id == id)
			return true;
	return false;
}

static bool id_of(struct str text, const char *word, uint32_t *ret_id)
{
	struct row row;
	uint64_t id;

	if (row_by_name(text, word, &row)) {
		*ret_id = row.id;
		return true;
	}
	if (!str_to_u64(str_of(word), &id) || id >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

static const char *name_of(struct world *world, struct str text, uint32_t id)
{
	struct row row;

	return row_by_id(text, id, &row) ? heap_strdup(world->heap, row.name)
					 : heap_printf(world->heap, "%u", (unsigned)id);
}

static struct str users(struct world *world)
{
	return table_read(world, &accounts_of(world)->passwd, "/etc/passwd");
}

static struct str groups(struct world *world)
{
	return table_read(world, &accounts_of(world)->group, "/etc/group");
}

bool accounts_uid(struct world *world, const char *user, uint32_t *ret_uid)
{
	return id_of(users(world), user, ret_uid);
}

bool accounts_gid(struct world *world, const char *group, uint32_t *ret_gid)
{
	return id_of(groups(world), group, ret_gid);
}

bool accounts_primary_gid(struct world *world, const char *user, uint32_t *ret_gid)
{
	struct row row;
	uint64_t gid;

	if (!row_by_name(users(world), user, &row) || !str_to_u64(str_cut(&row.rest, ':'), &gid) ||
	    gid >= UINT32_MAX)
		return false;
	*ret_gid = (uint32_t)gid;
	return true;
}

const char *accounts_user_name(struct world *world, uint32_t uid)
{
	return name_of(world, users(world), uid);
}

const char *accounts_group_name(struct world *world, uint32_t gid)
{
	return name_of(world, groups(world), gid);
}

const char *accounts_home(struct world *world, const char *user)
{
	struct str passwd = users(world);
	struct row row;

	bool is_found = *user ? row_by_name(passwd, user, &row)
			      : row_by_id(passwd, (uint32_t)geteuid(), &row);
	if (!is_found)
		return *user ? NULL : "/root";
	str_cut(&row.rest, ':'); /* gid */
	str_cut(&row.rest, ':'); /* comment */
	return heap_strdup(world->heap, str_cut(&row.rest, ':'));
}
