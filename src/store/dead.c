/* dead.c - what dead processes left: unlocked things in tmp/ and leases/.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/vec.h"
#include "store/store_private.h"

#include "base/banned.h"

#define BURIED "tmp/dead-"

void dead_list_done(struct dead_list *list)
{
	vec_foreach(entry, list)
		free(entry->path);
	vec_done(list);
}

/* Whether a living process holds the lock on the file. One that is gone is held by nobody. */
static int is_locked(struct store *store, const char *path, bool *ret_locked, struct err *err)
{
	autoclose int fd = openat(store->fd, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	bool is_free;

	if (fd < 0 && errno == ENOENT) {
		*ret_locked = false;
		return 0;
	}
	if (fd < 0)
		return err_sys(err, "opening '%s'", path);
	if (lock_fd(fd, LOCK_EXCLUSIVE, false, &is_free, err))
		return err_wrap(err, "'%s'", path);
	*ret_locked = !is_free;
	return 0;
}

static int is_dead(struct store *store, const char *path, bool is_tree, bool is_alone,
		   bool *ret_dead, struct err *err)
{
	struct store_path inside = path_format("%s/%s", path, STORE_WORKDIR_LOCK);
	const char *lock = is_tree ? inside.text : path;
	bool is_held = false;

	if (text_starts(path, BURIED)) {
		*ret_dead = true;
		return 0;
	}
	/* Not locked yet, or never: only who is alone may tell. */
	if (!is_alone &&
	    (text_starts(path, "tmp/record-") || faccessat(store->fd, lock, F_OK, 0))) {
		*ret_dead = false;
		return 0;
	}
	if (is_locked(store, lock, &is_held, err))
		return -1;
	*ret_dead = !is_held;
	return 0;
}

static void add_dead(struct dead_list *list, const char *path, bool is_tree)
{
	vec_push(list, {xstrdup(path), is_tree});
}

static int collect_tmp(struct store *store, bool is_alone, struct dead_list *list, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(store, "tmp", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct store_path path = path_format("tmp/%s", names.items[i]);
		struct stat st;
		bool dead;
		if (fstatat(store->fd, path.text, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (is_dead(store, path.text, S_ISDIR(st.st_mode), is_alone, &dead, err))
			return -1;
		if (dead)
			add_dead(list, path.text, S_ISDIR(st.st_mode));
	}
	return 0;
}

static int collect_leases(struct store *store, struct dead_list *list, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(store, "leases", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct store_path path = path_format("leases/%s", names.items[i]);
		bool is_alive;
		if (lease_is_alive(store, names.items[i], &is_alive, err))
			return -1;
		if (!is_alive)
			add_dead(list, path.text, false);
	}
	return 0;
}

int dead_collect(struct store *store, bool is_alone, struct dead_list *ret_list, struct err *err)
{
	cleanup(dead_list_done) struct dead_list list = {0};

	if (collect_tmp(store, is_alone, &list, err) || collect_leases(store, &list, err))
		return -1;
	*ret_list = steal(&list);
	return 0;
}

int dead_bury(struct store *store, const char *path, struct store_path *ret_path, struct err *err)
{
	struct store_path buried = fresh_path(BURIED);

	if (renameat(store->fd, path, store->fd, buried.text))
		return err_sys(err, "moving '%s' away", path);
	*ret_path = buried;
	return 0;
}

/* proc(5), mountinfo: white space and backslashes are "\ooo". */
static void unescape_octal(char *text)
{
	char *out = text;
	uint32_t byte;

	for (const char *in = text; *in; in++) {
		if (*in == '\\' && strlen(in) > 3 && str_to_octal((struct str){in + 1, 3}, &byte)) {
			*out++ = (char)byte;
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* A build that was killed leaves its root file system mounted. Later mounts lie upon earlier ones.
 */
static int unmount_below(const char *dir, struct err *err)
{
	autobuf struct buf text = {0};
	autostrlist struct strlist found = {0};
	autofree char *below = xasprintf("%s/", dir);

	if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", 0, &text, err))
		return -1;
	for (struct str rest = buf_str(&text); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');
		for (int i = 0; i < 4; i++)
			str_cut(&line, ' ');
		autofree char *point = str_dup(str_cut(&line, ' '));
		unescape_octal(point);
		if (text_starts(point, below))
			strlist_add(&found, point);
	}
	for (size_t i = found.n; i-- > 0;)
		if (umount2(found.items[i], MNT_DETACH | UMOUNT_NOFOLLOW))
			return err_sys(err, "unmounting '%s'", found.items[i]);
	return 0;
}

int dead_remove_tree(struct store *store, const char *path, struct err *err)
{
	autofree char *whole = path_join(store->root, path);

	if (unmount_below(whole, err))
		return -1;
	return tree_remove_at(store->fd, path, err);
}
