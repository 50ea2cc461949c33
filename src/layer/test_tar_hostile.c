/* test_tar_hostile.c - archives that lie, break off or want too much.
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

static struct tar_header header_of(char type, const char *name, uint64_t size)
{
	struct tar_header header = {.type = type};
	memcpy(header.name, name, strnlen(name, sizeof(header.name)));
	memcpy(header.magic,
	       "ustar\0"
	       "00",
	       sizeof(header.magic));
	tar_number_format(header.mode, sizeof(header.mode), 0644);
	tar_number_format(header.size, sizeof(header.size), size);
	tar_checksum_set(&header);
	return header;
}

static void add_header(struct buf *archive, struct tar_header header)
{
	tar_checksum_set(&header);
	buf_append(archive, &header, sizeof(header));
}

static void add_padding(struct buf *archive)
{
	static const char zeros[TAR_BLOCK];
	buf_append(archive, zeros, tar_padding(archive->len));
}

static void add_end(struct buf *archive)
{
	static const char zeros[2 * TAR_BLOCK];
	buf_append(archive, zeros, sizeof(zeros));
}

static void add(struct buf *archive, char type, const char *name, const void *data, size_t len)
{
	add_header(archive, header_of(type, name, len));
	buf_append(archive, data, len);
	add_padding(archive);
}

static void add_text(struct buf *archive, char type, const char *name, const char *text)
{
	add(archive, type, name, text, strlen(text));
}

/* Reads all entries and their data. The number of entries, or -1. */
static int read_all(struct str archive, struct err *err)
{
	cleanup(tar_reader_freep) struct tar_reader *tar = tar_reader_new(reader_of_bytes(archive));
	cleanup(entry_clear) struct entry entry = {0};
	for (int n = 0;; n++) {
		int got = tar_reader_next(tar, &entry, err);
		if (got <= 0)
			return got < 0 ? -1 : n;
		char data[700];
		ssize_t n_read;
		while ((n_read = tar_reader_read(tar, data, sizeof(data), err)) > 0)
			;
		if (n_read < 0)
			return -1;
	}
}

static void check_refused(const struct buf *archive, enum err_kind kind, const char *message)
{
	autoerr struct err err = {0};
	CHECK_INT(read_all(buf_str(archive), &err), -1);
	CHECK_STR(err_text(&err), message);
	CHECK_INT(err.kind, kind);
}

/* The first entry. */
static void read_first(const struct buf *archive, struct entry *entry)
{
	autoerr struct err err = {0};
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(archive)));
	int got = tar_reader_next(tar, entry, &err);
	CHECK_STR(err_text(&err), "");
	CHECK_INT(got, 1);
}

TEST(upward_paths_are_refused_by_name)
{
	static const struct {
		const char *path, *message;
	} cases[] = {
		{"..", "archive, entry 1: path '..' contains '..'"},
		{"../x", "archive, entry 1: path '../x' contains '..'"},
		{"a/../b", "archive, entry 1: path 'a/../b' contains '..'"},
		{"/..", "archive, entry 1: path '/..' contains '..'"},
		{"a/..", "archive, entry 1: path 'a/..' contains '..'"},
		{"a/../", "archive, entry 1: path 'a/../' contains '..'"},
		{"\x1b[2J/../", "archive, entry 1: path '\\x1b[2J/../' contains '..'"},
		{"", "archive, entry 1: an entry has no name"},
		{"/", "archive, entry 1: an entry has no name"},
		{"./.", "archive, entry 1: an entry has no name"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0};
		bool is_root = str_ends(str_of(cases[i].path), STR("/")) && i > 7;
		add_text(&archive, is_root ? '6' : '0', cases[i].path, "");
		add_end(&archive);
		check_refused(&archive, ERR_CORRUPT, cases[i].message);
	}
	autobuf struct buf link = {0};
	struct tar_header header = header_of('1', "x", 0);
	memcpy(header.link, "../etc/passwd", 13);
	add_header(&link, header);
	check_refused(&link, ERR_CORRUPT,
		      "archive, entry 1: 'x': link target '../etc/passwd' contains '..'");
}

