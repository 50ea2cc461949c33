/* test_io.c - whole files, directories and trees.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strlist.h"
#include "testing/test.h"

static void put(int dir, const char *name, const char *text)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(dir, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

static bool exists(int dir, const char *name)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(file_comes_back_as_written)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	size_t sizes[] = {0, 1, 4095, 4096, 4097, 300000};
	autofree char *bytes = xcalloc(1, 300000);

	for (size_t i = 0; i < 300000; i++)
		bytes[i] = (char)(i * 7);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		autobuf struct buf buf = {0};
		CHECK_OK(file_write_at(dir, "f", bytes, sizes[i], 0640, FILE_SYNC, &err), &err);
		CHECK_OK(file_read_at(dir, "f", 300000, &buf, &err), &err);
		CHECK_INT(buf.len, sizes[i]);
		CHECK(sizes[i] == 0 || memcmp(buf.ptr, bytes, sizes[i]) == 0);
	}
}

TEST(file_has_exactly_the_mode_asked_for)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	struct stat st;
	mode_t old = umask(077);
	int result = file_write_at(dir, "f", "x", 1, 0664, FILE_NO_SYNC, &err);

	umask(old);
	CHECK_OK(result, &err);
	CHECK(fstatat(dir, "f", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0664);
}

TEST(file_write_leaves_no_temporary_behind)
{
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	const char *path;
	int dir = test_dir(&path);

	CHECK(mkdirat(dir, "d", 0755) == 0);
	CHECK(mkdirat(dir, "d/in-the-way", 0755) == 0);
	CHECK(file_write_at(dir, "d/in-the-way", "x", 1, 0644, FILE_NO_SYNC, &err) < 0);
	CHECK(strstr(err_text(&err), "d/in-the-way"));
	put(dir, "d/fine", "x");
	err_clear(&err);
	CHECK_OK(dir_list(dir, "d", &names, &err), &err);
	CHECK_INT(names.n, 2);
	CHECK_STR(names.items[0], "fine");
	CHECK_STR(names.items[1], "in-the-way");
}

TEST(file_write_replaces_a_link_and_not_what_it_names)
{
	const char *path;
	int dir = test_dir(&path);
	struct stat st;

	put(dir, "target", "old");
	CHECK(symlinkat("target", dir, "link") == 0);
	put(dir, "link", "new text");
	CHECK(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode));
	CHECK(fstatat(dir, "target", &st, 0) == 0 && st.st_size == 3);
}

TEST(file_write_takes_the_longest_name)
{
	const char *path;
	int dir = test_dir(&path);
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	put(dir, name, "x");
	CHECK(exists(dir, name));
}

TEST(file_read_says_what_is_wrong)
{
	const char *path;
	int dir = test_dir(&path);

	put(dir, "four", "1234");
	CHECK(symlinkat("four", dir, "link") == 0);
	CHECK(mkfifoat(dir, "fifo", 0644) == 0);
	CHECK(mkdirat(dir, "dir", 0755) == 0);
	const struct {
		const char *name;
		size_t max;
		enum err_kind kind;
	} cases[] = {
		{"gone", 10, ERR_MISSING}, {"four/x", 10, ERR_MISSING}, {"four", 3, ERR_LIMIT},
		{"link", 10, ERR_SYSTEM},  {"fifo", 10, ERR_SYSTEM},    {"dir", 10, ERR_SYSTEM},
		{"./dir", 10, ERR_SYSTEM},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf buf = {0};
		buf_puts(&buf, "untouched");
		CHECK(file_read_at(dir, cases[i].name, cases[i].max, &buf, &err) < 0);
		CHECK_INT(err.kind, cases[i].kind);
		CHECK(strstr(err_text(&err), cases[i].name));
		CHECK_STR(buf_text(&buf), "untouched");
	}
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	CHECK_OK(file_read_at(dir, "four", 4, &buf, &err), &err);
	CHECK_OK(file_read_at(dir, "./link", 4, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), "1234");
}

TEST(file_read_takes_files_of_proc)
{
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};

	CHECK_OK(file_read_at(AT_FDCWD, "/proc/self/status", 1 << 16, &buf, &err), &err);
	CHECK(text_starts(buf_text(&buf), "Name:"));
}

TEST(io_read_all_knows_the_end_from_too_much)
{
	autoerr struct err err = {0};
	autobuf struct buf exact = {.max = 5};
	autobuf struct buf tight = {.max = 4};
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_OK(io_write_all(ends[1], "12345", 5, &err), &err);
	close(ends[1]);
	CHECK_OK(io_read_all(ends[0], &exact, &err), &err);
	CHECK_STR(buf_text(&exact), "12345");
	close(ends[0]);

	CHECK(pipe(ends) == 0);
	CHECK_OK(io_write_all(ends[1], "12345", 5, &err), &err);
	close(ends[1]);
	CHECK(io_read_all(ends[0], &tight, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
	close(ends[0]);
}

TEST(io_waits_on_descriptors_that_do_not_block)
{
	autoerr struct err err = {0};
	enum { SIZE = 1 << 20 };
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_OK(fd_set_nonblock(ends[0], true, &err), &err);
	CHECK_OK(fd_set_nonblock(ends[1], true, &err), &err);
	pid_t pid = fork();
	if (pid == 0) {
		autofree char *bytes = xcalloc(1, SIZE);
		close(ends[0]);
		CHECK_OK(io_write_all(ends[1], bytes, SIZE, &err), &err);
		_exit(0);
	}
	close(ends[1]);
	autofree char *bytes = xcalloc(1, SIZE + 1);
	CHECK_INT(io_read_full(ends[0], bytes, SIZE + 1, &err), SIZE);
	close(ends[0]);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(dir_make_all_makes_what_is_missing)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);

	CHECK_OK(dir_make_all(dir, "a//b/c/", 0755, &err), &err);
	CHECK_OK(dir_make_all(dir, "a/b/c", 0755, &err), &err);
	CHECK(exists(dir, "a/b/c"));
	autofree char *whole = path_join(path, "x/y");
	CHECK_OK(dir_make_all(AT_FDCWD, whole, 0755, &err), &err);
	CHECK(exists(dir, "x/y"));
	CHECK(symlinkat("a/b", dir, "link") == 0);
	CHECK_OK(dir_make_all(dir, "link/d", 0755, &err), &err);
	CHECK(exists(dir, "a/b/d"));
	put(dir, "file", "");
	CHECK(dir_make_all(dir, "file/d", 0755, &err) < 0);
	CHECK_INT(err.kind, ERR_EXISTS);
	CHECK_STR(err_text(&err), "'file' exists and is not a directory");
}

TEST(dir_list_sorts_bytewise)
{
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	const char *path;
	int dir = test_dir(&path);

	put(dir, "b", "");
	put(dir, "B", "");
	put(dir, ".hidden", "");
	put(dir, "\xff", "");
	CHECK_OK(dir_list(dir, ".", &names, &err), &err);
	autofree char *joined = strlist_join(&names, " ");
	CHECK_STR(joined, ".hidden B b \xff");
	CHECK(dir_list(dir, "gone", &names, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_INT(names.n, 4);
}

TEST(dir_sync_takes_a_path_descriptor)
{
	autoerr struct err err = {0};
	const char *path;
	test_dir(&path);
	autoclose int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK_OK(dir_sync(dir, &err), &err);
	CHECK(dir_sync(-1, &err) < 0);
}

TEST(tree_remove_takes_files_links_and_trees)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);

	put(dir, "kept", "");
	CHECK_OK(dir_make_all(dir, "t/a/b", 0755, &err), &err);
	CHECK_OK(dir_make_all(dir, "kept-dir/inner", 0755, &err), &err);
	put(dir, "t/a/file", "");
	CHECK(symlinkat("../../kept", dir, "t/a/link") == 0);
	CHECK(symlinkat("../kept-dir", dir, "t/dir-link") == 0);
	CHECK(mkfifoat(dir, "t/fifo", 0600) == 0);
	CHECK(symlinkat("t", dir, "to-tree") == 0);
	CHECK_OK(tree_remove_at(dir, "to-tree", &err), &err);
	CHECK(!exists(dir, "to-tree") && exists(dir, "t/a/b"));
	CHECK_OK(tree_remove_at(dir, "t/a/file", &err), &err);
	CHECK_OK(tree_remove_at(dir, "t", &err), &err);
	CHECK(!exists(dir, "t") && exists(dir, "kept") && exists(dir, "kept-dir/inner"));
	CHECK_OK(tree_remove_at(dir, "t", &err), &err);
	CHECK_OK(tree_remove_at(dir, "no/such/thing", &err), &err);
	autofree char *whole = path_join(path, "kept-dir");
	CHECK_OK(tree_remove_at(AT_FDCWD, whole, &err), &err);
	CHECK(!exists(dir, "kept-dir"));
}

TEST(tree_remove_wants_the_name_of_an_entry)
{
	const char *path;
	int dir = test_dir(&path);
	const char *names[] = {"", ".", "..", "a/..", "a/", "/"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		autoerr struct err err = {0};
		CHECK(tree_remove_at(dir, names[i], &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
	}
}

/* Two siblings and a file on every level, `depth` levels. */
static void make_deep(int dir, int depth)
{
	int fd = dup(dir);

	for (int i = 0; i < depth; i++) {
		CHECK(mkdirat(fd, "deeper", 0755) == 0);
		int next = openat(fd, "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(next >= 0);
		close(fd);
		fd = next;
		put(fd, "file", "");
		CHECK(mkdirat(fd, "a-sibling", 0755) == 0 && mkdirat(fd, "sibling", 0755) == 0);
		put(fd, "sibling/file", "");
	}
	close(fd);
}

TEST(tree_remove_goes_deeper_than_descriptors_allow)
{
	const char *path;
	int dir = test_dir(&path);

	make_deep(dir, 1500);
	pid_t pid = fork();
	if (pid == 0) {
		struct err err = {0};
		struct rlimit few = {LIMIT_REMOVE_OPEN_DIRS + 24, LIMIT_REMOVE_OPEN_DIRS + 24};
		CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
		CHECK_OK(tree_remove_at(dir, "deeper", &err), &err);
		_exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(!exists(dir, "deeper"));
}

TEST(tree_remove_takes_directories_with_many_names)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);

	CHECK(mkdirat(dir, "t", 0755) == 0);
	for (int i = 0; i < 3000; i++) {
		autofree char *name = xasprintf("t/a-name-of-some-length-%d", i);
		int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		CHECK(fd >= 0);
		close(fd);
	}
	CHECK_OK(tree_remove_at(dir, "t", &err), &err);
	CHECK(!exists(dir, "t"));
}

