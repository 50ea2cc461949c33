/* test_tar_foreign.c - GNU tar's and bsdtar's archives read by us, and ours by them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "layer/acl.h"
#include "layer/tar_private.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

struct found { /* an entry and its data */
	struct entry entry;
	struct buf data;
};

static void found_done(struct found *found)
{
	entry_clear(&found->entry);
	buf_done(&found->data);
}

/* Looks the entry up in the archive; the test fails when it is not there. */
static void find(const struct buf *archive, const char *path, struct found *found)
{
	autoerr struct err err = {0};
	cleanup(tar_reader_freep) struct tar_reader *tar =
		tar_reader_new(reader_of_bytes(buf_str(archive)));
	int got;
	while ((got = tar_reader_next(tar, &found->entry, &err)) == 1) {
		if (!text_eq(found->entry.path, path))
			continue;
		found->data = (struct buf){.max = (size_t)64 << 20};
		char piece[7777];
		ssize_t n;
		while ((n = tar_reader_read(tar, piece, sizeof(piece), &err)) > 0)
			buf_append(&found->data, piece, (size_t)n);
		CHECK_INT(n, 0);
		CHECK_INT(found->data.len, found->entry.size);
		return;
	}
	test_fail(__FILE__, __LINE__, "no '%s': %s", path, err_text(&err));
}

static void read_archive(const char *dir_path, int dir, const char *program, const char *script,
			 struct buf *archive)
{
	fixture_run(dir_path, program, script);
	archive->max = (size_t)64 << 20;
	fixture_read(dir, "archive", archive);
}

#define LONG_NAME                                                                                \
	"directory-with-a-long-name/and-another-one-in-it-so-that-the-whole-is-longer/than-the-" \
	"hundred-bytes-of-v7/file"

static void check_plain_tree(const char *program, const char *pack)
{
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf archive = {0};
	autofree char *script = xasprintf(
		"mkdir -p 't/%s'; rmdir 't/%s'; printf hello >'t/%s'; touch -d @1234567890 't/%s'\n"
		"ln -s target t/link; ln t/%s t/hard; mkfifo t/pipe; chmod 4751 t/%s\ncd t\n%s",
		LONG_NAME, LONG_NAME, LONG_NAME, LONG_NAME, LONG_NAME, LONG_NAME, pack);
	read_archive(path, dir, program, script, &archive);
	cleanup(found_done) struct found file = {0};
	cleanup(found_done) struct found link = {0};
	cleanup(found_done) struct found hard = {0};
	cleanup(found_done) struct found pipe = {0};
	find(&archive, "hard", &file); /* it came first */
	CHECK_STR(buf_text(&file.data), "hello");
	CHECK_INT(file.entry.mode, 04751);
	CHECK_INT(file.entry.mtime_ns / NS_PER_SEC, 1234567890);
	CHECK_INT(file.entry.uid, getuid());
	find(&archive, "link", &link);
	CHECK_INT(link.entry.type, ENTRY_SYMLINK);
	CHECK_STR(link.entry.target, "target");
	find(&archive, LONG_NAME, &hard);
	CHECK_INT(hard.entry.type, ENTRY_HARDLINK);
	CHECK_STR(hard.entry.target, "hard");
	find(&archive, "pipe", &pipe);
	CHECK_INT(pipe.entry.type, ENTRY_FIFO);
}

#define GNU_PACK(format) \
	"tar --format=" format " -cf ../archive --sort=name hard directory* link pipe"

TEST(gnu_archives_of_gnu_form_are_read)
{
	check_plain_tree("tar", GNU_PACK("gnu"));
}

TEST(gnu_archives_of_old_gnu_form_are_read)
{
	check_plain_tree("tar", GNU_PACK("oldgnu"));
}

TEST(gnu_archives_of_pax_form_are_read)
{
	check_plain_tree("tar", GNU_PACK("pax"));
}

TEST(gnu_archives_of_ustar_form_are_read)
{
	check_plain_tree("tar", GNU_PACK("ustar"));
}

TEST(bsdtar_archives_are_read)
{
	check_plain_tree("bsdtar", "bsdtar --format=pax -cf ../archive hard directory* link pipe");
}

TEST(v7_archives_are_read)
{
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf archive = {0};
	read_archive(path, dir, "tar", "mkdir d; printf hello >d/f; tar --format=v7 -cf archive d",
		     &archive);
	cleanup(found_done) struct found file = {0};
	cleanup(found_done) struct found folder = {0};
	find(&archive, "d/f", &file);
	CHECK_STR(buf_text(&file.data), "hello");
	find(&archive, "d", &folder);
	CHECK_INT(folder.entry.type, ENTRY_DIRECTORY);
}

/* Thirty pieces, so that old GNU's map needs blocks of its own; a hole at each end. */
static void check_sparse(const char *options)
{
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf archive = {0}, want = {.max = (size_t)64 << 20};
	autofree char *script = xasprintf(
		"truncate -s 20000000 sparse; i=1\n"
		"while [ $i -le 30 ]; do\n"
		"  printf piece-$i | dd of=sparse bs=1 seek=$((i * 512000)) conv=notrunc 2>/dev/null\n"
		"  i=$((i + 1))\ndone\n"
		"printf behind >after; tar %s -S -cf archive sparse after\n"
		"test $(stat -c %%s archive) -lt 1000000\n",
		options);
	read_archive(path, dir, "tar", script, &archive);
	fixture_read(dir, "sparse", &want);
	cleanup(found_done) struct found sparse = {0};
	cleanup(found_done) struct found after = {0};
	find(&archive, "sparse", &sparse);
	CHECK_INT(sparse.data.len, want.len);
	CHECK(memcmp(sparse.data.ptr, want.ptr, want.len) == 0);
	find(&archive, "after", &after);
	CHECK_STR(buf_text(&after.data), "behind");
}

