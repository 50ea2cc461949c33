/* writer.c - where bytes go: writers to descriptors and memory, and writers around writers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#include "base/banned.h"

static int keep_failure(struct writer *writer, const struct err *err)
{
	return err_set(&writer->failure, err->kind, "%s", err_text(err));
}

static int repeat_failure(const struct writer *writer, struct err *err)
{
	return err_set(err, writer->failure.kind, "%s", err_text(&writer->failure));
}

int writer_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	assert(!writer->is_finished);
	if (err_is_set(&writer->failure))
		return repeat_failure(writer, err);
	if (len > 0 && writer->ops->write(writer, data, len, err))
		return keep_failure(writer, err);
	return 0;
}

int writer_finish(struct writer *writer, struct err *err)
{
	assert(!writer->is_finished);
	if (err_is_set(&writer->failure))
		return repeat_failure(writer, err);
	if (writer->ops->finish(writer, err))
		return keep_failure(writer, err);
	writer->is_finished = true;
	return 0;
}

void writer_close(struct writer *writer)
{
	if (!writer)
		return;
	err_clear(&writer->failure);
	writer->ops->close(writer);
}

struct fd_writer {
	struct writer writer;
	int fd;
	bool is_ours;
};

static int fd_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	return io_write_all(((struct fd_writer *)writer)->fd, data, len, err);
}

/* close(2) is where a network file system or a quota tells its last error. */
static int fd_finish(struct writer *writer, struct err *err)
{
	struct fd_writer *self = (struct fd_writer *)writer;

	if (self->is_ours && close(steal_fd(&self->fd)) && errno != EINTR)
		return err_sys(err, "writing");
	return 0;
}

static void fd_close(struct writer *writer)
{
	struct fd_writer *self = (struct fd_writer *)writer;

	if (self->is_ours && self->fd >= 0)
		close(self->fd);
	free(self);
}

static const struct writer_ops fd_ops = {.write = fd_write, .finish = fd_finish, .close = fd_close};

static struct writer *make_fd_writer(int fd, bool is_ours)
{
	struct fd_writer *self = xcalloc(1, sizeof(*self));

	*self = (struct fd_writer){.writer = {.ops = &fd_ops}, .fd = fd, .is_ours = is_ours};
	return &self->writer;
}

struct writer *writer_to_fd(int fd)
{
	return make_fd_writer(fd, true);
}

struct writer *writer_to_borrowed_fd(int fd)
{
	return make_fd_writer(fd, false);
}

struct buf_writer {
	struct writer writer;
	struct buf *buf;
};

static int buf_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct buf *buf = ((struct buf_writer *)writer)->buf;

	buf_append(buf, data, len);
	return buf_check(buf, "output", err);
}

static int buf_finish(struct writer *writer, struct err *err)
{
	return buf_check(((struct buf_writer *)writer)->buf, "output", err);
}

static void buf_close(struct writer *writer)
{
	free(writer);
}

static const struct writer_ops buf_ops = {
	.write = buf_write,
	.finish = buf_finish,
	.close = buf_close,
};

struct writer *writer_to_buf(struct buf *buf)
{
	struct buf_writer *self = xcalloc(1, sizeof(*self));

	*self = (struct buf_writer){.writer = {.ops = &buf_ops}, .buf = buf};
	return &self->writer;
}

/* One shape for the writers that let bytes pass and look at them. */
struct passing_writer {
	struct writer writer;
	struct writer *inner;  /* NULL: the bytes end here */
	struct writer *second; /* writer_tee; else NULL */
	struct hash *hash;     /* writer_hash; borrowed */
	uint64_t *count;       /* writer_count; borrowed */
};

static int inner_write(struct writer *inner, const void *data, size_t len, struct err *err)
{
	return inner ? writer_write(inner, data, len, err) : 0;
}

static int inner_finish(struct writer *inner, struct err *err)
{
	return inner ? writer_finish(inner, err) : 0;
}

static int hash_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct passing_writer *self = (struct passing_writer *)writer;

	hash_update(self->hash, data, len);
	return inner_write(self->inner, data, len, err);
}

static int count_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct passing_writer *self = (struct passing_writer *)writer;

	*self->count += len;
	return inner_write(self->inner, data, len, err);
}

static int tee_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct passing_writer *self = (struct passing_writer *)writer;

	if (inner_write(self->inner, data, len, err))
		return -1;
	return inner_write(self->second, data, len, err);
}

static int passing_finish(struct writer *writer, struct err *err)
{
	struct passing_writer *self = (struct passing_writer *)writer;

	if (inner_finish(self->inner, err))
		return -1;
	return inner_finish(self->second, err);
}

static void passing_close(struct writer *writer)
{
	struct passing_writer *self = (struct passing_writer *)writer;

	writer_close(self->inner);
	writer_close(self->second);
	free(self);
}

static const struct writer_ops hash_ops = {
	.write = hash_write,
	.finish = passing_finish,
	.close = passing_close,
};
static const struct writer_ops count_ops = {
	.write = count_write,
	.finish = passing_finish,
	.close = passing_close,
};
static const struct writer_ops tee_ops = {
	.write = tee_write,
	.finish = passing_finish,
	.close = passing_close,
};

static struct passing_writer *make_passing(const struct writer_ops *ops, struct writer *inner)
{
	struct passing_writer *self = xcalloc(1, sizeof(*self));

	self->writer.ops = ops;
	self->inner = inner;
	return self;
}

struct writer *writer_hash(struct writer *inner, struct hash *hash)
{
	struct passing_writer *self = make_passing(&hash_ops, inner);

	self->hash = hash;
	return &self->writer;
}

struct writer *writer_count(struct writer *inner, uint64_t *count)
{
	struct passing_writer *self = make_passing(&count_ops, inner);

	self->count = count;
	return &self->writer;
}

struct writer *writer_tee(struct writer *a, struct writer *b)
{
	struct passing_writer *self = make_passing(&tee_ops, a);

	self->second = b;
	return &self->writer;
}