/* In a mount namespace of its own; descriptors from before stand in the old one. */
static void check_mounts_stop_removal(const char *path)
{
	struct err err = {0};

	CHECK(chdir(path) == 0);
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("none", "t/a/mounted", "tmpfs", 0, NULL) == 0);
	put(dir, "t/a/mounted/precious", "");
	put(dir, "t/file", "");
	CHECK(mount("kept", "t/file", NULL, MS_BIND, NULL) == 0);
	CHECK(tree_remove_at(dir, "t/a", &err) < 0);
	CHECK_INT(err.kind, ERR_SYSTEM);
	CHECK_STR(err_text(&err), "removing 't/a/mounted': is a mount point or in use");
	err_clear(&err);
	CHECK(exists(dir, "t/a/mounted/precious"));
	CHECK(tree_remove_at(dir, "t/a/mounted", &err) < 0);
	CHECK_INT(err.kind, ERR_SYSTEM);
	err_clear(&err);
	CHECK(tree_remove_at(dir, "t/file", &err) < 0);
	CHECK_STR(err_text(&err), "removing 't/file': is a mount point or in use");
}

TEST(tree_remove_never_enters_a_mount)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);

	if (geteuid() != 0)
		test_skip("needs the right to mount");
	CHECK_OK(dir_make_all(dir, "t/a/mounted", 0755, &err), &err);
	put(dir, "kept", "");
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS))
			_exit(77);
		check_mounts_stop_removal(path);
		_exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	if (WEXITSTATUS(status) == 77)
		test_skip("needs a mount namespace");
	CHECK_INT(status, 0);
}

