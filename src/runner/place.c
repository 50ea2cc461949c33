/* place.c - files written beside and renamed, or in place where they are mounted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/random.h"
#include "base/str.h"
#include "init/trusted.h"

#include "base/banned.h"

int place_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd, struct err *err)
{
	struct trusted_fault fault;
	int failure = trusted_open_dir(path, make, ret_new, ret_fd, &fault);

	if (!failure)
		return 0;
	if (fault.is_link)
		return err_set(err, ERR_DENIED, "'%s' in '%s' is a link of user %u", fault.name,
			       path, (unsigned)fault.owner);
	if (failure == -ENOTDIR)
		return err_set(err, ERR_EXISTS, "'%s' in '%s' exists and is not a directory",
			       fault.name, path);
	errno = -failure;
	return file_err(err, make ? "making directory" : "opening directory", path);
}

static int make_temp(struct placement *placement, int dirfd)
{
	char digits[9];

	random_hex(digits, sizeof(digits) - 1);
	free(placement->temp);
	placement->temp = xasprintf(".%.*s.%s.tmp", NAME_MAX - 16, placement->name, digits);
	placement->fd = openat(dirfd, placement->temp,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return placement->fd < 0 ? -1 : 0;
}

/* Where the target can be written but nothing can be made beside it. */
static int make_temp_elsewhere(struct placement *placement, struct err *err)
{
	static const char *const dirs[] = {"/run", "/tmp", "/dev/shm"};
	int cause = errno;

	if ((cause != EROFS && cause != EACCES && cause != EPERM) ||
	    faccessat(placement->dirfd, placement->name, W_OK, AT_EACCESS)) {
		errno = cause;
		return file_err(err, "writing", placement->dest);
	}
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		placement->temp_dirfd = open(dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (placement->temp_dirfd >= 0 && !make_temp(placement, placement->temp_dirfd)) {
			placement->temp_dir = xstrdup(dirs[i]);
			return 0;
		}
		mem_close_at(&placement->temp_dirfd);
		placement->temp_dirfd = -1;
	}
	return err_set(err, ERR_DENIED,
		       "writing '%s': nothing can be made beside it, nor in /run, /tmp or /dev/shm",
		       placement->dest);
}

int place_begin(const char *dest, struct placement *ret_placement, struct err *err)
{
	const char *base = path_base(dest);
	autoplacement struct placement placement = {
		.dest = dest,
		.dirfd = -1,
		.fd = -1,
		.temp_dirfd = -1,
		.name = xstrdup(base),
		.dir = base == dest ? xstrdup(".") : xstrndup(dest, (size_t)(base - dest)),
	};

	if (!*base)
		return err_set(err, ERR_INPUT, "'%s' is the name of a directory", dest);
	if (place_open_dir(placement.dir, true, NULL, &placement.dirfd, err))
		return -1;
	if (make_temp(&placement, placement.dirfd) && make_temp_elsewhere(&placement, err))
		return -1;
	*ret_placement = placement;
	placement = (struct placement){.dirfd = -1, .fd = -1, .temp_dirfd = -1};
	return 0;
}

char *place_path(const struct placement *placement)
{
	return path_join(placement->temp_dir ? placement->temp_dir : placement->dir,
			 placement->temp);
}

static int write_over(struct placement *placement, struct err *err)
{
	autoclose int fd = openat(placement->dirfd, placement->name,
				  O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st, old;

	if (fd < 0 || fstat(placement->fd, &st) || fstat(fd, &old))
		return file_err(err, "writing", placement->dest);
	if (!S_ISREG(old.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a regular file",
			       placement->dest);
	/* Room first: a full disk must not leave half of a file. */
	if (st.st_size > old.st_size && fallocate(fd, 0, 0, st.st_size) && errno == ENOSPC)
		return file_err(err, "writing", placement->dest);
	if (lseek(placement->fd, 0, SEEK_SET) < 0 ||
	    io_copy(placement->fd, fd, (uint64_t)st.st_size, err))
		return err_is_set(err) ? err_wrap(err, "writing '%s'", placement->dest)
				       : file_err(err, "writing", placement->dest);
	if (ftruncate(fd, st.st_size) || fsync(fd))
		return file_err(err, "writing", placement->dest);
	return 0;
}

int place_commit(struct placement *placement, struct err *err)
{
	if (fsync(placement->fd))
		return file_err(err, "syncing", placement->dest);
	if (placement->temp_dir)
		return write_over(placement, err);
	if (!renameat(placement->dirfd, placement->temp, placement->dirfd, placement->name)) {
		free(placement->temp);
		placement->temp = NULL;
		return dir_sync(placement->dirfd, err);
	}
	if (errno != EBUSY)
		return file_err(err, "writing", placement->dest);
	return write_over(placement, err);
}

void place_done(struct placement *placement)
{
	if (placement->fd >= 0 && placement->temp)
		unlinkat(placement->temp_dir ? placement->temp_dirfd : placement->dirfd,
			 placement->temp, 0);
	mem_close_at(&placement->fd);
	mem_close_at(&placement->dirfd);
	mem_close_at(&placement->temp_dirfd);
	free(placement->dir);
	free(placement->name);
	free(placement->temp);
	free(placement->temp_dir);
	*placement = (struct placement){.fd = -1, .dirfd = -1, .temp_dirfd = -1};
}
