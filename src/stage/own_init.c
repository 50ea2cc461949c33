/* own_init.c - hull-init put into the image, for those who ask for it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "stage/stage_private.h"

#include "base/banned.h"

#define OWN_INIT "/usr/sbin/hull-init"

bool stage_wants_init(const struct stage_settings *s)
{
	return s->hull_init[0] && !text_eq(s->hull_init, "no");
}

int stage_init_find(const struct stage_settings *s, char **ret_path, struct err *err)
{
	if (stage_setting_is_yes(s->hull_init)) {
		if (container_find_init(ret_path, err))
			return err_wrap(err, "MS_HULL_INIT");
		return 0;
	}
	return path_real(s->hull_init, ret_path, err) ? err_wrap(err, "MS_HULL_INIT") : 0;
}

static bool is_there(int rootfd, const char *path)
{
	struct stat st;
	autoerr struct err missing = {0};
	return !beneath_stat(rootfd, path, &st, &missing);
}

/* What was installed or injected by others stays the one that is found. */
static bool has_program(int rootfd, const char *name)
{
	static const char *const dirs[] = {"usr/local/sbin", "usr/local/bin", "usr/sbin",
					   "usr/bin",        "sbin",          "bin"};
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		autofree char *path = path_join(dirs[i], name);
		if (is_there(rootfd, path))
			return true;
	}
	return false;
}

static int copy_program(const char *source, int dirfd, const char *name, struct err *err)
{
	autoclose int from = open(source, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return file_err(err, "opening", source);
	autoclose int to =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
	if (to < 0)
		return file_err(err, "making", OWN_INIT);
	if (fchmod(to, 0755))
		return err_sys(err, "changing the mode of '" OWN_INIT "'");
	return io_copy(from, to, UINT64_MAX, err);
}

int stage_init_install(struct stage_build *build, struct err *err)
{
	static const char *const names[] = {"circusctl", "circusd"};
	autofree char *source = NULL;
	autoclose int rootfd = -1;
	autoclose int dirfd = -1;
	const char *name;

	if (!stage_wants_init(&build->settings))
		return 0;
	if (stage_init_find(&build->settings, &source, err) ||
	    dir_open_at(AT_FDCWD, container_rootfs(build->container), &rootfd, err))
		return -1;
	if (is_there(rootfd, OWN_INIT)) {
		stage_log(build, OWN_INIT " is in the image already\n");
		return 0;
	}
	if (beneath_make_parent(rootfd, OWN_INIT, &dirfd, &name, err) ||
	    copy_program(source, dirfd, name, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!has_program(rootfd, names[i]) && symlinkat(name, dirfd, names[i]))
			return err_sys(err, "linking '%s'", names[i]);
	stage_log(build, OWN_INIT " is from '%s'\n", source);
	return 0;
}
