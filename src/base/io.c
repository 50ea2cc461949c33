/* io.c - whole files and whole buffers, relative to a directory descriptor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/random.h"
#include "base/strlist.h"

#include "base/banned.h"

#define FIRST_READ 4096u

/* Beyond what err_sys tells by itself. */
static const struct {
	int cause;
	enum err_kind kind;
} file_kinds[] = {{ENOTDIR, ERR_MISSING}, {EROFS, ERR_DENIED}, {ENAMETOOLONG, ERR_LIMIT}};

int(file_err)(struct err *err, const char *doing, const char *name)
{
	int cause = errno;

	err_sys(err, "%s '%s'", doing, name);
	for (size_t i = 0; i < ARRAY_LEN(file_kinds); i++)
		if (file_kinds[i].cause == cause)
			err->kind = file_kinds[i].kind;
	return -1;
}

/* Whether a failed read or write is to be tried again, after waiting when the descriptor is a
 * non-blocking one that another program made so (a shared terminal). */
static bool worth_retrying(int fd, short events)
{
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	struct pollfd wait = {.fd = fd, .events = events};
	return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

int io_write_all(int fd, const void *data, size_t len, struct err *err)
{
	const char *pos = data;

	while (len > 0) {
		ssize_t n = write(fd, pos, len);
		if (n < 0) {
			if (worth_retrying(fd, POLLOUT))
				continue;
			return err_sys(err, "writing");
		}
		pos += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t io_read_full(int fd, void *data, size_t len, struct err *err)
{
	char *pos = data;
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, pos + have, len - have);
		if (n < 0) {
			if (worth_retrying(fd, POLLIN))
				continue;
			return err_sys(err, "reading");
		}
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* At the maximum one more byte tells the end from too much. */
static int check_end(int fd, struct buf *buf, size_t max, struct err *err)
{
	char byte;
	ssize_t n = io_read_full(fd, &byte, 1, err);

	if (n > 0) {
		buf->overflowed = true;
		return err_set(err, ERR_LIMIT, "larger than %zu bytes", max);
	}
	return (int)n;
}

/* Most files are small: what comes first is read beside, and their buffer is no larger than they
 * are. Returns whether that was all. */
static int read_first(int fd, struct buf *buf, size_t max, struct err *err)
{
	char first[FIRST_READ];
	size_t len = max < sizeof(first) ? max : sizeof(first);
	ssize_t n = io_read_full(fd, first, len, err);

	if (n < 0)
		return -1;
	char *at = buf_reserve(buf, (size_t)n);
	if (!at)
		return err_set(err, ERR_LIMIT, "larger than %zu bytes", max);
	memcpy(at, first, (size_t)n);
	buf_added(buf, (size_t)n);
	return (size_t)n < len;
}

int io_read_all(int fd, struct buf *buf, struct err *err)
{
	size_t max = buf->max ? buf->max : BUF_DEFAULT_MAX;
	size_t step = FIRST_READ;
	int ended = buf->cap ? 0 : read_first(fd, buf, max, err);

	if (ended)
		return ended < 0 ? -1 : 0;
	for (;;) {
		if (buf->len >= max)
			return check_end(fd, buf, max, err);
		size_t room = max - buf->len;
		size_t free_now = buf->cap > buf->len + 1 ? buf->cap - buf->len - 1 : 0;
		size_t len = free_now ? free_now : step; /* whoever made room knows the size */
		if (len > room)
			len = room;
		char *at = buf_reserve(buf, len);
		if (!at)
			return err_set(err, ERR_LIMIT, "larger than %zu bytes", max);
		ssize_t n = io_read_full(fd, at, len, err);
		if (n < 0)
			return -1;
		buf_added(buf, (size_t)n);
		if ((size_t)n < len)
			return 0;
		if (step < LIMIT_IO_CHUNK)
			step *= 2;
	}
}

int file_read_at(int dirfd, const char *name, size_t max, struct buf *ret_buf, struct err *err)
{
	/* A single name may lie in a directory that others write to: no links, no waiting FIFOs. */
	bool is_plain = !strchr(name, '/');
	autoclose int fd =
		openat(dirfd, name,
		       O_RDONLY | O_CLOEXEC | O_NOCTTY | (is_plain ? O_NOFOLLOW | O_NONBLOCK : 0));
	struct stat st;
	autobuf struct buf buf = {.max = max};

	if (fd < 0)
		return file_err(err, "opening", name);
	if (fstat(fd, &st))
		return file_err(err, "examining", name);
	if (S_ISDIR(st.st_mode) || (is_plain && !S_ISREG(st.st_mode)))
		return err_set(err, ERR_SYSTEM, "reading '%s': not a regular file", name);

	size_t bound = max ? max : BUF_DEFAULT_MAX;
	if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size < bound)
		buf_reserve(&buf, (size_t)st.st_size + 1); /* one read sees the end as well */
	if (io_read_all(fd, &buf, err))
		return err_wrap(err, "reading '%s'", name);
	buf_done(ret_buf);
	*ret_buf = steal(&buf);
	return 0;
}

/* The directory part of `name`, opened when there is one; else a copy of dirfd for reading. */
static int open_dir_of(int dirfd, const char *name, int *ret_fd, struct err *err)
{
	const char *base = path_base(name);
	autofree char *dir = base == name ? xstrdup(".") : xstrndup(name, (size_t)(base - name));

	return dir_open_at(dirfd, dir, ret_fd, err);
}

/* Makes ".NAME.XXXXXXXX.tmp" in the directory. */
static int make_temp(int dirfd, const char *base, char **ret_name, int *ret_fd, struct err *err)
{
	for (int i = 0; i < LIMIT_TEMP_NAME_TRIES; i++) {
		char digits[9];
		random_hex(digits, sizeof(digits) - 1);
		autofree char *name = xasprintf(".%.*s.%s.tmp", LIMIT_TEMP_NAME_KEPT, base, digits);
		int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0600);
		if (fd >= 0) {
			*ret_name = steal(&name);
			*ret_fd = fd;
			return 0;
		}
		if (errno != EEXIST)
			return err_sys(err, "making a temporary file");
	}
	return err_set(err, ERR_EXISTS, "no free temporary name");
}

static int fill_file(int fd, const void *data, size_t len, mode_t mode, bool sync, struct err *err)
{
	if (io_write_all(fd, data, len, err))
		return -1;
	if (fchmod(fd, mode & 07777))
		return err_sys(err, "setting the mode");
	if (sync && fsync(fd))
		return err_sys(err, "syncing");
	return 0;
}

int file_write_at(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
		  enum file_sync sync, struct err *err)
{
	const char *base = path_base(name);
	autoclose int dir = -1;
	autoclose int fd = -1;
	autofree char *temp = NULL;

	if (open_dir_of(dirfd, name, &dir, err) || make_temp(dir, base, &temp, &fd, err))
		return err_wrap(err, "writing '%s'", name);
	if (fill_file(fd, data, len, mode, sync == FILE_SYNC, err)) {
		unlinkat(dir, temp, 0);
		return err_wrap(err, "writing '%s'", name);
	}
	if (renameat(dir, temp, dir, base)) {
		file_err(err, "writing", name);
		unlinkat(dir, temp, 0);
		return -1;
	}
	return sync == FILE_SYNC ? dir_sync(dir, err) : 0;
}

int dir_open_at(int dirfd, const char *path, int *ret_fd, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_err(err, "opening directory", path);
	*ret_fd = fd;
	return 0;
}

/* Makes the directory called by the first `len` bytes of path; one that is there is fine. */
static int make_prefix(int dirfd, const char *path, size_t len, mode_t mode, struct err *err)
{
	autofree char *prefix = xstrndup(path, len);
	struct stat st;

	if (mkdirat(dirfd, prefix, mode) == 0)
		return 0;
	if (errno != EEXIST && errno != EROFS)
		return file_err(err, "making directory", prefix);
	if (fstatat(dirfd, prefix, &st, 0))
		return file_err(err, "making directory", prefix);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a directory", prefix);
	return 0;
}

int dir_make_all(int dirfd, const char *path, mode_t mode, struct err *err)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode))
		return 0;
	const char *pos = path + strspn(path, "/");
	while (*pos) {
		pos += strcspn(pos, "/");
		if (make_prefix(dirfd, path, (size_t)(pos - path), mode, err))
			return -1;
		pos += strspn(pos, "/");
	}
	return 0;
}

