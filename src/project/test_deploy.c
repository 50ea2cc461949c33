/* test_deploy.c - which steps a deployment has, what it copies and whom it lets in.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "project/deploy.h"
#include "project/perms.h"
#include "project/tree_copy.h"
#include "testing/test.h"

#include "base/banned.h"

static const char *chosen_names(const char *only, const char *skip)
{
	static char text[200];
	autostrlist struct strlist only_list = {0}, skip_list = {0};
	autoerr struct err err = {0};
	struct deploy_choice choice;

	if (only)
		strlist_add(&only_list, only);
	if (skip)
		strlist_add(&skip_list, skip);
	text[0] = '\0';
	if (deploy_choose(&only_list, &skip_list, &choice, &err)) {
		snprintf(text, sizeof(text), "%s", err_text(&err));
		return text;
	}
	for (int i = 0; i < N_DEPLOY_STEPS; i++)
		if (choice.runs[i])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ",
				 deploy_step_names[i]);
	return text;
}

TEST(steps_are_chosen_by_name)
{
	CHECK_STR(chosen_names(NULL, NULL),
		  "archive sync_modules release_sync install rotate_archives "
		  "rollback fixperms ");
	CHECK_STR(chosen_names("install,fixperms", NULL), "sync_modules install fixperms ");
	CHECK_STR(chosen_names("deploy,notify", NULL), "sync_modules notify ");
	CHECK_STR(chosen_names(NULL, "archive"),
		  "sync_modules release_sync install rotate_archives rollback fixperms ");
	CHECK_STR(chosen_names("instal", NULL),
		  "a deployment has no step 'instal'; did you mean 'install'?");
}

static void write_file(int dir, const char *name, const char *text)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(dir, name, text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
}

TEST(install_runs_state_files_in_bytewise_order_without_the_special_ones)
{
	int dir = test_dir(NULL);
	autostrlist struct strlist steps = {0}, wanted = {0};
	autoerr struct err err = {0};
	struct world world = {.rootfd = dir};
	struct project project = {.salt_root = "/"};
	static const char *const names[] = {"100_a.sls",    "10_b.sls",   "000_x.sls",
					    "fixperms.sls", "notify.sls", "task_x.sls",
					    "archive.sls",  "README"};

	CHECK(install_list(&world, &project, NULL, &steps, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		write_file(dir, names[i], "");
	CHECK_OK(install_list(&world, &project, NULL, &steps, &err), &err);
	autofree char *joined = strlist_join(&steps, " ");
	CHECK_STR(joined, "000_x.sls 100_a.sls 10_b.sls");
	strlist_add(&wanted, "10_b");
	strlist_done(&steps);
	CHECK_OK(install_list(&world, &project, &wanted, &steps, &err), &err);
	CHECK_INT((long long)steps.n, 1);
	strlist_add(&wanted, "10_c");
	CHECK(install_list(&world, &project, &wanted, &steps, &err) < 0);
	CHECK(strstr(err_text(&err), "no step '10_c.sls'; did you mean '10_b.sls'?") != NULL);
}

TEST(a_mirror_has_what_the_source_has_and_nothing_else)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	struct tree_copied copied;
	struct stat st;

	CHECK(!mkdirat(root, "a", 0750) && !mkdirat(root, "b", 0700) &&
	      !mkdirat(root, "a/sub", 0711));
	write_file(root, "a/sub/file", "text");
	write_file(root, "b/old", "goes");
	CHECK(!symlinkat("/nowhere", root, "a/link"));
	CHECK(!fchmodat(root, "a/sub/file", 04755, 0));
	autoclose int a = openat(root, "a", O_RDONLY | O_DIRECTORY),
		      b = openat(root, "b", O_RDONLY | O_DIRECTORY);
	CHECK_OK(tree_mirror(a, b, &copied, &err), &err);
	CHECK_INT((long long)copied.files, 1);
	CHECK_INT((long long)copied.removed, 1);
	CHECK(!fstatat(root, "b/sub/file", &st, 0));
	CHECK_INT(st.st_mode & 07777, 04755);
	CHECK(!fstatat(root, "b", &st, 0));
	CHECK_INT(st.st_mode & 07777, 0750);
	CHECK(!fstatat(root, "b/link", &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode));
	/* again: nothing to do */
	CHECK_OK(tree_mirror(a, b, &copied, &err), &err);
	CHECK_INT((long long)copied.files, 0);
	CHECK_INT((long long)copied.unchanged, 1);
	/* a directory where a file was, and the other way round */
	CHECK(!unlinkat(root, "a/sub/file", 0) && !mkdirat(root, "a/sub/file", 0755));
	CHECK(!unlinkat(root, "a/link", 0));
	write_file(root, "a/link", "a file now");
	CHECK_OK(tree_mirror(a, b, &copied, &err), &err);
	CHECK(!fstatat(root, "b/sub/file", &st, 0) && S_ISDIR(st.st_mode));
	CHECK(!fstatat(root, "b/link", &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode));
}

