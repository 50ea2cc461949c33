/* accounts_save.c - account files replaced as a whole, or written in place where they are mounted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/accounts_save.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/ownership.h"

#include "base/banned.h"

int account_table_read(int etc_fd, const char *name, struct account_table *ret_table,
		       bool *ret_exists, bool *ret_readable, struct err *err)
{
	autoclose int fd = openat(etc_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	*ret_exists = fd >= 0 || errno != ENOENT;
	*ret_readable = fd >= 0;
	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == EPERM
			       ? 0
			       : err_sys(err, "opening '/etc/%s'", name);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return err_set(err, ERR_SYSTEM, "'/etc/%s' is not a regular file", name);
	autobuf struct buf text = {.max = LIMIT_USERDB_FILE};
	if (io_read_all(fd, &text, err))
		return err_wrap(err, "reading '/etc/%s'", name);
	ret_table->text = steal(&text);
	ret_table->changed = false;
	return 0;
}

static int write_in_place(int etc_fd, const char *name, struct str text, struct err *err)
{
	autoclose int fd = openat(etc_fd, name, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	autobuf struct buf old = {.max = LIMIT_USERDB_FILE};
	size_t same = 0;

	if (fd < 0)
		return file_err(err, "editing", name);
	if (io_read_all(fd, &old, err))
		return -1;
	/* Room first: a full disk must not leave half of a file. */
	if (text.len > old.len && fallocate(fd, 0, 0, (off_t)text.len) && errno == ENOSPC)
		return err_sys(err, "making room");
	while (same < old.len && same < text.len && old.ptr[same] == text.ptr[same])
		same++;
	if (lseek(fd, (off_t)same, SEEK_SET) < 0 ||
	    io_write_all(fd, text.ptr + same, text.len - same, err))
		return err_is_set(err) ? -1 : err_sys(err, "seeking");
	if (ftruncate(fd, (off_t)text.len) || fsync(fd))
		return err_sys(err, "syncing");
	return 0;
}

/* The attributes of the old file, or those of a new one. */
static int take_over(int etc_fd, const char *name, int fd, struct err *err)
{
	autoclose int old = openat(etc_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	bool refused = false;

	if (old < 0 && errno == ENOENT)
		return fchmod(fd, 0644) ? err_sys(err, "changing the mode") : 0;
	if (old < 0 || fstat(old, &st))
		return err_sys(err, "examining");
	struct ownership as_before = {st.st_uid, st.st_gid, (int)(st.st_mode & 07777)};
	xattrs_copy(old, fd);
	if (ownership_set(fd, &as_before, &refused, err)) { /* an owner that our name space lacks */
		err_clear(err);
		refused = true;
	}
	return refused ? err_set(err, ERR_DENIED, "the owner cannot be kept") : 0;
}

/* The name is shadow's own for this; what a killed writer left of it is nobody's. */
static int write_beside(int etc_fd, const char *name, const char *beside, struct str text,
			struct err *err)
{
	unlinkat(etc_fd, beside, 0);
	autoclose int fd =
		openat(etc_fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_err(err, "making", beside);
	if (take_over(etc_fd, name, fd, err) || io_write_all(fd, text.ptr, text.len, err))
		return -1;
	return fsync(fd) ? err_sys(err, "syncing") : 0;
}

static bool is_link(int etc_fd, const char *name)
{
	struct stat st;

	return fstatat(etc_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

int account_table_write(int etc_fd, const char *name, const struct account_table *table,
			struct err *err)
{
	autofree char *beside = xasprintf("%s+", name);
	struct str text = buf_str(&table->text);
	autoerr struct err why = {0};

	if (buf_check(&table->text, name, err))
		return -1;
	if (!is_link(etc_fd, name)) {
		if (!write_beside(etc_fd, name, beside, text, &why) &&
		    !renameat(etc_fd, beside, etc_fd, name))
			return dir_sync(etc_fd, err);
		unlinkat(etc_fd, beside, 0);
		/* A full disk would leave half a file: only what cannot be made is tried in place.
		 */
		if (err_is_set(&why) && why.kind != ERR_DENIED) {
			err_move(err, &why);
			return err_wrap(err, "editing '/etc/%s'", name);
		}
	}
	return write_in_place(etc_fd, name, text, err) ? err_wrap(err, "editing '/etc/%s'", name)
						       : 0;
}
