/* apply_content.c - a file's data out of the archive; long runs of zeros become holes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/io.h"
#include "layer/apply_private.h"

#include "base/banned.h"

#define HOLE_BYTES ((uint64_t)64 << 10) /* shorter runs cost more extents than they save blocks */
#define PAGE_BYTES ((size_t)4 << 10)

struct hole_writer {
	int fd;
	uint64_t written; /* where the file position is */
	uint64_t zeros;   /* seen behind it, not yet written */
};

static bool is_zero(const char *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/* The zeros before real data: a hole when they are many. */
static int zeros_settle(struct hole_writer *out, struct err *err)
{
	static const char page[PAGE_BYTES];

	if (out->zeros >= HOLE_BYTES) {
		if (lseek(out->fd, (off_t)(out->written + out->zeros), SEEK_SET) < 0)
			return err_sys(err, "leaving a hole");
		out->written += out->zeros;
		out->zeros = 0;
	}
	while (out->zeros > 0) {
		size_t len = out->zeros < PAGE_BYTES ? (size_t)out->zeros : PAGE_BYTES;
		if (io_write_all(out->fd, page, len, err))
			return -1;
		out->written += len;
		out->zeros -= len;
	}
	return 0;
}

/* Page by page, so that neighbours with data go out in one write. */
static int block_write(struct hole_writer *out, const char *block, size_t len, struct err *err)
{
	size_t start = 0;

	for (size_t at = 0; at < len; at += PAGE_BYTES) {
		size_t page = len - at < PAGE_BYTES ? len - at : PAGE_BYTES;
		if (!is_zero(block + at, page))
			continue;
		if (at > start && (zeros_settle(out, err) ||
				   io_write_all(out->fd, block + start, at - start, err)))
			return -1;
		out->written += at - start;
		out->zeros += page;
		start = at + page;
	}
	if (start >= len)
		return 0;
	if (zeros_settle(out, err) || io_write_all(out->fd, block + start, len - start, err))
		return -1;
	out->written += len - start;
	return 0;
}

static int block_read(struct apply *apply, uint64_t left, size_t *ret_len, struct err *err)
{
	size_t want = left < APPLY_BLOCK_BYTES ? (size_t)left : APPLY_BLOCK_BYTES, len = 0;

	while (len < want) {
		ssize_t n = tar_reader_read(apply->tar, apply->block + len, want - len, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return err_set(err, ERR_CORRUPT, "the file's data ends early");
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

int apply_content(struct apply *apply, int fd, const struct entry *entry, struct err *err)
{
	struct hole_writer out = {.fd = fd};
	bool may_have_holes = entry->size >= HOLE_BYTES;

	for (uint64_t left = entry->size; left > 0;) {
		size_t len = 0;
		if (block_read(apply, left, &len, err))
			return -1;
		left -= len;
		if (may_have_holes ? block_write(&out, apply->block, len, err)
				   : io_write_all(fd, apply->block, len, err))
			return -1;
	}
	if (out.zeros >= HOLE_BYTES)
		return ftruncate(fd, (off_t)entry->size) ? err_sys(err, "setting a size") : 0;
	return zeros_settle(&out, err);
}