static uint32_t mode_of(int root, const char *path)
{
	struct stat st;

	CHECK(!fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW));
	return st.st_mode & 07777;
}

TEST(permissions_are_set_where_they_differ_and_links_are_not_followed)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	struct perms_count count = {0};
	struct perms_rule rule = {.uid = PERMS_KEEP,
				  .gid = PERMS_KEEP,
				  .dirs = {02750},
				  .files = {0440},
				  .no_acls = true};

	CHECK(!mkdirat(root, "tree", 0777) && !mkdirat(root, "tree/dir", 0755));
	CHECK(!fchmodat(root, "tree/dir", 02750, 0));
	write_file(root, "outside", "");
	write_file(root, "tree/dir/file", "");
	CHECK(!symlinkat("../outside", root, "tree/link") && !symlinkat("tree", root, "way"));
	CHECK_OK(tree_perms_apply(root, "tree", &rule, NULL, NULL, &count, &err), &err);
	CHECK_INT(mode_of(root, "tree"), 02750);
	CHECK_INT(mode_of(root, "tree/dir/file"), 0440);
	CHECK_INT(mode_of(root, "outside"), 0644);
	CHECK_INT((long long)count.changed, 2);
	CHECK_INT((long long)count.skipped, 1);
	CHECK(tree_perms_apply(root, "way/dir", &rule, NULL, NULL, &count, &err) < 0);
	CHECK_INT(err.kind, ERR_DENIED);
	err_clear(&err);
	CHECK(tree_perms_apply(root, "tree/../outside", &rule, NULL, NULL, &count, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
}

static int begins_with_skip(void *arg, const char *path, struct err *err)
{
	return text_starts(path_base(path), "skip");
}

TEST(bits_are_added_and_taken_away)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	struct perms_count count = {0};
	struct perms_rule rule = {.uid = PERMS_KEEP,
				  .gid = PERMS_KEEP,
				  .dirs = {PERMS_KEEP, 0027, 02050}, /* g+rxs-w,o-rwx */
				  .files = {PERMS_KEEP, 0, 0},
				  .no_acls = true};

	rule.excludes = begins_with_skip;
	CHECK(!mkdirat(root, "d", 0) && !fchmodat(root, "d", 0737, 0) &&
	      !mkdirat(root, "d/skipped", 0777));
	CHECK(!fchmodat(root, "d/skipped", 0777, 0));
	write_file(root, "d/f", "");
	CHECK_OK(tree_perms_apply(root, "d", &rule, NULL, NULL, &count, &err), &err);
	CHECK_INT(mode_of(root, "d"), 02750);
	CHECK_INT(mode_of(root, "d/f"), 0644);
	CHECK_INT(mode_of(root, "d/skipped"), 0777);
}

TEST(others_are_let_in_by_acls)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	struct perms_count count = {0};
	struct acl_grant grants[] = {{false, 4711, 5}, {true, 4712, PERMS_KEEP}};
	struct perms_rule rule = {
		.uid = PERMS_KEEP, .gid = PERMS_KEEP, .dirs = {0770}, .files = {0660}};
	char bytes[256];

	rule.grants.items = grants;
	rule.grants.n = ARRAY_LEN(grants);
	CHECK(!mkdirat(root, "d", 0700));
	CHECK_OK(tree_perms_apply(root, "d", &rule, NULL, NULL, &count, &err), &err);
	CHECK_INT((long long)count.changed, 1);
	autoclose int fd = openat(root, "d", O_RDONLY | O_DIRECTORY);
	CHECK_INT(fgetxattr(fd, "system.posix_acl_access", bytes, sizeof(bytes)), 4 + 6 * 8);
	CHECK_INT(fgetxattr(fd, "system.posix_acl_default", bytes, sizeof(bytes)), 4 + 6 * 8);
	count = (struct perms_count){0};
	CHECK_OK(tree_perms_apply(root, "d", &rule, NULL, NULL, &count, &err), &err);
	CHECK_INT((long long)count.changed, 0);
	rule.reset_acls = rule.only_acls = true;
	rule.grants.n = 0;
	CHECK_OK(tree_perms_apply(root, "d", &rule, NULL, NULL, &count, &err), &err);
	CHECK(fgetxattr(fd, "system.posix_acl_default", bytes, sizeof(bytes)) < 0);
}
