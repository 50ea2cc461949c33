/* test_userdb.c - users and groups of an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/userdb.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#include "testing/test.h"

static const char passwd_text[] = "# comment\n"
				  "root:x:0:0:root:/root:/bin/bash\n"
				  "+nis::::::\n"
				  "broken:x:0\n"
				  "evil:x::0::/:\n"
				  ":x:7:7::/:\n"
				  "web:x:33:34:Web:/var/www:/bin/sh\n"
				  "twin:x:33:35::/twin:\n"
				  "1000:x:50:51::/digits:\n"
				  "homeless:x:60:61::";
static const char group_text[] = "root:x:0:\n"
				 "www:x:34:\n"
				 "logs:x:4:syslog,web\n"
				 "video:x:44:web\n"
				 "bad:x:many:web\n"
				 "notweb:x:45:webber\n";

/* "uid:gid:name:home groups" */
static char *identity_text(const struct user_identity *identity)
{
	autobuf struct buf buf = {0};
	buf_printf(&buf, "%u:%u:%s:%s", identity->uid, identity->gid,
		   identity->name ? identity->name : "-", identity->home);
	for (size_t i = 0; i < identity->n_extra_gids; i++)
		buf_printf(&buf, " %u", identity->extra_gids[i]);
	return buf_steal(&buf);
}

TEST(users_that_are_there)
{
	static const struct {
		const char *user, *identity;
	} cases[] = {
		{"", "0:0:root:/root"},
		{"root", "0:0:root:/root"},
		{"0", "0:0:root:/root"},
		{"web", "33:34:web:/var/www 4 44"},
		{"33", "33:34:web:/var/www 4 44"},
		{"twin", "33:35:twin:/twin"},
		{"web:", "33:34:web:/var/www 4 44"},
		{"web:video", "33:44:web:/var/www"},
		{"web:7", "33:7:web:/var/www"},
		{":logs", "0:4:root:/root"},
		{"1000", "50:51:1000:/digits"}, /* a name first, as Docker */
		{"homeless", "60:61:homeless:/"},
		{"777", "777:0:-:/"},
		{"777:778", "777:778:-:/"},
		{"4294967294", "4294967294:0:-:/"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct user_identity identity;
		CHECK_OK(userdb_resolve_text(str_of(passwd_text), str_of(group_text), cases[i].user,
					     &identity, &err),
			 &err);
		autofree char *text = identity_text(&identity);
		user_identity_done(&identity);
		CHECK_STR(text, cases[i].identity);
	}
}

TEST(users_that_are_not)
{
	static const struct {
		const char *user, *text;
	} cases[] = {
		{"nobody", "no user 'nobody' in the image's /etc/passwd"},
		{"broken", "no user 'broken' in the image's /etc/passwd"},
		{"evil", "no user 'evil' in the image's /etc/passwd"},
		{"+nis", "no user '+nis' in the image's /etc/passwd"},
		{"4294967295", "no user '4294967295' in the image's /etc/passwd"},
		{"-1", "no user '-1' in the image's /etc/passwd"},
		{"web:none", "no group 'none' in the image's /etc/group"},
		{"web:bad", "no group 'bad' in the image's /etc/group"},
		{"web:video:x", "no group 'video:x' in the image's /etc/group"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct user_identity identity = {.uid = 42};
		CHECK_INT(userdb_resolve_text(str_of(passwd_text), str_of(group_text),
					      cases[i].user, &identity, &err),
			  -1);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), cases[i].text);
		CHECK_INT(identity.uid, 42);
	}
}

TEST(an_image_without_tables_knows_numbers)
{
	autoerr struct err err = {0};
	struct user_identity identity;
	CHECK_OK(userdb_resolve_text(str_of(NULL), str_of(NULL), "", &identity, &err), &err);
	autofree char *text = identity_text(&identity);
	user_identity_done(&identity);
	CHECK_STR(text, "0:0:-:/");
}

static void file_put(int dir, const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
}

static int root_with_tables(void)
{
	const char *path;
	int root = test_dir(&path);
	CHECK_INT(mkdirat(root, "etc", 0755), 0);
	file_put(root, "etc/passwd", passwd_text);
	file_put(root, "etc/group", group_text);
	return root;
}

