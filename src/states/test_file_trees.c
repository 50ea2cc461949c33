/* test_file_trees.c - directories, links, copies, and whether things are there at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "states/file_states.h"
#include "states/test_world.h"

#include "base/banned.h"

static void needs_root(void)
{
	if (geteuid() != 0)
		test_skip("needs root: owners are changed");
}

static const char *link_target(struct trial *trial, const char *path)
{
	char target[256];
	ssize_t len = readlinkat(trial->rootfd, path, target, sizeof(target) - 1);

	return len < 0 ? "(none)" : heap_strdup(&trial->heap, (struct str){target, (size_t)len});
}

TEST(directory_is_made_once)
{
	autotrial t;
	trial_begin(&t);

	t.is_test = true;
	trial_run(&t, &state_file_directory, "/d", "{mode: '0750'}");
	CHECK_STR(trial_said(&t),
		  "None|The following files will be changed:\n/d: directory - new\n|"
		  "{'/d': {'directory': 'new'}}");
	CHECK_INT(trial_mode(&t, "d"), 0);
	t.is_test = false;
	trial_run(&t, &state_file_directory, "/d/", "{mode: '0750'}");
	CHECK_STR(trial_said(&t), "True||{'/d': {'directory': 'new'}}");
	CHECK_INT(trial_mode(&t, "d"), 0750);
	trial_run(&t, &state_file_directory, "/d", "{mode: '0750'}");
	CHECK_STR(trial_said(&t), "True|The directory /d is in the correct state|");
	trial_run(&t, &state_file_directory, "/d", "{mode: '0700'}");
	CHECK_STR(trial_said(&t),
		  "True|Directory /d updated|{'/d': {'mode': '0700'}, 'mode': '0700'}");
	trial_run(&t, &state_file_directory, "/a/b/c", "");
	CHECK_STR(trial_said(&t),
		  "False|No directory to create /a/b/c in|{'/a/b/c': {'directory': 'new'}}");
	trial_run(&t, &state_file_directory, "/a/b/c", "{makedirs: true, dir_mode: '0711'}");
	CHECK_INT(trial_mode(&t, "a"), 0711);
	CHECK_INT(trial_mode(&t, "a/b/c"), 0711);
}

TEST(directory_gives_way_or_does_not)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "x", 0644);
	trial_run(&t, &state_file_directory, "/f", "");
	CHECK_STR(trial_said(&t), "False|Specified location /f exists and is a file|");
	trial_run(&t, &state_file_directory, "/f", "{backupname: old}");
	CHECK_STR(trial_read(&t, "old"), "x");
	CHECK_INT(trial_mode(&t, "f"), 0755);
	trial_run(&t, &state_file_directory, "/old", "{force: true}");
	CHECK_STR(trial_said(&t), "True||{'forced': 'File was forcibly replaced', "
				  "'/old': {'directory': 'new'}}");
	CHECK(symlinkat("f", t.rootfd, "link") == 0);
	trial_run(&t, &state_file_directory, "/link", "");
	CHECK_STR(trial_said(&t), "True|The directory /link is in the correct state|");
	trial_run(&t, &state_file_directory, "/link", "{allow_symlink: false}");
	CHECK_STR(trial_said(&t), "False|Specified location /link exists and is a symlink|");
}

TEST(directory_recurses_as_far_as_it_is_told)
{
	const char *args = "{user: www, group: www, dir_mode: '0750', file_mode: '0640', "
			   "recurse: [user, group, mode]}";
	autotrial t;
	trial_begin(&t);
	needs_root();

	CHECK(mkdirat(t.rootfd, "d", 0755) == 0 && mkdirat(t.rootfd, "d/e", 0755) == 0);
	trial_write(&t, "d/e/f", "x", 0644);
	CHECK(symlinkat("/etc/passwd", t.rootfd, "d/link") == 0);
	trial_run(&t, &state_file_directory, "/d", args);
	CHECK_STR(trial_said(&t), "True|Directory /d updated|"
				  "{'/d': {'user': 'www', 'group': 'www', 'mode': '0750'}, "
				  "'/d/e': {'user': 'www', 'group': 'www', 'mode': '0750'}, "
				  "'/d/e/f': {'user': 'www', 'group': 'www', 'mode': '0640'}, "
				  "'/d/link': {'user': 'www', 'group': 'www'}, "
				  "'user': 'www', 'group': 'www', 'mode': '0640'}");
	CHECK_STR(trial_owner(&t, "d/e/f"), "33:33");
	CHECK_STR(trial_owner(&t, "etc/passwd"), "0:0");
	trial_again(&t, &state_file_directory, "/d", args);
	trial_run(&t, &state_file_directory, "/d", "{user: root, recurse: [user], max_depth: 0}");
	CHECK_STR(trial_owner(&t, "d/e/f"), "33:33");
	CHECK_STR(trial_owner(&t, "d"), "0:33");
	trial_run(&t, &state_file_directory, "/d", "{user: root, recurse: [user, ignore_files]}");
	CHECK_STR(trial_owner(&t, "d/e"), "0:33");
	CHECK_STR(trial_owner(&t, "d/e/f"), "33:33");
	trial_run(&t, &state_file_directory, "/d", "{recurse: [user]}");
	CHECK_STR(trial_said(&t), "True|The directory /d is in the correct state|");
	/* The owner is missed only where there was work, and the work is done. */
	trial_run(&t, &state_file_directory, "/d", "{mode: '0711', recurse: [user, group]}");
	CHECK_STR(trial_said(&t), "False|group not specified, but configured as a target for "
				  "recursive ownership management|"
				  "{'/d': {'mode': '0711'}, 'mode': '0711'}");
	CHECK_INT(trial_mode(&t, "d"), 0711);
	trial_run(&t, &state_file_directory, "/d",
		  "{mode: '0700', file_mode: '0600', recurse: [mode, silent]}");
	CHECK_STR(trial_said(&t), "True|Directory /d updated|"
				  "{'recursion': 'Changes silenced', 'mode': '0600'}");
	trial_run(&t, &state_file_directory, "/d", "{recurse: mode}");
	CHECK_STR(trial_said(&t), "False|\"recurse\" must be formed as a list of strings|");
	trial_run(&t, &state_file_directory, "/d", "{recurse: [owner]}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}

TEST(directory_cleans_what_nobody_excludes)
{
	autotrial t;
	trial_begin(&t);

	CHECK(mkdirat(t.rootfd, "d", 0755) == 0 && mkdirat(t.rootfd, "d/e", 0755) == 0 &&
	      mkdirat(t.rootfd, "d/x", 0755) == 0);
	trial_write(&t, "d/a.conf", "x", 0644);
	trial_write(&t, "d/b", "x", 0644);
	trial_write(&t, "d/e/c.conf", "x", 0644);
	trial_write(&t, "d/e/f", "x", 0644);
	trial_write(&t, "d/x/y", "x", 0644);
	t.is_test = true;
	trial_run(&t, &state_file_directory, "/d", "{clean: true, exclude_pat: '*.conf'}");
	CHECK_STR(trial_said(&t), "None|The following files will be changed:\n"
				  "/d/b: removed - Removed due to clean\n"
				  "/d/e/f: removed - Removed due to clean\n"
				  "/d/x: removed - Removed due to clean\n"
				  "/d/x/y: removed - Removed due to clean\n|"
				  "{'/d/b': {'removed': 'Removed due to clean'}, "
				  "'/d/e/f': {'removed': 'Removed due to clean'}, "
				  "'/d/x': {'removed': 'Removed due to clean'}, "
				  "'/d/x/y': {'removed': 'Removed due to clean'}}");
	CHECK_STR(trial_read(&t, "d/b"), "x");
	t.is_test = false;
	trial_run(&t, &state_file_directory, "/d", "{clean: true, exclude_pat: 'E@[.]conf$'}");
	CHECK(strstr(trial_said(&t), "True|Files cleaned from directory /d|") != NULL);
	CHECK(strstr(trial_said(&t), "'removed': ['/d/b', '/d/e/f', '/d/x']") != NULL);
	CHECK_STR(trial_read(&t, "d/b"), "(none)");
	CHECK_STR(trial_read(&t, "d/e/c.conf"), "x");
	trial_again(&t, &state_file_directory, "/d", "{clean: true, exclude_pat: '*.conf'}");
}

TEST(symlink_leads_where_it_shall)
{
	autotrial t;
	trial_begin(&t);

	t.is_test = true;
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc}");
	CHECK_STR(trial_said(&t), "None|Symlink /l to /etc is set for creation|{'new': '/l'}");
	t.is_test = false;
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc}");
	CHECK_STR(trial_said(&t), "True|Created new symlink /l -> /etc|{'new': '/l'}");
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc}");
	CHECK_STR(trial_said(&t),
		  heap_printf(&t.heap, "True|Symlink /l is present and owned by %s|",
			      geteuid() ? "1000:1000" : "root:root"));
	trial_run(&t, &state_file_symlink, "/l", "{target: nowhere}");
	CHECK_STR(link_target(&t, "l"), "nowhere");
	trial_write(&t, "f", "x", 0644);
	trial_run(&t, &state_file_symlink, "/f", "{target: /etc}");
	CHECK_STR(trial_said(&t), "False|File exists where the symlink /f should be|");
	trial_run(&t, &state_file_symlink, "/f", "{target: /etc, force: true}");
	CHECK_STR(link_target(&t, "f"), "/etc");
	trial_run(&t, &state_file_symlink, "/d/l", "{target: /etc}");
	CHECK_STR(trial_said(&t), "False|Directory /d for symlink is not present|");
	trial_run(&t, &state_file_symlink, "/d/l", "{target: /etc, makedirs: true}");
	CHECK_STR(link_target(&t, "d/l"), "/etc");
	trial_again(&t, &state_file_symlink, "/d/l", "{target: /etc, makedirs: true}");
}

