/* test_pack.c - layers packed by every compression, small and large, on one thread and on several.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "layer/compress_private.h"
#include "layer/pack.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

static struct pack *pack_begin(struct buf *blob, enum compression compression, int threads)
{
	autoerr struct err err = {0};
	struct pack *pack = NULL;
	struct pack_options options = {
		.compression = compression, .compress.threads = threads, .clamp_mtime_ns = -1};
	CHECK_OK(pack_new(writer_to_buf(blob), &options, &pack, &err), &err);
	return pack;
}

/* Three files of the content's first bytes, through both ways in. */
static struct pack_result pack_content(const struct buf *content, enum compression compression,
				       int threads, struct buf *blob)
{
	autoerr struct err err = {0};
	struct pack_result result;
	cleanup(pack_freep) struct pack *pack = pack_begin(blob, compression, threads);
	struct entry entry = {.type = ENTRY_FILE, .path = P("first"), .size = content->len};
	CHECK_OK(pack_entry(pack, &entry, &err), &err);
	CHECK_OK(pack_write(pack, content->ptr, content->len, &err), &err);
	const char *path;
	int dir = test_dir(&path);
	CHECK_OK(file_write_at(dir, "f", content->ptr, content->len, 0600, FILE_NO_SYNC, &err),
		 &err);
	autoclose int fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	entry.path = P("second");
	CHECK_OK(pack_entry(pack, &entry, &err), &err);
	CHECK_OK(pack_file(pack, fd, content->len, &err), &err);
	CHECK_OK(pack_finish(pack, &result, &err), &err);
	CHECK_INT(result.n_entries, 2);
	CHECK_INT(result.content_bytes, 2 * content->len);
	CHECK_INT(result.blob_bytes, blob->len);
	struct digest digest = digest_of_bytes(blob->ptr, blob->len);
	CHECK_STR(result.digest.text, digest.text);
	return result;
}

static void check_unpacks(const struct buf *blob, enum compression compression,
			  const struct pack_result *result)
{
	autoerr struct err err = {0};
	enum compression found;
	struct reader *unpacked;
	CHECK_OK(reader_decompress(reader_of_bytes(buf_str(blob)), &found, &unpacked, &err), &err);
	CHECK_INT(found, compression);
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autoreader struct reader *reader = reader_hash(unpacked, hash);
	uint64_t n_bytes = 0;
	char data[50000];
	ssize_t n;
	while ((n = reader_read(reader, data, sizeof(data), &err)) > 0)
		n_bytes += (uint64_t)n;
	CHECK_STR(err_text(&err), "");
	CHECK_INT(n_bytes, result->tar_bytes);
	struct digest digest = digest_of_hash(hash, HASH_SHA256);
	CHECK_STR(digest.text, result->diff_id.text);
}

static void check_all_ways(enum compression compression)
{
	static const size_t sizes[] = {0,
				       1,
				       512,
				       10000,
				       BELT_BLOCK_BYTES - 3072,
				       BELT_BLOCK_BYTES,
				       (3 * BELT_BLOCK_BYTES) + 77};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		autobuf struct buf content = {0};
		autobuf struct buf alone = {.max = SIZE_MAX}, together = {.max = SIZE_MAX};
		fixture_fill(&content, sizes[i]);
		struct pack_result one = pack_content(&content, compression, 1, &alone);
		struct pack_result four = pack_content(&content, compression, 4, &together);
		CHECK_STR(one.digest.text, four.digest.text);
		CHECK_STR(one.diff_id.text, four.diff_id.text);
		check_unpacks(&alone, compression, &one);
	}
}

TEST(plain_layers_are_their_own_digest)
{
	check_all_ways(COMPRESSION_NONE);
}

TEST(gzip_layers_do_not_depend_on_threads)
{
	check_all_ways(COMPRESSION_GZIP);
}

TEST(zstd_layers_do_not_depend_on_threads)
{
	check_all_ways(COMPRESSION_ZSTD);
}
