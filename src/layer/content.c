/* content.c - the data of one file: opened for nothing else, read whole, compared, copied.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/content.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/io.h"

#include "base/banned.h"

/* One system call for most files; two of them fit a stack. */
#define BLOCK_BYTES ((size_t)64 << 10)

int content_open(int dirfd, const char *name, const struct stat *st, int *ret_fd, struct err *err)
{
	struct stat now;
	autoclose int fd =
		openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "opening '%s'", name);
	if (fstat(fd, &now))
		return err_sys(err, "looking at '%s'", name);
	if (now.st_ino != st->st_ino || !S_ISREG(now.st_mode))
		return err_set(err, ERR_CORRUPT, "'%s' changed while it was read", name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static size_t block_of(uint64_t left)
{
	return left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
}

int content_hash(int fd, uint64_t size, struct hash *hash, struct err *err)
{
	char block[BLOCK_BYTES];

	while (size > 0) {
		ssize_t n = io_read_full(fd, block, block_of(size), err);
		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_CORRUPT,
				       "the file became shorter while it was read");
		hash_update(hash, block, (size_t)n);
		size -= (uint64_t)n;
	}
	return 0;
}

int content_compare(int a, int b, uint64_t size, struct err *err)
{
	char left[BLOCK_BYTES], right[BLOCK_BYTES];

	if (lseek(a, 0, SEEK_SET) < 0 || lseek(b, 0, SEEK_SET) < 0)
		return err_sys(err, "rewinding a file");
	while (size > 0) {
		ssize_t n_left = io_read_full(a, left, block_of(size), err);
		ssize_t n_right = n_left < 0 ? -1 : io_read_full(b, right, block_of(size), err);
		if (n_right < 0)
			return -1;
		if (n_left != n_right || memcmp(left, right, (size_t)n_left) != 0)
			return 0;
		if (n_left == 0)
			return err_set(err, ERR_CORRUPT,
				       "the file became shorter while it was read");
		size -= (uint64_t)n_left;
	}
	return 1;
}

static int copy_small(int from, int to, uint64_t size, struct err *err)
{
	char block[BLOCK_BYTES];
	ssize_t n = io_read_full(from, block, (size_t)size, err);

	return n < 0 ? -1 : io_write_all(to, block, (size_t)n, err);
}

/* Runs of data between holes; the file's end may be a hole too. */
static int copy_pieces(int from, int to, off_t size, struct err *err)
{
	off_t start = 0, end = 0;

	while (end < size && (start = lseek(from, end, SEEK_DATA)) >= 0) {
		end = lseek(from, start, SEEK_HOLE);
		if (end < 0 || lseek(from, start, SEEK_SET) < 0 || lseek(to, start, SEEK_SET) < 0)
			return err_sys(err, "looking for holes");
		end = end < size ? end : size;
		if (io_copy(from, to, (uint64_t)(end - start), err))
			return -1;
	}
	if (start < 0 && errno != ENXIO)
		return err_sys(err, "looking for data");
	return ftruncate(to, size) ? err_sys(err, "setting a size") : 0;
}

int content_copy(int from, const struct stat *st, int to, struct err *err)
{
	if (st->st_size == 0)
		return 0;
	if (st->st_size <= (off_t)BLOCK_BYTES && st->st_blocks > 0)
		return copy_small(from, to, (uint64_t)st->st_size, err);
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if ((uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size)
		return copy_pieces(from, to, st->st_size, err);
	return io_copy(from, to, (uint64_t)st->st_size, err);
}

int content_open_entry(int dirfd, const char *name, const struct stat *st, struct entry *entry,
		       int *ret_fd, struct err *err)
{
	autoclose int fd = -1;

	if (entry->type == ENTRY_HARDLINK)
		return 0;
	if (entry->type != ENTRY_FILE)
		return xattrs_read_at(dirfd, name, &entry->xattrs, err);
	if (content_open(dirfd, name, st, &fd, err) || xattrs_read_fd(fd, &entry->xattrs, err))
		return -1;
	*ret_fd = steal_fd(&fd);
	return 0;
}
