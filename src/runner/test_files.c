/* test_files.c - directories, copies and templates put in place; copies killed on the way.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "testing/test.h"

#include "base/banned.h"

struct place { /* paths in a test's directory */
	int dir;
	const char *path;
};

static struct place place_new(void)
{
	struct place place;

	place.dir = test_dir(&place.path);
	umask(022);
	return place;
}

static char *in(const struct place *place, const char *name)
{
	return path_join(place->path, name);
}

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(dir, name, text, strlen(text), mode, FILE_NO_SYNC, &err), &err);
}

static void check_text(int dir, const char *name, const char *want)
{
	autobuf struct buf text = {0};
	autoerr struct err err = {0};

	CHECK_OK(file_read_at(dir, name, 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), want);
}

static struct stat stat_of(int dir, const char *name)
{
	struct stat st;

	CHECK(!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW));
	return st;
}

static bool is_there(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static char *names_in(int dir, const char *name)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};

	CHECK_OK(dir_list(dir, name, &names, &err), &err);
	return strlist_join(&names, " ");
}

TEST(a_directory_gets_its_parents_owner_and_mode)
{
	struct place place = place_new();
	autofree char *path = in(&place, "a/b/c");
	struct dir_spec dir = {.path = path, .mode = 02750};
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root's rights");
	dir.user = "12", dir.group = "34";
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "a/b").st_mode & 07777, 0755);
	CHECK_INT(stat_of(place.dir, "a/b").st_uid, 0);
	struct stat st = stat_of(place.dir, "a/b/c");
	CHECK_INT(st.st_mode & 07777, 02750);
	CHECK_INT(st.st_uid, 12);
	CHECK_INT(st.st_gid, 34);
	/* Each time. */
	CHECK(!fchmodat(place.dir, "a/b/c", 0700, 0) && !fchownat(place.dir, "a/b/c", 0, 0, 0));
	put(place.dir, "a/b/c/file", "", 0600);
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "a/b/c").st_mode & 07777, 02750);
	CHECK_INT(stat_of(place.dir, "a/b/c").st_uid, 12);
	CHECK_INT(stat_of(place.dir, "a/b/c/file").st_uid, 0);
}

TEST(a_mode_that_nobody_gave_stays)
{
	struct place place = place_new();
	autofree char *path = in(&place, "a");
	struct dir_spec dir = {.path = path, .mode = -1};
	autoerr struct err err = {0};

	umask(077);
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "a").st_mode & 07777, 0755);
	CHECK(!fchmodat(place.dir, "a", 0711, 0));
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "a").st_mode & 07777, 0711);
	umask(022);
}

TEST(owning_all_below_follows_no_link)
{
	struct place place = place_new();
	autofree char *path = in(&place, "v");
	struct dir_spec dir = {
		.path = path, .mode = -1, .recursive = true, .user = "12", .group = "34"};
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root's rights");
	CHECK(!mkdirat(place.dir, "v", 0755) && !mkdirat(place.dir, "v/d", 0700));
	put(place.dir, "v/d/file", "", 0600);
	put(place.dir, "outside", "", 0600);
	CHECK(!symlinkat("../outside", place.dir, "v/link"));
	CHECK(!symlinkat("..", place.dir, "v/d/up"));
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "v/d/file").st_uid, 12);
	CHECK_INT(stat_of(place.dir, "v/d/file").st_gid, 34);
	CHECK_INT(stat_of(place.dir, "v/link").st_uid, 12);
	CHECK_INT(stat_of(place.dir, "outside").st_uid, 0);
}

