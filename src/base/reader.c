/* reader.c - where bytes come from: readers of descriptors and memory, and readers around readers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

#include "base/banned.h"

ssize_t reader_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	if (err_is_set(&reader->failure))
		return err_set(err, reader->failure.kind, "%s", err_text(&reader->failure));
	ssize_t n = reader->ops->read(reader, data, len, err);
	if (n < 0)
		err_set(&reader->failure, err->kind, "%s", err_text(err));
	return n;
}

int reader_read_full(struct reader *reader, void *data, size_t len, struct err *err)
{
	char *pos = data;

	while (len > 0) {
		ssize_t n = reader_read(reader, pos, len, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_CORRUPT, "ends early");
		pos += n;
		len -= (size_t)n;
	}
	return 0;
}

int reader_skip(struct reader *reader, uint64_t len, struct err *err)
{
	char scrap[8192];

	while (len > 0) {
		size_t n = len < sizeof(scrap) ? (size_t)len : sizeof(scrap);
		if (reader_read_full(reader, scrap, n, err))
			return -1;
		len -= n;
	}
	return 0;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	err_clear(&reader->failure);
	reader->ops->close(reader);
}

struct fd_reader {
	struct reader reader;
	int fd;
	bool is_ours;
};

static ssize_t fd_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct fd_reader *self = (struct fd_reader *)reader;
	ssize_t n;

	do
		n = read(self->fd, data, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, "reading") : n;
}

static void fd_close(struct reader *reader)
{
	struct fd_reader *self = (struct fd_reader *)reader;

	if (self->is_ours)
		close(self->fd);
	free(self);
}

static const struct reader_ops fd_ops = {.read = fd_read, .close = fd_close};

static struct reader *make_fd_reader(int fd, bool is_ours)
{
	struct fd_reader *self = xcalloc(1, sizeof(*self));

	*self = (struct fd_reader){.reader = {.ops = &fd_ops}, .fd = fd, .is_ours = is_ours};
	return &self->reader;
}

struct reader *reader_of_fd(int fd)
{
	return make_fd_reader(fd, true);
}

struct reader *reader_of_borrowed_fd(int fd)
{
	return make_fd_reader(fd, false);
}

struct bytes_reader {
	struct reader reader;
	struct str rest;
};

static ssize_t bytes_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct bytes_reader *self = (struct bytes_reader *)reader;
	size_t n = len < self->rest.len ? len : self->rest.len;

	(void)err; /* memory cannot fail */
	if (n == 0)
		return 0;
	memcpy(data, self->rest.ptr, n);
	self->rest.ptr += n;
	self->rest.len -= n;
	return (ssize_t)n;
}

static void bytes_close(struct reader *reader)
{
	free(reader);
}

static const struct reader_ops bytes_ops = {.read = bytes_read, .close = bytes_close};

struct reader *reader_of_bytes(struct str data)
{
	struct bytes_reader *self = xcalloc(1, sizeof(*self));

	*self = (struct bytes_reader){.reader = {.ops = &bytes_ops}, .rest = data};
	return &self->reader;
}

/* One shape for the readers that let bytes pass and look at them. */
struct passing_reader {
	struct reader reader;
	struct reader *inner;
	struct hash *hash; /* reader_hash; borrowed */
	uint64_t *count;   /* reader_count; borrowed */
	uint64_t left;     /* reader_limit */
	uint64_t max;
	char *what;
};

static ssize_t hash_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct passing_reader *self = (struct passing_reader *)reader;
	ssize_t n = reader_read(self->inner, data, len, err);

	if (n > 0)
		hash_update(self->hash, data, (size_t)n);
	return n;
}

static ssize_t count_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct passing_reader *self = (struct passing_reader *)reader;
	ssize_t n = reader_read(self->inner, data, len, err);

	if (n > 0)
		*self->count += (uint64_t)n;
	return n;
}

static int limit_err(const struct passing_reader *self, struct err *err)
{
	return err_set(err, ERR_LIMIT, "%s is larger than %" PRIu64 " bytes", self->what,
		       self->max);
}

static ssize_t limit_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct passing_reader *self = (struct passing_reader *)reader;
	ssize_t n;

	if (self->left == 0 && len > 0) { /* one more byte tells the end from too much */
		char byte;
		n = reader_read(self->inner, &byte, 1, err);
		return n > 0 ? limit_err(self, err) : n;
	}
	n = reader_read(self->inner, data, len < self->left ? len : (size_t)self->left, err);
	if (n > 0)
		self->left -= (uint64_t)n;
	return n;
}

static void passing_close(struct reader *reader)
{
	struct passing_reader *self = (struct passing_reader *)reader;

	reader_close(self->inner);
	free(self->what);
	free(self);
}

static const struct reader_ops hash_ops = {.read = hash_read, .close = passing_close};
static const struct reader_ops count_ops = {.read = count_read, .close = passing_close};
static const struct reader_ops limit_ops = {.read = limit_read, .close = passing_close};

static struct passing_reader *make_passing(const struct reader_ops *ops, struct reader *inner)
{
	struct passing_reader *self = xcalloc(1, sizeof(*self));

	self->reader.ops = ops;
	self->inner = inner;
	return self;
}

struct reader *reader_limit(struct reader *inner, uint64_t max, const char *what)
{
	struct passing_reader *self = make_passing(&limit_ops, inner);

	self->left = self->max = max;
	self->what = xstrdup(what);
	return &self->reader;
}

struct reader *reader_hash(struct reader *inner, struct hash *hash)
{
	struct passing_reader *self = make_passing(&hash_ops, inner);

	self->hash = hash;
	return &self->reader;
}

struct reader *reader_count(struct reader *inner, uint64_t *count)
{
	struct passing_reader *self = make_passing(&count_ops, inner);

	self->count = count;
	return &self->reader;
}
