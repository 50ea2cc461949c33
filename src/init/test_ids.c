/* test_ids.c - users and groups from files as they are found: complete, cut off, long, wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "testing/test.h"

#include "base/banned.h"

static int write_at(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return close(fd);
}

static int usual_files(void)
{
	int dir = test_dir(NULL);

	write_at(dir, "passwd",
		 "# not a line of passwd\n"
		 "root:x:0:0:root:/root:/bin/bash\n"
		 "short:x:7\n"
		 "www:x:33:33:,,,:/var/www:/usr/sbin/nologin\n"
		 "bare:x:44:44:::\n"
		 "wrong:x:many:1::/:/bin/sh\n"
		 "33:x:4033:4033:a name of digits:/:/bin/sh\n"
		 "last:x:99:99:no newline:/last:/bin/ash");
	write_at(dir, "group",
		 "root:x:0:\n"
		 "www:x:33:\n"
		 "disk:x:6:other,www\n"
		 "tape:x:26:www,\n"
		 "nearly:x:27:wwwx,xwww\n"
		 "broken\n"
		 "numberless:x::www\n"
		 "end:x:88:last");
	return dir;
}

TEST(ids_are_those_of_the_files)
{
	int dir = usual_files();
	const char *missing = "";
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "www", NULL, NULL, &ids, &missing), 0);
	CHECK_INT(ids.uid, 33);
	CHECK_INT(ids.gid, 33);
	CHECK_STR(ids.name, "www");
	CHECK_STR(ids.home, "/var/www");
	CHECK_STR(ids.shell, "/usr/sbin/nologin");
	CHECK_INT(ids.n_groups, 3);
	CHECK_INT(ids.groups[0], 33);
	CHECK_INT(ids.groups[1], 6);
	CHECK_INT(ids.groups[2], 26);
	CHECK_INT(ids_find_at(dir, "last", NULL, NULL, &ids, &missing), 0);
	CHECK_STR(ids.shell, "/bin/ash");
	CHECK_INT(ids.groups[1], 88);
}

TEST(ids_of_a_name_of_digits_come_before_those_of_the_number)
{
	int dir = usual_files();
	const char *missing;
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "33", NULL, NULL, &ids, &missing), 0);
	CHECK_INT(ids.uid, 4033);
	CHECK_INT(ids_find_at(dir, "99", NULL, NULL, &ids, &missing), 0);
	CHECK_STR(ids.name, "last");
}

TEST(ids_of_an_unknown_number_are_the_number)
{
	int dir = usual_files();
	const char *missing;
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "65534", NULL, NULL, &ids, &missing), 0);
	CHECK_INT(ids.uid, 65534);
	CHECK_INT(ids.gid, 65534);
	CHECK_STR(ids.home, "/");
	CHECK_STR(ids.shell, "/bin/sh");
	CHECK_INT(ids.n_groups, 1);
}

TEST(ids_fill_what_the_line_leaves_empty)
{
	int dir = usual_files();
	const char *missing;
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "bare", NULL, NULL, &ids, &missing), 0);
	CHECK_STR(ids.home, "/");
	CHECK_STR(ids.shell, "/bin/sh");
}

TEST(ids_name_what_is_missing)
{
	static const struct {
		const char *user, *group, *more, *missing;
	} cases[] = {
		{"nobody-here", NULL, NULL, "nobody-here"},
		{"wrong", NULL, NULL, "wrong"},
		{"short", NULL, NULL, "short"},
		{"-1", NULL, NULL, "-1"},
		{"4294967295", NULL, NULL, "4294967295"},
		{"", NULL, NULL, ""},
		{"www", "no-group", NULL, "no-group"},
		{"www", "numberless", NULL, "numberless"},
		{"www", "disk", "no-more", "no-more"},
	};
	int dir = usual_files();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *more[] = {"tape", cases[i].more, NULL}, *missing = NULL;
		struct ids ids;

		CHECK_INT(ids_find_at(dir, cases[i].user, cases[i].group, more, &ids, &missing),
			  -ENOENT);
		CHECK_STR(missing, cases[i].missing);
	}
}

TEST(ids_take_the_group_and_more_groups_once)
{
	int dir = usual_files();
	const char *more[] = {"tape", "1234", "1234", NULL}, *missing;
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "root", "www", more, &ids, &missing), 0);
	CHECK_INT(ids.gid, 33);
	CHECK_INT(ids.n_groups, 3);
	CHECK_INT(ids.groups[2], 1234);
}

TEST(ids_read_lines_of_any_length)
{
	int dir = test_dir(NULL);
	autobuf struct buf group = {0};
	const char *missing;
	struct ids ids;

	buf_puts(&group, "many:x:500:");
	for (int i = 0; i < 2000; i++)
		buf_printf(&group, "member%d,", i);
	buf_puts(&group, "app\nbehind:x:501:app\n");
	write_at(dir, "group", buf_text(&group));
	write_at(dir, "passwd", "app:x:1:1::/:/bin/sh\n");
	CHECK_INT(ids_find_at(dir, "app", NULL, NULL, &ids, &missing), 0);
	CHECK_INT(ids.n_groups, 3);
	CHECK_INT(ids.groups[1], 500);
	CHECK_INT(ids.groups[2], 501);
}

TEST(ids_need_no_files_for_numbers)
{
	int dir = test_dir(NULL);
	const char *missing;
	struct ids ids;

	CHECK_INT(ids_find_at(dir, "1000", "1001", NULL, &ids, &missing), 0);
	CHECK_INT(ids.uid, 1000);
	CHECK_INT(ids.gid, 1001);
	CHECK_INT(ids_find_at(dir, "root", NULL, NULL, &ids, &missing), -ENOENT);
}

TEST(ids_are_read_from_etc)
{
	const char *missing;
	struct ids ids;
	gid_t gid = 1;

	CHECK_INT(ids_find("root", NULL, NULL, &ids, &missing), 0);
	CHECK_INT(ids.uid, 0);
	CHECK_INT(ids_find_group("root", &gid), 0);
	CHECK_INT(gid, 0);
}