TEST(symlinks_own_owner_is_set_and_not_its_targets)
{
	autotrial t;
	trial_begin(&t);
	needs_root();

	trial_run(&t, &state_file_symlink, "/l", "{target: /etc, user: www, group: www}");
	CHECK_STR(trial_owner(&t, "l"), "33:33");
	CHECK_STR(trial_owner(&t, "etc"), "0:0");
	trial_again(&t, &state_file_symlink, "/l", "{target: /etc, user: www, group: www}");
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc, user: app}");
	CHECK_STR(trial_said(&t), "True|Set ownership of symlink /l to app:app|"
				  "{'ownership': 'app:app'}");
	t.is_test = true;
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc}");
	CHECK_STR(trial_said(&t), "None|The symlink /l is present, but the ownership of the "
				  "symlink would be changed from app:app to root:root|"
				  "{'ownership': 'app:app'}");
	trial_run(&t, &state_file_symlink, "/l", "{target: /etc, inherit_user_and_group: true}");
	CHECK_STR(trial_said(&t), "True|The symlink /l is present|");
	trial_run(&t, &state_file_symlink, "l", "{target: /etc, user: nobody, group: none}");
	CHECK_STR(trial_said(&t), "False|User nobody does not exist. Group none does not exist. "
				  "Specified file l is not an absolute path.|");
	trial_run(&t, &state_file_symlink, "/l", "{target: /tmp, makedirs: true}");
	CHECK_STR(trial_said(&t),
		  "None|Link /l target is set to be changed to /tmp|{'change': '/l'}");
	trial_run(&t, &state_file_symlink, "/x/l", "{target: /tmp}");
	CHECK_STR(trial_said(&t), "None|Symlink /x/l to /tmp is set for creation\n"
				  "Directory /x for symlink is not present|{'new': '/x/l'}");
}

