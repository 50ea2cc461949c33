/* copy_container.c - the container's end of a copy: its processes' view, or what it would be.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/str.h"
#include "container/container.h"
#include "image/copy_private.h"

#include "base/banned.h"

/* The path behind `dir` ("" for itself), borrowed; NULL: it is not below. A ".." is left to the
 * kernel, which knows nothing of these mounts: such a path means the snapshot's own file. */
static const char *path_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return strstr(path + len, "/..") ? NULL : path + len;
}

/* The innermost mount that the path lies in; NULL: none. */
static const struct node *find_mount(const struct node *inspected, const char *path)
{
	const struct node *mounts = node_get(inspected, "Mounts"), *found = NULL;
	size_t longest = 0;

	if (!mounts || mounts->kind != NODE_LIST)
		return NULL;
	node_foreach(mount, mounts) {
		const char *dir = node_get_text(mount, "Destination");
		if (!dir || !node_get_text(mount, "Source") || !path_below(path, dir) ||
		    strlen(dir) < longest)
			continue;
		longest = strlen(dir);
		found = mount;
	}
	return found;
}

/* Turns the place into one beneath the mount's source on the host. A mounted file is a name in the
 * directory that holds it. */
static int enter_mount(const struct node *mount, struct copy_place *place, int *ret_rootfd,
		       struct err *err)
{
	const char *source = node_get_text(mount, "Source");
	char *rest = xstrdup(path_below(place->path, node_get_text(mount, "Destination")));
	autofree char *dir = xstrdup(source);
	struct stat st;

	free(place->path);
	place->path = rest;
	if (stat(source, &st))
		return err_sys(err, "examining '%s', which is mounted there", source);
	if (S_ISDIR(st.st_mode)) {
		place->wants_dir = place->wants_dir || !rest[0];
		return dir_open_at(AT_FDCWD, source, ret_rootfd, err);
	}
	const char *name = path_base(source);
	dir[name - source] = '\0';
	free(place->path);
	place->path = xasprintf("/%s", name);
	return dir_open_at(AT_FDCWD, dir, ret_rootfd, err);
}

static int stopped_place(struct container *container, bool write, struct copy_place *place,
			 int *ret_rootfd, struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = NULL;
	autoarena struct arena arena = {0};
	struct node *inspected = container_inspect(&arena, container);
	const struct node *mount = find_mount(inspected, place->path);

	if (mount) {
		if (write && !node_get_bool(mount, "RW", true))
			return err_set(err, ERR_DENIED, "'%s' is mounted read-only", place->typed);
		return enter_mount(mount, place, ret_rootfd, err);
	}
	const struct node *host = node_get(inspected, "HostConfig");
	if (write && node_get_bool(host, "ReadonlyRootfs", false))
		return err_set(err, ERR_DENIED, "the container's root is read-only");
	if (container_open_snapshot(container, &snapshot, err))
		return -1;
	return dir_open_at(AT_FDCWD, snap_rootfs(snapshot), ret_rootfd, err);
}

int container_place(struct container *container, const char *typed, bool write,
		    struct copy_place *ret_place, int *ret_rootfd, struct err *err)
{
	autofree char *absolute = xasprintf("%s%s", typed[0] == '/' ? "" : "/", typed);
	pid_t pid = container_pid(container);
	autoclose int rootfd = -1;

	copy_place_set(ret_place, -1, typed, absolute);
	if (pid > 0) {
		autofree char *path = xasprintf("/proc/%d/root", (int)pid);
		rootfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (rootfd < 0 && errno != ENOENT) /* it ended meanwhile */
			return err_sys(err, "opening the container's root");
	}
	if (rootfd < 0 && stopped_place(container, write, ret_place, &rootfd, err))
		return -1;
	ret_place->rootfd = rootfd;
	*ret_rootfd = steal_fd(&rootfd);
	return 0;
}
