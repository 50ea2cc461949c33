/* test_compression.c - streams unpacked whole, cut, damaged, joined and trickling; and packed.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer/compress_private.h"
#include "layer/limits.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

/* Gives what the bytes are, one or a few at a time. */
struct trickle {
	struct reader reader;
	struct str left;
	size_t at_once;
};

static ssize_t trickle_read(struct reader *reader, void *data, size_t len, struct err *err)
{
	struct trickle *self = (struct trickle *)reader;
	size_t n = self->at_once < len ? self->at_once : len;
	n = n < self->left.len ? n : self->left.len;
	memcpy(data, self->left.ptr, n);
	self->left = (struct str){self->left.ptr + n, self->left.len - n};
	return (ssize_t)n;
}

static void trickle_close(struct reader *reader)
{
	free(reader);
}

static struct reader *trickle_new(struct str bytes, size_t at_once)
{
	static const struct reader_ops ops = {.read = trickle_read, .close = trickle_close};
	struct trickle *self = xcalloc(1, sizeof(*self));
	*self = (struct trickle){.reader = {.ops = &ops}, .left = bytes, .at_once = at_once};
	return &self->reader;
}

/* The number of bytes, or -1. */
static ssize_t unpack(struct reader *inner, size_t at_once, enum compression *ret_found,
		      struct buf *out, struct err *err)
{
	autoreader struct reader *reader = NULL;
	if (reader_decompress(inner, ret_found, &reader, err))
		return -1;
	autofree char *data = xmalloc(at_once);
	ssize_t n;
	out->max = SIZE_MAX;
	while ((n = reader_read(reader, data, at_once, err)) > 0)
		buf_append(out, data, (size_t)n);
	return n < 0 ? -1 : (ssize_t)out->len;
}

static void check_unpacks_to(struct str packed, enum compression compression, struct str want)
{
	static const struct {
		size_t in, out;
	} sizes[] = {{1, 1}, {1, 4096}, {7, 3}, {4096, 100000}, {1000000, 1}, {1000000, 1000000}};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		enum compression found;
		ssize_t n =
			unpack(trickle_new(packed, sizes[i].in), sizes[i].out, &found, &out, &err);
		CHECK_STR(err_text(&err), "");
		CHECK_INT(n, want.len);
		CHECK_INT(found, compression);
		CHECK(want.len == 0 || memcmp(out.ptr, want.ptr, want.len) == 0);
	}
}

static const struct form {
	enum compression compression;
	const char *program;
} forms[] = {
	{COMPRESSION_GZIP, "gzip"},
	{COMPRESSION_ZSTD, "zstd"},
	{COMPRESSION_XZ, "xz"},
	{COMPRESSION_BZIP2, "bzip2"},
};

