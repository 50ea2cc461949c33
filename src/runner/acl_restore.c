/* acl_restore.c - records of getfacl put back on the files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/acl_restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/acl.h"
#include "base/beneath.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/map.h"
#include "runner/limits.h"

#include "base/banned.h"

void acl_restored_done(struct acl_restored *restored)
{
	free(restored->failure);
}

/* ---- names ---- */

struct names { /* values are ids and one: NULL is "no such name" */
	struct map users, groups;
};

static void names_done(struct names *names)
{
	map_done(&names->users);
	map_done(&names->groups);
}

/* passwd(5), group(5): the name is the first field, the id the third. */
static void names_read(int rootfd, const char *path, struct map *map)
{
	autobuf struct buf text = {.max = LIMIT_USERDB_FILE};
	autoclose int fd = -1;
	autoerr struct err err = {0};
	if (beneath_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, &err) ||
	    io_read_all(fd, &text, &err))
		return; /* then there are numbers only */
	for (struct str rest = buf_str(&text); rest.len;) {
		struct str line = str_cut(&rest, '\n');
		autofree char *name = str_dup(str_cut(&line, ':'));
		str_cut(&line, ':');
		uint64_t id;
		if (*name && str_to_u64(str_cut(&line, ':'), &id) && id < UINT32_MAX &&
		    !map_has(map, name))
			map_set(map, name, (void *)(uintptr_t)(id + 1));
	}
}

/* As setfacl: a name first, then a number. */
static bool name_to_id(const struct map *map, struct str name, uint32_t *ret_id)
{
	autofree char *text = str_dup(name);
	uintptr_t found = (uintptr_t)map_get(map, text);
	uint64_t id = found ? found - 1 : 0;
	if (!found && (!str_to_u64(name, &id) || id >= UINT32_MAX))
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

/* "user:NAME:rwx" with the number for the name. False: nobody is called so. */
static bool put_entry(const struct names *names, struct str line, struct buf *out)
{
	struct str rest = line;
	struct str tag = str_cut(&rest, ':');
	if (str_is(tag, "default") || str_is(tag, "d"))
		tag = str_cut(&rest, ':');
	struct str name = str_cut(&rest, ':');
	const struct map *map = str_is(tag, "user") || str_is(tag, "u")    ? &names->users
				: str_is(tag, "group") || str_is(tag, "g") ? &names->groups
									   : NULL;
	uint32_t id;
	if (map && name.len && rest.ptr) {
		if (!name_to_id(map, name, &id))
			return false;
		buf_append_str(out, tag);
		buf_printf(out, ":%u:", id);
		line = rest;
	}
	buf_append_str(out, line);
	buf_putc(out, '\n');
	return true;
}

static int acl_bytes(const struct names *names, struct str entries, struct buf *ret_bytes,
		     struct err *err)
{
	autobuf struct buf text = {0};
	while (entries.len) {
		struct str line = str_cut(&entries, '\n');
		if (!put_entry(names, line, &text)) {
			autobuf struct buf quoted = {0};
			text_escape(&quoted, line);
			return err_set(err, ERR_MISSING, "nobody is called so: '%s'",
				       buf_text(&quoted));
		}
	}
	return acl_from_text(buf_str(&text), ret_bytes, err);
}

/* ---- files ---- */

/* One step down, never through a link or onto another file system; takes `above`. -1 with errno. */
static int step_down(int above, const char *name)
{
	autoclose int held = above;
	struct stat outer, inner;
	autoclose int fd = -1;
	errno = EINVAL; /* getfacl writes no ".." */
	if (!text_eq(name, ".."))
		fd = openat(held, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(held, &outer) || fstat(fd, &inner))
		return -1;
	if (outer.st_dev == inner.st_dev)
		return steal_fd(&fd);
	errno = EXDEV;
	return -1;
}

/* The directory that holds it; -1 with errno. */
static int open_holder(int rootfd, const char *path, const char **ret_name)
{
	int fd = openat(rootfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (*path == '/')
		path++;
	for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		autofree char *name = xstrndup(path, (size_t)(slash - path));
		if (*name && !text_eq(name, "."))
			fd = step_down(fd, name);
	}
	*ret_name = *path ? path : ".";
	return fd;
}

static int set_acl(const char *name, const char *attribute, const struct buf *bytes)
{
	if (bytes->len)
		return lsetxattr(name, attribute, bytes->ptr, bytes->len, 0);
	if (lremovexattr(name, attribute) && errno != ENODATA && errno != ENOTSUP)
		return -1;
	return 0;
}

struct wanted {
	bool has_uid, has_gid;
	uint32_t uid, gid;
	unsigned flags;
	struct buf access, by_default;
};

static void wanted_done(struct wanted *wanted)
{
	buf_done(&wanted->access);
	buf_done(&wanted->by_default);
}

/* In its directory, which is the current one: there is no *xattrat(2) to give a descriptor to. */
static int apply(const char *name, const struct wanted *wanted)
{
	struct stat st;
	if (lstat(name, &st))
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	uid_t uid = wanted->has_uid && wanted->uid != st.st_uid ? wanted->uid : (uid_t)-1;
	gid_t gid = wanted->has_gid && wanted->gid != st.st_gid ? wanted->gid : (gid_t)-1;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && lchown(name, uid, gid))
		return -1;
	if (set_acl(name, XATTR_ACL_ACCESS, &wanted->access) ||
	    (S_ISDIR(st.st_mode) && set_acl(name, XATTR_ACL_DEFAULT, &wanted->by_default)) ||
	    lstat(name, &st)) /* the ACL has changed the mode, the owner the set-id bits */
		return -1;
	mode_t mode = (st.st_mode & 0777) | wanted->flags;
	return mode == (st.st_mode & 07777) ? 0 : fchmodat(AT_FDCWD, name, mode, 0);
}