TEST(symlinks_put_aside_what_is_in_the_way)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "x", 0644);
	trial_write(&t, "old", "y", 0644);
	trial_run(&t, &state_file_symlink, "/f", "{target: /etc, backupname: a/b}");
	CHECK_STR(trial_said(&t), "False|Backupname must be an absolute path or a file name: a/b|");
	trial_run(&t, &state_file_symlink, "/f", "{target: /etc, backupname: old}");
	CHECK_STR(trial_said(&t), "False|Symlink & backup dest exists and Force not set. /f -> "
				  "/etc - backup: /old|");
	trial_run(&t, &state_file_symlink, "/f", "{target: /etc, backupname: old, force: true}");
	CHECK_STR(trial_said(&t), "True|Created new symlink /f -> /etc|{'new': '/f'}");
	CHECK_STR(trial_read(&t, "old"), "x");
	CHECK(mkdirat(t.rootfd, "d", 0755) == 0);
	trial_run(&t, &state_file_symlink, "/d", "{target: /etc, atomic: true}");
	CHECK_STR(trial_said(&t), "False|Directory exists where the symlink /d should be|");
	trial_run(&t, &state_file_symlink, "/old", "{target: /etc, atomic: true}");
	CHECK_STR(trial_said(&t), "True|Created new symlink /old -> /etc|{'new': '/old'}");
	/* "a/../etc" is no other place than "etc" */
	trial_run(&t, &state_file_symlink, "/old", "{target: //tmp/../etc/.}");
	CHECK_STR(link_target(&t, "old"), "/etc");
}

