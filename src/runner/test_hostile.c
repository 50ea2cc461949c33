/* test_hostile.c - volumes whose users lay traps for what root does there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "runner/files.h"
#include "runner/keys.h"
#include "testing/test.h"

#include "base/banned.h"

enum { USER = 1234 };

struct scene { /* paths in a test's directory; `volume` is the user's */
	int dir;
	const char *path;
	int volume;
};

static void put(int dir, const char *name, const char *text, mode_t mode)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(dir, name, text, strlen(text), mode, FILE_NO_SYNC, &err), &err);
}

static struct scene scene_new(void)
{
	struct scene scene;

	if (geteuid() != 0)
		test_skip("needs root's rights");
	scene.dir = test_dir(&scene.path);
	umask(022);
	CHECK(!mkdirat(scene.dir, "volume", 0755) && !mkdirat(scene.dir, "etc", 0755) &&
	      !mkdirat(scene.dir, "source", 0755));
	CHECK(!fchownat(scene.dir, "volume", USER, USER, 0));
	put(scene.dir, "etc/shadow", "root:secret", 0600);
	put(scene.dir, "source/file", "text", 0644);
	scene.volume = openat(scene.dir, "volume", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(scene.volume >= 0);
	return scene;
}

static void link_by_user(int dir, const char *target, const char *name)
{
	CHECK(!symlinkat(target, dir, name));
	CHECK(!fchownat(dir, name, USER, USER, AT_SYMLINK_NOFOLLOW));
}

static struct stat stat_of(int dir, const char *name)
{
	struct stat st;

	CHECK(!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW));
	return st;
}

static void check_names(int dir, const char *name, const char *want)
{
	autostrlist struct strlist names = {0};
	autoerr struct err err = {0};

	CHECK_OK(dir_list(dir, name, &names, &err), &err);
	autofree char *text = strlist_join(&names, " ");
	CHECK_STR(text, want);
}

TEST(a_link_with_the_name_of_a_finished_copy_moves_nothing)
{
	struct scene scene = scene_new();
	autofree char *source = path_join(scene.path, "source");
	autofree char *dest = path_join(scene.path, "volume");
	struct copy_spec copy = {
		.source = source, .dest = dest, .when = COPY_IF_EMPTY, .mode = -1, .dir_mode = -1};
	autoerr struct err err = {0};

	link_by_user(scene.volume, "../etc", ".hull-copied");
	CHECK_OK(files_copy(&copy, &err), &err);
	check_names(scene.dir, "etc", "shadow");
	check_names(scene.dir, "volume", ".hull-copied");
}

TEST(a_directory_of_others_with_that_name_is_content)
{
	struct scene scene = scene_new();
	autofree char *source = path_join(scene.path, "source");
	autofree char *dest = path_join(scene.path, "volume");
	struct copy_spec copy = {
		.source = source, .dest = dest, .when = COPY_IF_EMPTY, .mode = -1, .dir_mode = -1};
	autoerr struct err err = {0};

	CHECK(!mkdirat(scene.volume, ".hull-copied", 0755));
	CHECK(!fchownat(scene.volume, ".hull-copied", USER, USER, 0));
	put(scene.volume, ".hull-copied/x", "", 0644);
	CHECK_OK(files_copy(&copy, &err), &err);
	check_names(scene.dir, "volume", ".hull-copied");
	CHECK_INT(stat_of(scene.volume, ".").st_uid, USER);
}
