/* test_place.c - control sockets among what others have put there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "testing/test.h"

#include "base/banned.h"

enum { USER = 1234 };

static int bind_in(const char *dir, const char *name, bool make_dir, mode_t mode)
{
	autofree char *path = path_join(dir, name);
	int fd;
	int result = place_bind(path, make_dir, mode, &fd);

	return result ? result : fd;
}

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;

	CHECK(!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW));
	return st.st_mode & 07777;
}

TEST(a_control_socket_has_its_mode_from_the_start)
{
	static const mode_t modes[] = {0600, 0660, 0666};
	const char *path;
	int dir = test_dir(&path);

	umask(077);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		int fd = bind_in(path, "s", false, modes[i]);
		CHECK(fd >= 0);
		CHECK_INT(mode_of(dir, "s"), modes[i]);
		CHECK_INT(bind_in(path, "s", false, modes[i]), -EADDRINUSE);
		close(fd); /* the next one replaces what it left */
	}
	CHECK_INT(umask(022), 077);
	int fd = bind_in(path, "new/s", true, 0600);
	CHECK(fd >= 0);
	CHECK_INT(mode_of(dir, "new"), 0755);
	close(fd);
}

TEST(nothing_but_a_dead_socket_is_replaced)
{
	const char *path;
	int dir = test_dir(&path);

	CHECK(!mkdirat(dir, "d", 0755) && !symlinkat("nowhere", dir, "link"));
	close(openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	CHECK_INT(bind_in(path, "d", false, 0600), -EEXIST);
	CHECK_INT(bind_in(path, "file", false, 0600), -EEXIST);
	CHECK_INT(bind_in(path, "link", false, 0600), -EEXIST);
	CHECK(faccessat(dir, "nowhere", F_OK, 0) < 0);
}

TEST(a_directory_that_others_may_write_to_is_no_place)
{
	const char *path;
	int dir = test_dir(&path);

	umask(0);
	CHECK(!mkdirat(dir, "group", 0775) && !mkdirat(dir, "all", 01777) &&
	      !mkdirat(dir, "good", 0755) && !symlinkat("good", dir, "link"));
	umask(022);
	CHECK_INT(bind_in(path, "group/s", true, 0600), -EPERM);
	CHECK_INT(bind_in(path, "all/s", true, 0600), -EPERM);
	CHECK_INT(bind_in(path, "link/s", true, 0600), -EPERM);
	if (geteuid() != 0)
		test_skip("the rest needs root's rights");
	CHECK(!fchownat(dir, "good", USER, USER, 0));
	CHECK_INT(bind_in(path, "good/s", true, 0600), -EPERM);
}