TEST(nodes_are_made_and_refused)
{
	autotrial t;
	trial_begin(&t);
	needs_root();

	t.is_test = true;
	trial_run(&t, &state_file_mknod, "/p", "{ntype: p}");
	CHECK_STR(trial_said(&t), "None|Fifo pipe /p is set to be created|");
	t.is_test = false;
	trial_run(&t, &state_file_mknod, "/p", "{ntype: p, mode: '0640', user: www}");
	CHECK_STR(trial_said(&t), "True||{'new': 'Fifo pipe /p created.'}");
	CHECK_STR(trial_owner(&t, "p"), "33:0");
	CHECK_INT(trial_mode(&t, "p"), 0640);
	trial_run(&t, &state_file_mknod, "/p", "{ntype: p, mode: '0640', user: www}");
	CHECK_STR(trial_said(&t), "True|Fifo pipe /p is in the correct state|");
	trial_run(&t, &state_file_mknod, "/p", "{ntype: c, major: 1, minor: 3}");
	CHECK_STR(trial_said(&t), "False|File /p exists and cannot be overwritten|");
	trial_write(&t, "f", "x", 0644);
	trial_run(&t, &state_file_mknod, "/f", "{ntype: b}");
	CHECK_STR(trial_said(&t),
		  "False|File /f exists and is not a block device. Refusing to continue|");
	trial_run(&t, &state_file_mknod, "/x", "{ntype: q}");
	CHECK_STR(trial_said(&t),
		  "False|Node type unavailable: 'q'. Available node types are character ('c'), "
		  "block ('b'), and pipe ('p')|");
}

TEST(hardlink_is_the_same_file)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_hardlink, "/h", "{target: /f}");
	CHECK_STR(trial_said(&t), "False|Target /f for hard link does not exist|");
	trial_write(&t, "f", "x", 0644);
	trial_run(&t, &state_file_hardlink, "/h", "{target: /f}");
	CHECK_STR(trial_said(&t), "True|Created new hard link /h -> /f|{'new': '/h'}");
	trial_run(&t, &state_file_hardlink, "/h", "{target: /f}");
	CHECK_STR(trial_said(&t), "True|Target of hard link /h is already pointing to /f|");
	trial_write(&t, "g", "y", 0644);
	t.is_test = true;
	trial_run(&t, &state_file_hardlink, "/h", "{target: /g}");
	CHECK_STR(trial_said(&t),
		  "None|Link /h target is set to be changed to /g|{'change': '/h'}");
	t.is_test = false;
	trial_run(&t, &state_file_hardlink, "/h", "{target: /g}");
	CHECK_STR(trial_said(&t), "True|Set target of hard link /h -> /g|{'new': '/h'}");
	trial_run(&t, &state_file_hardlink, "/f", "{target: /g}");
	CHECK_STR(trial_said(&t), "False|File exists where the hard link /f should be|");
	trial_run(&t, &state_file_hardlink, "/f", "{target: /g, force: true}");
	CHECK_STR(trial_said(&t),
		  "True|Created new hard link /f -> /g|"
		  "{'forced': 'File for hard link was forcibly replaced', 'new': '/f'}");
	trial_run(&t, &state_file_hardlink, "/no/h", "{target: /g}");
	CHECK_STR(trial_said(&t), "False|Directory /no for hard link is not present|");
	trial_run(&t, &state_file_hardlink, "/h", "{target: g}");
	CHECK_STR(trial_said(&t), "False|Specified target g is not an absolute path|");
}

