/* test_hostile.c - volumes whose users lay traps for what root does there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "runner/files.h"
#include "runner/keys.h"
#include "runner/tree.h"
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

/* ---- links on the way ---- */

TEST(a_link_of_others_on_the_way_to_a_directory_is_refused)
{
	struct scene scene = scene_new();
	autofree char *path = path_join(scene.path, "volume/cache/shadow.d");
	struct dir_spec dir = {.path = path, .mode = 0777};
	autoerr struct err err = {0};

	link_by_user(scene.volume, "../etc", "cache");
	CHECK(files_make_dir(&dir, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK(strstr(err_text(&err), "'cache' in '"));
	CHECK(strstr(err_text(&err), "is a link of user 1234"));
	check_names(scene.dir, "etc", "shadow");
	/* Root's own is a way like any other. */
	CHECK(!unlinkat(scene.volume, "cache", 0) && !symlinkat("../etc", scene.volume, "cache"));
	err_clear(&err);
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(scene.dir, "etc/shadow.d").st_mode & 07777, 0777);
}

TEST(a_link_of_others_on_the_way_to_a_file_is_refused)
{
	struct scene scene = scene_new();
	autofree char *source = path_join(scene.path, "source/file");
	autofree char *dest = path_join(scene.path, "volume/conf/shadow");
	struct copy_spec copy = {
		.source = source, .dest = dest, .when = COPY_ALWAYS, .mode = -1, .dir_mode = -1};
	struct template_spec template = {
		.source = source, .dest = dest, .when = COPY_ALWAYS, .mode = -1};
	autoerr struct err err = {0}, other = {0};
	autobuf struct buf text = {0};

	link_by_user(scene.volume, "../etc", "conf");
	CHECK(files_copy(&copy, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK(files_template(&template, NULL, &other) < 0);
	CHECK_INT(other.kind, ERR_DENIED);
	err_clear(&err);
	CHECK_OK(file_read_at(scene.dir, "etc/shadow", 0, &text, &err), &err);
	CHECK_STR(buf_text(&text), "root:secret");
}

TEST(links_in_a_circle_and_files_on_the_way_have_their_errors)
{
	struct scene scene = scene_new();
	autofree char *circle = path_join(scene.path, "circle/x");
	autofree char *through = path_join(scene.path, "etc/shadow/x");
	struct dir_spec dir = {.path = circle, .mode = -1};
	autoerr struct err err = {0}, other = {0};

	CHECK(!symlinkat("circle", scene.dir, "circle"));
	CHECK(files_make_dir(&dir, &err) < 0);
	CHECK_INT(err.kind, ERR_SYSTEM);
	dir.path = through;
	CHECK(files_make_dir(&dir, &other) < 0);
	CHECK_INT(other.kind, ERR_EXISTS);
}

/* ---- owners and modes ---- */

/* In a mount name space of our own the system says that links are not protected. */
static bool unprotect_links(const struct scene *scene)
{
	autofree char *fake = path_join(scene->path, "fake");

	put(scene->dir, "fake", "0\n", 0444);
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount(fake, "/proc/sys/fs/protected_hardlinks", NULL, MS_BIND, NULL);
}

TEST(another_name_of_roots_file_keeps_its_owner)
{
	struct scene scene = scene_new();
	autofree char *path = path_join(scene.path, "volume");
	struct dir_spec dir = {
		.path = path, .user = "1234", .group = "1234", .mode = -1, .recursive = true};
	autoerr struct err err = {0};

	if (!unprotect_links(&scene))
		test_skip("needs a mount name space");
	CHECK(!linkat(scene.dir, "etc/shadow", scene.volume, "mine", 0));
	put(scene.volume, "plain", "", 0600);
	CHECK_OK(files_make_dir(&dir, &err), &err);
	CHECK_INT(stat_of(scene.dir, "etc/shadow").st_uid, 0);
	CHECK_INT(stat_of(scene.volume, "plain").st_uid, USER);
	umount("/proc/sys/fs/protected_hardlinks");
}

TEST(setuid_is_not_given_to_another_owner)
{
	struct scene scene = scene_new();
	struct tree_options same = {.owner = {-1, -1, -1}, .dir_mode = -1};
	struct tree_options other = {.owner = {USER, -1, -1}, .dir_mode = -1};
	struct tree_options group = {.owner = {-1, USER, -1}, .dir_mode = -1};
	autoerr struct err err = {0};

	put(scene.dir, "source/tool", "", 0755);
	CHECK(!fchmodat(scene.dir, "source/tool", 06755, 0));
	int source = openat(scene.dir, "source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(tree_copy(source, "tool", scene.dir, "same", &same, &err), &err);
	CHECK_OK(tree_copy(source, "tool", scene.dir, "other", &other, &err), &err);
	CHECK_OK(tree_copy(source, "tool", scene.dir, "group", &group, &err), &err);
	CHECK_INT(stat_of(scene.dir, "same").st_mode & 07777, 06755);
	CHECK_INT(stat_of(scene.dir, "other").st_mode & 07777, 02755);
	CHECK_INT(stat_of(scene.dir, "group").st_mode & 07777, 04755);
	close(source);
}

TEST(fifos_have_their_mode_from_the_start)
{
	struct scene scene = scene_new();
	struct tree_options options = {.owner = {USER, USER, -1}, .dir_mode = -1};
	autoerr struct err err = {0};

	CHECK(!mkfifoat(scene.dir, "source/fifo", 0600));
	CHECK(!fchmodat(scene.dir, "source/fifo", 0666, 0));
	int source = openat(scene.dir, "source", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umask(077);
	CHECK_OK(tree_copy(source, "fifo", scene.volume, "fifo", &options, &err), &err);
	CHECK_INT(umask(022), 077);
	CHECK_INT(stat_of(scene.volume, "fifo").st_mode & 07777, 0666);
	CHECK_INT(stat_of(scene.volume, "fifo").st_uid, USER);
	close(source);
}

/* ---- keys ---- */

/* The user's home is the volume; a key is to come into it. */
static int import_key(const struct scene *scene, struct err *err)
{
	const char *dirs[] = {"/source", NULL};
	struct keys_spec keys = {.user = "app", .dirs = {dirs, 1}};
	autobuf struct buf report = {0};

	put(scene->dir, "etc/passwd", "app:x:1234:1234::/volume:/bin/sh\n", 0644);
	put(scene->dir, "source/a.pub",
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA a\n",
	    0644);
	return keys_import(scene->dir, &keys, &report, err);
}

TEST(another_name_of_roots_file_is_not_copied_to_the_user)
{
	struct scene scene = scene_new();
	autoerr struct err err = {0};

	CHECK(!mkdirat(scene.volume, ".ssh", 0700));
	CHECK(!linkat(scene.dir, "etc/shadow", scene.volume, ".ssh/authorized_keys", 0));
	CHECK(import_key(&scene, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	CHECK_INT(stat_of(scene.volume, ".ssh/authorized_keys").st_uid, 0);
	/* A FIFO is not waited for. */
	err_clear(&err);
	CHECK(!unlinkat(scene.volume, ".ssh/authorized_keys", 0));
	CHECK(!mkfifoat(scene.volume, ".ssh/authorized_keys", 0666));
	CHECK(import_key(&scene, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	/* What was there of the user's own stays. */
	err_clear(&err);
	CHECK(!unlinkat(scene.volume, ".ssh/authorized_keys", 0));
	CHECK_OK(import_key(&scene, &err), &err);
	CHECK_INT(stat_of(scene.volume, ".ssh/authorized_keys").st_uid, USER);
	CHECK_INT(stat_of(scene.volume, ".ssh/authorized_keys").st_mode & 07777, 0600);
}
