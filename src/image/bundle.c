/* bundle.c - files that are known to the byte, written as a tar or as a directory.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/limits.h"
#include "image/image_private.h"
#include "layer/tar.h"

#include "base/banned.h"

#define FILE_MODE 0644

void bundle_done(struct bundle *bundle)
{
	vec_foreach(it, bundle) {
		free(it->path);
		buf_done(&it->text);
		mem_close_at(&it->fd);
	}
	vec_done(bundle);
}

static bool has_path(const struct bundle *bundle, const char *path)
{
	vec_foreach(it, bundle)
		if (text_eq(it->path, path))
			return true;
	return false;
}

void bundle_add_text(struct bundle *bundle, char *path, struct buf *text)
{
	if (has_path(bundle, path)) {
		free(path);
		buf_done(text);
		return;
	}
	vec_push(bundle, {.path = path, .text = *text, .fd = -1, .size = text->len});
	*text = (struct buf){0};
}

void bundle_add_fd(struct bundle *bundle, char *path, int fd, uint64_t size)
{
	if (has_path(bundle, path)) {
		free(path);
		close(fd);
		return;
	}
	vec_push(bundle, {.path = path, .fd = fd, .size = size});
}

/* ---- tar ---- */

static int write_content(struct tar_writer *tar, const struct bundle_file *file, struct err *err)
{
	autofree char *block = NULL;
	uint64_t left = file->size;

	if (file->fd < 0)
		return tar_writer_write(tar, file->text.ptr, file->text.len, err);
	block = xmalloc(LIMIT_IO_CHUNK);
	while (left) {
		size_t len = left < LIMIT_IO_CHUNK ? (size_t)left : LIMIT_IO_CHUNK;
		ssize_t n = io_read_full(file->fd, block, len, err);
		if (n < 0)
			return -1;
		if ((size_t)n < len)
			return err_set(err, ERR_CORRUPT, "'%s' ends early", file->path);
		if (tar_writer_write(tar, block, len, err))
			return -1;
		left -= len;
	}
	return 0;
}

int bundle_write_tar(const struct bundle *bundle, int fd, struct err *err)
{
	autowriter struct writer *out = writer_to_borrowed_fd(fd);
	cleanup(tar_writer_freep) struct tar_writer *tar = tar_writer_new(out);

	vec_foreach(it, bundle) {
		struct entry entry = {
			.type = ENTRY_FILE, .path = it->path, .mode = FILE_MODE, .size = it->size};
		if (tar_writer_entry(tar, &entry, err) || write_content(tar, it, err))
			return -1;
	}
	return tar_writer_finish(tar, err) || writer_finish(out, err) ? -1 : 0;
}

/* ---- directory ---- */

static int write_file(const struct bundle_file *file, int rootfd, struct err *err)
{
	autoclose int dirfd = -1, fd = -1;
	const char *name;

	if (beneath_make_parent(rootfd, file->path, &dirfd, &name, err))
		return -1;
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return file_err(err, "making", file->path);
	if (file->fd < 0)
		return io_write_all(fd, file->text.ptr, file->text.len, err);
	return io_copy(file->fd, fd, file->size, err);
}

int bundle_write_dir(const struct bundle *bundle, int dirfd, struct err *err)
{
	vec_foreach(it, bundle)
		if (write_file(it, dirfd, err))
			return -1;
	return 0;
}