TEST(absent_removes_files_and_trees_but_never_the_root)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "x", 0644);
	CHECK(mkdirat(t.rootfd, "d", 0755) == 0 && mkdirat(t.rootfd, "d/e", 0755) == 0);
	CHECK(symlinkat("/etc", t.rootfd, "d/e/link") == 0);
	t.is_test = true;
	trial_run(&t, &state_file_absent, "/f", "");
	CHECK_STR(trial_said(&t), "None|File /f is set for removal|{'removed': '/f'}");
	t.is_test = false;
	trial_run(&t, &state_file_absent, "/f", "");
	CHECK_STR(trial_said(&t), "True|Removed file /f|{'removed': '/f'}");
	trial_run(&t, &state_file_absent, "/f", "");
	CHECK_STR(trial_said(&t), "True|File /f is not present|");
	trial_run(&t, &state_file_absent, "/d", "");
	CHECK_STR(trial_said(&t), "True|Removed directory /d|{'removed': '/d'}");
	CHECK_INT(trial_mode(&t, "etc"), 0755);
	static const char *const roots[] = {"/", "//", "/.", "/..", "/etc/.."};
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		trial_run(&t, &state_file_absent, roots[i], "");
		CHECK_INT(t.outcome.result, RESULT_FALSE);
	}
	CHECK_STR(trial_read(&t, "etc/group"), "root:x:0:\nwww:x:33:\napp:x:1000:\n");
}

TEST(exists_and_missing_only_look)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_exists, "/etc", "");
	CHECK_STR(trial_said(&t), "True|Path /etc exists|");
	trial_run(&t, &state_file_exists, "/no", "");
	CHECK_STR(trial_said(&t), "False|Specified path /no does not exist|");
	trial_run(&t, &state_file_exists, "/etc/passwd/", "");
	CHECK_STR(trial_said(&t), "False|Specified path /etc/passwd/ does not exist|");
	trial_run(&t, &state_file_missing, "/no", "");
	CHECK_STR(trial_said(&t), "True|Path /no is missing|");
	trial_run(&t, &state_file_missing, "/etc", "");
	CHECK_STR(trial_said(&t), "False|Specified path /etc exists|");
}

TEST(touch_makes_or_dates)
{
	autotrial t;
	trial_begin(&t);
	struct stat st;

	trial_run(&t, &state_file_touch, "/f", "");
	CHECK_STR(trial_said(&t), "True|Created empty file /f|{'new': '/f'}");
	trial_run(&t, &state_file_touch, "/f", "{mtime: 1000, atime: 2000}");
	CHECK_STR(trial_said(&t), "True|Updated times on file /f|{'touched': '/f'}");
	CHECK(fstatat(t.rootfd, "f", &st, 0) == 0);
	CHECK_INT(st.st_mtim.tv_sec, 1000);
	CHECK_INT(st.st_atim.tv_sec, 2000);
	t.is_test = true;
	trial_run(&t, &state_file_touch, "/f", "{mtime: 1000}");
	CHECK_STR(trial_said(&t), "None|Times set to be updated on file /f|{'touched': '/f'}");
	trial_run(&t, &state_file_touch, "/f", "{mtime: 1000.0}");
	CHECK_STR(trial_said(&t), "True|File /f exists and has the correct times|{'new': '/f'}");
	t.is_test = false;
	trial_run(&t, &state_file_touch, "/d/f", "");
	CHECK_STR(trial_said(&t), "False|Directory not present to touch file /d/f|");
}