TEST(harmless_spellings_of_paths_become_one)
{
	static const struct {
		char type;
		const char *raw, *path;
	} cases[] = {
		{'0', "a", "a"},       {'0', "/a", "a"},      {'0', "./a", "a"},
		{'0', "a//b", "a/b"},  {'0', "a/./b", "a/b"}, {'5', "a/", "a"},
		{'5', "./", ""},       {'5', ".", ""},        {'5', "/", ""},
		{'5', "//a/.//", "a"}, {'0', "..a", "..a"},   {'0', "a..", "a.."},
		{'0', "...", "..."},   {'0', "a/", "a"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0};
		cleanup(entry_clear) struct entry entry = {0};
		add_text(&archive, cases[i].type, cases[i].raw, "");
		read_first(&archive, &entry);
		CHECK_STR(entry.path, cases[i].path);
		bool is_dir = cases[i].type == '5' || text_ends(cases[i].raw, "/");
		CHECK_INT(entry.type, is_dir ? ENTRY_DIRECTORY : ENTRY_FILE);
	}
}

TEST(long_and_deep_paths_meet_a_limit)
{
	autobuf struct buf longest = {0}, deepest = {0}, archive = {0}, deep = {0};
	for (size_t i = 0; i < LIMIT_PATH_BYTES - 1; i++)
		buf_putc(&longest, i % 200 == 199 ? '/' : 'a');
	add(&archive, 'L', "././@LongLink", longest.ptr, longest.len + 1);
	add_text(&archive, '0', "short", "");
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_STR(entry.path, buf_text(&longest));
	buf_puts(&longest, "a");
	buf_truncate(&archive, 0);
	add(&archive, 'L', "././@LongLink", longest.ptr, longest.len + 1);
	add_text(&archive, '0', "short", "");
	autoerr struct err err = {0};
	CHECK_INT(read_all(buf_str(&archive), &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	err_clear(&err);
	for (size_t i = 0; i <= LIMIT_PATH_DEPTH; i++)
		buf_puts(&deepest, "d/");
	add(&deep, 'L', "././@LongLink", deepest.ptr, deepest.len);
	add_text(&deep, '5', "short", "");
	CHECK_INT(read_all(buf_str(&deep), &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(a_wrong_checksum_is_seen_for_every_byte)
{
	autobuf struct buf good = {0};
	add_text(&good, '0', "file", "content");
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		autobuf struct buf bad = {0};
		autoerr struct err err = {0};
		buf_append(&bad, good.ptr, good.len);
		bad.ptr[i] ^= 1;
		size_t at = offsetof(struct tar_header, checksum);
		if (i >= at + 6 && i < at + 8) /* its NUL and space */
			continue;
		CHECK_INT(read_all(buf_str(&bad), &err), -1);
		CHECK_INT(err.kind, ERR_CORRUPT);
	}
}

TEST(checksums_of_signed_bytes_are_known)
{
	autobuf struct buf archive = {0};
	struct tar_header header = header_of('0', "f\xff\xff", 0);
	/* each byte above 127 counts 256 less */
	int64_t sum;
	CHECK(tar_number_parse(header.checksum, sizeof(header.checksum), &sum));
	tar_number_format(header.checksum, 7, (uint64_t)sum - 512);
	buf_append(&archive, &header, sizeof(header));
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_STR(entry.path, "f\xff\xff");
}

TEST(garbage_in_numbers_is_refused)
{
	static const struct {
		size_t at, len;
		const char *bytes, *message;
	} cases[] = {
#define FIELD(name) offsetof(struct tar_header, name), sizeof(((struct tar_header *)NULL)->name)
		{FIELD(size), "0000000000x",
		 "archive, entry 1: 'f': the size in a header is not valid"},
		{FIELD(size), "9", "archive, entry 1: 'f': the size in a header is not valid"},
		{FIELD(size), "-1", "archive, entry 1: 'f': the size in a header is not valid"},
		{FIELD(size), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		 "archive, entry 1: 'f': the size in a header is not valid"},
		{FIELD(size), "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		 "archive, entry 1: 'f': the size in a header is not valid"},
		{FIELD(mode), "rwxrwxr",
		 "archive, entry 1: 'f': the mode in a header is not valid"},
		{FIELD(uid), "\xff\xff\xff\xff\xff\xff\xff\xff",
		 "archive, entry 1: 'f': the owner in a header is not valid"},
		{FIELD(gid), "\x80\0\0\0\xff\xff\xff\xff",
		 "archive, entry 1: 'f': the owner in a header is not valid"},
		{FIELD(mtime), "now", "archive, entry 1: 'f': the time in a header is not valid"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0};
		struct tar_header header = header_of('0', "f", 0);
		memset((char *)&header + cases[i].at, 0, cases[i].len);
		size_t n = cases[i].bytes[0] & 0x80 ? cases[i].len : strlen(cases[i].bytes);
		memcpy((char *)&header + cases[i].at, cases[i].bytes, n);
		add_header(&archive, header);
		check_refused(&archive, ERR_CORRUPT, cases[i].message);
	}
}

TEST(base_256_numbers_are_read)
{
	autobuf struct buf archive = {0};
	struct tar_header header = header_of('6', "f", 0);
	memcpy(header.uid, "\x80\0\0\0\xff\xff\xff\xfe", 8);
	memcpy(header.mtime, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12);
	memcpy(header.size, "\x80\0\0\0\0\0\0\x20\0\0\0\0", 12);
	add_header(&archive, header);
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_INT(entry.uid, 4294967294);
	CHECK_INT(entry.mtime_ns, -2 * NS_PER_SEC);
	CHECK_INT(entry.size, 0); /* of a pipe: nothing follows */
	header = header_of('0', "f", 0);
	memcpy(header.size, "\x80\0\0\0\0\0\0\x20\0\0\0\0", 12);
	memcpy(header.mtime, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
	buf_truncate(&archive, 0);
	add_header(&archive, header);
	read_first(&archive, &entry);
	CHECK_INT(entry.size, (uint64_t)0x20 << 32);
	CHECK_INT(entry.mtime_ns, INT64_MAX);
}

TEST(lies_in_extended_headers_are_refused)
{
	static const struct {
		const char *records;
		enum err_kind kind;
		const char *message;
	} cases[] = {
#define MALFORMED          "archive, entry 1: an extended header is malformed"
#define MAP_MALFORMED      "archive, entry 1: the map of a sparse file is malformed"
#define KEY_MALFORMED(key) "archive, entry 1: extended header '" key "' is malformed"
		{"x", ERR_CORRUPT, MALFORMED},
		{"7 a=b\n", ERR_CORRUPT, MALFORMED},
		{"5 a=b\n", ERR_CORRUPT, MALFORMED},
		{"0 a=b\n", ERR_CORRUPT, MALFORMED},
		{"-6 a=b\n", ERR_CORRUPT, MALFORMED},
		{"99999999999999999999 a=b\n", ERR_CORRUPT, MALFORMED},
		{"6 =bb\n", ERR_CORRUPT, MALFORMED},
		{"6 abb\n", ERR_CORRUPT, MALFORMED},
		{"6 a=b\n6 a=b", ERR_CORRUPT, MALFORMED},
		{"2 \n", ERR_CORRUPT, MALFORMED},
		{"10 size=-\n", ERR_CORRUPT, KEY_MALFORMED("size")},
		{"11 size=-1\n", ERR_CORRUPT, KEY_MALFORMED("size")},
		{"28 size=9223372036854775808\n", ERR_CORRUPT, KEY_MALFORMED("size")},
		{"18 uid=4294967296\n", ERR_CORRUPT, KEY_MALFORMED("uid")},
		{"18 uid=4294967295\n", ERR_CORRUPT,
		 "archive, entry 1: 'f': the owner in an extended header is not valid"},
		{"13 mtime=1.x\n", ERR_CORRUPT, KEY_MALFORMED("mtime")},
		{"11 mtime=-\n", ERR_CORRUPT, KEY_MALFORMED("mtime")},
		{"13 path=../a\n", ERR_CORRUPT, "archive, entry 1: path '../a' contains '..'"},
		{"29 LIBARCHIVE.xattr.user.a=*\n", ERR_CORRUPT,
		 "archive, entry 1: a LIBARCHIVE.xattr record is malformed"},
		{"28 SCHILY.acl.access=u::rwx\n", ERR_CORRUPT,
		 "archive, entry 1: 'f': an ACL lacks or repeats an entry"},
		{"28 GNU.sparse.map=0,1,1,2,2\n", ERR_CORRUPT, MAP_MALFORMED},
		{"24 GNU.sparse.map=5,5,0\n", ERR_CORRUPT, MAP_MALFORMED},
		{"26 GNU.sparse.numbytes=12\n", ERR_CORRUPT, KEY_MALFORMED("GNU.sparse.numbytes")},
		{"22 GNU.sparse.major=7\n", ERR_CORRUPT,
		 "archive, entry 1: 'f': a sparse file does not tell its size"},
		{"22 GNU.sparse.major=7\n22 GNU.sparse.size=99\n", ERR_CORRUPT,
		 "archive, entry 1: 'f': a sparse file of unknown form"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0};
		autoerr struct err err = {0};
		add_text(&archive, 'x', "PaxHeaders/f", cases[i].records);
		add_text(&archive, '0', "f", "");
		int got = read_all(buf_str(&archive), &err);
		if (got != -1 || err.kind != cases[i].kind)
			test_fail(__FILE__, __LINE__, "%s: %d", cases[i].records, got);
		CHECK_STR(err_text(&err), cases[i].message);
	}
}

TEST(extended_headers_override_the_header_and_empty_ones_do_not)
{
	static const char records[] = "11 uid=123\n7 gid=\n12 path=new\n20 mtime=-1.5000001\n"
				      "14 linkpath=y\n22 SCHILY.devmajor=77\n";
	autobuf struct buf archive = {0};
	add_text(&archive, 'x', "PaxHeaders/f", records);
	struct tar_header header = header_of('2', "old", 0);
	tar_number_format(header.gid, sizeof(header.gid), 9);
	memcpy(header.link, "x", 1);
	add_header(&archive, header);
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_STR(entry.path, "new");
	CHECK_STR(entry.target, "y");
	CHECK_INT(entry.uid, 123);
	CHECK_INT(entry.gid, 9);
	CHECK_INT(entry.mtime_ns, -1500000100);
}

TEST(times_beyond_our_count_become_the_nearest)
{
	static const struct {
		const char *record;
		int64_t ns;
	} cases[] = {
		{"28 mtime=999999999999999999\n", INT64_MAX},
		{"29 mtime=-999999999999999999\n", -INT64_MAX},
		{"23 mtime=1.12345678999\n", 1123456789},
		{"11 mtime=0\n", 0},
		{"12 mtime=1.\n", NS_PER_SEC},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0};
		cleanup(entry_clear) struct entry entry = {0};
		add_text(&archive, 'x', "PaxHeaders/f", cases[i].record);
		add_text(&archive, '0', "f", "");
		read_first(&archive, &entry);
		CHECK_INT(entry.mtime_ns, cases[i].ns);
	}
}

TEST(oversized_headers_meet_a_limit_before_memory)
{
	autobuf struct buf archive = {0};
	add_header(&archive, header_of('x', "PaxHeaders/f", LIMIT_PAX_BYTES + 1));
	check_refused(&archive, ERR_LIMIT,
		      "archive, entry 1: an extended header is larger than 1048576 bytes");
	buf_truncate(&archive, 0);
	add_header(&archive, header_of('L', "././@LongLink", 077777777777));
	check_refused(&archive, ERR_LIMIT,
		      "archive, entry 1: an extended header is larger than 4097 bytes");
}

TEST(too_many_attributes_meet_a_limit)
{
	autobuf struct buf records = {0}, archive = {0};
	for (unsigned i = 0; i <= LIMIT_XATTRS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "user.%u", i);
		pax_append(&records, "SCHILY.xattr.", name, "v", 1);
	}
	add(&archive, 'x', "PaxHeaders/f", records.ptr, records.len);
	add_text(&archive, '0', "f", "");
	check_refused(&archive, ERR_LIMIT,
		      "archive, entry 1: too many or too large extended attributes");
}

TEST(attributes_that_are_not_kept_are_dropped)
{
	autobuf struct buf records = {0}, archive = {0};
	pax_append(&records, "SCHILY.xattr.", "trusted.overlay.opaque", "y", 1);
	pax_append(&records, "SCHILY.xattr.", "security.selinux", "y", 1);
	pax_append(&records, "LIBARCHIVE.xattr.", "user.a%20b", "AGI", 3);
	pax_append(&records, "LIBARCHIVE.xattr.", "user.both", "QUFB", 4);
	pax_append(&records, "SCHILY.xattr.", "user.both", "binary", 6);
	add(&archive, 'x', "PaxHeaders/f", records.ptr, records.len);
	add_text(&archive, '0', "f", "");
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_INT(entry.xattrs.n, 2);
	const struct xattr *decoded = xattrs_get(&entry.xattrs, "user.a b");
	CHECK(decoded && decoded->len == 2 && memcmp(decoded->value, "\0b", 2) == 0);
	const struct xattr *both = xattrs_get(&entry.xattrs, "user.both");
	CHECK(both && both->len == 6 && memcmp(both->value, "binary", 6) == 0);
}

TEST(a_textual_acl_counts_where_there_is_no_binary_one)
{
	autobuf struct buf records = {0}, archive = {0}, bytes = {0};
	autoerr struct err err = {0};
	static const char text[] = "user::rwx,user:5:r--,group::r-x,mask::r-x,other::---";
	pax_append(&records, "SCHILY.acl.", "access", text, sizeof(text) - 1);
	pax_append(&records, "SCHILY.acl.", "default", text, sizeof(text) - 1);
	pax_append(&records, "SCHILY.xattr.", XATTR_ACL_DEFAULT, "\2\0\0\0", 4);
	add(&archive, 'x', "PaxHeaders/f", records.ptr, records.len);
	add_text(&archive, '5', "f", "");
	cleanup(entry_clear) struct entry entry = {0};
	read_first(&archive, &entry);
	CHECK_OK(acl_from_text(str_of(text), &bytes, &err), &err);
	const struct xattr *access = xattrs_get(&entry.xattrs, XATTR_ACL_ACCESS);
	CHECK(access && access->len == bytes.len);
	CHECK(memcmp(access->value, bytes.ptr, bytes.len) == 0);
	CHECK_INT(xattrs_get(&entry.xattrs, XATTR_ACL_DEFAULT)->len, 4);
}

TEST(unknown_types_are_refused_and_labels_skipped)
{
	autobuf struct buf archive = {0};
	add_text(&archive, 'V', "label", "");
	add_text(&archive, 'g', "pax_global_header", "12 path=bad\n");
	add_text(&archive, '7', "contiguous", "data");
	add_end(&archive);
	autoerr struct err err = {0};
	CHECK_INT(read_all(buf_str(&archive), &err), 1);
	buf_truncate(&archive, 0);
	add_text(&archive, 'M', "rest of another volume", "");
	check_refused(&archive, ERR_CORRUPT, "archive, entry 1: unknown type 77");
}

/* One of everything that has data of its own. */
static void rich_archive(struct buf *archive)
{
	autobuf struct buf records = {0};
	pax_append(&records, "GNU.sparse.", "major", "1", 1);
	pax_append(&records, "GNU.sparse.", "minor", "0", 1);
	pax_append(&records, "GNU.sparse.", "name", "sparse", 6);
	pax_append(&records, "GNU.sparse.", "realsize", "2000", 4);
	add_text(archive, '0', "first", "some content");
	add(archive, 'x', "PaxHeaders/sparse", records.ptr, records.len);
	char sparse[TAR_BLOCK + 10] = "1\n100\n10\n";
	memcpy(sparse + TAR_BLOCK, "0123456789", 10);
	add(archive, '0', "GNUSparseFile.0/sparse", sparse, sizeof(sparse));
	add_text(archive, 'L', "././@LongLink", "a long name");
	add_text(archive, '5', "a long", "");
	add_end(archive);
}

TEST(an_archive_cut_at_any_byte_fails_or_ends_between_entries)
{
	autobuf struct buf archive = {0};
	rich_archive(&archive);
	for (size_t len = 0; len <= archive.len; len++) {
		autoerr struct err err = {0};
		autofree char *exact =
			xmemdup(archive.ptr, len); /* sanitizers see a byte too far */
		int n = read_all((struct str){exact, len}, &err);
		size_t first = 2 * TAR_BLOCK, second = first + 5 * TAR_BLOCK,
		       third = second + 3 * TAR_BLOCK;
		int want = -1;
		if (len == 0 || len == first)
			want = len == 0 ? 0 : 1;
		else if (len == second)
			want = 2;
		else if (len == third || len == third + TAR_BLOCK || len == third + 2 * TAR_BLOCK)
			want = 3;
		if (n != want)
			test_fail(__FILE__, __LINE__, "%zu bytes: %d", len, n);
		if (n < 0)
			CHECK_INT(err.kind, ERR_CORRUPT);
	}
}

TEST(half_an_end_marker_hides_nothing)
{
	autobuf struct buf archive = {0};
	static const char zeros[TAR_BLOCK];
	add_text(&archive, '0', "seen", "");
	buf_append(&archive, zeros, sizeof(zeros));
	add_text(&archive, '0', "hidden", "");
	check_refused(&archive, ERR_CORRUPT,
		      "archive, entry 2: more follows after half an end marker");
}

TEST(what_follows_the_end_is_read_to_its_end)
{
	autobuf struct buf archive = {0};
	autoerr struct err err = {0};
	add_text(&archive, '0', "f", "");
	add_end(&archive);
	for (size_t i = 0; i < 100000; i++)
		buf_putc(&archive, 'x');
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(&archive)));
	cleanup(entry_clear) struct entry entry = {0};
	CHECK_INT(tar_reader_next(tar, &entry, &err), 1);
	CHECK_INT(tar_reader_next(tar, &entry, &err), 0);
	CHECK_INT(tar_reader_position(tar), archive.len);
}

TEST(an_extended_header_alone_is_no_archive)
{
	autobuf struct buf archive = {0};
	add_text(&archive, 'x', "PaxHeaders/f", "12 path=new\n");
	check_refused(&archive, ERR_CORRUPT,
		      "archive, entry 1: the archive ends after an extended header");
	add_end(&archive);
	check_refused(&archive, ERR_CORRUPT,
		      "archive, entry 1: the archive ends after an extended header");
}

TEST(sparse_maps_that_lie_are_refused)
{
	static const struct {
		const char *map, *real_size, *message;
	} cases[] = {
#define LIES "archive, entry 1: 's': the map of a sparse file is malformed"
		{"1\n0\n10\n", "5", LIES},         /* beyond its end */
		{"1\n0\n9\n", "100", LIES},        /* fewer bytes than follow */
		{"1\n0\n11\n", "100", LIES},       /* more */
		{"2\n10\n5\n5\n5\n", "100", LIES}, /* backwards */
		{"2\n0\n6\n5\n4\n", "100", LIES},  /* overlapping */
		{"1\n18446744073709551615\n10\n", "100", LIES},
		{"1\n-1\n10\n", "100", LIES},
		{"x\n", "100", LIES},
		{"\n", "100", LIES},
		{"99\n", "100", LIES}, /* the lines run out */
		{"111111111111111111111111111111\n", "100", LIES},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf archive = {0}, records = {0};
		char data[TAR_BLOCK + 10] = {0};
		memcpy(data, cases[i].map, strlen(cases[i].map));
		pax_append(&records, "GNU.sparse.", "major", "1", 1);
		pax_append(&records, "GNU.sparse.", "minor", "0", 1);
		pax_append(&records, "GNU.sparse.", "realsize", cases[i].real_size,
			   strlen(cases[i].real_size));
		add(&archive, 'x', "PaxHeaders/s", records.ptr, records.len);
		add(&archive, '0', "s", data, sizeof(data));
		check_refused(&archive, ERR_CORRUPT, cases[i].message);
	}
}

TEST(more_sparse_pieces_than_granted_are_refused)
{
	struct pieces pieces = {0};
	autoerr struct err err = {0};
	for (uint64_t i = 0; i < LIMIT_SPARSE_PIECES; i++)
		CHECK_OK(pieces_add(&pieces, i, 1, &err), &err);
	CHECK(pieces_add(&pieces, LIMIT_SPARSE_PIECES, 1, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	free(pieces.items);
}

TEST(a_failed_entry_leaves_the_callers_alone)
{
	autobuf struct buf archive = {0};
	autoerr struct err err = {0};
	add_text(&archive, '0', "good", "");
	add_text(&archive, '0', "../bad", "");
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(&archive)));
	cleanup(entry_clear) struct entry entry = {0};
	CHECK_INT(tar_reader_next(tar, &entry, &err), 1);
	CHECK_INT(tar_reader_next(tar, &entry, &err), -1);
	CHECK_STR(entry.path, "good");
}
