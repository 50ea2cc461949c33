/* test_entry.c - extended attributes in memory and on disk.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layer/entry.h"
#include "layer/limits.h"
#include "layer/test_fixture.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(attributes_are_sorted_and_replaced)
{
	cleanup(xattrs_done) struct xattrs set = {0};
	cleanup(xattrs_done) struct xattrs other = {0};
	static const char *const names[] = {"user.m", "user.a", "user.z", "user.aa", "user.m"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		xattrs_set(&set, names[i], &i, sizeof(i));
	CHECK_INT(set.n, 4);
	for (size_t i = 1; i < set.n; i++)
		CHECK(strcmp(set.items[i - 1].name, set.items[i].name) < 0);
	size_t last = ARRAY_LEN(names) - 1;
	CHECK(memcmp(xattrs_get(&set, "user.m")->value, &last, sizeof(last)) == 0);
	CHECK(!xattrs_get(&set, "user.b"));
	CHECK(!xattrs_get(&set, ""));
	CHECK(!xattrs_get(&set, "zzz"));
	for (size_t i = ARRAY_LEN(names); i-- > 0;)
		xattrs_set(&other, names[i], &i, sizeof(i));
	CHECK(xattrs_eq(&set, &set));
	CHECK(!xattrs_eq(&set, &other)); /* user.m was said in another order */
	xattrs_set(&other, "user.m", &last, sizeof(last));
	CHECK(xattrs_eq(&set, &other));
	xattrs_set(&other, "user.m", &last, 1);
	CHECK(!xattrs_eq(&set, &other));
	xattrs_set(&other, "user.new", "", 0);
	CHECK(!xattrs_eq(&set, &other));
}

