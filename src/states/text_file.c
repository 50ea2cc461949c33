/* text_file.c - reading and replacing small texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/random.h"
#include "states/system_limits.h"

#include "base/banned.h"

bool text_is_line(struct str text)
{
	return !text.len ||
	       (!memchr(text.ptr, '\n', text.len) && !memchr(text.ptr, '\r', text.len) &&
		!memchr(text.ptr, '\0', text.len));
}

int text_file_read(struct world *world, const char *path, struct buf *ret_text, bool *ret_exists,
		   struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_TEXT_FILE};
	autoclose int fd = -1;
	struct stat st;

	if (ret_exists)
		*ret_exists = false;
	if (beneath_open(world->rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	} else {
		if (fstat(fd, &st))
			return err_sys(err, "examining '%s'", path);
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_INPUT, "'%s' is not a regular file", path);
		if (io_read_all(fd, &text, err))
			return err_wrap(err, "reading '%s'", path);
		if (ret_exists)
			*ret_exists = true;
	}
	buf_done(ret_text);
	*ret_text = steal(&text);
	return 0;
}

static int write_over(struct world *world, int fd, const char *name, struct str text,
		      struct err *err)
{
	struct stat old;

	if (fstat(fd, &old))
		return err_sys(err, "examining '%s'", name);
	if (!S_ISREG(old.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a regular file", name);
	/* Room first: a full disk must not leave half of a file. */
	if ((off_t)text.len > old.st_size && fallocate(fd, 0, 0, (off_t)text.len) &&
	    errno == ENOSPC)
		return file_err(err, "writing", name);
	if (io_write_all(fd, text.ptr, text.len, err))
		return err_wrap(err, "writing '%s'", name);
	if (ftruncate(fd, (off_t)text.len) || (!world->no_fsync && fsync(fd)))
		return file_err(err, "writing", name);
	return 0;
}

static int fill(struct world *world, int fd, const char *name, struct str text,
		const struct ownership *owner, struct err *err)
{
	bool refused;

	if (io_write_all(fd, text.ptr, text.len, err) || ownership_set(fd, owner, &refused, err))
		return err_wrap(err, "writing '%s'", name);
	return world->no_fsync || !fsync(fd) ? 0 : err_sys(err, "syncing '%s'", name);
}

/* `like` -1: no attributes to be taken over. */
static int replace(struct world *world, int dirfd, const char *name, struct str text,
		   const struct ownership *owner, int like, struct err *err)
{
	char digits[9];

	random_hex(digits, sizeof(digits) - 1);
	autofree char *temp = xasprintf(".%.*s.%s.tmp", (int)LIMIT_TEMP_NAME, name, digits);
	autoclose int fd =
		openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int cause = errno;
	if (fd >= 0) {
		if (like >= 0)
			xattrs_copy(like, fd);
		if (fill(world, fd, name, text, owner, err)) {
			unlinkat(dirfd, temp, 0);
			return -1;
		}
		if (!renameat(dirfd, temp, dirfd, name))
			return world->no_fsync ? 0 : dir_sync(dirfd, err);
		cause = errno;
		unlinkat(dirfd, temp, 0);
	}
	/* A mount point cannot be renamed over; a directory may be read-only around a file that is
	 * not. */
	errno = cause;
	if (cause != EBUSY && cause != EROFS && cause != EACCES && cause != EPERM)
		return file_err(err, "writing", name);
	autoclose int old =
		openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (old < 0) {
		errno = cause;
		return file_err(err, "writing", name);
	}
	return write_over(world, old, name, text, err);
}

int text_file_replace_at(struct world *world, int dirfd, const char *name, struct str text,
			 const struct ownership *owner, struct err *err)
{
	return replace(world, dirfd, name, text, owner, -1, err);
}

int text_file_write(struct world *world, const char *path, struct str text,
		    const struct ownership *fresh, struct err *err)
{
	autoclose int dirfd = -1;
	autoclose int old = -1;
	const char *name;
	struct stat st;

	if (beneath_make_parent(world->rootfd, path, &dirfd, &name, err))
		return -1;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return replace(world, dirfd, name, text, fresh, -1, err);
	if (S_ISLNK(st.st_mode)) {
		if (beneath_open(world->rootfd, path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY,
				 fresh->mode < 0 ? 0644 : (mode_t)fresh->mode, &old, err))
			return -1;
		return write_over(world, old, path, text, err);
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a regular file", path);
	struct ownership same = {st.st_uid, st.st_gid, (int)(st.st_mode & 07777)};
	old = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return replace(world, dirfd, name, text, &same, old, err);
}