TEST(what_fits_is_not_touched)
{
	struct place place = place_new();
	autofree char *path = in(&place, "v");
	autofree char *id = xasprintf("%d", (int)geteuid());
	autofree char *group = xasprintf("%d", (int)getegid());
	struct dir_spec dir = {
		.path = path, .mode = -1, .recursive = true, .user = id, .group = group};
	autoerr struct err err = {0};

	CHECK(!mkdirat(place.dir, "v", 0755));
	put(place.dir, "v/file", "", 0600);
	struct stat before = stat_of(place.dir, "v/file");
	CHECK_OK(files_make_dir(&dir, &err), &err);
	struct stat after = stat_of(place.dir, "v/file");
	CHECK(before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
	      before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
}

TEST(a_link_of_somebody_else_is_not_followed)
{
	struct place place = place_new();
	autofree char *path = in(&place, "link/");
	struct dir_spec dir = {.path = path, .mode = 0777};
	autoerr struct err err = {0};

	if (geteuid() != 0)
		test_skip("needs root's rights");
	CHECK(!mkdirat(place.dir, "secret", 0700) && !symlinkat("secret", place.dir, "link"));
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(place.dir, "secret").st_mode & 07777, 0777);
	CHECK(!fchmodat(place.dir, "secret", 0700, 0));
	CHECK(!fchownat(place.dir, "link", 12, 12, AT_SYMLINK_NOFOLLOW));
	CHECK(files_make_dir(&dir, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK(strstr(err_text(&err), "is a link of user 12"));
	CHECK_INT(stat_of(place.dir, "secret").st_mode & 07777, 0700);
}

TEST(users_that_nobody_has_are_named_with_their_place)
{
	struct dir_spec dir = {.path = "/nowhere", .pos = {"x.ini", 3, 5}, .user = "no-such"};
	struct copy_spec copy = {.dest = "/nowhere", .pos = {"x.ini", 4, 1}, .group = "no-such"};
	autoerr struct err err = {0}, other = {0};

	CHECK(files_make_dir(&dir, &err) < 0);
	CHECK_STR(err_text(&err), "x.ini:3:5: no user 'no-such'");
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(files_copy(&copy, &other) < 0);
	CHECK_STR(err_text(&other), "x.ini:4:1: no group 'no-such'");
}

/* source: a file, a directory with a file, links, a FIFO. */
static void make_source(const struct place *place)
{
	CHECK(!mkdirat(place->dir, "src", 0755) && !mkdirat(place->dir, "src/sub", 0750));
	CHECK(!mkdirat(place->dir, "src/empty", 01777));
	CHECK(!fchmodat(place->dir, "src/empty", 01777, 0));
	put(place->dir, "src/file", "text\n", 0640);
	put(place->dir, "src/sub/deep", "deep\n", 0600);
	put(place->dir, "src/tool", "#!/bin/sh\n", 04755);
	CHECK(!symlinkat("/etc/passwd", place->dir, "src/link"));
	CHECK(!symlinkat("nowhere", place->dir, "src/sub/dangling"));
	CHECK(!mkfifoat(place->dir, "src/pipe", 0600));
	struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000001}};
	CHECK(!utimensat(place->dir, "src/file", times, 0));
	CHECK(!utimensat(place->dir, "src/sub", times, 0));
}

static void check_copy(const struct place *place)
{
	check_text(place->dir, "dst/file", "text\n");
	check_text(place->dir, "dst/sub/deep", "deep\n");
	CHECK_INT(stat_of(place->dir, "dst/file").st_mode & 07777, 0640);
	CHECK_INT(stat_of(place->dir, "dst/file").st_mtim.tv_sec, 1000000001);
	CHECK_INT(stat_of(place->dir, "dst/sub").st_mode & 07777, 0750);
	CHECK_INT(stat_of(place->dir, "dst/sub").st_mtim.tv_sec, 1000000001);
	CHECK_INT(stat_of(place->dir, "dst/empty").st_mode & 07777, 01777);
	CHECK_INT(stat_of(place->dir, "dst/tool").st_mode & 07777, 04755);
	CHECK(S_ISLNK(stat_of(place->dir, "dst/link").st_mode));
	CHECK(S_ISLNK(stat_of(place->dir, "dst/sub/dangling").st_mode));
	CHECK(S_ISFIFO(stat_of(place->dir, "dst/pipe").st_mode));
}

#define COPY(place, moment)                                                     \
	autofree char *from = in(&(place), "src"), *dest = in(&(place), "dst"); \
	autoerr struct err err = {0};                                           \
	struct copy_spec copy = {                                               \
		.source = from, .dest = dest, .when = (moment), .mode = -1, .dir_mode = -1}

TEST(a_tree_is_copied_into_an_empty_directory_only)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);

	make_source(&place);
	CHECK(!mkdirat(place.dir, "dst", 0700) && !mkdirat(place.dir, "dst/lost+found", 0700));
	CHECK_OK(files_copy(&copy, &err), &err);
	check_copy(&place);
	CHECK_INT(stat_of(place.dir, "dst").st_mode & 07777, 0755);
	autofree char *names = names_in(place.dir, "dst");
	CHECK_STR(names, "empty file link lost+found pipe sub tool");
	CHECK(!unlinkat(place.dir, "dst/file", 0));
	CHECK_OK(files_copy(&copy, &err), &err);
	CHECK(!is_there(place.dir, "dst/file"));
}

