/* test_system.c - a trial whose root can run programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/test_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "state/compile.h"
#include "states/states.h"

#include "base/banned.h"

const struct state_def *trial_state(const char *name)
{
	const struct state_def *def = state_find(states_all, name);

	if (!def)
		test_fail(__FILE__, __LINE__, "no state '%s'", name);
	return def;
}

void trial_script(struct trial *trial, const char *path, const char *text)
{
	autoerr struct err err = {0};
	const char *base = path_base(path);
	autofree char *dir = xstrndup(path, (size_t)(base - path));

	if (*dir)
		CHECK_OK(dir_make_all(trial->rootfd, dir, 0755, &err), &err);
	trial_write(trial, path, text, 0755);
}

void trial_programs(struct trial *trial)
{
	static const char *const applets[] = {"sh",   "cat",   "echo", "sed",   "grep", "touch",
					      "true", "false", "rm",   "mkdir", "id",   "pwd"};
	autoclose int from = open("/bin/busybox", O_RDONLY | O_CLOEXEC);
	autoerr struct err err = {0};

	if (geteuid() != 0 || from < 0)
		test_skip("needs root and a static /bin/busybox");
	CHECK(fchmod(trial->rootfd, 0755) == 0); /* others run there too */
	CHECK_OK(dir_make_all(trial->rootfd, "bin", 0755, &err), &err);
	autoclose int to =
		openat(trial->rootfd, "bin/busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(to >= 0);
	CHECK_OK(io_copy(from, to, UINT64_MAX, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(applets); i++) {
		autofree char *path = xasprintf("bin/%s", applets[i]);
		CHECK(symlinkat("busybox", trial->rootfd, path) == 0);
	}
	CHECK(mkdirat(trial->rootfd, "dev", 0755) == 0);
	trial_write(trial, "dev/null", "", 0666);
	trial->world.chroot = trial->path;
}