int dir_sync(int dirfd, struct err *err)
{
	if (dirfd != AT_FDCWD && fsync(dirfd) == 0)
		return 0;
	if (dirfd != AT_FDCWD && errno != EBADF)
		return err_sys(err, "syncing a directory");

	/* An O_PATH descriptor cannot be synced itself. */
	autoclose int readable = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0 || fsync(readable))
		return err_sys(err, "syncing a directory");
	return 0;
}

DIR *dir_stream(int *fd)
{
	DIR *dir = fdopendir(*fd);

	if (dir)
		steal_fd(fd);
	return dir;
}

static void dir_close_at(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int dir_list(int dirfd, const char *name, struct strlist *ret_names, struct err *err)
{
	autoclose int fd = -1;
	autostrlist struct strlist names = {0};

	if (dir_open_at(dirfd, name, &fd, err))
		return -1;
	cleanup(dir_close_at) DIR *dir = dir_stream(&fd);
	if (!dir)
		return file_err(err, "listing", name);
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (!entry)
			break;
		if (!text_eq(entry->d_name, ".") && !text_eq(entry->d_name, ".."))
			strlist_add(&names, entry->d_name);
	}
	if (errno)
		return file_err(err, "listing", name);
	strlist_sort(&names);
	strlist_done(ret_names);
	*ret_names = steal(&names);
	return 0;
}