TEST(a_directory_that_is_not_there_is_empty)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);

	make_source(&place);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_copy(&place);
}

TEST(what_is_missing_is_copied)
{
	struct place place = place_new();
	COPY(place, COPY_IF_MISSING);

	make_source(&place);
	CHECK(!mkdirat(place.dir, "dst", 0700) && !mkdirat(place.dir, "dst/sub", 0700));
	put(place.dir, "dst/file", "mine\n", 0600);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "dst/file", "mine\n");
	check_text(place.dir, "dst/sub/deep", "deep\n");
	CHECK_INT(stat_of(place.dir, "dst/sub").st_mode & 07777, 0700);
	CHECK_INT(stat_of(place.dir, "dst").st_mode & 07777, 0700);
}

TEST(always_goes_over_what_is_there)
{
	struct place place = place_new();
	COPY(place, COPY_ALWAYS);

	make_source(&place);
	CHECK(!mkdirat(place.dir, "dst", 0700));
	put(place.dir, "outside", "outside\n", 0600);
	CHECK(!symlinkat("../outside", place.dir, "dst/file"));
	put(place.dir, "dst/mine", "mine\n", 0600);
	CHECK_OK(files_copy(&copy, &err), &err);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_copy(&place);
	check_text(place.dir, "dst/mine", "mine\n");
	check_text(place.dir, "outside", "outside\n");
}

TEST(a_link_in_the_target_is_not_gone_into)
{
	struct place place = place_new();
	COPY(place, COPY_ALWAYS);

	make_source(&place);
	CHECK(!mkdirat(place.dir, "dst", 0700) && !mkdirat(place.dir, "outside", 0700));
	CHECK(!symlinkat("../outside", place.dir, "dst/sub"));
	CHECK(files_copy(&copy, &err) < 0);
	CHECK(strstr(err_text(&err), "'sub' exists and is not a directory"));
	CHECK(!is_there(place.dir, "outside/deep"));
}

TEST(owner_and_modes_that_are_given)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);

	if (geteuid() != 0)
		test_skip("needs root's rights");
	make_source(&place);
	copy.user = "12", copy.group = "34", copy.mode = 0400, copy.dir_mode = 0500;
	CHECK_OK(files_copy(&copy, &err), &err);
	struct stat file = stat_of(place.dir, "dst/sub/deep"), dir = stat_of(place.dir, "dst/sub");
	CHECK_INT(file.st_uid, 12);
	CHECK_INT(file.st_gid, 34);
	CHECK_INT(file.st_mode & 07777, 0400);
	CHECK_INT(dir.st_uid, 12);
	CHECK_INT(dir.st_mode & 07777, 0500);
	CHECK_INT(stat_of(place.dir, "dst").st_uid, 12);
	CHECK_INT(stat_of(place.dir, "dst").st_mode & 07777, 0500);
	CHECK_INT(stat_of(place.dir, "dst/link").st_gid, 34);
}

TEST(extended_attributes_go_along)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);
	char value[8] = "";

	make_source(&place);
	autofree char *file = in(&place, "src/file"), *copied = in(&place, "dst/file");
	if (setxattr(file, "user.note", "seen", 4, 0))
		test_skip("no extended attributes here");
	CHECK_OK(files_copy(&copy, &err), &err);
	CHECK_INT(getxattr(copied, "user.note", value, sizeof(value)), 4);
	CHECK_STR(value, "seen");
}

TEST(one_file_is_copied_if_missing_empty_or_always)
{
	struct place place = place_new();
	autofree char *from = in(&place, "one"), *dest = in(&place, "a/two");
	autofree char *into = in(&place, "a/");
	struct copy_spec copy = {
		.source = from, .dest = dest, .when = COPY_IF_MISSING, .mode = 0444};
	autoerr struct err err = {0};

	put(place.dir, "one", "1\n", 0600);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/two", "1\n");
	CHECK_INT(stat_of(place.dir, "a/two").st_mode & 07777, 0444);
	put(place.dir, "one", "2\n", 0600);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/two", "1\n");
	copy.when = COPY_IF_EMPTY;
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/two", "1\n");
	put(place.dir, "a/two", "", 0600);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/two", "2\n");
	put(place.dir, "one", "3\n", 0600);
	copy.when = COPY_ALWAYS;
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/two", "3\n");
	copy.dest = into;
	CHECK_OK(files_copy(&copy, &err), &err);
	check_text(place.dir, "a/one", "3\n");
}

