/* fs_blobs.c - content by digest: looking, reading, removing, putting aside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

static int err_no_blob(const struct digest *digest, struct err *err)
{
	return err_set(err, ERR_MISSING, "no blob %s", digest->text);
}

/* Settled: what a crash would take away is not shown. */
static int blob_fd(struct fs *fs, const struct digest *digest, int flags, int *ret_fd,
		   uint64_t *ret_size, struct err *err)
{
	struct fs_path dir = fs_blob_dir(digest), path = fs_path_of("%s/data", dir.text);
	autoclose int fd = -1;
	struct stat st;
	unsigned look;

	do {
		look = fs_flight_look(fs);
		mem_close_at(&fd);
		fd = fs_open_below(fs->treefd, path.text, flags);
		if (fd < 0 && fs_is_absent(errno))
			return err_no_blob(digest, err);
		if (fd < 0)
			return file_err(err, "opening", path.text);
	} while (!fs_flight_is_settled(fs, &dir, look));
	if (fstat(fd, &st))
		return file_err(err, "looking at", path.text);
	if (!S_ISREG(st.st_mode))
		return err_no_blob(digest, err);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int fs_blob_stat(struct storage *storage, const struct digest *digest, uint64_t *ret_size,
		 struct err *err)
{
	autoclose int fd = -1;

	return blob_fd(fs_of(storage), digest, O_PATH, &fd, ret_size, err);
}

int fs_blob_open(struct storage *storage, const struct digest *digest, struct blob_body *ret_body,
		 struct err *err)
{
	struct blob_body body = {0};

	if (blob_fd(fs_of(storage), digest, O_RDONLY | O_NONBLOCK, &body.fd, &body.size, err))
		return -1;
	*ret_body = body;
	return 0;
}

/* A file of the right size under its digest is kept as it is; content is checked by verifying. */
bool fs_blob_is_there(const struct fs *fs, const struct fs_path *dir, uint64_t size)
{
	struct stat st;
	autoclose int fd = fs_open_below(fs->treefd, dir->text, O_RDONLY | O_DIRECTORY);

	return fd >= 0 && fstatat(fd, "data", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

struct blob_reader {
	struct reader reader;
	int fd;
	uint64_t at, end;
};

static ssize_t blob_read(struct reader *reader, void *bytes, size_t len, struct err *err)
{
	struct blob_reader *self = (struct blob_reader *)reader;
	uint64_t left = self->end - self->at;
	ssize_t n;

	if (left == 0)
		return 0;
	do
		n = pread(self->fd, bytes, left < len ? (size_t)left : len, (off_t)self->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "reading a blob");
	if (n == 0)
		return err_set(err, ERR_CORRUPT, "a blob ends early");
	self->at += (uint64_t)n;
	return n;
}

static void blob_reader_close(struct reader *reader)
{
	close(((struct blob_reader *)reader)->fd);
	free(reader);
}

static const struct reader_ops blob_reader_ops = {blob_read, blob_reader_close};

int fs_blob_reader(struct storage *storage, const struct digest *digest, uint64_t offset,
		   uint64_t len, struct reader **ret_reader, struct err *err)
{
	autoclose int fd = -1;
	uint64_t size = 0;

	if (blob_fd(fs_of(storage), digest, O_RDONLY | O_NONBLOCK, &fd, &size, err))
		return -1;
	if (offset > size || len > size - offset)
		return err_set(err, ERR_CORRUPT, "blob %s has %" PRIu64 " bytes only", digest->text,
			       size);
	struct blob_reader *self = xcalloc(1, sizeof(*self));
	*self = (struct blob_reader){
		.reader = {.ops = &blob_reader_ops},
		.fd = steal_fd(&fd),
		.at = offset,
		.end = offset + len,
	};
	*ret_reader = &self->reader;
	return 0;
}

/* Takes "data" out of the blob's directory, to nowhere or to asidefd. */
static int blob_take(struct fs *fs, const struct digest *digest, int dirfd, int asidefd)
{
	char name[DIGEST_TEXT_MAX + 24];

	if (asidefd < 0)
		return unlinkat(dirfd, "data", 0);
	snprintf(name, sizeof(name), "%s-%" PRId64, digest_hex(digest), clock_now_ns());
	return fs->calls.rename(fs->calls.arg, dirfd, "data", asidefd, name, RENAME_NOREPLACE);
}

/* Both directories are open before anything is taken, so that the sync cannot fail to begin. What
 * is only removed may come back with a crash: the collector finds it again. */
static int blob_take_open(struct fs *fs, const struct digest *digest, int asidefd, struct err *err)
{
	const char *hex = digest_hex(digest);
	struct fs_path dir = fs_blob_dir(digest);
	struct fs_path above = fs_path_of("blobs/%s/%.2s", fs_algo_name(digest), hex);
	autoclose int fd = fs_open_below(fs->treefd, dir.text, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && fs_is_absent(errno))
		return err_no_blob(digest, err);
	autoclose int abovefd = fs_open_below(fs->treefd, above.text, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || abovefd < 0)
		return file_err(err, "opening", dir.text);
	if (blob_take(fs, digest, fd, asidefd))
		return errno == ENOENT ? err_no_blob(digest, err)
				       : file_err(err, "removing", dir.text);
	/* What is not ours keeps the directory, which then lost an entry itself. */
	bool is_gone = unlinkat(abovefd, hex, AT_REMOVEDIR) == 0;
	const int lost[] = {is_gone ? abovefd : fd, asidefd};
	return asidefd < 0 ? 0 : fs_sync(fs, FS_SYNC_DIR, lost, ARRAY_LEN(lost), err);
}

static int blob_take_in_flight(struct fs *fs, const struct digest *digest, int asidefd,
			       struct err *err)
{
	struct fs_path dir = fs_blob_dir(digest);

	fs_flight_enter(fs, &dir, 1);
	int result = blob_take_open(fs, digest, asidefd, err);
	fs_flight_leave(fs, &dir, 1, true); /* who still saw it, saw what was durable */
	return result;
}

int fs_blob_remove(struct storage *storage, const struct digest *digest, struct err *err)
{
	struct fs *fs = fs_of(storage);

	if (fs_guard_writing(fs, err))
		return -1;
	return blob_take_in_flight(fs, digest, -1, err);
}

int fs_blob_quarantine(struct storage *storage, const struct digest *digest, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct fs_path path = fs_path_of("quarantine/%s", fs_algo_name(digest));
	autoclose int asidefd = -1;

	if (fs_guard_writing(fs, err) || dir_make_all(fs->ownfd, path.text, 0750, err) ||
	    dir_open_at(fs->ownfd, path.text, &asidefd, err) ||
	    fs_sync(fs, FS_SYNC_DIR, &fs->ownfd, 1, err))
		return -1;
	return blob_take_in_flight(fs, digest, asidefd, err);
}