static int resolve(const struct names *names, const struct acl_record *record,
		   struct wanted *ret_wanted, struct err *err)
{
	ret_wanted->flags = record->flags;
	ret_wanted->has_uid = record->owner.ptr != NULL;
	ret_wanted->has_gid = record->group.ptr != NULL;
	if (ret_wanted->has_uid && !name_to_id(&names->users, record->owner, &ret_wanted->uid))
		return err_set(err, ERR_MISSING, "no user '%.*s'", STR_ARG(record->owner));
	if (ret_wanted->has_gid && !name_to_id(&names->groups, record->group, &ret_wanted->gid))
		return err_set(err, ERR_MISSING, "no group '%.*s'", STR_ARG(record->group));
	if (acl_bytes(names, buf_str(&record->access), &ret_wanted->access, err) ||
	    acl_bytes(names, buf_str(&record->by_default), &ret_wanted->by_default, err))
		return -1;
	return 0;
}

static void count_failure(struct acl_restored *restored, const char *path, const char *why)
{
	autobuf struct buf text = {0};
	restored->n_failed++;
	if (restored->failure)
		return;
	buf_putc(&text, '\'');
	text_escape(&text, str_of(path));
	buf_printf(&text, "': %s", why);
	restored->failure = buf_steal(&text);
}

static void restore_one(int rootfd, const struct names *names, const struct acl_record *record,
			struct acl_restored *restored)
{
	cleanup(wanted_done) struct wanted wanted = {0};
	autoerr struct err err = {0};
	const char *name = NULL;
	if (resolve(names, record, &wanted, &err)) {
		count_failure(restored, record->path, err_text(&err));
		return;
	}
	errno = EINVAL;
	autoclose int holder = open_holder(rootfd, record->path, &name);
	if (holder >= 0 && !fchdir(holder) && !apply(name, &wanted))
		restored->n_restored++;
	else if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		restored->n_gone++; /* or a link stands in its place */
	else if (errno == EXDEV)
		restored->n_foreign++;
	else
		count_failure(restored, record->path, strerror(errno));
}

int acl_restore(int rootfd, struct str text, struct acl_restored *ret_restored, struct err *err)
{
	cleanup(names_done) struct names names = {0};
	autoclose int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned line = 0;
	int found;
	names_read(rootfd, "etc/passwd", &names.users);
	names_read(rootfd, "etc/group", &names.groups);
	do {
		cleanup(acl_record_done) struct acl_record record = {0};
		found = acl_record_next(&text, &line, &record, err);
		if (found > 0)
			restore_one(rootfd, &names, &record, ret_restored);
	} while (found > 0);
	if (before >= 0 && fchdir(before))
		return err_sys(err, "going back to the working directory");
	return found;
}
