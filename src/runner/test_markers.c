/* test_markers.c - ACLs restored, passwords made invalid, each once.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/acl.h"
#include "base/io.h"
#include "runner/acl_restore.h"
#include "runner/launch.h"
#include "runner/passwords.h"
#include "testing/test.h"

#include "base/banned.h"

/* ---- the list ---- */

TEST(a_record_has_its_path_and_its_entries)
{
	struct str rest =
		STR("\n# file: srv/a\\040b\\\\c\n# owner: web\n# group: 33\n# flags: -st\n"
		    "user::rwx\nuser:bob:r-x\t#effective:r--\ndefault:user::rwx\n\n"
		    "# file: b\nuser::r--\n");
	autoerr struct err err = {0};
	unsigned line = 0;
	cleanup(acl_record_done) struct acl_record first = {0}, second = {0}, none = {0};
	CHECK_INT(acl_record_next(&rest, &line, &first, &err), 1);
	CHECK_STR(first.path, "srv/a b\\c");
	CHECK(str_is(first.owner, "web") && str_is(first.group, "33"));
	CHECK_INT(first.flags, S_ISGID | S_ISVTX);
	CHECK_STR(buf_text(&first.access), "user::rwx\nuser:bob:r-x\t#effective:r--\n");
	CHECK_STR(buf_text(&first.by_default), "default:user::rwx\n");
	CHECK_INT(acl_record_next(&rest, &line, &second, &err), 1);
	CHECK_STR(second.path, "b");
	CHECK(!second.owner.ptr);
	CHECK_INT(acl_record_next(&rest, &line, &none, &err), 0);
}

TEST(what_is_no_such_list_names_its_line)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"user::rwx\n", "line 1 is not what getfacl writes"},
		{"# file: a\n# file: b\n", "line 2 is not what getfacl writes"},
		{"# file: a\n# flags: xyz\n", "line 2 is not what getfacl writes"},
		{"# file: a\n# flags: -\n", "line 2 is not what getfacl writes"},
		{"# file: a\\000b\n", "line 1 is not what getfacl writes"},
		{"# owner: root\n\n", "the lines before line 2 name no file"},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autoerr struct err err = {0};
		cleanup(acl_record_done) struct acl_record record = {0};
		struct str rest = str_of(bad[i].text);
		unsigned line = 0;
		CHECK_INT(acl_record_next(&rest, &line, &record, &err), -1);
		CHECK_STR(err_text(&err), bad[i].why);
	}
}

/* ---- files ---- */

static void put(int root, const char *name, const char *text, mode_t mode)
{
	autoerr struct err err = {0};
	CHECK_OK(file_write_at(root, name, text, strlen(text), mode, FILE_NO_SYNC, &err), &err);
}

/* The ACL of a file as text; "" when it has none. */
static const char *acl_of(int root, const char *name, const char *attribute, struct buf *text)
{
	char bytes[1024];
	autoerr struct err err = {0};
	buf_truncate(text, 0);
	CHECK(!fchdir(root));
	ssize_t len = lgetxattr(name, attribute, bytes, sizeof(bytes));
	if (len > 0)
		CHECK_OK(acl_to_text(bytes, (size_t)len, "", text, &err), &err);
	return buf_text(text);
}

static unsigned mode_of(int root, const char *name)
{
	struct stat st;
	CHECK(!fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW));
	return st.st_mode & 07777;
}

static int make_root(void)
{
	int root = test_dir(NULL);
	CHECK(!fchdir(root));
	CHECK(!mkdirat(root, "etc", 0755) && !mkdirat(root, "srv", 0755));
	put(root, "etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n", 0644);
	put(root, "etc/group", "root:x:0:\nstaff:x:50:web\n", 0644);
	put(root, "srv/file", "", 0644);
	autoerr struct err err = {0};
	autobuf struct buf acl = {0};
	CHECK_OK(acl_from_text(STR("u::rw,u:1:r,g::r,m::r,o::-"), &acl, &err), &err);
	if (geteuid() || lsetxattr("srv/file", XATTR_ACL_ACCESS, acl.ptr, acl.len, 0))
		test_skip("needs root and a file system with POSIX ACLs");
	CHECK(!lremovexattr("srv/file", XATTR_ACL_ACCESS));
	return root;
}

