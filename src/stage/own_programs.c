/* own_programs.c - hull-init and hull-state put into the image, for those who ask for them.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "stage/stage_private.h"

#include "base/banned.h"

#define OWN_DIR "/usr/sbin/"

static const char *const init_links[] = {"circusctl", "circusd", NULL};
static const char *const state_links[] = {"reset-perms", NULL};

const struct own_program own_programs[] = {
	{"hull-init", "MS_HULL_INIT", offsetof(struct stage_settings, hull_init), init_links},
	{"hull-state", "MS_HULL_STATE", offsetof(struct stage_settings, hull_state), state_links},
};
const size_t n_own_programs = ARRAY_LEN(own_programs);

int stage_program_find(const struct stage_settings *s, const struct own_program *program,
		       char **ret_path, struct err *err)
{
	const char *wanted = *(char *const *)((const char *)s + program->offset);
	char *path = NULL;

	if (wanted[0] && !text_eq(wanted, "no") &&
	    (stage_setting_is_yes(wanted) ? container_find_program(program->name, &path, err)
					  : path_real(wanted, &path, err)))
		return err_wrap(err, "%s", program->setting);
	*ret_path = path;
	return 0;
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
		return file_err(err, "making", name);
	if (fchmod(to, 0755))
		return file_err(err, "changing the mode of", name);
	return io_copy(from, to, UINT64_MAX, err);
}

static int install(struct stage_build *build, int rootfd, const struct own_program *program,
		   struct err *err)
{
	autofree char *source = NULL, *path = path_join(OWN_DIR, program->name);
	autoclose int dirfd = -1;
	const char *name;

	if (stage_program_find(&build->settings, program, &source, err))
		return -1;
	if (!source)
		return 0;
	if (is_there(rootfd, path)) {
		stage_log(build, "%s is in the image already\n", path);
		return 0;
	}
	if (beneath_make_parent(rootfd, path, &dirfd, &name, err) ||
	    copy_program(source, dirfd, name, err))
		return -1;
	for (const char *const *link = program->links; *link; link++)
		if (!has_program(rootfd, *link) && symlinkat(name, dirfd, *link))
			return err_sys(err, "linking '%s'", *link);
	stage_log(build, "%s is from '%s'\n", path, source);
	return 0;
}

int stage_programs_install(struct stage_build *build, struct err *err)
{
	autoclose int rootfd = -1;

	if (dir_open_at(AT_FDCWD, container_rootfs(build->container), &rootfd, err))
		return -1;
	for (size_t i = 0; i < n_own_programs; i++)
		if (install(build, rootfd, &own_programs[i], err))
			return -1;
	return 0;
}
