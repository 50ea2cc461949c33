/* test_beneath.c - hostile links stay beneath the root.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every test has root/ to stay in and outside/secret to reach. */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "testing/test.h"

static int make_root(int *ret_top)
{
	autoerr struct err err = {0};
	const char *path;
	int top = test_dir(&path);
	int root;

	CHECK_OK(dir_make_all(top, "root/etc", 0755, &err), &err);
	CHECK_OK(dir_make_all(top, "outside", 0755, &err), &err);
	CHECK_OK(file_write_at(top, "outside/secret", "secret", 6, 0644, FILE_NO_SYNC, &err), &err);
	CHECK_OK(file_write_at(top, "root/etc/file", "inside", 6, 0644, FILE_NO_SYNC, &err), &err);
	CHECK_OK(dir_open_at(top, "root", &root, &err), &err);
	*ret_top = top;
	return root;
}

static bool exists(int dir, const char *name)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void check_reads(int root, const char *path, const char *want)
{
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	autoclose int fd = -1;

	CHECK_OK(beneath_open(root, path, O_RDONLY, 0, &fd, &err), &err);
	CHECK_OK(io_read_all(fd, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), want);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void check_fails(int root, const char *path, int flags, enum err_kind kind)
{
	autoerr struct err err = {0};
	int fd = -2;

	CHECK(beneath_open(root, path, flags, 0, &fd, &err) < 0);
	CHECK_INT(err.kind, kind);
	CHECK_INT(fd, -2);
	CHECK(strstr(err_text(&err), path));
}

TEST(links_are_resolved_inside_the_root)
{
	int top;
	autoclose int root = make_root(&top);

	CHECK(symlinkat("/etc/file", root, "absolute") == 0);
	CHECK(symlinkat("../../../../etc/file", root, "dotted") == 0);
	CHECK(symlinkat("/", root, "to-root") == 0);
	CHECK(symlinkat("/outside/secret", root, "escape") == 0);
	CHECK(symlinkat("../outside/secret", root, "dotted-escape") == 0);
	CHECK(symlinkat("circle", root, "circle") == 0);
	check_reads(root, "etc/file", "inside");
	check_reads(root, "/etc/file", "inside");
	check_reads(root, "///etc//./file", "inside");
	check_reads(root, "../../etc/file", "inside");
	check_reads(root, "absolute", "inside");
	check_reads(root, "dotted", "inside");
	check_reads(root, "to-root/to-root/../etc/file", "inside");
	check_fails(root, "escape", O_RDONLY, ERR_MISSING);
	check_fails(root, "dotted-escape", O_RDONLY, ERR_MISSING);
	check_fails(root, "../outside/secret", O_RDONLY, ERR_MISSING);
	check_fails(root, "circle", O_RDONLY, ERR_SYSTEM);
	check_fails(root, "absolute", O_RDONLY | O_NOFOLLOW, ERR_SYSTEM);
	check_fails(root, "etc/file/x", O_RDONLY, ERR_MISSING);
}

TEST(magic_links_are_refused)
{
	int top;
	int root = make_root(&top);
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autofree char *path = xasprintf("self/fd/%d/outside/secret", top);

	check_fails(proc, "self/root/etc", O_RDONLY, ERR_SYSTEM);
	check_fails(proc, "self/cwd", O_RDONLY, ERR_SYSTEM);
	check_fails(proc, path, O_RDONLY, ERR_SYSTEM);
	close(root);
}

TEST(opening_makes_files_inside)
{
	autoerr struct err err = {0};
	int top;
	autoclose int root = make_root(&top);
	autoclose int fd = -1;

	CHECK(symlinkat("/outside", root, "way") == 0);
	CHECK(symlinkat("/../../outside/made", root, "dangling") == 0);
	CHECK(beneath_open(root, "way/made", O_WRONLY | O_CREAT, 0644, &fd, &err) < 0);
	err_clear(&err);
	CHECK(beneath_open(root, "dangling", O_WRONLY | O_CREAT, 0644, &fd, &err) < 0);
	err_clear(&err);
	CHECK(mkdirat(root, "outside", 0755) == 0);
	CHECK_OK(beneath_open(root, "dangling", O_WRONLY | O_CREAT, 0600, &fd, &err), &err);
	CHECK(exists(top, "root/outside/made") && !exists(top, "outside/made"));
	int again;
	CHECK(beneath_open(root, "outside/made", O_WRONLY | O_CREAT | O_EXCL, 0600, &again, &err) <
	      0);
	CHECK_INT(err.kind, ERR_EXISTS);
}

TEST(the_root_has_three_names)
{
	const char *names[] = {"", "/", "."};
	int top;
	autoclose int root = make_root(&top);
	struct stat want;

	CHECK(fstat(root, &want) == 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		autoerr struct err err = {0};
		struct stat st;
		CHECK_OK(beneath_stat(root, names[i], &st, &err), &err);
		CHECK(st.st_ino == want.st_ino && st.st_dev == want.st_dev);
	}
}

TEST(stat_tells_of_the_link_itself)
{
	autoerr struct err err = {0};
	int top;
	autoclose int root = make_root(&top);
	struct stat st;

	CHECK(symlinkat("/etc/file", root, "link") == 0);
	CHECK(symlinkat("/etc", root, "dir") == 0);
	CHECK_OK(beneath_stat(root, "link", &st, &err), &err);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_OK(beneath_stat(root, "dir/file", &st, &err), &err);
	CHECK_INT(st.st_size, 6);
	CHECK(beneath_stat(root, "dir/gone", &st, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(parent_is_found_through_links)
{
	autoerr struct err err = {0};
	int top;
	autoclose int root = make_root(&top);
	autoclose int dir = -1;
	const char *path = "/way/../way/file";
	const char *name;

	CHECK(symlinkat("../../etc", root, "way") == 0);
	CHECK_OK(beneath_parent(root, path, &dir, &name, &err), &err);
	CHECK(name == path + strlen("/way/../way/"));
	CHECK(unlinkat(dir, name, 0) == 0);
	CHECK(!exists(root, "etc/file"));
	int none = -2;
	CHECK(beneath_parent(root, "gone/file", &none, &name, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_INT(none, -2);
}

TEST(parent_wants_the_name_of_an_entry)
{
	const char *paths[] = {"", "/", ".", "..", "etc/", "etc/..", "etc/."};
	int top;
	autoclose int root = make_root(&top);

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autoerr struct err err = {0};
		const char *name = NULL;
		int dir = -2;
		CHECK(beneath_parent(root, paths[i], &dir, &name, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		err_clear(&err);
		CHECK(beneath_make_parent(root, paths[i], &dir, &name, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!name && dir == -2);
	}
}

TEST(make_dirs_follows_links_inside_and_makes_what_they_name)
{
	static const struct {
		const char *target, *path, *made;
	} cases[] = {
		{"/run", "link", "run"},
		{"/run", "link/a/b", "run/a/b"},
		{"run", "link/a", "run/a"},
		{"../../run/deep", "link/a", "run/deep/a"},
		{"/outside", "link/a", "outside/a"},
		{"../outside", "link/a", "outside/a"},
		{"/etc", "link/a", "etc/a"},
		{"/etc/../var", "link/../x", "x"},
		{"new", "etc/../link/./a", "new/a"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autoclose int fd = -1;
		int top;
		autoclose int root = make_root(&top);
		struct stat got, want;
		CHECK(symlinkat(cases[i].target, root, "link") == 0);
		CHECK_OK(beneath_make_dirs(root, cases[i].path, 0750, &fd, &err), &err);
		CHECK(fstat(fd, &got) == 0 && fstatat(root, cases[i].made, &want, 0) == 0);
		CHECK(got.st_ino == want.st_ino);
		CHECK_INT(got.st_mode & 07777, 0750);
		CHECK(!exists(top, "outside/a"));
	}
}

TEST(make_dirs_gives_the_exact_mode)
{
	autoerr struct err err = {0};
	autoclose int fd = -1;
	int top;
	autoclose int root = make_root(&top);
	struct stat st;
	mode_t old = umask(077);
	int result = beneath_make_dirs(root, "a/b", 01777, &fd, &err);

	umask(old);
	CHECK_OK(result, &err);
	CHECK(fstatat(root, "a", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 01777);
	CHECK(fstatat(root, "a/b", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 01777);
}

TEST(make_dirs_leaves_existing_modes_alone)
{
	autoerr struct err err = {0};
	autoclose int fd = -1;
	int top;
	autoclose int root = make_root(&top);
	struct stat st;

	CHECK(fchmodat(root, "etc", 0700, 0) == 0);
	CHECK_OK(beneath_make_dirs(root, "/etc/new/", 0755, &fd, &err), &err);
	CHECK(fstatat(root, "etc", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0700);
}

TEST(make_dirs_says_what_is_in_the_way)
{
	int top;
	autoclose int root = make_root(&top);
	const char *paths[] = {"etc/file", "etc/file/x", "etc/file/x/y", "to-file/x"};

	CHECK(symlinkat("/etc/file", root, "to-file") == 0);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autoerr struct err err = {0};
		int fd = -2;
		CHECK(beneath_make_dirs(root, paths[i], 0755, &fd, &err) < 0);
		CHECK_INT(err.kind, ERR_EXISTS);
		CHECK_INT(fd, -2);
	}
}

TEST(make_dirs_ends_on_circles_of_links)
{
	autoerr struct err err = {0};
	int top;
	autoclose int root = make_root(&top);
	int fd = -2;

	CHECK(symlinkat("b/x", root, "a") == 0);
	CHECK(symlinkat("a/y", root, "b") == 0);
	CHECK(beneath_make_dirs(root, "a/z", 0755, &fd, &err) < 0);
	CHECK(err.kind == ERR_SYSTEM || err.kind == ERR_LIMIT);
	CHECK_INT(fd, -2);
}

TEST(make_parent_makes_the_way)
{
	autoerr struct err err = {0};
	int top;
	autoclose int root = make_root(&top);
	autoclose int dir = -1;
	const char *name;
	struct stat st;

	CHECK_OK(beneath_make_parent(root, "/var/lib/x/file", &dir, &name, &err), &err);
	CHECK_STR(name, "file");
	CHECK(fstatat(root, "var/lib/x", &st, 0) == 0);
	CHECK_INT(st.st_mode & 07777, 0755);
	CHECK(mkdirat(dir, name, 0755) == 0 && exists(root, "var/lib/x/file"));
}

/* A neighbour that swaps a directory for a link to the outside as fast as it can. */
static pid_t start_swapping(int root)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			syscall(SYS_renameat2, root, "swapped", root, "evil", RENAME_EXCHANGE);
	return pid;
}

TEST(a_swapped_directory_never_leads_outside)
{
	int top;
	autoclose int root = make_root(&top);

	CHECK(mkdirat(root, "swapped", 0755) == 0);
	CHECK(symlinkat("../outside", root, "evil") == 0);
	pid_t pid = start_swapping(root);
	for (int i = 0; i < 3000; i++) {
		autoerr struct err err = {0};
		autoclose int dir = -1;
		autoclose int fd = -1;
		const char *name;
		if (beneath_open(root, "swapped/../swapped/secret", O_RDONLY, 0, &fd, &err) == 0)
			break;
		err_clear(&err);
		if (beneath_make_parent(root, "swapped/sub/made", &dir, &name, &err) == 0)
			(void)!mkdirat(dir, name, 0755);
	}
	kill(pid, SIGKILL);
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(!exists(top, "outside/sub"));
	CHECK(exists(root, "swapped/sub/made") || exists(root, "evil/sub/made") ||
	      exists(root, "outside/sub/made"));
}
