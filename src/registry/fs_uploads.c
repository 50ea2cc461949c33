/* fs_uploads.c - receiving an upload, and making it content.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

int fs_free_bytes(struct storage *storage, uint64_t *ret_bytes, struct err *err)
{
	struct fs *fs = fs_of(storage);
	struct statvfs st;

	if (fstatvfs(fs->treefd, &st))
		return err_sys(err, "asking for free space");
	*ret_bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return 0;
}

/* The floor, by an answer that is at most a second old, less what came since. */
int fs_room_check(struct fs *fs, uint64_t len, struct err *err)
{
	uint64_t bytes;

	if (fs->floor_bytes == 0)
		return 0;
	int64_t now = clock_monotonic_ns(), seen = fs->free_seen_ns;
	if (seen == 0 || now - seen > LIMIT_FS_FREE_AGE_NS) {
		if (fs_free_bytes(&fs->storage, &bytes, err))
			return -1;
		fs->free_bytes = bytes;
		fs->free_seen_ns = now;
	}
	bytes = fs->free_bytes;
	if (bytes < len || bytes - len < fs->floor_bytes) {
		errno = ENOSPC;
		return err_sys(err, "keeping %llu bytes free", (unsigned long long)fs->floor_bytes);
	}
	fs->free_bytes -= len;
	return 0;
}

static int file_open(struct upload *upload, struct err *err)
{
	int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;

	if (upload->fd >= 0)
		return 0;
	if (upload->is_on_disk)
		upload->fd = openat(upload->dirfd, "data", flags, 0644);
	else
		upload->fd = openat(upload->fs->tmpfd, upload->id, flags | O_EXCL, 0644);
	if (upload->fd < 0)
		return file_err(err, "opening upload", upload->id);
	return 0;
}

/* Gets the disk going early; a failure is seen by the sync that counts. */
static void kick_disk(struct upload *upload, uint64_t end)
{
	if (end - upload->kicked < LIMIT_FS_WRITEBACK)
		return;
	(void)sync_file_range(upload->fd, (off_t)upload->kicked, (off_t)(end - upload->kicked),
			      SYNC_FILE_RANGE_WRITE);
	upload->kicked = end;
}

int fs_upload_write(struct upload *upload, const void *bytes, size_t len, struct err *err)
{
	struct fs *fs = upload->fs;
	const char *at = bytes;

	if (fs_room_check(fs, len, err) || file_open(upload, err))
		return -1;
	while (len) {
		uint64_t offset = upload->offset;
		ssize_t n = fs->calls.write(fs->calls.arg, upload->fd, at, len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "writing upload '%s'", upload->id);
		fs_hashing_add(upload->hashing, upload->fd, at, (size_t)n, offset);
		upload->offset = offset + (uint64_t)n;
		at += n;
		len -= (size_t)n;
	}
	upload->last_change_ns = clock_now_ns();
	kick_disk(upload, upload->offset);
	return 0;
}

/* The digest of all that came; what was hashed is spent, and starts anew if the session goes on. */
static int digest_check(struct upload *upload, const struct digest *digest, struct err *err)
{
	struct digest got;
	enum hash_algo algo = digest_algo(digest);

	if (fs_hashing_end(upload->hashing, upload->fd, upload->offset, algo, &got, err))
		return -1;
	fs_hashing_free(upload->hashing);
	upload->hashing = fs_hashing_new(upload->fs, algo);
	if (!digest_eq(&got, digest))
		return err_set(err, ERR_CORRUPT, "the content of upload '%s' is %s, not %s",
			       upload->id, got.text, digest->text);
	return 0;
}

enum { BLOB, LAYER, N_PATHS };

static int stage_and_run(struct upload *upload, const struct digest *digest,
			 const struct fs_path paths[N_PATHS], struct fs_publish *publish,
			 struct err *err)
{
	bool is_kept = upload->is_on_disk;
	int from = is_kept ? upload->dirfd : upload->fs->tmpfd;

	if (!fs_blob_is_there(upload->fs, &paths[BLOB], upload->offset) &&
	    fs_publish_file(publish, &paths[BLOB], "data", from, is_kept ? "data" : upload->id,
			    upload->fd, err))
		return -1;
	if (fs_publish_link(publish, 0, &paths[LAYER], digest, err))
		return -1;
	return fs_publish_run(publish, err);
}

static int publish_upload(struct upload *upload, const struct digest *digest, struct err *err)
{
	struct fs *fs = upload->fs;
	struct fs_publish publish = {.fs = fs};
	struct fs_path paths[N_PATHS] = {fs_blob_dir(digest),
					 fs_layer_dir(upload->repository, digest)};

	fs_flight_enter(fs, paths, N_PATHS);
	int result = stage_and_run(upload, digest, paths, &publish, err);
	/* Bytes that could not be synced may be lost even when a second sync says otherwise. */
	upload->is_over = !result || !storage_is_full(err) || publish.is_data_lost;
	fs_publish_done(&publish);
	fs_flight_leave(fs, paths, N_PATHS, result == 0);
	return result;
}

int fs_upload_commit(struct upload *upload, const struct digest *digest, uint64_t *ret_size,
		     struct err *err)
{
	if (file_open(upload, err)) { /* an empty one was never written to */
		upload->is_over = !storage_is_full(err);
		return -1;
	}
	if (digest_check(upload, digest, err)) {
		upload->is_over = true;
		return -1;
	}
	if (publish_upload(upload, digest, err))
		return -1;
	*ret_size = upload->offset;
	return 0;
}