TEST(a_source_that_is_not_there_is_named)
{
	struct place place = place_new();
	COPY(place, COPY_ALWAYS);

	CHECK(files_copy(&copy, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "/src': No such file or directory"));
	CHECK(!is_there(place.dir, "dst"));
}

enum { BIG_FILES = 300 };

static size_t count_files(const struct place *place)
{
	size_t n = 0;

	for (int i = 0; i < BIG_FILES; i++) {
		autofree char *name = xasprintf("dst/d%d/f%d", i % 7, i);
		struct stat st;
		if (!fstatat(place->dir, name, &st, 0))
			n += st.st_size == 4000;
	}
	return n;
}

/* Killed at any moment, a directory is filled by the next call, whole; what an unfinished copy left
 * is never taken for content. */
TEST(a_killed_copy_is_made_up_for)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);
	char text[4001] = "";
	int n_killed = 0;

	memset(text, 'x', 4000);
	CHECK(!mkdirat(place.dir, "src", 0755));
	for (int i = 0; i < 7; i++) {
		autofree char *name = xasprintf("src/d%d", i);
		CHECK(!mkdirat(place.dir, name, 0755));
	}
	for (int i = 0; i < BIG_FILES; i++) {
		autofree char *name = xasprintf("src/d%d/f%d", i % 7, i);
		put(place.dir, name, text, 0644);
	}
	for (int round = 0; round < 10; round++) {
		struct timespec pause = {.tv_nsec = round * 2000000};
		pid_t pid = fork();
		if (pid == 0)
			_exit(files_copy(&copy, &err) ? 1 : 0);
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		int status;
		CHECK(waitpid(pid, &status, 0) == pid);
		n_killed += WIFSIGNALED(status);
		CHECK_OK(files_copy(&copy, &err), &err);
		CHECK_INT(count_files(&place), BIG_FILES);
		autofree char *names = names_in(place.dir, "dst");
		CHECK_STR(names, "d0 d1 d2 d3 d4 d5 d6");
		CHECK_OK(tree_remove_at(place.dir, "dst", &err), &err);
	}
	CHECK(n_killed > 0);
}

TEST(two_at_once_fill_a_directory_once)
{
	struct place place = place_new();
	COPY(place, COPY_IF_EMPTY);
	pid_t pids[4];
	int status;

	make_source(&place);
	CHECK(!mkdirat(place.dir, "dst", 0755));
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(files_copy(&copy, &err) ? 1 : 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++)
		CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	check_copy(&place);
	autofree char *names = names_in(place.dir, "dst");
	CHECK_STR(names, "empty file link pipe sub tool");
}

static const char *const env[] = {"LOG_PATH=/var/log/x", "DB_PASSWORD_FILE=/nonexistent/secret",
				  NULL};

TEST(a_template_keeps_the_mode_and_owner_of_its_source)
{
	struct place place = place_new();
	autofree char *from = in(&place, "whatever.conf"), *dest = in(&place, "etc/w.conf");
	struct template_spec template = {
		.source = from, .dest = dest, .mode = -1, .when = COPY_ALWAYS};
	autoerr struct err err = {0};

	put(place.dir, "whatever.conf", "logging: file\nlog_path: {{LOG_PATH}}\n", 0640);
	if (geteuid() == 0)
		CHECK(!fchownat(place.dir, "whatever.conf", 12, 34, 0));
	CHECK_OK(files_template(&template, env, &err), &err);
	check_text(place.dir, "etc/w.conf", "logging: file\nlog_path: /var/log/x\n");
	struct stat st = stat_of(place.dir, "etc/w.conf");
	CHECK_INT(st.st_mode & 07777, 0640);
	if (geteuid() == 0)
		CHECK(st.st_uid == 12 && st.st_gid == 34);
	/* The same again writes nothing, but sees to the mode. */
	CHECK(!fchmodat(place.dir, "etc/w.conf", 0600, 0));
	CHECK_OK(files_template(&template, env, &err), &err);
	struct stat again = stat_of(place.dir, "etc/w.conf");
	CHECK(again.st_ino == st.st_ino);
	CHECK_INT(again.st_mode & 07777, 0640);
	template.mode = 0400;
	CHECK_OK(files_template(&template, env, &err), &err);
	CHECK_INT(stat_of(place.dir, "etc/w.conf").st_mode & 07777, 0400);
	autofree char *names = names_in(place.dir, "etc");
	CHECK_STR(names, "w.conf");
}

