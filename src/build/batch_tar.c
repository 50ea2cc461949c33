/* batch_tar.c - a batch, or the entries of another archive, read as a tar.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "build/batch.h"
#include "layer/acl.h"
#include "layer/tar.h"

#include "base/banned.h"

#define BLOCK_BYTES ((size_t)256 << 10)

/* Where entries and their data come from. */
struct tar_source {
	/* 1: *ret_entry (borrowed until the next call), 0: the end, -1. */
	int (*next)(struct tar_source *source, const struct entry **ret_entry, struct err *err);
	ssize_t (*read)(struct tar_source *source, void *data, size_t len, struct err *err);
	void (*close)(struct tar_source *source);
};

struct tar_stream {
	struct reader reader;
	struct tar_source *source; /* owned */
	struct tar_writer *tar;
	struct writer *writer; /* into `ready` */
	struct buf ready;
	size_t taken;  /* of `ready` */
	uint64_t left; /* of the current file */
	bool is_finished;
	char block[BLOCK_BYTES];
};

static int stream_data(struct tar_stream *stream, struct err *err)
{
	size_t len = stream->left < BLOCK_BYTES ? (size_t)stream->left : BLOCK_BYTES;
	ssize_t n = stream->source->read(stream->source, stream->block, len, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(err, ERR_CORRUPT, "a file became shorter while it was read");
	stream->left -= (uint64_t)n;
	return tar_writer_write(stream->tar, stream->block, (size_t)n, err);
}

static int stream_entry(struct tar_stream *stream, struct err *err)
{
	const struct entry *entry;
	int found = stream->source->next(stream->source, &entry, err);

	if (found < 0)
		return -1;
	if (!found) {
		stream->is_finished = true;
		return tar_writer_finish(stream->tar, err);
	}
	stream->left = entry->type == ENTRY_FILE ? entry->size : 0;
	return tar_writer_entry(stream->tar, entry, err);
}

static ssize_t stream_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct tar_stream *stream = (struct tar_stream *)reader;

	while (stream->taken == stream->ready.len) {
		buf_truncate(&stream->ready, 0);
		stream->taken = 0;
		if (stream->is_finished)
			return 0;
		if (stream->left ? stream_data(stream, err) : stream_entry(stream, err))
			return -1;
	}
	size_t waiting = stream->ready.len - stream->taken;
	size_t n = len < waiting ? len : waiting;
	memcpy(data, stream->ready.ptr + stream->taken, n);
	stream->taken += n;
	return (ssize_t)n;
}

static void stream_close(struct reader *reader)
{
	struct tar_stream *stream = (struct tar_stream *)reader;

	stream->source->close(stream->source);
	tar_writer_free(stream->tar);
	writer_close(stream->writer);
	buf_done(&stream->ready);
	free(stream);
}

static struct reader *stream_new(struct tar_source *source)
{
	static const struct reader_ops ops = {.read = stream_read, .close = stream_close};
	struct tar_stream *stream = xcalloc(1, sizeof(*stream));

	stream->reader.ops = &ops;
	stream->source = source;
	stream->writer = writer_to_buf(&stream->ready);
	stream->tar = tar_writer_new(stream->writer);
	return &stream->reader;
}

/* ---- a batch ---- */

struct batch_source {
	struct tar_source source;
	const struct batch *batch;
	int64_t clamp_mtime_ns;
	size_t next;
	struct entry entry; /* the current one; owns nothing */
	struct str bytes;   /* what is left of it, when it is not a file */
	int fd;
	struct batch_cursor cursor;
};

static int open_data(struct batch_source *from, const struct batch_item *item, struct err *err)
{
	mem_close_at(&from->fd);
	from->fd = -1;
	from->bytes = (struct str){item->bytes, item->bytes ? item->entry.size : 0};
	if (item->entry.type != ENTRY_FILE || item->bytes)
		return 0;
	return batch_open(&from->cursor, item, &from->fd, err);
}

static int batch_next(struct tar_source *source, const struct entry **ret_entry, struct err *err)
{
	struct batch_source *from = (struct batch_source *)source;
	const struct batch *batch = from->batch;

	while (from->next < batch->n && batch->items[from->next].is_dropped)
		from->next++;
	if (from->next == batch->n)
		return 0;
	const struct batch_item *item = &batch->items[from->next++];
	if (open_data(from, item, err))
		return -1;
	from->entry = item->entry;
	if (from->clamp_mtime_ns >= 0 && from->entry.mtime_ns > from->clamp_mtime_ns)
		from->entry.mtime_ns = from->clamp_mtime_ns;
	*ret_entry = &from->entry;
	return 1;
}