TEST(tables_are_read_from_the_root)
{
	autoerr struct err err = {0};
	struct user_identity identity;
	int root = root_with_tables();
	CHECK_OK(userdb_resolve(root, "web:logs", &identity, &err), &err);
	autofree char *text = identity_text(&identity);
	user_identity_done(&identity);
	CHECK_STR(text, "33:4:web:/var/www");
}

TEST(owners)
{
	static const struct {
		const char *owner;
		uint32_t uid, gid;
	} cases[] = {{"web", 33, 34}, {"web:www", 33, 34}, {"1000", 1000, 1000},
		     {"33", 33, 33},  {"5:logs", 5, 4},    {"5:6", 5, 6},
		     {"5:", 5, 5},    {":video", 0, 44},   {"twin:0", 33, 0},
		     {"0", 0, 0}};
	int root = root_with_tables();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		uint32_t uid, gid;
		CHECK_OK(userdb_resolve_owner(root, cases[i].owner, &uid, &gid, &err), &err);
		CHECK_INT(uid, cases[i].uid);
		CHECK_INT(gid, cases[i].gid);
	}
	autoerr struct err err = {0};
	uint32_t uid = 42, gid = 42;
	CHECK_INT(userdb_resolve_owner(root, "nobody:www", &uid, &gid, &err), -1);
	CHECK(uid == 42 && gid == 42 && err.kind == ERR_INPUT);
}

TEST(owners_in_texts)
{
	autoerr struct err err = {0};
	uint32_t uid = 42, gid = 42;
	CHECK_OK(userdb_resolve_owner_text(STR("web:x:33:34::/:/bin/sh\n"), STR("www:x:35:\n"),
					   "web:www", &uid, &gid, &err),
		 &err);
	CHECK(uid == 33 && gid == 35);
	CHECK_INT(userdb_resolve_owner_text((struct str){0}, (struct str){0}, "web", &uid, &gid,
					    &err),
		  -1);
	CHECK_INT(err.kind, ERR_INPUT);
}

TEST(groups)
{
	autoerr struct err err = {0};
	uint32_t gid = 42;
	int root = root_with_tables();
	CHECK_OK(userdb_resolve_group(root, "video", &gid, &err), &err);
	CHECK_INT(gid, 44);
	CHECK_OK(userdb_resolve_group(root, "4711", &gid, &err), &err);
	CHECK_INT(gid, 4711);
	CHECK_INT(userdb_resolve_group(root, "nogroup", &gid, &err), -1);
	CHECK_STR(err_text(&err), "no group 'nogroup' in the image's /etc/group");
}

TEST(a_missing_table_is_empty)
{
	autoerr struct err err = {0};
	struct user_identity identity;
	const char *path;
	int root = test_dir(&path);
	CHECK_INT(userdb_resolve(root, "web", &identity, &err), -1);
	CHECK_INT(err.kind, ERR_INPUT);
}

TEST(a_table_cannot_point_out_of_the_root)
{
	autoerr struct err err = {0};
	uint32_t uid, gid;
	const char *path;
	int root = test_dir(&path);
	CHECK_INT(mkdirat(root, "etc", 0755), 0);
	file_put(root, "real", "inside:x:9:9::/:\n");
	CHECK_INT(symlinkat("../../../real", root, "etc/passwd"), 0);
	CHECK_INT(symlinkat("/etc/group", root, "etc/group"), 0); /* a loop inside the root */
	CHECK_INT(userdb_resolve_owner(root, "inside", &uid, &gid, &err), -1);
	CHECK(err_is_set(&err));
	err_clear(&err);
	CHECK_INT(unlinkat(root, "etc/group", 0), 0);
	CHECK_OK(userdb_resolve_owner(root, "inside", &uid, &gid, &err), &err);
	CHECK_INT(uid, 9);
}

TEST(a_fifo_for_a_table_does_not_block)
{
	autoerr struct err err = {0};
	uint32_t uid, gid;
	const char *path;
	int root = test_dir(&path);
	CHECK_INT(mkdirat(root, "etc", 0755), 0);
	CHECK_INT(mkfifoat(root, "etc/passwd", 0644), 0);
	CHECK_INT(userdb_resolve_owner(root, "web", &uid, &gid, &err), -1);
	CHECK_STR(err_text(&err), "the image's /etc/passwd is no file");
}