/* `file`, made of the content by the program that is named after the form. */
static void pack_by_program(const struct form *form, struct str content, struct buf *packed)
{
	const char *path;
	int dir = test_dir(&path);
	autoclose int fd = openat(dir, "plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK_INT(write(fd, content.ptr, content.len), (ssize_t)content.len);
	autofree char *script = xasprintf("%s -c <plain >packed", form->program);
	fixture_run(path, form->program, script);
	packed->max = (size_t)16 << 20;
	fixture_read(dir, "packed", packed);
}

static void check_form(const struct form *form)
{
	autobuf struct buf content = {0}, packed = {0}, empty = {0}, joined = {.max = SIZE_MAX};
	fixture_fill(&content, 70000);
	pack_by_program(form, buf_str(&content), &packed);
	pack_by_program(form, STR(""), &empty);
	check_unpacks_to(buf_str(&packed), form->compression, buf_str(&content));
	check_unpacks_to(buf_str(&empty), form->compression, STR(""));
	/* members, an empty one between, and a tape's zeros */
	buf_append(&joined, packed.ptr, packed.len);
	buf_append(&joined, empty.ptr, empty.len);
	buf_append(&joined, packed.ptr, packed.len);
	for (size_t i = 0; i < 1024; i++)
		buf_putc(&joined, '\0');
	autobuf struct buf twice = {.max = SIZE_MAX};
	buf_append(&twice, content.ptr, content.len);
	buf_append(&twice, content.ptr, content.len);
	check_unpacks_to(buf_str(&joined), form->compression, buf_str(&twice));
	buf_puts(&joined, "something else");
	autoerr struct err err = {0};
	autobuf struct buf out = {0}, want = {0};
	enum compression found;
	CHECK(unpack(reader_of_bytes(buf_str(&joined)), 4096, &found, &out, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	buf_printf(&want, "something else follows the %s data", form->program);
	CHECK_STR(err_text(&err), buf_text(&want));
}

TEST(gzip_is_unpacked)
{
	check_form(&forms[0]);
}

TEST(zstd_is_unpacked)
{
	check_form(&forms[1]);
}

TEST(xz_is_unpacked)
{
	check_form(&forms[2]);
}

TEST(bzip2_is_unpacked)
{
	check_form(&forms[3]);
}

/* Small, so that every length can be tried. */
static void check_cut(const struct form *form)
{
	autobuf struct buf content = {0}, packed = {0};
	fixture_fill(&content, 600);
	pack_by_program(form, buf_str(&content), &packed);
	for (size_t len = 6; len < packed.len; len++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		autofree char *exact = xmemdup(packed.ptr, len);
		enum compression found;
		if (unpack(reader_of_bytes((struct str){exact, len}), 100, &found, &out, &err) >= 0)
			test_fail(__FILE__, __LINE__, "%zu bytes were enough", len);
		CHECK_INT(err.kind, ERR_CORRUPT);
	}
}

TEST(gzip_cut_anywhere_is_an_error)
{
	check_cut(&forms[0]);
}

TEST(zstd_cut_anywhere_is_an_error)
{
	check_cut(&forms[1]);
}

TEST(xz_cut_anywhere_is_an_error)
{
	check_cut(&forms[2]);
}

TEST(bzip2_cut_anywhere_is_an_error)
{
	check_cut(&forms[3]);
}

/* Each byte of the second half is turned over: the checksum or the form must tell. */
static void check_damaged(const struct form *form)
{
	autobuf struct buf content = {0}, packed = {0};
	fixture_fill(&content, 600);
	pack_by_program(form, buf_str(&content), &packed);
	for (size_t i = packed.len / 2; i < packed.len; i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		enum compression found;
		packed.ptr[i] = (char)~packed.ptr[i];
		ssize_t n = unpack(reader_of_bytes(buf_str(&packed)), 100, &found, &out, &err);
		packed.ptr[i] = (char)~packed.ptr[i];
		bool same = n == 600 && memcmp(out.ptr, content.ptr, content.len) == 0;
		if (n >= 0 && !same)
			test_fail(__FILE__, __LINE__, "byte %zu went unnoticed", i);
	}
}

TEST(damaged_gzip_is_never_taken_for_good)
{
	check_damaged(&forms[0]);
}

TEST(damaged_zstd_is_never_taken_for_good)
{
	check_damaged(&forms[1]);
}

TEST(damaged_xz_is_never_taken_for_good)
{
	check_damaged(&forms[2]);
}

TEST(plain_bytes_pass_through)
{
	autobuf struct buf content = {0};
	fixture_fill(&content, 100000);
	check_unpacks_to(buf_str(&content), COMPRESSION_NONE, buf_str(&content));
	check_unpacks_to(STR(""), COMPRESSION_NONE, STR(""));
	check_unpacks_to(STR("\x1f"), COMPRESSION_NONE, STR("\x1f"));
	check_unpacks_to(STR("BZh0"), COMPRESSION_NONE, STR("BZh0"));
}

static void compress(struct str content, size_t at_once, enum compression compression, int level,
		     int threads, struct buf *packed)
{
	autoerr struct err err = {0};
	autowriter struct writer *writer = NULL;
	struct compress_options options = {.level = level, .threads = threads};
	packed->max = SIZE_MAX;
	CHECK_OK(writer_compress(writer_to_buf(packed), compression, &options, &writer, &err),
		 &err);
	while (content.len) {
		size_t n = at_once < content.len ? at_once : content.len;
		CHECK_OK(writer_write(writer, content.ptr, n, &err), &err);
		content = (struct str){content.ptr + n, content.len - n};
	}
	CHECK_OK(writer_finish(writer, &err), &err);
}

TEST(what_is_packed_depends_on_the_bytes_alone)
{
	static const struct {
		enum compression compression;
		int level;
	} cases[] = {{COMPRESSION_GZIP, 0}, {COMPRESSION_GZIP, 2}, {COMPRESSION_GZIP, 3},
		     {COMPRESSION_ZSTD, 0}, {COMPRESSION_ZSTD, 1}, {COMPRESSION_NONE, 0}};
	autobuf struct buf content = {0};
	fixture_fill(&content, 5 * BELT_BLOCK_BYTES + 12345);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf one = {0}, four = {0};
		compress(buf_str(&content), 4096, cases[i].compression, cases[i].level, 1, &one);
		compress(buf_str(&content), 777777, cases[i].compression, cases[i].level, 4, &four);
		CHECK_INT(one.len, four.len);
		CHECK(memcmp(one.ptr, four.ptr, one.len) == 0);
		CHECK(one.len < content.len || cases[i].compression == COMPRESSION_NONE);
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		enum compression found;
		CHECK_INT(unpack(reader_of_bytes(buf_str(&one)), 100000, &found, &out, &err),
			  content.len);
		CHECK(memcmp(out.ptr, content.ptr, content.len) == 0);
	}
}

TEST(nothing_and_noise_are_packed_too)
{
	static const enum compression written[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD};
	autobuf struct buf noise = {.max = 2 * BELT_BLOCK_BYTES};
	uint64_t state = 88172645463325252u;
	for (size_t i = 0; i < BELT_BLOCK_BYTES + 99; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		buf_putc(&noise, (char)(state >> 32));
	}
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		autobuf struct buf packed = {0}, packed_noise = {0};
		compress(STR(""), 1, written[i], 0, 2, &packed);
		CHECK(packed.len > 0);
		check_unpacks_to(buf_str(&packed), written[i], STR(""));
		autobuf struct buf out = {0};
		autoerr struct err err = {0};
		enum compression found;
		compress(buf_str(&noise), 100000, written[i], 0, 2, &packed_noise);
		CHECK(packed_noise.len < noise.len + noise.len / 1000 + 100);
		CHECK_INT(
			unpack(reader_of_bytes(buf_str(&packed_noise)), 100000, &found, &out, &err),
			noise.len);
		CHECK(memcmp(out.ptr, noise.ptr, noise.len) == 0);
	}
}

TEST(the_programs_unpack_what_we_pack)
{
	for (size_t i = 0; i < 2; i++) { /* gzip, zstd */
		const char *path;
		int dir = test_dir(&path);
		autobuf struct buf content = {0}, packed = {0}, out = {.max = (size_t)16 << 20};
		fixture_fill(&content, 2 * BELT_BLOCK_BYTES + 5);
		compress(buf_str(&content), 65536, forms[i].compression, 0, 2, &packed);
		autoclose int fd = openat(dir, "packed", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		CHECK_INT(write(fd, packed.ptr, packed.len), (ssize_t)packed.len);
		autofree char *script = xasprintf("%s -dc <packed >plain", forms[i].program);
		fixture_run(path, forms[i].program, script);
		fixture_read(dir, "plain", &out);
		CHECK_INT(out.len, content.len);
		CHECK(memcmp(out.ptr, content.ptr, content.len) == 0);
	}
}

/* RFC 8878: a frame without size or checksum, a window of 128 KiB, and blocks that repeat one byte.
 */
static void rle_frame(struct buf *packed, size_t n_blocks)
{
	enum { WINDOW_128_KIB = 7 << 3, BLOCK_BYTES = 128 << 10, IS_LAST = 1, IS_RLE = 1 << 1 };
	packed->max = SIZE_MAX;
	buf_append(packed, "\x28\xb5\x2f\xfd\0", 5);
	buf_putc(packed, WINDOW_128_KIB);
	for (size_t i = 0; i < n_blocks; i++) {
		uint32_t head = BLOCK_BYTES << 3 | IS_RLE | (i + 1 == n_blocks ? IS_LAST : 0);
		const uint8_t bytes[] = {head & 0xff, head >> 8 & 0xff, head >> 16 & 0xff, 0};
		buf_append(packed, bytes, sizeof(bytes));
	}
}

static uint64_t count_unpacked(const struct buf *packed, struct err *err)
{
	enum compression found;
	autoreader struct reader *reader = NULL;
	CHECK_OK(reader_decompress(reader_of_bytes(buf_str(packed)), &found, &reader, err), err);
	CHECK_INT(found, COMPRESSION_ZSTD);
	autofree char *piece = xmalloc(BELT_BLOCK_BYTES);
	uint64_t n_bytes = 0;
	ssize_t n;
	while ((n = reader_read(reader, piece, BELT_BLOCK_BYTES, err)) > 0)
		n_bytes += (uint64_t)n;
	return n_bytes;
}

TEST(a_bomb_is_stopped_by_its_ratio)
{
	autoerr struct err err = {0};
	autobuf struct buf zeros = {0}, bomb = {0};
	const size_t n_free = LIMIT_RATIO_FREE_BYTES / (128 << 10);
	rle_frame(&zeros, n_free);
	CHECK_INT(count_unpacked(&zeros, &err), LIMIT_RATIO_FREE_BYTES);
	CHECK_STR(err_text(&err), "");
	rle_frame(&bomb, 2 * n_free);
	CHECK(count_unpacked(&bomb, &err) < LIMIT_RATIO_FREE_BYTES + 2 * BELT_BLOCK_BYTES);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "the data unpacks to more than 2000 times its size");
}

TEST(names_are_parsed_and_wrong_ones_explained)
{
	autoerr struct err err = {0};
	enum compression compression = COMPRESSION_XZ;
	static const char *const names[] = {"none", "gzip", "zstd", "xz", "bzip2"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CHECK_OK(compression_parse(names[i], &compression, &err), &err);
		CHECK_STR(compression_name(compression), names[i]);
	}
	CHECK(compression_parse("gzib", &compression, &err) < 0);
	CHECK_STR(err_text(&err), "unknown compression 'gzib' (did you mean 'gzip'?)");
	CHECK_INT(err.kind, ERR_INPUT);
	err_clear(&err);
	CHECK(compression_parse("arithmetic", &compression, &err) < 0);
	CHECK_STR(err_text(&err), "unknown compression 'arithmetic'");
}

TEST(what_cannot_be_written_is_said_before_anything_is)
{
	static const struct {
		enum compression compression;
		int level;
		const char *message;
	} cases[] = {
		{COMPRESSION_XZ, 0, "xz is read but not written"},
		{COMPRESSION_BZIP2, 0, "bzip2 is read but not written"},
		{COMPRESSION_GZIP, 4, "gzip has no level 4: it goes from 1 to 3"},
		{COMPRESSION_GZIP, -1, "gzip has no level -1: it goes from 1 to 3"},
		{COMPRESSION_ZSTD, 20, "zstd has no level 20: it goes from 1 to 19"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf out = {0};
		struct writer *writer = NULL;
		struct compress_options options = {.level = cases[i].level};
		CHECK(writer_compress(writer_to_buf(&out), cases[i].compression, &options, &writer,
				      &err) < 0);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!writer && out.len == 0);
	}
}

/* Takes that many bytes, then fails. */
struct full_disk {
	struct writer writer;
	size_t left;
};

static int full_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct full_disk *self = (struct full_disk *)writer;
	if (len > self->left)
		return err_set(err, ERR_SYSTEM, "the disk is full");
	self->left -= len;
	return 0;
}

