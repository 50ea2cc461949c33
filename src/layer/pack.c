/* pack.c - entries and files into a tar whose bytes are hashed, compressed and hashed again.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The caller's thread reads files straight into the blocks that the other threads take (belt.c). */
#include "layer/pack.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layer/compress_private.h"
#include "layer/heirs.h"
#include "layer/limits.h"
#include "layer/tar_private.h"

#include "base/banned.h"

struct pack {
	int64_t clamp_mtime_ns;
	struct hash *diff_hash;
	struct hash *blob_hash; /* NULL: not compressed, the blob is the tar */
	struct belt *belt;
	struct tar_writer *tar;
	struct heirs heirs;
	uint64_t blob_bytes, n_entries, content_bytes;
};

int pack_new(struct writer *out, const struct pack_options *options, struct pack **ret_pack,
	     struct err *err)
{
	int level = 0;
	if (compression_level(options->compression, options->compress.level, &level, err)) {
		writer_close(out);
		return -1;
	}
	struct pack *pack = xcalloc(1, sizeof(*pack));
	pack->clamp_mtime_ns = options->clamp_mtime_ns;
	pack->diff_hash = hash_new(HASH_SHA256);
	struct writer *sink = writer_count(out, &pack->blob_bytes);
	if (options->compression != COMPRESSION_NONE) {
		pack->blob_hash = hash_new(HASH_SHA256);
		sink = writer_hash(sink, pack->blob_hash);
	}
	if (options->compression == COMPRESSION_ZSTD)
		sink = writer_zstd(sink, level, options->compress.threads);
	pack->belt = belt_new(
		sink,
		&(struct belt_options){
			.hash = pack->diff_hash,
			.codec = options->compression == COMPRESSION_GZIP ? &gzip_codec : NULL,
			.level = level,
			.threads = options->compress.threads,
		});
	pack->tar = tar_writer_new(belt_writer(pack->belt));
	*ret_pack = pack;
	return 0;
}

void pack_free(struct pack *pack)
{
	if (!pack)
		return;
	tar_writer_free(pack->tar);
	writer_close(belt_writer(pack->belt)); /* joins the threads that use the hashes */
	hash_free(pack->diff_hash);
	hash_free(pack->blob_hash);
	heirs_done(&pack->heirs);
	free(pack);
}

int pack_entry(struct pack *pack, const struct entry *entry, struct err *err)
{
	struct entry told = *entry; /* borrows all that it points to */
	struct xattrs completed = {0};
	if (pack->clamp_mtime_ns >= 0 && told.mtime_ns > pack->clamp_mtime_ns)
		told.mtime_ns = pack->clamp_mtime_ns;
	if (heirs_add(&pack->heirs, entry, &completed))
		told.xattrs = completed;
	int failed = tar_writer_entry(pack->tar, &told, err);
	xattrs_done(&completed);
	if (failed)
		return -1;
	pack->n_entries++;
	pack->content_bytes += entry->type == ENTRY_FILE ? entry->size : 0;
	return 0;
}

int pack_write(struct pack *pack, const void *data, size_t len, struct err *err)
{
	return tar_writer_write(pack->tar, data, len, err);
}

/* What a file that shrank lacks: the archive stays whole. */
static int zeros_add(struct pack *pack, uint64_t len, struct err *err)
{
	while (len) {
		uint8_t *room;
		size_t n;
		if (belt_room(pack->belt, &room, &n, err))
			return -1;
		n = n < len ? n : (size_t)len;
		memset(room, 0, n);
		belt_added(pack->belt, n);
		tar_writer_added(pack->tar, n);
		len -= n;
	}
	return 0;
}

static ssize_t read_at(int fd, void *data, size_t len, uint64_t offset, struct err *err)
{
	ssize_t n;
	do
		n = pread(fd, data, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(err, "reading") : n;
}

/* Reads the next run into the open block. Where the file should end, one more byte is asked for if
 * there is room: so a file that grew is seen without another call. */
static int run_add(struct pack *pack, int fd, uint64_t offset, uint64_t left, size_t *ret_n,
		   bool *ret_grew, struct err *err)
{
	uint8_t *room;
	size_t len;
	if (belt_room(pack->belt, &room, &len, err))
		return -1;
	bool has_spare = len > left;
	size_t wanted = has_spare ? (size_t)left + 1 : len;
	ssize_t n = read_at(fd, room, wanted, offset, err);
	if (n < 0)
		return -1;
	*ret_grew = (uint64_t)n > left;
	*ret_n = *ret_grew ? (size_t)left : (size_t)n;
	belt_added(pack->belt, *ret_n);
	tar_writer_added(pack->tar, *ret_n);
	if (!has_spare && (uint64_t)n == left) {
		uint8_t more;
		n = read_at(fd, &more, 1, offset + left, err);
		*ret_grew = n > 0;
	}
	return n < 0 ? -1 : 0;
}

#define READ_AHEAD (2 * BELT_BLOCK_BYTES)

int pack_file(struct pack *pack, int fd, uint64_t size, struct err *err)
{
	assert(size == tar_writer_left(pack->tar));
	bool is_large = size > BELT_BLOCK_BYTES, has_grown = false;
	if (is_large)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only advice: may fail */
	uint64_t offset = 0;
	while (offset < size) {
		size_t n;
		if (is_large)
			readahead(fd, (off_t)(offset + BELT_BLOCK_BYTES), READ_AHEAD);
		if (run_add(pack, fd, offset, size - offset, &n, &has_grown, err))
			return -1;
		if (n == 0)
			break;
		offset += n;
	}
	if (zeros_add(pack, size - offset, err))
		return -1;
	if (has_grown || offset < size)
		return err_set(err, ERR_CORRUPT, "changed while it was read");
	return 0;
}

int pack_finish(struct pack *pack, struct pack_result *ret_result, struct err *err)
{
	if (tar_writer_finish(pack->tar, err) || writer_finish(belt_writer(pack->belt), err))
		return -1;
	struct digest diff_id = digest_of_hash(pack->diff_hash, HASH_SHA256);
	*ret_result = (struct pack_result){
		.diff_id = diff_id,
		.digest = pack->blob_hash ? digest_of_hash(pack->blob_hash, HASH_SHA256) : diff_id,
		.tar_bytes = belt_bytes(pack->belt),
		.blob_bytes = pack->blob_bytes,
		.n_entries = pack->n_entries,
		.content_bytes = pack->content_bytes,
	};
	return 0;
}