#define LIST                                                                                  \
	"# file: srv\n# owner: root\n# group: staff\n# flags: -s-\n"                          \
	"user::rwx\nuser:web:r-x\ngroup::r-x\nmask::r-x\nother::---\n"                        \
	"default:user::rwx\ndefault:user:web:rwx\ndefault:group::r-x\ndefault:mask::rwx\n"    \
	"default:other::---\n\n"                                                              \
	"# file: srv/file\n# owner: web\n# group: 50\nuser::rw-\nuser:1234:rw-\ngroup::---\n" \
	"mask::rw-\nother::---\n\n"

TEST(acls_owners_and_bits_are_restored)
{
	int root = make_root();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	cleanup(acl_restored_done) struct acl_restored done = {0};
	struct stat st;
	CHECK_OK(acl_restore(root, STR(LIST), &done, &err), &err);
	CHECK_INT(done.n_restored, 2);
	CHECK_INT(done.n_failed, 0);
	CHECK_STR(acl_of(root, "srv", XATTR_ACL_ACCESS, &text),
		  "user::rwx\nuser:33:r-x\ngroup::r-x\nmask::r-x\nother::---\n");
	CHECK_STR(acl_of(root, "srv", XATTR_ACL_DEFAULT, &text),
		  "user::rwx\nuser:33:rwx\ngroup::r-x\nmask::rwx\nother::---\n");
	CHECK_STR(acl_of(root, "srv/file", XATTR_ACL_ACCESS, &text),
		  "user::rw-\nuser:1234:rw-\ngroup::---\nmask::rw-\nother::---\n");
	CHECK_INT(mode_of(root, "srv"), 02750);
	CHECK_INT(mode_of(root, "srv/file"), 0660);
	CHECK(!fstatat(root, "srv/file", &st, 0) && st.st_uid == 33 && st.st_gid == 50);
}

TEST(a_plain_acl_takes_the_extended_away)
{
	int root = make_root();
	autobuf struct buf text = {0};
	autoerr struct err err = {0};
	cleanup(acl_restored_done) struct acl_restored done = {0};
	CHECK_OK(acl_restore(root, STR(LIST), &done, &err), &err);
	CHECK_OK(acl_restore(root, STR("# file: srv\nuser::rwx\ngroup::r-x\nother::r-x\n"), &done,
			     &err),
		 &err);
	CHECK_STR(acl_of(root, "srv", XATTR_ACL_ACCESS, &text), "");
	CHECK_STR(acl_of(root, "srv", XATTR_ACL_DEFAULT, &text), "");
	CHECK_INT(mode_of(root, "srv"), 0755);
}

TEST(links_are_not_followed_and_the_gone_are_counted)
{
	int root = make_root();
	autoerr struct err err = {0};
	cleanup(acl_restored_done) struct acl_restored done = {0};
	put(root, "victim", "", 0600);
	CHECK(!symlinkat("/victim", root, "srv/link"));
	CHECK(!symlinkat("../etc", root, "srv/dir"));
	CHECK_OK(acl_restore(root,
			     STR("# file: srv/link\nuser::rwx\ngroup::rwx\nother::rwx\n\n"
				 "# file: srv/dir/passwd\nuser::rwx\ngroup::rwx\nother::rwx\n\n"
				 "# file: srv/gone\nuser::rwx\ngroup::rwx\nother::rwx\n\n"
				 "# file: /srv/../victim\nuser::rwx\ngroup::rwx\nother::rwx\n"),
			     &done, &err),
		 &err);
	CHECK_INT(done.n_gone, 3);
	CHECK_INT(done.n_failed, 1);
	CHECK_INT(done.n_restored, 0);
	CHECK_INT(mode_of(root, "victim"), 0600);
	CHECK_INT(mode_of(root, "etc/passwd"), 0644);
}

