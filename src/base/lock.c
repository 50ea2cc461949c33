/* lock.c - locks between processes: open file description locks, freed by the kernel on death.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"

static int set_lock(int fd, short type, int command)
{
	int result;

	do {
		struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
		result = fcntl(fd, command, &lock);
	} while (result < 0 && errno == EINTR);
	return result;
}

int lock_fd(int fd, enum lock_mode mode, bool wait, bool *ret_taken, struct err *err)
{
	short type = mode == LOCK_SHARED ? F_RDLCK : F_WRLCK;
	bool is_taken = set_lock(fd, type, wait ? F_OFD_SETLKW : F_OFD_SETLK) == 0;

	if (!is_taken && (wait || (errno != EAGAIN && errno != EACCES)))
		return err_sys(err, "locking");
	if (ret_taken)
		*ret_taken = is_taken;
	return 0;
}

int lock_release(int fd, struct err *err)
{
	if (set_lock(fd, F_UNLCK, F_OFD_SETLK))
		return err_sys(err, "unlocking");
	return 0;
}

bool lock_is_held(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static int open_lock_file(int dirfd, const char *name, enum lock_mode mode)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);

	/* A store that we may only read can still be shared. */
	if (fd < 0 && mode == LOCK_SHARED && (errno == EACCES || errno == EROFS))
		fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	return fd;
}

/* A lock on an unlinked file excludes nobody: the name must still lead to ours. */
static bool is_still_named(int fd, int dirfd, const char *name)
{
	struct stat ours;
	struct stat named;

	return fstat(fd, &ours) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int lock_file_at(int dirfd, const char *name, enum lock_mode mode, bool wait, int *ret_fd,
		 bool *ret_taken, struct err *err)
{
	for (int i = 0; i < LIMIT_LOCK_FILE_TRIES; i++) {
		autoclose int fd = open_lock_file(dirfd, name, mode);
		bool is_taken;
		if (fd < 0)
			return file_err(err, "opening lock", name);
		if (lock_fd(fd, mode, wait, &is_taken, err))
			return err_wrap(err, "lock '%s'", name);
		if (is_taken && !is_still_named(fd, dirfd, name))
			continue;
		*ret_fd = is_taken ? steal_fd(&fd) : -1;
		if (ret_taken)
			*ret_taken = is_taken;
		return 0;
	}
	return err_set(err, ERR_SYSTEM, "lock '%s' is replaced again and again", name);
}
