/* test_pack.c - layers packed by every compression, small and large, on one thread and on several.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "layer/acl.h"
#include "layer/compress_private.h"
#include "layer/pack.h"
#include "layer/tar_private.h"
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

/* A pack into memory, with one entry of that size begun. */
static struct pack *file_begin(struct buf *blob, uint64_t size)
{
	autoerr struct err err = {0};
	struct pack *pack = pack_begin(blob, COMPRESSION_NONE, 1);
	struct entry entry = {.type = ENTRY_FILE, .path = P("f"), .size = size};
	CHECK_OK(pack_entry(pack, &entry, &err), &err);
	return pack;
}

static void check_changed(size_t real, size_t promised)
{
	autoerr struct err err = {0}, finish_err = {0};
	autobuf struct buf content = {0}, blob = {.max = SIZE_MAX};
	const char *path;
	int dir = test_dir(&path);
	fixture_fill(&content, real);
	CHECK_OK(file_write_at(dir, "f", content.ptr, content.len, 0600, FILE_NO_SYNC, &err), &err);
	autoclose int fd = openat(dir, "f", O_RDONLY | O_CLOEXEC);
	cleanup(pack_freep) struct pack *pack = file_begin(&blob, promised);
	CHECK(pack_file(pack, fd, promised, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "changed while it was read");
	struct pack_result result; /* whole nevertheless */
	CHECK_OK(pack_finish(pack, &result, &finish_err), &finish_err);
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(&blob)));
	cleanup(entry_clear) struct entry entry = {0};
	CHECK_INT(tar_reader_next(tar, &entry, &finish_err), 1);
	CHECK_INT(entry.size, promised);
	autofree char *data = xcalloc(1, promised + 1);
	size_t n_read = 0;
	ssize_t n;
	while ((n = tar_reader_read(tar, data + n_read, promised - n_read, &finish_err)) > 0)
		n_read += (size_t)n;
	CHECK_INT(n_read, promised);
	size_t same = real < promised ? real : promised;
	CHECK(memcmp(data, content.ptr, same) == 0);
	for (size_t i = same; i < promised; i++)
		CHECK_INT(data[i], 0);
	CHECK_INT(tar_reader_next(tar, &entry, &finish_err), 0);
}

TEST(a_file_that_shrinks_is_filled_and_told)
{
	check_changed(1, 2);
	check_changed(1000, BELT_BLOCK_BYTES);
	check_changed(BELT_BLOCK_BYTES, 2 * BELT_BLOCK_BYTES + 1);
	check_changed(5, 3 * BELT_BLOCK_BYTES);
}

TEST(a_file_that_grows_is_cut_and_told)
{
	check_changed(2, 1);
	check_changed(BELT_BLOCK_BYTES, 1000);
	check_changed(2 * BELT_BLOCK_BYTES, BELT_BLOCK_BYTES);
	check_changed(BELT_BLOCK_BYTES, BELT_BLOCK_BYTES - TAR_BLOCK); /* no room to look further */
	check_changed(BELT_BLOCK_BYTES + 1, BELT_BLOCK_BYTES - TAR_BLOCK);
}

TEST(data_that_is_missing_or_too_much_is_an_error)
{
	autoerr struct err err = {0};
	autobuf struct buf blob = {0}, again = {0};
	struct pack_result result;
	cleanup(pack_freep) struct pack *pack = file_begin(&blob, 5);
	CHECK(pack_write(pack, "123456", 6, &err) < 0);
	CHECK_STR(err_text(&err), "'f': more bytes than it is long");
	err_clear(&err);
	cleanup(pack_freep) struct pack *other = file_begin(&again, 5);
	CHECK_OK(pack_write(other, "1234", 4, &err), &err);
	CHECK(pack_finish(other, &result, &err) < 0);
	CHECK_STR(err_text(&err), "'f': 1 bytes of it are missing");
}

TEST(later_times_become_the_clamp)
{
	static const struct {
		int64_t clamp, mtime, want;
	} cases[] = {{-1, 5, 5}, {10, 5, 5}, {10, 10, 10}, {10, 11, 10}, {0, 5, 0}, {0, -5, -5}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf blob = {0};
		struct pack_options options = {.clamp_mtime_ns = cases[i].clamp};
		struct pack_result result;
		cleanup(pack_freep) struct pack *pack = NULL;
		CHECK_OK(pack_new(writer_to_buf(&blob), &options, &pack, &err), &err);
		struct entry entry = {
			.type = ENTRY_FIFO, .path = P("p"), .mtime_ns = cases[i].mtime};
		CHECK_OK(pack_entry(pack, &entry, &err), &err);
		CHECK_INT(entry.mtime_ns, cases[i].mtime);
		CHECK_OK(pack_finish(pack, &result, &err), &err);
		cleanup(tar_reader_freep) struct tar_reader *tar =
			tar_reader_new(reader_of_bytes(buf_str(&blob)));
		cleanup(entry_clear) struct entry got = {0};
		CHECK_INT(tar_reader_next(tar, &got, &err), 1);
		CHECK_INT(got.mtime_ns, cases[i].want);
	}
}