TEST(layers_carry_what_belongs_to_files_alone)
{
	static const struct {
		const char *name;
		bool kept;
	} cases[] = {
		{"user.x", true},
		{"user.overlay", true},
		{"user.overlay.opaque", false},
		{"user.", false},
		{"user", false},
		{"trusted.x", true},
		{"trusted.overlay.opaque", false},
		{"trusted.overlay.overlay.x", false},
		{"security.capability", true},
		{"security.capability2", false},
		{"security.ima", true},
		{"security.evm", false},
		{"security.selinux", false},
		{"system.posix_acl_access", true},
		{"system.posix_acl_default", true},
		{"system.nfs4_acl", false},
		{"com.apple.x", false},
		{"", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (xattr_is_kept(cases[i].name) != cases[i].kept)
			test_fail(__FILE__, __LINE__, "%s", cases[i].name);
	}
}

TEST(a_cleared_entry_can_be_used_again)
{
	struct entry entry = {.path = xstrdup("a"), .target = xstrdup("b"), .size = 5};
	xattrs_set(&entry.xattrs, "user.x", "y", 1);
	entry_clear(&entry);
	CHECK(!entry.path && !entry.target && entry.xattrs.n == 0 && entry.size == 0);
	entry.path = xstrdup("again");
	entry_clear(&entry);
	entry_clear(&entry);
}

static int file_make(int dir, const char *name)
{
	int fd = openat(dir, name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	return fd;
}

static void need_attributes(int fd)
{
	if (fsetxattr(fd, "user.probe", "", 0, 0))
		test_skip("needs a file system with user attributes");
	fremovexattr(fd, "user.probe");
}

/* All three ways to ask give the same. */
static void check_three_ways(int dir, const char *name, const struct xattrs *want)
{
	autoerr struct err err = {0};
	autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	autoclose int path_fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup(xattrs_done) struct xattrs a = {0};
	cleanup(xattrs_done) struct xattrs b = {0};
	cleanup(xattrs_done) struct xattrs c = {0};
	CHECK_OK(xattrs_read_fd(fd, &a, &err), &err);
	CHECK_OK(xattrs_read_fd(path_fd, &b, &err), &err);
	CHECK_OK(xattrs_read_at(dir, name, &c, &err), &err);
	CHECK(xattrs_eq(&a, want));
	CHECK(xattrs_eq(&b, want));
	CHECK(xattrs_eq(&c, want));
}

TEST(a_file_without_attributes_has_none)
{
	const char *path;
	int dir = test_dir(&path);
	close(file_make(dir, "plain"));
	check_three_ways(dir, "plain", &(struct xattrs){0});
	check_three_ways(dir, ".", &(struct xattrs){0});
}

TEST(attributes_are_read_from_disk_however_many_and_large)
{
	const char *path;
	int dir = test_dir(&path);
	autoclose int fd = file_make(dir, "rich");
	need_attributes(fd);
	cleanup(xattrs_done) struct xattrs want = {0};
	for (int i = 0; i < 30; i++) { /* more names than fit on the stack */
		char name[128];
		snprintf(name, sizeof(name), "user.a-rather-long-name-of-an-attribute-%02d", i);
		if (fsetxattr(fd, name, name, (size_t)i, 0))
			break; /* ext4 has room for one block */
		xattrs_set(&want, name, name, (size_t)i);
	}
	CHECK(want.n > 3);
	check_three_ways(dir, "rich", &want);

	autoclose int large = file_make(dir, "large");
	cleanup(xattrs_done) struct xattrs one = {0};
	char value[3000];
	memset(value, 'v', sizeof(value));
	value[7] = '\0';
	CHECK(fsetxattr(large, "user.large", value, sizeof(value), 0) == 0);
	xattrs_set(&one, "user.large", value, sizeof(value));
	check_three_ways(dir, "large", &one);
}

TEST(a_symbolic_link_is_asked_itself)
{
	const char *path;
	int dir = test_dir(&path);
	autoclose int fd = file_make(dir, "file");
	need_attributes(fd);
	CHECK(fsetxattr(fd, "user.of_file", "x", 1, 0) == 0);
	CHECK(symlinkat("file", dir, "link") == 0);
	autofree char *link = xasprintf("%s/link", path);
	if (lsetxattr(link, "trusted.of_link", "y", 1, 0))
		test_skip("needs the right to set trusted attributes");
	autoerr struct err err = {0};
	autoclose int link_fd = openat(dir, "link", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup(xattrs_done) struct xattrs by_fd = {0};
	cleanup(xattrs_done) struct xattrs by_name = {0};
	CHECK_OK(xattrs_read_fd(link_fd, &by_fd, &err), &err);
	CHECK_OK(xattrs_read_at(dir, "link", &by_name, &err), &err);
	CHECK_INT(by_fd.n, 1);
	CHECK_STR(by_fd.items[0].name, "trusted.of_link");
	CHECK(xattrs_eq(&by_fd, &by_name));
}

TEST(capabilities_come_in_their_short_form)
{
	/* cap_net_bind_service+ep, revision 3 with root id 0, effective bit in the first word */
	static const uint8_t revision_3[24] = {1, 0, 0, 3, 0, 4};
	static const uint8_t of_a_user[24] = {1, 0, 0, 3, 0, 4, [20] = 0xe8, [21] = 3};
	const char *path;
	int dir = test_dir(&path);
	autoclose int fd = file_make(dir, "file");
	autoerr struct err err = {0};
	if (fsetxattr(fd, "security.capability", revision_3, sizeof(revision_3), 0))
		test_skip("needs the right to set file capabilities");
	cleanup(xattrs_done) struct xattrs set = {0};
	CHECK_OK(xattrs_read_fd(fd, &set, &err), &err);
	CHECK_INT(set.items[0].len, 20);
	CHECK_INT(((uint8_t *)set.items[0].value)[3], 2);
	xattrs_done(&set);
	CHECK(fsetxattr(fd, "security.capability", of_a_user, sizeof(of_a_user), 0) == 0);
	CHECK_OK(xattrs_read_fd(fd, &set, &err), &err);
	CHECK_INT(set.items[0].len, 24);
	CHECK_INT(((uint8_t *)set.items[0].value)[3], 3);
}

TEST(a_missing_file_is_named)
{
	const char *path;
	int dir = test_dir(&path);
	autoerr struct err err = {0};
	struct xattrs set = {.n = 77};
	CHECK(xattrs_read_at(dir, "no", &set, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), "'no': listing attributes: No such file or directory");
	CHECK_INT(set.n, 77);
}
