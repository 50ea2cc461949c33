/* mount_points.c - what is mounted over is there before, and nobody sees that it had to be made.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A runtime makes missing mount points itself, but then the directory that holds them has a new
 * time, which diff and commit would take for a change by the container. */
#include "container/container_private.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"

#include "base/banned.h"

static bool exists(int rootfd, const char *path)
{
	autoerr struct err ignored = {0};
	autoclose int fd = -1;

	return !beneath_open(rootfd, path, O_PATH, 0, &fd, &ignored);
}

/* The deepest directory on the way to `path` that is there. */
static int open_ancestor(int rootfd, const char *path, int *ret_fd, struct err *err)
{
	autofree char *ancestor = xstrdup(path);
	char *slash;

	while ((slash = strrchr(ancestor, '/'))) {
		*slash = '\0';
		if (exists(rootfd, ancestor))
			break;
	}
	return beneath_open(rootfd, ancestor, O_RDONLY | O_DIRECTORY, 0, ret_fd, err);
}

static int make(int rootfd, const char *path, bool is_file, struct err *err)
{
	autoclose int dirfd = -1, fd = -1;
	const char *name;

	if (!is_file)
		return beneath_make_dirs(rootfd, path, 0755, &fd, err);
	if (beneath_make_parent(rootfd, path, &dirfd, &name, err))
		return -1;
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? err_sys(err, "making '%s'", path) : 0;
}

static int ensure(int rootfd, const char *path, bool is_file, struct err *err)
{
	autoclose int ancestor = -1;
	struct stat st;

	if (exists(rootfd, path))
		return 0;
	if (open_ancestor(rootfd, path, &ancestor, err))
		return -1;
	if (fstat(ancestor, &st))
		return err_sys(err, "looking at what holds '%s'", path);
	if (make(rootfd, path, is_file, err))
		return -1;
	const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, st.st_mtim};
	return futimens(ancestor, times) ? err_sys(err, "setting the time of what holds '%s'", path)
					 : 0;
}

/* Inside of what is mounted itself nothing can be seen. */
static bool is_inside(const char *target, const char *mount)
{
	size_t len = strlen(mount);
	return !strncmp(target, mount, len) && target[len] == '/';
}

static bool is_covered(const struct spec *spec, const char *target)
{
	static const char *const always[] = {"/dev", "/proc", "/sys"};

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (is_inside(target, always[i]))
			return true;
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (is_inside(target, spec->mounts[i].target))
			return true;
	return false;
}

int mount_points_make(const struct container *container, const struct spec *spec, struct err *err)
{
	static const char *const always[] = {"/dev", "/proc", "/sys"};
	autoclose int rootfd = open(container->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (rootfd < 0)
		return err_sys(err, "opening '%s'", container->rootfs);
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (ensure(rootfd, always[i], false, err))
			return -1;
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct spec_mount *mount = &spec->mounts[i];
		bool is_file = mount->kind == MOUNT_BIND && !stat(mount->source, &st) &&
			       !S_ISDIR(st.st_mode);
		if (!is_covered(spec, mount->target) && ensure(rootfd, mount->target, is_file, err))
			return err_wrap(err, "the mount point '%s'", mount->target);
	}
	return 0;
}