TEST(copy_takes_files_and_trees)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_copy, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t), "False|Source file \"/a\" is not present|");
	trial_write(&t, "a", "x", 0640);
	trial_run(&t, &state_file_copy, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t), "True|Copied \"/a\" to \"/b\"|{'/b': '/a'}");
	CHECK_INT(trial_mode(&t, "b"), 0640);
	trial_run(&t, &state_file_copy, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t),
		  "True|The target file \"/b\" exists and will not be overwritten|");
	trial_write(&t, "a", "y", 0640);
	trial_run(&t, &state_file_copy, "/b", "{source: /a, force: true, mode: '0600'}");
	CHECK_STR(trial_read(&t, "b"), "y");
	CHECK_INT(trial_mode(&t, "b"), 0600);
	trial_again(&t, &state_file_copy, "/b", "{source: /a, force: true, mode: '0600'}");
	CHECK(symlinkat("a", t.rootfd, "l") == 0);
	trial_run(&t, &state_file_copy, "/l", "{source: /b, force: true, mode: '0604'}");
	CHECK_STR(trial_said(&t), "True|Copied \"/b\" to \"/l\"|{'/l': '/b', 'mode': '0604'}");
	CHECK_STR(link_target(&t, "l"), "(none)");
	CHECK_INT(trial_mode(&t, "a"), 0640);
	trial_run(&t, &state_file_copy, "/no/b", "{source: /a}");
	CHECK_STR(trial_said(&t), "False|The target directory /no is not present|");
	CHECK(mkdirat(t.rootfd, "d", 0750) == 0 && mkdirat(t.rootfd, "d/e", 0755) == 0);
	trial_write(&t, "d/e/f", "deep", 0644);
	CHECK(symlinkat("e/f", t.rootfd, "d/l") == 0);
	trial_run(&t, &state_file_copy, "/new/d", "{source: /d, makedirs: true}");
	CHECK_STR(trial_read(&t, "new/d/e/f"), "deep");
	CHECK_STR(link_target(&t, "new/d/l"), "e/f");
	CHECK_INT(trial_mode(&t, "new/d"), 0750);
	/* Another user's program becomes ours without its powers, and a second time nothing. */
	trial_write(&t, "suid", "x", 0755);
	trial_write(&t, "d/suid", "x", 0755);
	if (!geteuid()) {
		CHECK(!fchownat(t.rootfd, "suid", 4711, 4711, 0));
		CHECK(!fchownat(t.rootfd, "d/suid", 4711, 4711, 0));
	}
	CHECK(!fchmodat(t.rootfd, "suid", 06755, 0) && !fchmodat(t.rootfd, "d/suid", 06755, 0));
	trial_run(&t, &state_file_copy, "/ours", "{source: /suid}");
	CHECK_INT(trial_mode(&t, "ours"), geteuid() ? 06755 : 0755);
	trial_again(&t, &state_file_copy, "/ours", "{source: /suid, force: true}");
	trial_run(&t, &state_file_copy, "/tree", "{source: /d}");
	CHECK_INT(trial_mode(&t, "tree/suid"), geteuid() ? 06755 : 0755);
	trial_run(&t, &state_file_copy, "/theirs", "{source: /suid, preserve: true}");
	CHECK_INT(trial_mode(&t, "theirs"), 06755);
	trial_run(&t, &state_file_copy, "/d/e/d", "{source: /d}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
}

TEST(rename_moves_once)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "a", "x", 0644);
	trial_run(&t, &state_file_rename, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t), "True|Moved \"/a\" to \"/b\"|{'/b': '/a'}");
	trial_run(&t, &state_file_rename, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t), "True|Source file \"/a\" has already been moved out of place|");
	trial_write(&t, "a", "y", 0644);
	trial_run(&t, &state_file_rename, "/b", "{source: /a}");
	CHECK_STR(trial_said(&t),
		  "True|The target file \"/b\" exists and will not be overwritten|");
	trial_run(&t, &state_file_rename, "/b", "{source: /a, force: true}");
	CHECK_STR(trial_read(&t, "b"), "y");
}

TEST(recurse_brings_a_tree_and_cleans_the_rest)
{
	autotrial t;
	trial_begin(&t);
	const char *args = "{source: /src, file_mode: '0640', dir_mode: '0750', clean: true, "
			   "exclude_pat: '*.swp'}";

	CHECK(mkdirat(t.rootfd, "src", 0755) == 0 && mkdirat(t.rootfd, "src/e", 0755) == 0 &&
	      mkdirat(t.rootfd, "d", 0750) == 0);
	trial_write(&t, "src/a", "a\n", 0644);
	trial_write(&t, "src/e/b", "b\n", 0644);
	trial_write(&t, "src/e/b.swp", "no\n", 0644);
	trial_write(&t, "d/old", "x", 0644);
	t.is_test = true;
	trial_run(&t, &state_file_recurse, "/d", args);
	CHECK_INT(t.outcome.result, RESULT_NONE);
	CHECK_STR(trial_read(&t, "d/a"), "(none)");
	CHECK_STR(trial_read(&t, "d/old"), "x");
	t.is_test = false;
	trial_run(&t, &state_file_recurse, "/d", args);
	CHECK_STR(trial_said(&t), "True|Recursively updated /d|"
				  "{'/d/a': {'diff': 'New file', 'mode': '0640'}, "
				  "'/d/e': {'/d/e': {'directory': 'new'}}, "
				  "'/d/e/b': {'diff': 'New file', 'mode': '0640'}, "
				  "'removed': ['/d/old']}");
	CHECK_STR(trial_read(&t, "d/e/b"), "b\n");
	CHECK_STR(trial_read(&t, "d/e/b.swp"), "(none)");
	CHECK_INT(trial_mode(&t, "d/e"), 0750);
	trial_run(&t, &state_file_recurse, "/d", args);
	CHECK_STR(trial_said(&t), "True|The directory /d is in the correct state|");
	trial_run(&t, &state_file_recurse, "/d", "{source: 'salt://nowhere'}");
	CHECK_STR(trial_said(&t),
		  "False|Recurse failed: none of the specified sources were found|");
}