TEST(one_that_fails_does_not_stop_the_rest)
{
	int root = make_root();
	autoerr struct err err = {0};
	cleanup(acl_restored_done) struct acl_restored done = {0};
	CHECK_OK(acl_restore(root,
			     STR("# file: srv\nuser::rwx\nuser:stranger:r--\ngroup::rwx\n"
				 "mask::rwx\nother::rwx\n\n"
				 "# file: etc\nuser::rwx\n\n"
				 "# file: srv/file\nuser::rwx\ngroup::r--\nother::---\n"),
			     &done, &err),
		 &err);
	CHECK_INT(done.n_failed, 2);
	CHECK_INT(done.n_restored, 1);
	CHECK_STR(done.failure, "'srv': nobody is called so: 'user:stranger:r--'");
	CHECK_INT(mode_of(root, "srv/file"), 0740);
}

static bool has(int root, const char *name)
{
	struct stat st;
	return !fstatat(root, name, &st, 0);
}

TEST(a_marker_goes_when_its_work_is_done)
{
	int root = make_root();
	put(root, "acls.restore", "", 0644);
	launch_markers(root); /* there is no list */
	CHECK(has(root, "acls.restore"));
	put(root, "acls.txt", LIST, 0644);
	launch_markers(root);
	CHECK(!has(root, "acls.restore"));
	CHECK_INT(mode_of(root, "srv"), 02750);
	CHECK(!fchmodat(root, "srv", 0700, 0));
	launch_markers(root); /* once: what was changed since stays */
	CHECK_INT(mode_of(root, "srv"), 0700);
}

/* ---- passwords ---- */

static void no_random(void *out, size_t len)
{
	memset(out, 0, len);
}

#define SALT "................"
#define HASH \
	"......................................................................................"
#define NO_HASH "$6$" SALT "$" HASH

TEST(hashes_alone_are_reset)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"root:$6$ab$cd:19000:0:99999:7:::\n", "root:" NO_HASH ":20000:0:99999:7:::\n"},
		{"a:$1$x$y:1:\n", "a:" NO_HASH ":20000:\n"},
		{"a:abJnggxhB/yWI:1:\n", "a:" NO_HASH ":20000:\n"},
		{"a:!$6$ab$cd:1:2:3:4:::\n", "a:!" NO_HASH ":20000:2:3:4:::\n"},
		{"a:*:1:2\n", "a:*:1:2\n"},
		{"a:!:1:2\n", "a:!:1:2\n"},
		{"a:!!:1:2\n", "a:!!:1:2\n"},
		{"a:!*:1:2\n", "a:!*:1:2\n"},
		{"a:*LK*:1:2\n", "a:*LK*:1:2\n"},
		{"a::1:2\n", "a::1:2\n"},
		{"a:x:1:2\n", "a:x:1:2\n"},
		{"# $6$ab$cd\n\nrubbish\n+::::::::\n", "# $6$ab$cd\n\nrubbish\n+::::::::\n"},
		{"no:$6$end$x:5:", "no:" NO_HASH ":20000:"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		size_t n = passwords_rewrite(str_of(cases[i].before), 20000, no_random, &text);
		CHECK_STR(buf_text(&text), cases[i].after);
		CHECK_INT(n, !text_eq(cases[i].before, cases[i].after));
	}
}

TEST(shadow_keeps_mode_and_owner_and_differs_each_time)
{
	int root = test_dir(NULL);
	autoerr struct err err = {0};
	autobuf struct buf first = {0}, second = {0};
	size_t n;
	CHECK(!mkdirat(root, "etc", 0755));
	CHECK_OK(passwords_reset(root, &n, &err), &err);
	CHECK_INT(n, 0);
	put(root, "etc/shadow", "root:$6$ab$cd:1::::::\nbin:*:1::::::\n", 0640);
	CHECK_OK(passwords_reset(root, &n, &err), &err);
	CHECK_INT(n, 1);
	CHECK_INT(mode_of(root, "etc/shadow"), 0640);
	CHECK_OK(file_read_at(root, "etc/shadow", 0, &first, &err), &err);
	CHECK_OK(passwords_reset(root, &n, &err), &err);
	CHECK_OK(file_read_at(root, "etc/shadow", 0, &second, &err), &err);
	CHECK(!strstr(buf_text(&first), "$cd"));
	CHECK(!str_eq(buf_str(&first), buf_str(&second)));
	put(root, "passwords.reset", "", 0644);
	launch_markers(root);
	CHECK(!has(root, "passwords.reset"));
	CHECK(!has(root, "etc/shadow.lock"));
}
