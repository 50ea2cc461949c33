/* test_tar.c - archives written and read again, whatever the entries are called and own.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "layer/acl.h"
#include "layer/limits.h"
#include "layer/tar_private.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

#define TEXT_200                                                                                   \
	"0123456789012345678901234567890123456789/12345678901234567890123456789012345678901234567" \
	"8901234567890123456789012345678901234567890123456789012345678901234567890123456789012345" \
	"678901234567890123456789"
#define TEXT_99                                                                                   \
	"a23456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"890123456789"

static void write_entries(const struct entry *entries, size_t n, const char *content,
			  struct buf *archive)
{
	autoerr struct err err = {0};
	autowriter struct writer *out = writer_to_buf(archive);
	cleanup(tar_writer_freep) struct tar_writer *tar = tar_writer_new(out);
	for (size_t i = 0; i < n; i++) {
		CHECK_OK(tar_writer_entry(tar, &entries[i], &err), &err);
		if (entries[i].type == ENTRY_FILE)
			CHECK_OK(tar_writer_write(tar, content, entries[i].size, &err), &err);
	}
	CHECK_OK(tar_writer_finish(tar, &err), &err);
}

static struct tar_reader *reader_of(struct str archive)
{
	return tar_reader_new(reader_of_bytes(archive));
}

static void check_same(const struct entry *got, const struct entry *want)
{
	CHECK_STR(got->path, want->path);
	CHECK_STR(got->target, want->target);
	CHECK_INT(got->type, want->type);
	CHECK_INT(got->mode, want->mode);
	CHECK_INT(got->uid, want->uid);
	CHECK_INT(got->gid, want->gid);
	CHECK_INT(got->size, want->size);
	CHECK_INT(got->mtime_ns, want->mtime_ns);
	CHECK_INT(got->major, want->major);
	CHECK_INT(got->minor, want->minor);
	CHECK(xattrs_eq(&got->xattrs, &want->xattrs));
}

static void check_round_trip(const struct entry *entries, size_t n, const char *content)
{
	autoerr struct err err = {0};
	autobuf struct buf archive = {0};
	write_entries(entries, n, content, &archive);
	CHECK_INT(archive.len % TAR_BLOCK, 0);
	cleanup(tar_reader_freep) struct tar_reader *tar = reader_of(buf_str(&archive));
	cleanup(entry_clear) struct entry got = {0};
	for (size_t i = 0; i < n; i++) {
		char data[100];
		CHECK_INT(tar_reader_next(tar, &got, &err), 1);
		check_same(&got, &entries[i]);
		if (got.type != ENTRY_FILE || got.size > sizeof(data))
			continue;
		CHECK_INT(tar_reader_read(tar, data, sizeof(data), &err), got.size);
		CHECK(memcmp(data, content, got.size) == 0);
		CHECK_INT(tar_reader_read(tar, data, sizeof(data), &err), 0);
	}
	CHECK_INT(tar_reader_next(tar, &got, &err), 0);
	CHECK_INT(tar_reader_next(tar, &got, &err), 0);
	CHECK_INT(tar_reader_position(tar), archive.len);
}

#define FILE_NAMED(name)                                                            \
	{                                                                           \
		.type = ENTRY_FILE, .path = (char *)(name), .mode = 0644, .size = 5 \
	}

TEST(names_of_every_length_and_byte_come_back)
{
	const struct entry entries[] = {
		FILE_NAMED("a"),
		FILE_NAMED(TEXT_99),
		FILE_NAMED(TEXT_99 "b"),
		FILE_NAMED(TEXT_99 "bc"),
		FILE_NAMED(TEXT_200),
		FILE_NAMED("d/" TEXT_99 "/" TEXT_99),
		FILE_NAMED(TEXT_200 "/" TEXT_200 "/" TEXT_200 "/" TEXT_200),
		FILE_NAMED("caf\xc3\xa9"),
		FILE_NAMED("latin \xe9"),
		FILE_NAMED("new\nline and = and \x01\x7f and back\\slash"),
		FILE_NAMED(" leading and trailing "),
		FILE_NAMED("-rf"),
		FILE_NAMED("~/*?[x]"),
	};
	check_round_trip(entries, ARRAY_LEN(entries), "hello");
}

TEST(all_types_come_back)
{
	const struct entry entries[] = {
		{.type = ENTRY_DIRECTORY, .path = P(""), .mode = 0755},
		{.type = ENTRY_DIRECTORY,
		 .path = P("d"),
		 .mode = 01777,
		 .mtime_ns = 5 * NS_PER_SEC},
		{.type = ENTRY_DIRECTORY, .path = P(TEXT_200 "/" TEXT_99), .mode = 0700},
		{.type = ENTRY_DIRECTORY, .path = P(TEXT_99), .mode = 0700},
		{.type = ENTRY_FILE, .path = P("d/empty"), .mode = 04755},
		{.type = ENTRY_FILE, .path = P("d/file"), .mode = 0, .size = 5},
		{.type = ENTRY_HARDLINK, .path = P("d/again"), .target = P("d/file")},
		{.type = ENTRY_HARDLINK, .path = P("again"), .target = P(TEXT_200 "/\xff")},
		{.type = ENTRY_SYMLINK,
		 .path = P("link"),
		 .target = P("../..//./x/"),
		 .mode = 0777},
		{.type = ENTRY_SYMLINK, .path = P("link2"), .target = P(TEXT_99 "/" TEXT_99)},
		{.type = ENTRY_CHAR, .path = P("null"), .mode = 0666, .major = 1, .minor = 3},
		{.type = ENTRY_CHAR, .path = P("whiteout"), .mode = 0},
		{.type = ENTRY_BLOCK, .path = P("sda"), .major = 4095, .minor = 1048575},
		{.type = ENTRY_FIFO, .path = P("pipe"), .mode = 0600},
	};
	check_round_trip(entries, ARRAY_LEN(entries), "hello");
}

TEST(numbers_of_every_size_come_back)
{
	const struct entry entries[] = {
		{.type = ENTRY_FIFO, .path = P("a"), .uid = 2097151, .gid = 2097151},
		{.type = ENTRY_FIFO, .path = P("b"), .uid = 2097152, .gid = 4294967294},
		{.type = ENTRY_FIFO, .path = P("c"), .mtime_ns = 1},
		{.type = ENTRY_FIFO, .path = P("d"), .mtime_ns = -1},
		{.type = ENTRY_FIFO, .path = P("e"), .mtime_ns = -NS_PER_SEC},
		{.type = ENTRY_FIFO, .path = P("f"), .mtime_ns = -3 * NS_PER_SEC / 2},
		{.type = ENTRY_FIFO, .path = P("g"), .mtime_ns = 8589934591 * NS_PER_SEC},
		{.type = ENTRY_FIFO, .path = P("h"), .mtime_ns = 8589934592 * NS_PER_SEC},
		{.type = ENTRY_FIFO, .path = P("i"), .mtime_ns = INT64_MAX},
		{.type = ENTRY_FIFO, .path = P("j"), .mtime_ns = -INT64_MAX},
		{.type = ENTRY_FIFO, .path = P("k"), .mtime_ns = 1700000000123456789},
		{.type = ENTRY_FIFO, .path = P("l"), .mtime_ns = 1700000000100000000},
	};
	check_round_trip(entries, ARRAY_LEN(entries), "");
}

TEST(attributes_come_back_byte_by_byte)
{
	struct entry entries[3] = {
		{.type = ENTRY_FILE, .path = P("f"), .size = 3},
		{.type = ENTRY_DIRECTORY, .path = P("d")},
		{.type = ENTRY_SYMLINK, .path = P("l"), .target = P("f")},
	};
	char large[LIMIT_XATTR_BYTES];
	memset(large, '\n', sizeof(large));
	xattrs_set(&entries[0].xattrs, "user.text", "value", 5);
	xattrs_set(&entries[0].xattrs, "user.empty", "", 0);
	xattrs_set(&entries[0].xattrs, "user.binary", "a\0b\n=\xff", 6);
	xattrs_set(&entries[0].xattrs, "user.with=equals %", "x\0y", 3);
	xattrs_set(&entries[0].xattrs, "security.capability", "\1\0\0\2\0\0", 6);
	xattrs_set(&entries[0].xattrs, "user.large", large, sizeof(large));
	xattrs_set(&entries[1].xattrs, XATTR_ACL_DEFAULT, "\2\0\0\0", 4);
	xattrs_set(&entries[2].xattrs, "trusted.link", "t", 1);
	check_round_trip(entries, ARRAY_LEN(entries), "abc");
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		xattrs_done(&entries[i].xattrs);
}

static int write_one(const struct entry *entry, struct buf *archive, struct err *err)
{
	autowriter struct writer *out = writer_to_buf(archive);
	cleanup(tar_writer_freep) struct tar_writer *tar = tar_writer_new(out);
	return tar_writer_entry(tar, entry, err);
}

TEST(more_than_the_reader_takes_is_not_written)
{
	autoerr struct err err = {0};
	autobuf struct buf archive = {0}, small = {0};
	struct entry many = {.type = ENTRY_FIFO, .path = P("p")}, large = many;
	for (unsigned i = 0; i <= LIMIT_XATTRS; i++) {
		char name[32];
		snprintf(name, sizeof(name), "user.%04u", i);
		xattrs_set(&many.xattrs, name, "v", 1);
	}
	autofree char *value = xcalloc(1, LIMIT_XATTR_BYTES);
	for (unsigned i = 0; i < LIMIT_PAX_BYTES / LIMIT_XATTR_BYTES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "user.%04u", i);
		xattrs_set(&large.xattrs, name, value, LIMIT_XATTR_BYTES);
	}
	CHECK(write_one(&large, &archive, &err) < 0);
	CHECK_STR(err_text(&err), "'p': its extended attributes do not fit into an archive");
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_INT(archive.len, 0);
	err_clear(&err);
	CHECK(write_one(&many, &small, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	struct xattr last = many.xattrs.items[--many.xattrs.n];
	free(last.name);
	free(last.value);
	check_round_trip(&many, 1, "");
	large.xattrs.items[0].len /= 2;
	check_round_trip(&large, 1, "");
	xattrs_done(&many.xattrs);
	xattrs_done(&large.xattrs);
}

TEST(paths_beyond_the_limits_are_not_written)
{
	autobuf struct buf archive = {0}, longest = {0}, deepest = {0};
	for (size_t i = 0; i < LIMIT_PATH_BYTES - 1; i++)
		buf_putc(&longest, i % 100 == 99 ? '/' : 'a');
	for (size_t i = 1; i < LIMIT_PATH_DEPTH; i++)
		buf_puts(&deepest, "d/");
	buf_puts(&deepest, "e");
	struct buf *const paths[] = {&longest, &deepest};
	static const char *const too_much[] = {"a", "/f"};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autoerr struct err err = {0};
		struct entry entry = {.type = ENTRY_DIRECTORY, .path = paths[i]->ptr};
		check_round_trip(&entry, 1, "");
		buf_puts(paths[i], too_much[i]);
		entry.path = paths[i]->ptr;
		CHECK(write_one(&entry, &archive, &err) < 0);
		CHECK_INT(err.kind, ERR_LIMIT);
	}
}