TEST(tree_remove_names_what_is_immutable)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);
	int flags = FS_IMMUTABLE_FL;
	int none = 0;

	CHECK_OK(dir_make_all(dir, "t/a", 0755, &err), &err);
	put(dir, "t/a/stone", "");
	autoclose int fd = openat(dir, "t/a/stone", O_RDONLY | O_CLOEXEC);
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags))
		test_skip("needs the immutable flag");
	int result = tree_remove_at(dir, "t", &err);
	CHECK(ioctl(fd, FS_IOC_SETFLAGS, &none) == 0);
	CHECK(result < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK_STR(err_text(&err), "removing 't/a/stone': is marked immutable or append-only");
	err_clear(&err);

	autoclose int parent = openat(dir, "t/a", O_RDONLY | O_CLOEXEC);
	CHECK(ioctl(parent, FS_IOC_SETFLAGS, &flags) == 0);
	result = tree_remove_at(dir, "t", &err);
	CHECK(ioctl(parent, FS_IOC_SETFLAGS, &none) == 0);
	CHECK(result < 0);
	CHECK_STR(err_text(&err),
		  "removing 't/a/stone': its directory is marked immutable or append-only");
}

static void check_copy(int dir, int from, off_t offset, uint64_t len, const char *want)
{
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	autoclose int to = openat(dir, "copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(lseek(from, offset, SEEK_SET) == offset);
	CHECK_OK(io_copy(from, to, len, &err), &err);
	CHECK(lseek(to, 0, SEEK_CUR) == (off_t)strlen(want));
	CHECK_OK(file_read_at(dir, "copy", 0, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), want);
}

TEST(io_copy_takes_parts_and_wholes)
{
	autoerr struct err err = {0};
	const char *path;
	int dir = test_dir(&path);

	put(dir, "from", "0123456789");
	autoclose int from = openat(dir, "from", O_RDONLY | O_CLOEXEC);
	check_copy(dir, from, 0, UINT64_MAX, "0123456789");
	check_copy(dir, from, 4, UINT64_MAX, "456789");
	check_copy(dir, from, 4, 3, "456");
	check_copy(dir, from, 10, UINT64_MAX, "");
	check_copy(dir, from, 0, 0, "");
	autoclose int to = openat(dir, "copy", O_RDWR | O_TRUNC | O_CLOEXEC);
	CHECK(lseek(from, 0, SEEK_SET) == 0);
	CHECK(io_copy(from, to, 11, &err) < 0);
	CHECK_INT(err.kind, ERR_CORRUPT);
	CHECK_STR(err_text(&err), "ends 1 bytes early");
}

TEST(io_copy_takes_pipes_and_proc)
{
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	const char *path;
	int dir = test_dir(&path);
	autoclose int to = openat(dir, "copy", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	autoclose int proc = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK_OK(io_write_all(ends[1], "piped\n", 6, &err), &err);
	close(ends[1]);
	CHECK_OK(io_copy(ends[0], to, UINT64_MAX, &err), &err);
	close(ends[0]);
	CHECK_OK(io_copy(proc, to, UINT64_MAX, &err), &err);
	CHECK_OK(file_read_at(dir, "copy", 0, &buf, &err), &err);
	CHECK(text_starts(buf_text(&buf), "piped\nName:"));
}

TEST(paths_join_with_one_slash)
{
	const char *cases[][3] = {
		{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a//", "//b", "a/b"},
		{"/", "b", "/b"},  {"", "b", "b"},     {"", "/b", "/b"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *joined = path_join(cases[i][0], cases[i][1]);
		CHECK_STR(joined, cases[i][2]);
	}
	CHECK_STR(path_base("/a/b"), "b");
	CHECK_STR(path_base("b"), "b");
	CHECK_STR(path_base("a/"), "");
}

TEST(path_real_follows_every_link)
{
	autoerr struct err err = {0};
	autofree char *real = NULL;
	autofree char *want = NULL;
	const char *path;
	int dir = test_dir(&path);

	put(dir, "f", "");
	CHECK(symlinkat("f", dir, "link") == 0);
	autofree char *link = path_join(path, "./link");
	autofree char *top = realpath(path, NULL);
	want = path_join(top, "f");
	CHECK_OK(path_real(link, &real, &err), &err);
	CHECK_STR(real, want);
	CHECK(path_real("/no/such", &real, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}
