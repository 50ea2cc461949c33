/* place.c - the files that states name: finding, reading, making, removing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "state/limits.h"
#include "states/accounts.h"
#include "states/limits.h"

#include "base/banned.h"

const char *place_name(struct world *world, const char *name)
{
	size_t word = strcspn(name, "/");

	if (*name != '~')
		return name;
	autofree char *user = xstrndup(name + 1, word - 1);
	const char *home = accounts_home(world, user);
	if (!home)
		return name;
	return heap_printf(world->heap, "%s%s", text_eq(home, "/") && name[word] ? "" : home,
			   name + word);
}

const char *place_dir_name(struct world *world, const char *name)
{
	struct str text = str_of(place_name(world, name));
	size_t given = text.len;

	while (text.len > 1 && text.ptr[text.len - 1] == '/')
		text.len--;
	return text.len < given ? heap_strdup(world->heap, text) : text.ptr;
}

const char *place_dir(struct heap *heap, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	while (slash > path && slash[-1] == '/')
		slash--;
	return slash == path ? "/" : heap_strdup(heap, (struct str){path, (size_t)(slash - path)});
}

const char *place_base(const char *path)
{
	return path_base(path);
}

const char *place_normal(struct heap *heap, const char *path)
{
	autobuf struct buf text = {0};
	struct str rest = str_of(path);
	size_t root = *path == '/';

	if (root)
		buf_putc(&text, '/');
	while (rest.len) {
		struct str part = str_cut(&rest, '/');
		const char *last = text.len ? memrchr(text.ptr, '/', text.len) : NULL;
		size_t begin = last ? (size_t)(last - text.ptr) + 1 : 0;
		struct str before = {buf_text(&text) + begin, text.len - begin};
		if (!part.len || str_is(part, "."))
			continue;
		if (!str_is(part, "..") || (!before.len && !root) || str_is(before, "..")) {
			if (text.len > root)
				buf_putc(&text, '/');
			buf_append_str(&text, part);
		} else {
			buf_truncate(&text, begin > root ? begin - 1 : root);
		}
	}
	return text.len ? heap_strdup(heap, buf_str(&text)) : ".";
}

int place_open(struct world *world, const char *path, int flags, int *ret_fd, struct err *err)
{
	return beneath_open(world->rootfd, path, flags | O_NOCTTY | O_NONBLOCK, 0, ret_fd, err);
}

bool place_stat(struct world *world, const char *path, enum place_links links, struct stat *ret_st)
{
	autoerr struct err err = {0};
	autoclose int fd = -1;
	struct stat st;

	if (beneath_open(world->rootfd, path, O_PATH | (links == LINKS_KEPT ? O_NOFOLLOW : 0), 0,
			 &fd, &err) ||
	    fstat(fd, &st))
		return false;
	if (ret_st)
		*ret_st = st;
	return true;
}

bool place_is_dir(struct world *world, const char *path)
{
	struct stat st;

	return place_stat(world, path, LINKS_FOLLOWED, &st) && S_ISDIR(st.st_mode);
}

int place_read(struct world *world, const char *path, struct buf *ret_text, struct stat *ret_st,
	       struct err *err)
{
	autoclose int fd = -1;
	struct stat st;
	autobuf struct buf text = {.max = LIMIT_SOURCE};

	if (place_open(world, path, O_RDONLY, &fd, err))
		return -1;
	if (fstat(fd, &st))
		return file_err(err, "examining", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a regular file", path);
	if (st.st_size > 0 && (uint64_t)st.st_size < LIMIT_SOURCE)
		buf_reserve(&text, (size_t)st.st_size + 1); /* one read sees the end as well */
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "reading '%s'", path);
	buf_done(ret_text);
	*ret_text = steal(&text);
	if (ret_st)
		*ret_st = st;
	return 0;
}

int place_remove(struct world *world, const char *path, struct err *err)
{
	autoclose int dirfd = -1;
	const char *name;

	if (place_check_links(world, path, LINKS_KEPT, err) ||
	    beneath_parent(world->rootfd, path, &dirfd, &name, err))
		return -1;
	return tree_remove_at(dirfd, name, err);
}

int place_rename(struct world *world, const char *from, const char *to, struct err *err)
{
	autoclose int from_dir = -1;
	autoclose int to_dir = -1;
	const char *from_name, *to_name;

	if (place_check_links(world, from, LINKS_KEPT, err) ||
	    place_check_links(world, to, LINKS_KEPT, err) ||
	    beneath_parent(world->rootfd, from, &from_dir, &from_name, err) ||
	    beneath_parent(world->rootfd, to, &to_dir, &to_name, err))
		return -1;
	if (renameat(from_dir, from_name, to_dir, to_name))
		return err_sys(err, "renaming '%s' to '%s'", from, to);
	return 0;
}

int place_link_read(struct world *world, const char *path, const char **ret_target, struct err *err)
{
	autoclose int fd = -1;
	char target[LIMIT_LINK + 1];

	if (beneath_open(world->rootfd, path, O_PATH | O_NOFOLLOW, 0, &fd, err))
		return -1;
	ssize_t len = readlinkat(fd, "", target, sizeof(target));
	if (len < 0)
		return file_err(err, "reading link", path);
	if ((size_t)len == sizeof(target))
		return err_set(err, ERR_LIMIT, "link '%s' is too long", path);
	*ret_target = heap_strdup(world->heap, (struct str){target, (size_t)len});
	return 0;
}