static ssize_t batch_read(struct tar_source *source, void *data, size_t len, struct err *err)
{
	struct batch_source *from = (struct batch_source *)source;

	if (from->fd >= 0)
		return io_read_full(from->fd, data, len, err);
	size_t n = len < from->bytes.len ? len : from->bytes.len;
	memcpy(data, from->bytes.ptr, n);
	from->bytes = (struct str){from->bytes.ptr + n, from->bytes.len - n};
	return (ssize_t)n;
}

static void batch_close(struct tar_source *source)
{
	struct batch_source *from = (struct batch_source *)source;

	mem_close_at(&from->fd);
	batch_cursor_done(&from->cursor);
	free(from);
}

struct reader *batch_reader(const struct batch *batch, int64_t clamp_mtime_ns)
{
	struct batch_source *from = xmalloc(sizeof(*from));

	*from = (struct batch_source){
		.source = {batch_next, batch_read, batch_close},
		.batch = batch,
		.clamp_mtime_ns = clamp_mtime_ns,
		.fd = -1,
		.cursor = {.dirfd = -1},
	};
	return stream_new(&from->source);
}

/* ---- an archive ---- */

struct archive_source {
	struct tar_source source;
	struct tar_reader *tar;
	struct archive_options options;
	char *prefix; /* of options */
	struct entry entry;
};

/* The bytes of an ACL: a version of 4, then 8 an entry: tag, rights, id (linux/posix_acl_xattr.h).
 */
static void acl_set_mode(struct xattr *acl, uint32_t mode)
{
	enum { USER_OBJ = 1, GROUP_OBJ = 4, MASK = 16, OTHER = 32 };
	uint8_t *bytes = acl->value;
	size_t mask = 0, group = 0;

	for (size_t at = 4; at + 8 <= acl->len; at += 8) {
		switch (bytes[at] | bytes[at + 1] << 8) {
		case USER_OBJ: bytes[at + 2] = mode >> 6 & 7; break;
		case OTHER: bytes[at + 2] = mode & 7; break;
		case MASK: mask = at; break;
		case GROUP_OBJ: group = at; break;
		default: break;
		}
	}
	if (mask || group)
		bytes[(mask ? mask : group) + 2] = mode >> 3 & 7;
}

void entry_set_mode(struct entry *entry, uint32_t mode)
{
	if (entry->type == ENTRY_SYMLINK || entry->type == ENTRY_HARDLINK)
		return;
	entry->mode = mode;
	for (size_t i = 0; i < entry->xattrs.n; i++)
		if (text_eq(entry->xattrs.items[i].name, XATTR_ACL_ACCESS))
			acl_set_mode(&entry->xattrs.items[i], mode);
}

static void put_below(char **path, const char *prefix)
{
	char *joined = **path ? path_join(prefix, *path) : xstrdup(prefix);
	free(*path);
	*path = joined;
}

static int archive_next(struct tar_source *source, const struct entry **ret_entry, struct err *err)
{
	struct archive_source *from = (struct archive_source *)source;
	const struct archive_options *options = &from->options;
	struct entry *entry = &from->entry;
	int found = tar_reader_next(from->tar, entry, err);

	if (found <= 0)
		return found;
	put_below(&entry->path, from->prefix);
	if (entry->type == ENTRY_HARDLINK)
		put_below(&entry->target, from->prefix);
	if (options->sets_owner) {
		entry->uid = options->uid;
		entry->gid = options->gid;
	}
	if (options->sets_mode)
		entry_set_mode(entry, options->mode);
	if (options->clamp_mtime_ns >= 0 && entry->mtime_ns > options->clamp_mtime_ns)
		entry->mtime_ns = options->clamp_mtime_ns;
	*ret_entry = entry;
	return 1;
}

static ssize_t archive_read(struct tar_source *source, void *data, size_t len, struct err *err)
{
	struct archive_source *from = (struct archive_source *)source;
	return tar_reader_read(from->tar, data, len, err);
}

static void archive_close(struct tar_source *source)
{
	struct archive_source *from = (struct archive_source *)source;

	entry_clear(&from->entry);
	tar_reader_free(from->tar);
	free(from->prefix);
	free(from);
}

struct reader *archive_reader(struct reader *inner, const struct archive_options *options)
{
	struct archive_source *from = xmalloc(sizeof(*from));

	*from = (struct archive_source){
		.source = {archive_next, archive_read, archive_close},
		.tar = tar_reader_new(inner),
		.options = *options,
		.prefix = xstrdup(options->prefix),
	};
	return stream_new(&from->source);
}