TEST(a_trial_of_recurse_has_a_block_for_everything)
{
	autotrial t;
	trial_begin(&t);

	CHECK(!mkdirat(t.rootfd, "src", 0755) && !mkdirat(t.rootfd, "src/e", 0755) &&
	      !mkdirat(t.rootfd, "d", 0755));
	trial_write(&t, "src/e/b", "b\n", 0644);
	trial_write(&t, "d/old", "o\n", 0644);
	t.is_test = true;
	trial_run(&t, &state_file_recurse, "/d", "{source: /src, clean: true, dir_mode: '0750'}");
	CHECK_STR(trial_said(&t),
		  "None|#### /d ####\nThe following files will be changed:\n/d: mode - 0750\n"
		  "\n\n#### /d/e ####\nThe following files will be changed:\n"
		  "/d/e: directory - new\n"
		  "\n\n#### /d/e/b ####\nThe file /d/e/b is set to be changed\n"
		  "Note: No changes made, actual changes may\nbe different due to other states."
		  "\n\n#### removed ####\n/d/old|"
		  "{'/d': {'/d': {'mode': '0750'}}, '/d/e': {'/d/e': {'directory': 'new'}}, "
		  "'/d/e/b': {'newfile': '/d/e/b'}, 'removed': ['/d/old']}");
	t.is_test = false;
	trial_run(&t, &state_file_recurse, "/d", "{source: /src, dir_mode: '0750'}");
	CHECK_STR(trial_said(&t), "True|Recursively updated /d|"
				  "{'/d': {'/d': {'mode': '0750'}, 'mode': '0750'}, "
				  "'/d/e': {'/d/e': {'directory': 'new'}}, "
				  "'/d/e/b': {'diff': 'New file', 'mode': '0644'}}");
}

TEST(serialize_writes_json_and_yaml)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_serialize, "/f",
		  "{dataset: {b: 1, a: [x]}, formatter: json, mode: '0644'}");
	CHECK_STR(trial_read(&t, "f"), "{\n  \"a\": [\n    \"x\"\n  ],\n  \"b\": 1\n}\n");
	trial_again(&t, &state_file_serialize, "/f",
		    "{dataset: {b: 1, a: [x]}, formatter: json, mode: '0644'}");
	trial_run(&t, &state_file_serialize, "/f",
		  "{dataset: {b: 2}, formatter: json, merge_if_exists: true}");
	CHECK_STR(trial_read(&t, "f"), "{\n  \"a\": [\n    \"x\"\n  ],\n  \"b\": 2\n}\n");
	trial_run(&t, &state_file_serialize, "/y", "{dataset: {a: {b: [1, 2]}}}");
	CHECK_STR(trial_read(&t, "y"), "a:\n  b:\n  - 1\n  - 2\n");
	trial_run(&t, &state_file_serialize, "/y", "{dataset: {a: 1}, formatter: toml}");
	CHECK_STR(trial_said(&t), "False|The toml serializer could not be found. It either does "
				  "not exist or its prerequisites are not installed.|");
	trial_run(&t, &state_file_serialize, "/y",
		  "{dataset: {a: 1}, formatter: json, serializer: json}");
	CHECK_STR(trial_said(&t), "False|Only one of serializer and formatter are allowed|");
}

TEST(a_trial_of_serialize_says_where_it_would_be_stored)
{
	autotrial t;
	trial_begin(&t);

	t.is_test = true;
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {a: 1}}");
	CHECK_STR(trial_said(&t), "None|Dataset will be serialized and stored into /f|"
				  "{'newfile': '/f'}");
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {a: 1}, show_changes: false}");
	CHECK_STR(trial_said(&t), "None|Dataset will be serialized and stored into /f|"
				  "{'newfile': '/f', 'diff': '<show_changes=False>'}");
	trial_write(&t, "f", "a: 1\n", 0644);
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {a: 1}}");
	CHECK_STR(trial_said(&t), "True|The file /f is in the correct state|");
	trial_run(&t, &state_file_serialize, "/tmp", "{dataset: {a: 1}, create: false}");
	CHECK_STR(trial_said(&t), "True|File /tmp is not present and is not set for creation|");
}