TEST(a_missing_variable_names_file_line_and_nearest)
{
	struct place place = place_new();
	autofree char *from = in(&place, "t"), *dest = in(&place, "out");
	struct template_spec template = {.source = from, .dest = dest, .mode = -1};
	autoerr struct err err = {0};

	put(place.dir, "t", "a\n b {{LOG_PTH}}\n", 0640);
	put(place.dir, "out", "old\n", 0640);
	template.when = COPY_ALWAYS;
	CHECK(files_template(&template, env, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(text_ends(err_text(&err),
			"/t:2:4: variable 'LOG_PTH' is not set (did you mean 'LOG_PATH'?)"));
	check_text(place.dir, "out", "old\n");
}

TEST(a_file_stands_in_for_an_unset_variable)
{
	struct place place = place_new();
	autofree char *from = in(&place, "t"), *dest = in(&place, "out");
	autofree char *secret = in(&place, "secret");
	autofree char *assigned = xasprintf("PASSWORD_FILE=%s", secret);
	const char *const with_file[] = {assigned, NULL};
	struct template_spec template = {
		.source = from, .dest = dest, .mode = -1, .when = COPY_ALWAYS};
	autoerr struct err err = {0}, missing = {0}, binary = {0};

	put(place.dir, "t", "<{{PASSWORD}}>", 0640);
	put(place.dir, "secret", "s3cret \n\n", 0600);
	CHECK_OK(files_template(&template, with_file, &err), &err);
	check_text(place.dir, "out", "<s3cret \n>");
	CHECK(!unlinkat(place.dir, "secret", 0));
	CHECK(files_template(&template, with_file, &missing) < 0);
	CHECK(strstr(err_text(&missing), "/t:1:2: PASSWORD_FILE: opening '"));
	CHECK(!file_write_at(place.dir, "secret", "s3\0ret", 6, 0600, FILE_NO_SYNC, &err));
	CHECK(files_template(&template, with_file, &binary) < 0);
	CHECK(strstr(err_text(&binary), "holds a NUL byte"));
	CHECK(!strstr(err_text(&binary), "s3"));
}

TEST(a_failed_check_keeps_the_old_file)
{
	struct place place = place_new();
	autofree char *from = in(&place, "t"), *dest = in(&place, "out");
	const char *words[] = {"/bin/grep", "-q", "good", NULL};
	const char *no_program[] = {"/no/such/program", NULL};
	struct template_spec template = {.source = from,
					 .dest = dest,
					 .mode = -1,
					 .when = COPY_ALWAYS,
					 .pos = {"x.ini", 7, 1},
					 .check = {words, 3}};
	autoerr struct err err = {0}, other = {0};

	put(place.dir, "t", "bad\n", 0640);
	put(place.dir, "out", "old\n", 0640);
	CHECK(files_template(&template, env, &err) < 0);
	CHECK(strstr(err_text(&err), "x.ini:7:1: check '/bin/grep' of template"));
	CHECK(strstr(err_text(&err), "ended with status 1"));
	check_text(place.dir, "out", "old\n");
	err_clear(&err);
	put(place.dir, "t", "good\n", 0640);
	CHECK_OK(files_template(&template, env, &err), &err);
	check_text(place.dir, "out", "good\n");
	put(place.dir, "t", "better good\n", 0640);
	template.check = (struct text_list){no_program, 1};
	CHECK(files_template(&template, env, &other) < 0);
	check_text(place.dir, "out", "good\n");
	autofree char *names = names_in(place.dir, ".");
	CHECK_STR(names, "out t");
}

TEST(templates_that_are_there_already_may_be_kept)
{
	struct place place = place_new();
	autofree char *from = in(&place, "t"), *dest = in(&place, "out");
	struct template_spec template = {
		.source = from, .dest = dest, .mode = -1, .when = COPY_IF_MISSING};
	autoerr struct err err = {0};

	put(place.dir, "t", "new\n", 0640);
	put(place.dir, "out", "old\n", 0640);
	CHECK_OK(files_template(&template, env, &err), &err);
	check_text(place.dir, "out", "old\n");
	put(place.dir, "out", "", 0640);
	CHECK_OK(files_template(&template, env, &err), &err);
	check_text(place.dir, "out", "");
	template.when = COPY_IF_EMPTY;
	CHECK_OK(files_template(&template, env, &err), &err);
	check_text(place.dir, "out", "new\n");
}
