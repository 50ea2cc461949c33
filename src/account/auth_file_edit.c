/* auth_file_edit.c - a file with users read, changed and replaced.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/auth_edit_private.h"
#include "account/auth_file.h"
#include "account/limits.h"
#include "base/io.h"

#include "base/banned.h"

/* Opens and locks it against another editor, who would put a new file in its place. */
static int open_locked(int dirfd, const char *path, int *ret_fd, struct stat *ret_st,
		       struct err *err)
{
	for (int i = 0; i < 100; i++) {
		struct stat named;
		autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ELOOP)
			return err_set(err, ERR_INPUT,
				       "'%s' is a symbolic link: name the file itself", path);
		if (fd < 0 || fstat(fd, ret_st))
			return file_err(err, "opening", path);
		if (!S_ISREG(ret_st->st_mode))
			return err_set(err, ERR_INPUT, "'%s' is no regular file", path);
		if (flock(fd, LOCK_EX))
			return err_sys(err, "locking '%s'", path);
		if (fstat(fd, ret_st) || fstatat(dirfd, path, &named, AT_SYMLINK_NOFOLLOW))
			return file_err(err, "opening", path);
		if (named.st_ino == ret_st->st_ino && named.st_dev == ret_st->st_dev) {
			*ret_fd = steal_fd(&fd);
			return 0;
		}
	}
	return err_set(err, ERR_SYSTEM, "'%s' is replaced again and again", path);
}

/* Written beside with nobody's rights, then given the old owner and mode, then put in its place. */
static int replace(int dirfd, const char *path, struct str text, const struct stat *old,
		   struct err *err)
{
	autofree char *beside = xasprintf("%s.new", path);

	if (file_write_at(dirfd, beside, text.ptr, text.len, 0600, FILE_SYNC, err))
		return -1;
	if (fchownat(dirfd, beside, old->st_uid, old->st_gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(dirfd, beside, old->st_mode & 07777, 0) ||
	    renameat(dirfd, beside, dirfd, path)) {
		file_err(err, "replacing", path);
		unlinkat(dirfd, beside, 0);
		return -1;
	}
	autofree char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	autoclose int parent = -1;
	if (dir_open_at(dirfd, slash ? dir : ".", &parent, err))
		return -1;
	return dir_sync(parent, err);
}

int auth_file_set_user(int dirfd, const char *path, const char *account, const char *hash,
		       bool must_exist, bool must_be_new, struct err *err)
{
	struct auth_edit edit = {account, hash, must_exist, must_be_new};
	autobuf struct buf text = {.max = LIMIT_ACCOUNT_FILE}, edited = {0};
	autoclose int fd = -1;
	struct stat st;

	if (open_locked(dirfd, path, &fd, &st, err) || io_read_all(fd, &text, err))
		return -1;
	if (auth_text_edit(path, buf_str(&text), &edit, &edited, err))
		return -1;
	if (str_eq(buf_str(&text), buf_str(&edited)))
		return 0;
	return replace(dirfd, path, buf_str(&edited), &st, err);
}
