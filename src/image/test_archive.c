/* test_archive.c - archives read by name, bundles and targets written.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "image/export_private.h"
#include "image/image_private.h"
#include "layer/tar.h"
#include "testing/test.h"

#include "base/banned.h"

static void put_entry(struct tar_writer *tar, enum entry_type type, const char *path,
		      const char *content)
{
	bool is_link = type == ENTRY_SYMLINK || type == ENTRY_HARDLINK;
	struct entry entry = {.type = type,
			      .path = (char *)path,
			      .mode = 0644,
			      .target = is_link ? (char *)content : NULL,
			      .size = is_link ? 0 : strlen(content)};
	struct err err = {0};

	CHECK_OK(tar_writer_entry(tar, &entry, &err), &err);
	if (!is_link)
		CHECK_OK(tar_writer_write(tar, content, strlen(content), &err), &err);
}

static int make_tar(void)
{
	const char *path;
	int dir = test_dir(&path);
	int fd = openat(dir, "a.tar", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct writer *out = writer_to_borrowed_fd(fd);
	struct tar_writer *tar = tar_writer_new(out);
	struct err err = {0};

	CHECK(fd >= 0);
	put_entry(tar, ENTRY_FILE, "one", "first");
	put_entry(tar, ENTRY_FILE, "dir/two", "second, twice");
	put_entry(tar, ENTRY_FILE, "one", "later one wins");
	put_entry(tar, ENTRY_HARDLINK, "hard", "dir/two");
	put_entry(tar, ENTRY_SYMLINK, "dir/soft", "../one");
	put_entry(tar, ENTRY_SYMLINK, "dir/out", "../../one");
	put_entry(tar, ENTRY_SYMLINK, "dir/absolute", "/etc/passwd");
	put_entry(tar, ENTRY_SYMLINK, "loop", "loop");
	CHECK_OK(tar_writer_finish(tar, &err), &err);
	CHECK_OK(writer_finish(out, &err), &err);
	tar_writer_free(tar);
	writer_close(out);
	return fd;
}

TEST(members_of_a_tar_are_read_in_place)
{
	cleanup(archive_freep) struct archive *archive = NULL;
	static const char *const lacking[] = {"two", "dir", "dir/out", "dir/absolute", "loop", ""};
	static const struct {
		const char *path, *content;
	} cases[] = {
		{"one", "later one wins"},
		{"dir/two", "second, twice"},
		{"hard", "second, twice"},
		{"dir/soft", "later one wins"},
	};
	struct err err = {0};

	CHECK_OK(archive_of_tar(make_tar(), "a.tar", &archive, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		CHECK(archive_has(archive, cases[i].path));
		CHECK_OK(archive_read(archive, cases[i].path, 100, &text, &err), &err);
		CHECK_STR(buf_text(&text), cases[i].content);
	}
	for (size_t i = 0; i < ARRAY_LEN(lacking); i++) {
		autobuf struct buf text = {0};
		CHECK(!archive_has(archive, lacking[i]));
		CHECK(archive_read(archive, lacking[i], 100, &text, &err) < 0);
		CHECK_INT(err.kind, ERR_CORRUPT);
		err_clear(&err);
	}
}

TEST(member_larger_than_the_limit_is_refused)
{
	cleanup(archive_freep) struct archive *archive = NULL;
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	CHECK_OK(archive_of_tar(make_tar(), "a.tar", &archive, &err), &err);
	CHECK(archive_read(archive, "one", 5, &text, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_STR(err_text(&err), "'one' is larger than 5 bytes");
}

TEST(directory_archive_never_reads_outside_and_never_waits)
{
	const char *path;
	int dir = test_dir(&path);
	cleanup(archive_freep) struct archive *archive = NULL;
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	CHECK(mkdirat(dir, "layout", 0755) == 0 &&
	      symlinkat("../../etc/passwd", dir, "layout/out") == 0);
	CHECK(mkfifoat(dir, "layout/pipe", 0644) == 0);
	CHECK_OK(file_write_at(dir, "layout/in", "x", 1, 0644, FILE_NO_SYNC, &err), &err);
	archive = archive_of_dir(openat(dir, "layout", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CHECK(archive_has(archive, "in"));
	CHECK(!archive_has(archive, "out"));
	CHECK(!archive_has(archive, "pipe"));
	CHECK(archive_read(archive, "../layout/gone", 100, &text, &err) < 0);
}

static struct bundle make_bundle(void)
{
	struct bundle bundle = {0};
	struct buf text = {0}, again = {0};
	int fd = memfd_create("content", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, "0123456789", 10) == 10 && lseek(fd, 0, SEEK_SET) == 0);
	buf_puts(&text, "hello");
	buf_puts(&again, "not this");
	bundle_add_text(&bundle, xstrdup("a/text"), &text);
	bundle_add_text(&bundle, xstrdup("a/text"), &again);
	bundle_add_fd(&bundle, xstrdup("b"), fd, 10);
	return bundle;
}

TEST(bundle_as_tar_is_what_the_archive_reads)
{
	const char *path;
	int dir = test_dir(&path);
	cleanup(bundle_done) struct bundle bundle = make_bundle();
	cleanup(archive_freep) struct archive *archive = NULL;
	autobuf struct buf text = {0};
	struct err err = {0};
	int fd = openat(dir, "b.tar", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	CHECK_OK(bundle_write_tar(&bundle, fd, &err), &err);
	CHECK_OK(archive_of_tar(fd, "b.tar", &archive, &err), &err);
	CHECK_OK(archive_read(archive, "a/text", 100, &text, &err), &err);
	CHECK_STR(buf_text(&text), "hello");
	CHECK_OK(archive_read(archive, "b", 100, &text, &err), &err);
	CHECK_STR(buf_text(&text), "0123456789");
}

TEST(target_replaces_a_file_only_when_it_is_whole)
{
	const char *path;
	int dir = test_dir(&path);
	autofree char *name = path_join(path, "out.tar");
	autobuf struct buf text = {0};
	autostrlist struct strlist names = {0};
	struct target target;
	struct err err = {0};

	CHECK_OK(file_write_at(dir, "out.tar", "old", 3, 0644, FILE_NO_SYNC, &err), &err);
	CHECK_OK(target_open(name, &target, &err), &err);
	CHECK(write(target.fd, "half", 4) == 4);
	target_done(&target);
	CHECK_OK(file_read_at(dir, "out.tar", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "old");
	CHECK_OK(target_open(name, &target, &err), &err);
	CHECK(write(target.fd, "whole", 5) == 5);
	CHECK_OK(target_commit(&target, &err), &err);
	target_done(&target);
	CHECK_OK(file_read_at(dir, "out.tar", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "whole");
	CHECK_OK(dir_list(dir, ".", &names, &err), &err);
	CHECK_INT((long long)names.n, 1);
}

TEST(directory_target_does_not_touch_what_is_there)
{
	const char *path;
	int dir = test_dir(&path);
	autofree char *name = path_join(path, "layout/");
	cleanup(bundle_done) struct bundle bundle = make_bundle();
	autobuf struct buf text = {0};
	struct target target;
	struct err err = {0};

	CHECK_OK(target_open_dir(name, &target, &err), &err);
	CHECK_OK(bundle_write_dir(&bundle, target.fd, &err), &err);
	CHECK_OK(target_commit(&target, &err), &err);
	target_done(&target);
	CHECK_OK(file_read_at(dir, "layout/a/text", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "hello");
	CHECK(target_open_dir(name, &target, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	err_clear(&err);
}

TEST(exported_names_tell_a_tag_from_a_name)
{
	struct image image = {0};
	struct exported_names names;

	strlist_add(&image.names, "docker.io/library/debian:12");
	export_names(&image, NULL, &names);
	CHECK_STR(names.ref_name, "docker.io/library/debian:12");
	CHECK(names.has_tag);
	exported_names_done(&names);
	export_names(&image, "latest", &names);
	CHECK_STR(names.ref_name, "latest");
	CHECK(!names.canonical && !names.has_tag);
	exported_names_done(&names);
	strlist_done(&image.names);
	export_names(&image, NULL, &names);
	CHECK(!names.ref_name && !names.canonical && !names.has_tag);
}