static int full_finish(struct writer *writer, struct err *err)
{
	return 0;
}

static void full_close(struct writer *writer)
{
	free(writer);
}

static const struct writer_ops full_ops = {full_write, full_finish, full_close};

TEST(a_full_disk_is_told_wherever_it_happens)
{
	static const enum compression written[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD};
	autobuf struct buf content = {0};
	fixture_fill(&content, 4 * BELT_BLOCK_BYTES);
	for (size_t i = 0; i < 2 * ARRAY_LEN(written); i++) {
		autoerr struct err err = {0};
		autowriter struct writer *writer = NULL;
		struct compress_options options = {.threads = 2};
		struct full_disk *disk = xcalloc(1, sizeof(*disk));
		*disk = (struct full_disk){{.ops = &full_ops}, i < 2 ? 0 : 2 * BELT_BLOCK_BYTES};
		CHECK_OK(writer_compress(&disk->writer, written[i % 2], &options, &writer, &err),
			 &err);
		int failed = 0;
		for (size_t n = 0; n < 20 && !failed; n++)
			failed = writer_write(writer, content.ptr, content.len, &err);
		CHECK(failed);
		CHECK_STR(err_text(&err), "the disk is full");
	}
}

TEST(a_writer_given_up_in_the_middle_ends_its_threads)
{
	autobuf struct buf content = {0}, packed = {.max = SIZE_MAX};
	autoerr struct err err = {0};
	fixture_fill(&content, 3 * BELT_BLOCK_BYTES);
	struct writer *writer;
	struct compress_options options = {.threads = 3};
	CHECK_OK(writer_compress(writer_to_buf(&packed), COMPRESSION_GZIP, &options, &writer, &err),
		 &err);
	CHECK_OK(writer_write(writer, content.ptr, content.len, &err), &err);
	writer_close(writer);
}