/* Shares the blocks when whole and both files are at their beginnings. Nothing lost if not. */
static bool copy_by_reflink(int from, int to)
{
	struct stat st;

	if (fstat(to, &st) || !S_ISREG(st.st_mode) || st.st_size != 0 ||
	    lseek(from, 0, SEEK_CUR) != 0 || lseek(to, 0, SEEK_CUR) != 0 ||
	    ioctl(to, FICLONE, from))
		return false;
	lseek(from, 0, SEEK_END);
	lseek(to, 0, SEEK_END);
	return true;
}

/* Moves what the kernel can by itself; stops early, without an error, where it cannot. */
static int copy_in_kernel(int from, int to, uint64_t *left, struct err *err)
{
	while (*left > 0) {
		size_t len = *left < LIMIT_COPY_RANGE ? (size_t)*left : LIMIT_COPY_RANGE;
		ssize_t n = copy_file_range(from, NULL, to, NULL, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG))
			return err_sys(err, "copying");
		if (n <= 0) /* cannot; or the end; or a file of /proc that does not tell its size */
			return 0;
		*left -= (uint64_t)n;
	}
	return 0;
}

int io_copy(int from, int to, uint64_t len, struct err *err)
{
	bool to_end = len == UINT64_MAX;

	if (to_end && copy_by_reflink(from, to))
		return 0;
	if (copy_in_kernel(from, to, &len, err))
		return -1;
	autofree char *block = len > 0 ? xmalloc(LIMIT_IO_CHUNK) : NULL;
	while (len > 0) {
		size_t want = len < LIMIT_IO_CHUNK ? (size_t)len : LIMIT_IO_CHUNK;
		ssize_t n = io_read_full(from, block, want, err);
		if (n < 0 || io_write_all(to, block, (size_t)n, err))
			return -1;
		len -= (uint64_t)n;
		if ((size_t)n < want)
			break;
	}
	if (len > 0 && !to_end)
		return err_set(err, ERR_CORRUPT, "ends %ju bytes early", (uintmax_t)len);
	return 0;
}

int fd_set_nonblock(int fd, bool on, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
		return err_sys(err, "making a descriptor %s", on ? "non-blocking" : "blocking");
	return 0;
}

char *path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (len == 0)
		return xstrdup(name);
	while (len > 0 && dir[len - 1] == '/')
		len--;
	return xasprintf("%.*s/%s", (int)len, dir, name + strspn(name, "/"));
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int path_real(const char *path, char **ret_path, struct err *err)
{
	char *real = realpath(path, NULL);

	if (!real)
		return file_err(err, "resolving", path);
	*ret_path = real;
	return 0;
}