TEST(sparse_files_of_old_gnu_form_are_filled)
{
	check_sparse("--format=gnu");
}

TEST(sparse_files_of_pax_0_0_are_filled)
{
	check_sparse("--format=pax --sparse-version=0.0");
}

TEST(sparse_files_of_pax_0_1_are_filled)
{
	check_sparse("--format=pax --sparse-version=0.1");
}

TEST(sparse_files_of_pax_1_0_are_filled)
{
	check_sparse("--format=pax --sparse-version=1.0");
}

#define RICH_FILE                                                                      \
	"touch f; setfacl -m u:12345:rwx,m::rwx f; setfattr -n user.text -v value f\n" \
	"mkdir d; setfacl -d -m u:54321:r-x d\n"

static void check_attributes(const char *program, const char *pack)
{
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf archive = {0};
	autoerr struct err err = {0};
	autofree char *script = xasprintf(RICH_FILE "%s", pack);
	read_archive(path, dir, program, script, &archive);
	static const char *const names[] = {"f", "d"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		cleanup(found_done) struct found found = {0};
		cleanup(xattrs_done) struct xattrs want = {0};
		find(&archive, names[i], &found);
		CHECK_OK(xattrs_read_at(dir, names[i], &want, &err), &err);
		CHECK(want.n > 0);
		CHECK(xattrs_eq(&found.entry.xattrs, &want));
	}
}

TEST(attributes_and_acls_of_gnu_tar_are_read)
{
	check_attributes("setfattr", "tar --format=pax --xattrs --acls -cf archive f d");
}

TEST(textual_acls_of_gnu_tar_are_read)
{
	check_attributes("setfattr", "tar --format=pax --acls --xattrs "
				     "--xattrs-exclude='system.*' -cf archive f d");
}

TEST(encoded_attributes_of_bsdtar_are_read)
{
	check_attributes("bsdtar", "setfattr -n user.text -v value f\n"
				   "bsdtar --format=pax --xattrs --acls -cf archive f d");
}

/* What others shall unpack. */
static void write_ours(int dir)
{
	autoerr struct err err = {0};
	autoclose int fd = openat(dir, "archive", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	autowriter struct writer *out = writer_to_borrowed_fd(fd);
	cleanup(tar_writer_freep) struct tar_writer *tar = tar_writer_new(out);
	struct entry entries[] = {
		{.type = ENTRY_DIRECTORY, .path = P("d"), .mode = 0750, .mtime_ns = NS_PER_SEC},
		{.type = ENTRY_FILE,
		 .path = P("d/" LONG_NAME),
		 .mode = 0600,
		 .size = 5,
		 .mtime_ns = 1234567890500000000},
		{.type = ENTRY_FILE, .path = P("caf\xc3\xa9 \n \xff"), .mode = 0644, .size = 5},
		{.type = ENTRY_HARDLINK, .path = P("hard"), .target = P("d/" LONG_NAME)},
		{.type = ENTRY_SYMLINK, .path = P("link"), .target = P(LONG_NAME "/" LONG_NAME)},
		{.type = ENTRY_FIFO, .path = P("pipe"), .mode = 0640},
	};
	xattrs_set(&entries[1].xattrs, "user.binary", "a\0\n=", 4);
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		entries[i].uid = getuid();
		entries[i].gid = getgid();
		CHECK_OK(tar_writer_entry(tar, &entries[i], &err), &err);
		if (entries[i].type == ENTRY_FILE)
			CHECK_OK(tar_writer_write(tar, "hello", 5, &err), &err);
	}
	CHECK_OK(tar_writer_finish(tar, &err), &err);
	CHECK_OK(writer_finish(out, &err), &err);
	xattrs_done(&entries[1].xattrs);
}

static void check_unpacked(const char *program, const char *script)
{
	const char *path;
	int dir = test_dir(&path);
	struct stat st;
	write_ours(dir);
	fixture_run(path, program, script);
	autobuf struct buf odd = {0};
	fixture_read(dir, "out/caf\xc3\xa9 \n \xff", &odd);
	CHECK_STR(buf_text(&odd), "hello");
	CHECK(fstatat(dir, "out/hard", &st, 0) == 0);
	CHECK_INT(st.st_nlink, 2);
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_INT(st.st_mtim.tv_sec, 1234567890);
	CHECK_INT(st.st_mtim.tv_nsec, 500000000);
	char target[1000] = "";
	CHECK(readlinkat(dir, "out/link", target, sizeof(target) - 1) > 0);
	CHECK_STR(target, LONG_NAME "/" LONG_NAME);
	CHECK(fstatat(dir, "out/pipe", &st, 0) == 0 && S_ISFIFO(st.st_mode));
	CHECK(fstatat(dir, "out/d", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0750);
	CHECK_INT(st.st_mtim.tv_sec, 1);
}

TEST(gnu_tar_unpacks_ours)
{
	check_unpacked("tar", "mkdir out; tar --xattrs --xattrs-include='*' -C out -xpf archive");
}

TEST(gnu_tar_restores_our_attributes)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	write_ours(dir);
	fixture_run(path, "tar",
		    "mkdir out; tar --xattrs --xattrs-include='*' -C out -xpf archive");
	cleanup(xattrs_done) struct xattrs set = {0};
	CHECK_OK(xattrs_read_at(dir, "out/hard", &set, &err), &err);
	const struct xattr *binary = xattrs_get(&set, "user.binary");
	CHECK(binary && binary->len == 4 && memcmp(binary->value, "a\0\n=", 4) == 0);
}

TEST(bsdtar_unpacks_ours)
{
	check_unpacked("bsdtar", "mkdir out; bsdtar -C out -xpf archive");
}
