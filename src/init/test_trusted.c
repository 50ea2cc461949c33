/* test_trusted.c - files and directories behind links of root and of others.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/str.h"
#include "init/log_outlet.h"
#include "testing/test.h"

#include "base/banned.h"

enum { USER = 1234, OPEN = O_WRONLY | O_APPEND | O_CREAT };

static int scene_new(const char **ret_path)
{
	int dir = test_dir(ret_path);

	umask(022);
	CHECK(!mkdirat(dir, "etc", 0755) && !mkdirat(dir, "log", 0755));
	return dir;
}

static void link_by_user(int dir, const char *target, const char *name)
{
	CHECK(!symlinkat(target, dir, name));
	CHECK(!fchownat(dir, name, USER, USER, AT_SYMLINK_NOFOLLOW));
}

static int open_in(const char *dir, const char *name, int flags)
{
	autofree char *path = path_join(dir, name);

	return trusted_open(path, flags, 0640);
}

static bool is_there(int dir, const char *name)
{
	return !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

TEST(a_file_behind_a_link_of_others_is_not_opened)
{
	const char *path;
	int dir = scene_new(&path);

	if (geteuid() != 0)
		test_skip("needs root's rights");
	link_by_user(dir, "../etc/cron", "log/out");
	link_by_user(dir, "etc", "way");
	CHECK_INT(open_in(path, "log/out", OPEN), -EPERM);
	CHECK_INT(open_in(path, "way/cron", OPEN), -EPERM);
	CHECK_INT(open_in(path, "way/new/cron", OPEN), -EPERM);
	CHECK(!is_there(dir, "etc/cron") && !is_there(dir, "etc/new"));
	/* A link of root to one of theirs. */
	CHECK(!symlinkat("log/out", dir, "first"));
	CHECK_INT(open_in(path, "first", OPEN), -EPERM);
}

TEST(links_of_our_own_are_ways_like_any_other)
{
	const char *path;
	int dir = scene_new(&path);
	int fds[2];
	struct log_outlet outlet;
	char name[32], byte = 0;

	CHECK(!symlinkat("etc//", dir, "way") && !symlinkat("../way/./made", dir, "log/out"));
	CHECK(!symlinkat("circle", dir, "circle"));
	int fd = open_in(path, "log/../log/out", OPEN);
	CHECK(fd >= 0 && is_there(dir, "etc/made"));
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = open_in(path, "a/b/c", OPEN);
	CHECK(fd >= 0 && is_there(dir, "a/b/c"));
	close(fd);
	CHECK_INT(open_in(path, "log/out", O_RDONLY | O_NOFOLLOW), -ELOOP);
	CHECK_INT(open_in(path, "circle", OPEN), -ELOOP);
	CHECK_INT(open_in(path, "circle/x", OPEN), -ELOOP);
	CHECK_INT(open_in(path, "none/x", O_RDONLY), -ENOENT);
	CHECK_INT(open_in(path, "etc/made/x", OPEN), -ENOTDIR);
	CHECK_INT(trusted_open("/", O_WRONLY, 0), -EISDIR);
	/* As /dev/stdout is: texts in /proc are no paths. */
	CHECK(!pipe(fds));
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
	CHECK(!symlinkat(name, dir, "log/device"));
	autofree char *device = path_join(path, "log/device");
	CHECK_INT(log_outlet_file(&outlet, device), 0);
	CHECK_INT(write(outlet.fd, "x", 1), 1);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	log_outlet_close(&outlet);
	close(fds[0]);
	close(fds[1]);
}

TEST(names_have_their_limits)
{
	char path[2 * PATH_MAX];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[NAME_MAX + 2] = '\0';
	CHECK_INT(trusted_open(path, O_RDONLY, 0), -ENAMETOOLONG);
	path[NAME_MAX + 2] = 'x';
	path[sizeof(path) - 1] = '\0';
	CHECK_INT(trusted_open(path, O_RDONLY, 0), -ENAMETOOLONG);
}