int place_link_make(struct world *world, const char *target, const char *path, struct err *err)
{
	autoclose int dirfd = -1;
	const char *name;

	if (place_check_links(world, path, LINKS_KEPT, err) ||
	    beneath_parent(world->rootfd, path, &dirfd, &name, err))
		return -1;
	if (symlinkat(target, dirfd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return file_err(err, "making link", path);
	autofree char *temp = xasprintf(".%.*s.tmp.%d", LIMIT_TEMP_NAME, name, (int)getpid());
	unlinkat(dirfd, temp, 0);
	if (symlinkat(target, dirfd, temp))
		return file_err(err, "making link", path);
	if (renameat(dirfd, temp, dirfd, name)) {
		file_err(err, "replacing link", path);
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	return 0;
}

const char *place_behind_links(struct world *world, const char *path)
{
	for (int i = 0; i < LIMIT_LINKS; i++) {
		autoerr struct err err = {0};
		const char *target;
		if (place_link_read(world, path, &target, &err))
			break;
		path = *target == '/' ? target
				      : heap_printf(world->heap, "%s/%s",
						    place_dir(world->heap, path), target);
		path = place_dir_name(world, path);
	}
	return path;
}

int place_make_dir(struct world *world, const char *path, const struct look *look, struct err *err)
{
	autoclose int dirfd = -1;
	const char *name;

	if (place_check_links(world, path, LINKS_KEPT, err) ||
	    beneath_parent(world->rootfd, path, &dirfd, &name, err))
		return -1;
	if (mkdirat(dirfd, name, look->has_mode ? 0700 : 0777))
		return file_err(err, "making directory", path);
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", path);
	if ((look->uid != LOOK_KEPT || look->gid != LOOK_KEPT) && fchown(fd, look->uid, look->gid))
		return file_err(err, "setting the owner of", path);
	if (look->has_mode && fchmod(fd, look->mode))
		return file_err(err, "setting the mode of", path);
	return 0;
}

int place_make_dirs(struct world *world, const char *path, const struct look *look, struct err *err)
{
	const char *pos = path + strspn(path, "/");

	while (*pos) {
		pos += strcspn(pos, "/");
		autofree char *prefix = xstrndup(path, (size_t)(pos - path));
		pos += strspn(pos, "/");
		struct stat st;
		if (!place_stat(world, prefix, LINKS_FOLLOWED, &st)) {
			if (place_make_dir(world, prefix, look, err))
				return -1;
		} else if (!S_ISDIR(st.st_mode)) {
			return err_set(err, ERR_EXISTS, "'%s' exists and is not a directory",
				       prefix);
		}
	}
	return 0;
}

/* What was looked at is what is changed: others may put another thing in its place. */
static bool is_same(int fd, const struct stat *seen)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == seen->st_ino && st.st_dev == seen->st_dev;
}

static int was_swapped(const char *path, struct err *err)
{
	return err_set(err, ERR_DENIED, "'%s' was replaced meanwhile", path);
}

/* By a descriptor where one can be had; sockets and what we may not read by the name. */
static int set_mode(struct world *world, const char *path, const struct stat *seen, uint32_t mode,
		    struct err *err)
{
	autoerr struct err why = {0};
	autoclose int fd = -1;
	autoclose int dirfd = -1;
	const char *name;
	struct stat st;

	if (place_open(world, path, O_RDONLY, &fd, &why) == 0) {
		if (!is_same(fd, seen))
			return was_swapped(path, err);
		return fchmod(fd, mode) ? file_err(err, "setting the mode of", path) : 0;
	}
	path = place_behind_links(world, path);
	if (beneath_parent(world->rootfd, path, &dirfd, &name, err))
		return -1;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) || S_ISLNK(st.st_mode) ||
	    fchmodat(dirfd, name, mode, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "setting the mode of", path);
	return 0;
}

int place_set_look(struct world *world, const char *path, enum place_links links,
		   const struct stat *st, const struct look *look, struct err *err)
{
	bool is_link = links == LINKS_KEPT && S_ISLNK(st->st_mode);
	bool chowns = (look->uid != LOOK_KEPT && look->uid != st->st_uid) ||
		      (look->gid != LOOK_KEPT && look->gid != st->st_gid);
	uint32_t mode = look->has_mode ? look->mode : st->st_mode & 07777;

	if (place_check_links(world, path, links, err))
		return -1;
	if (chowns) {
		autoclose int fd = -1;
		int flags = O_PATH | (links == LINKS_KEPT ? O_NOFOLLOW : 0);
		if (beneath_open(world->rootfd, path, flags, 0, &fd, err))
			return -1;
		if (!is_same(fd, st))
			return was_swapped(path, err);
		if (fchownat(fd, "", look->uid, look->gid, AT_EMPTY_PATH))
			return file_err(err, "setting the owner of", path);
	}
	/* A suid file of somebody does not become another's: behind chown(2) only a mode that was
	 * asked for, or root's own, is set again. */
	bool again = chowns && (look->has_mode || !st->st_uid) && (mode & 06000);
	if (is_link || (mode == (st->st_mode & 07777) && !again))
		return 0;
	return set_mode(world, path, st, mode, err);
}
