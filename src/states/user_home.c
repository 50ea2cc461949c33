/* user_home.c - the home of a new user, from /etc/skel.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/ownership.h"
#include "base/random.h"
#include "states/login_defs.h"
#include "states/system_limits.h"
#include "states/user_add.h"

#include "base/banned.h"

static int copy_dir(int from, int to, uint32_t uid, uint32_t gid, int depth, struct err *err);

static int copy_link(int from, int to, const char *name, uint32_t uid, uint32_t gid,
		     struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from, name, target, sizeof(target) - 1);

	if (len < 0)
		return file_err(err, "reading link", name);
	target[len] = '\0';
	if (symlinkat(target, to, name) || fchownat(to, name, uid, gid, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "making link", name);
	return 0;
}

static int copy_file(int from, int to, const char *name, const struct ownership *owner,
		     struct err *err)
{
	autoclose int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int out =
		openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool refused;

	if (in < 0 || out < 0)
		return file_err(err, "copying", name);
	if (io_copy(in, out, UINT64_MAX, err) || ownership_set(out, owner, &refused, err))
		return err_wrap(err, "copying '%s'", name);
	return 0;
}

static int copy_below(int from, int to, const char *name, const struct ownership *owner, int depth,
		      struct err *err)
{
	autoclose int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool refused;

	if (in < 0 || mkdirat(to, name, 0700))
		return file_err(err, "copying", name);
	autoclose int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return file_err(err, "copying", name);
	if (copy_dir(in, out, (uint32_t)owner->uid, (uint32_t)owner->gid, depth + 1, err) ||
	    ownership_set(out, owner, &refused, err))
		return -1;
	return 0;
}

/* Files, directories and links; what else stands there is no skeleton. */
static int copy_dir(int from, int to, uint32_t uid, uint32_t gid, int depth, struct err *err)
{
	autostrlist struct strlist names = {0};
	struct stat st;

	if (depth > LIMIT_SKEL_DEPTH)
		return err_set(err, ERR_LIMIT, "/etc/skel is deeper than %d directories",
			       LIMIT_SKEL_DEPTH);
	if (dir_list(from, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];
		if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
			return file_err(err, "examining", name);
		struct ownership owner = {uid, gid, (int)(st.st_mode & 0777)};
		int failed = S_ISLNK(st.st_mode)   ? copy_link(from, to, name, uid, gid, err)
			     : S_ISREG(st.st_mode) ? copy_file(from, to, name, &owner, err)
			     : S_ISDIR(st.st_mode) ? copy_below(from, to, name, &owner, depth, err)
						   : 0;
		if (failed)
			return -1;
	}
	return 0;
}

static int home_mode(const struct login_defs *defs)
{
	int64_t umask_bits = login_defs_number(defs, "UMASK", 022);

	return (int)login_defs_number(defs, "HOME_MODE", 0777 & ~umask_bits) & 07777;
}

/* Made under another name and renamed: a killed call leaves no half of a home. */
static int make_whole(struct world *world, int parent, const char *base,
		      const struct ownership *owner, bool is_filled, struct err *err)
{
	char digits[9];
	autoclose int home = -1;
	autoclose int skel = -1;
	bool refused;

	random_hex(digits, sizeof(digits) - 1);
	autofree char *temp = xasprintf(".%.*s.%s.tmp", LIMIT_TEMP_NAME, base, digits);
	if (mkdirat(parent, temp, 0700))
		return file_err(err, "making home", base);
	home = openat(parent, temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (home < 0)
		return file_err(err, "opening home", base);
	if (is_filled &&
	    beneath_open(world->rootfd, "/etc/skel", O_RDONLY | O_DIRECTORY, 0, &skel, err))
		err_clear(err);
	else if (is_filled &&
		 copy_dir(skel, home, (uint32_t)owner->uid, (uint32_t)owner->gid, 0, err))
		(void)err_wrap(err, "filling home '%s'", base);
	if (!err_is_set(err) && !ownership_set(home, owner, &refused, err) &&
	    renameat(parent, temp, parent, base))
		(void)file_err(err, "making home", base);
	if (!err_is_set(err))
		return 0;
	autoerr struct err ignored = {0};
	if (tree_remove_at(parent, temp, &ignored))
		err_clear(&ignored);
	return -1;
}

int user_make_home(struct world *world, const struct users *users, const char *name, bool is_new,
		   struct err *err)
{
	cleanup(login_defs_done) struct login_defs defs = {0};
	autoclose int parent = -1;
	struct user_entry user;
	const char *base;
	struct stat st;

	if (!user_find(users, str_of(name), &user) || user.home.len < 2 || user.home.ptr[0] != '/')
		return 0;
	autofree char *home = str_dup(user.home);
	for (size_t len = strlen(home); len > 1 && home[len - 1] == '/'; len--)
		home[len - 1] = '\0';
	if (login_defs_read(world, &defs, err) ||
	    beneath_make_parent(world->rootfd, home, &parent, &base, err))
		return -1;
	if (!fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	struct ownership owner = {user.uid, user.gid, is_new ? home_mode(&defs) : 0755};
	return make_whole(world, parent, base, &owner, is_new, err);
}

/* ---- its owner ---- */

/* Looked at and given by one descriptor: the user may move things meanwhile. What has gone is
 * nobody's any more. */
static int give_entry(int dirfd, const char *name, const struct home_owner *owner, int depth,
		      struct err *err)
{
	autoclose int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	autostrlist struct strlist names = {0};
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : file_err(err, "opening", name);
	if (depth > LIMIT_HOME_DEPTH)
		return err_set(err, ERR_LIMIT, "a home is deeper than %d directories",
			       LIMIT_HOME_DEPTH);
	if (fstat(fd, &st))
		return file_err(err, "examining", name);
	uid_t uid = st.st_uid == owner->old_uid ? owner->uid : st.st_uid;
	gid_t gid = st.st_gid == owner->old_gid ? owner->gid : st.st_gid;
	if ((uid != st.st_uid || gid != st.st_gid) &&
	    fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return file_err(err, "giving", name);
	if (S_ISDIR(st.st_mode) && dir_list(fd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (give_entry(fd, names.items[i], owner, depth + 1, err))
			return -1;
	return 0;
}

int user_give_home(struct world *world, const char *home, const struct home_owner *owner,
		   struct err *err)
{
	autoclose int parent = -1;
	const char *name;

	if (beneath_parent(world->rootfd, home, &parent, &name, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	return give_entry(parent, name, owner, 0, err);
}