TEST(a_compression_that_is_not_written_makes_no_pack)
{
	autoerr struct err err = {0};
	autobuf struct buf blob = {0};
	struct pack *pack = NULL;
	struct pack_options options = {.compression = COMPRESSION_XZ};
	CHECK(pack_new(writer_to_buf(&blob), &options, &pack, &err) < 0);
	CHECK_STR(err_text(&err), "xz is read but not written");
	CHECK(!pack);
}

TEST(a_full_disk_ends_a_pack_at_every_size)
{
	static const enum compression all[] = {COMPRESSION_NONE, COMPRESSION_GZIP,
					       COMPRESSION_ZSTD};
	autobuf struct buf content = {0};
	fixture_fill(&content, BELT_BLOCK_BYTES);
	for (size_t i = 0; i < 3 * ARRAY_LEN(all); i++) {
		autoerr struct err err = {0};
		/* full at once, in the first blocks, later */
		autobuf struct buf blob = {.max = 1 + (i / ARRAY_LEN(all)) * BELT_BLOCK_BYTES};
		struct pack_result result;
		cleanup(pack_freep) struct pack *pack =
			pack_begin(&blob, all[i % ARRAY_LEN(all)], 2);
		struct entry entry = {
			.type = ENTRY_FILE, .path = P("f"), .size = 12 * BELT_BLOCK_BYTES};
		int failed = pack_entry(pack, &entry, &err);
		for (size_t n = 0; n < 12 && !failed; n++)
			failed = pack_write(pack, content.ptr, content.len, &err);
		if (!failed)
			failed = pack_finish(pack, &result, &err);
		CHECK(failed);
		CHECK_INT(err.kind, ERR_LIMIT); /* what the buffer says */
	}
}

/* The record of every entry, as getfacl prints ACLs: "PATH: ACCESS | DEFAULT" a line. */
static void acls_list(const struct buf *blob, struct buf *out)
{
	autoerr struct err err = {0};
	struct entry entry = {0};
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(blob)));
	while (tar_reader_next(tar, &entry, &err) == 1) {
		const struct xattr *access = xattrs_get(&entry.xattrs, XATTR_ACL_ACCESS);
		const struct xattr *inherited = xattrs_get(&entry.xattrs, XATTR_ACL_DEFAULT);
		buf_printf(out, "%s:", entry.path);
		if (access)
			CHECK_OK(acl_to_text(access->value, access->len, " ", out, &err), &err);
		if (inherited)
			buf_printf(out, " default of %zu\n", inherited->len);
		buf_puts(out, access || inherited ? "" : "\n");
	}
	CHECK_OK(err_is_set(&err), &err);
	entry_clear(&entry);
}

TEST(files_that_do_not_inherit_an_acl_say_so)
{
	autoerr struct err err = {0};
	autobuf struct buf blob = {0}, bytes = {0}, list = {0};
	struct pack_result result;
	cleanup(pack_freep) struct pack *pack = pack_begin(&blob, COMPRESSION_NONE, 1);
	CHECK_OK(acl_from_text(STR("u::rwx,u:7:r,g::rx,m::rx,o::-"), &bytes, &err), &err);
	struct xattr inherited = {P(XATTR_ACL_DEFAULT), bytes.ptr, bytes.len};
	struct xattr own = {P(XATTR_ACL_ACCESS), bytes.ptr, bytes.len};
	const struct xattrs with_default = {&inherited, 1, 1}, with_access = {&own, 1, 1};
	const struct entry entries[] = {
		{.type = ENTRY_DIRECTORY, .path = P("d"), .mode = 0755, .xattrs = with_default},
		{.type = ENTRY_FILE, .path = P("d/.wh.gone"), .mode = 0},
		{.type = ENTRY_FILE, .path = P("d/file"), .mode = 04751},
		{.type = ENTRY_SYMLINK, .path = P("d/link"), .target = P("x"), .mode = 0777},
		{.type = ENTRY_FILE, .path = P("d/own"), .mode = 0750, .xattrs = with_access},
		{.type = ENTRY_DIRECTORY, .path = P("d/sub"), .mode = 0700},
		{.type = ENTRY_FILE, .path = P("d/sub/below"), .mode = 0600},
		{.type = ENTRY_FILE, .path = P("dd"), .mode = 0600},
	};
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		CHECK_OK(pack_entry(pack, &entries[i], &err), &err);
	CHECK_OK(pack_finish(pack, &result, &err), &err);
	acls_list(&blob, &list);
	CHECK_STR(buf_text(&list),
		  "d: default of 44\n"
		  "d/.wh.gone:\n"
		  "d/file: user::rwx\n group::r-x\n other::--x\n"
		  "d/link:\n"
		  "d/own: user::rwx\n user:7:r--\n group::r-x\n mask::r-x\n other::---\n"
		  "d/sub: user::rwx\n group::---\n other::---\n default of 4\n"
		  "d/sub/below:\n"
		  "dd:\n");
}