TEST(serialize_tells_what_a_merge_changed_and_leaves_what_says_the_same)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "{n: {x: 1, y: [1]}}\n", 0644);
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {n: {x: 1}}, merge_if_exists: true}");
	CHECK_STR(trial_said(&t), "True|The file /f is in the correct state|");
	CHECK_STR(trial_read(&t, "f"), "{n: {x: 1, y: [1]}}\n");
	trial_run(&t, &state_file_serialize, "/f",
		  "{dataset: {n: {x: 2, y: [2], z: 3}}, merge_if_exists: true}");
	CHECK_STR(trial_said(&t), "True|File /f updated|"
				  "{'diff': {'n': {'x': {'new': 2, 'old': 1}, "
				  "'y': {'new': [2], 'old': [1]}, "
				  "'z': {'new': 3, 'old': '<_null_>'}}}}");
	CHECK_STR(trial_read(&t, "f"), "n:\n  x: 2\n  y:\n  - 2\n  z: 3\n");
	trial_run(&t, &state_file_serialize, "/f",
		  "{dataset: {n: {x: 3}}, merge_if_exists: true, mode: '0600'}");
	CHECK_STR(trial_said(&t), "True|File /f updated|"
				  "{'diff': '<show_changes=False>', 'mode': '0600'}");
}

TEST(serialize_escapes_in_yaml_unless_an_encoding_is_named)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_serialize, "/f", "{dataset: {u: caf\u00e9}}");
	CHECK_STR(trial_read(&t, "f"), "u: \"caf\\xE9\"\n");
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {u: caf\u00e9}, encoding: utf-8}");
	CHECK_STR(trial_read(&t, "f"), "u: caf\u00e9\n");
	trial_run(&t, &state_file_serialize, "/f", "{dataset: {u: caf\u00e9}, serializer: json}");
	CHECK_STR(trial_read(&t, "f"), "{\n  \"u\": \"caf\u00e9\"\n}\n");
	trial_run(&t, &state_file_serialize, "/f",
		  "{dataset: {u: caf\u00e9}, serializer: json, "
		  "serializer_opts: [ensure_ascii: true]}");
	CHECK_STR(trial_read(&t, "f"), "{\n  \"u\": \"caf\\u00e9\"\n}\n");
}

TEST(decode_tells_checksums)
{
	autotrial t;
	trial_begin(&t);

	t.is_test = true;
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: aGVsbG8=}");
	CHECK_STR(trial_said(&t), "None|File is set to be updated.|");
	t.is_test = false;
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: aGVsbG8=}");
	CHECK_STR(trial_said(&t), "True|File was updated.|"
				  "{'old': None, 'new': '5d41402abc4b2a76b9719d911017c592'}");
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: aGVsbG8=}");
	CHECK_STR(trial_said(&t), "True|File is in the correct state.|");
	trial_write(&t, "f", "old", 0600);
	t.is_test = true;
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: aGVsbG8=}");
	CHECK_STR(trial_said(&t), "None|File is set to be updated.|"
				  "{'old': '149603e6c03516362a8da23f624db945', "
				  "'new': '5d41402abc4b2a76b9719d911017c592'}");
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: aGVsbG8=, contents_pillar: b}");
	CHECK_STR(trial_said(&t),
		  "False|Specify only one 'encoded_data' or 'contents_pillar' argument.|");
	trial_run(&t, &state_file_decode, "/f", "{contents_pillar: b}");
	CHECK_STR(trial_said(&t), "False|Pillar data not found.|");
	trial_run(&t, &state_file_decode, "/f", "{encoded_data: ''}");
	CHECK_STR(trial_said(&t),
		  "False|Specify either the 'encoded_data' or 'contents_pillar' argument.|");
}

TEST(decode_writes_bytes)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, &state_file_decode, "/f", "{encoded_data: \"aGVs\\nbG8=\\n\"}");
	CHECK_STR(trial_read(&t, "f"), "hello");
	trial_again(&t, &state_file_decode, "/f", "{encoded_data: 'aGVsbG8='}");
	trial_run(&t, &state_file_decode, "/g", "{encoded_data: '!'}");
	CHECK_STR(trial_said(&t), "False|The encoded data is not valid base64|");
}
