/* beneath.c - opening what a hostile path names, without ever leaving a root directory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

/* The descriptor, or -1 with errno. openat2(2): EAGAIN when a rename or a mount raced. */
static int open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = makes ? mode & 07777 : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int i = 0; i < LIMIT_RESOLVE_TRIES; i++) {
		fd = (int)syscall(SYS_openat2, rootfd, *path ? path : ".", &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

int beneath_open(int rootfd, const char *path, int flags, mode_t mode, int *ret_fd, struct err *err)
{
	int fd = open_in_root(rootfd, path, flags, mode);

	if (fd < 0)
		return file_err(err, "opening", path);
	*ret_fd = fd;
	return 0;
}

bool beneath_has_links(int rootfd, const char *path, bool last)
{
	struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | (last ? 0 : O_NOFOLLOW)),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	autoclose int fd = (int)syscall(SYS_openat2, rootfd, *path ? path : ".", &how, sizeof(how));

	/* What is missing is found missing behind links only when there are none before it. */
	return fd < 0 && errno != ENOENT;
}

/* Cuts the path: ret_dir is what stands before the last component ("" for none). */
static int split_parent(const char *path, char **ret_dir, const char **ret_name, struct err *err)
{
	const char *name = path_base(path);

	if (!*name || text_eq(name, ".") || text_eq(name, ".."))
		return err_set(err, ERR_INPUT, "'%s' names no entry of a directory", path);
	*ret_dir = xstrndup(path, (size_t)(name - path));
	*ret_name = name;
	return 0;
}

int beneath_parent(int rootfd, const char *path, int *ret_dirfd, const char **ret_name,
		   struct err *err)
{
	autofree char *dir = NULL;
	const char *name;

	if (split_parent(path, &dir, &name, err) ||
	    beneath_open(rootfd, dir, O_PATH | O_DIRECTORY, 0, ret_dirfd, err))
		return -1;
	*ret_name = name;
	return 0;
}

/* What is left to make: links that lead to nothing replace `path` as they are met. */
struct making {
	int rootfd;
	mode_t mode;
	int n_links;
	char *path; /* owned */
};

static void making_done(struct making *making)
{
	free(making->path);
}

static const char *parent_end(const char *path, const char *component)
{
	return component > path ? component : path;
}

/* The component is a link to something missing: puts its target in its place, as the kernel would
 * have walked. An absolute target starts at the root. */
static int expand_link(struct making *making, int dirfd, const char *component, const char *rest,
		       struct err *err)
{
	char target[PATH_MAX];
	autofree char *name = xstrndup(component, (size_t)(rest - component));
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target));

	if (len < 0 && (errno == EINVAL || errno == ENOENT))
		return 0; /* replaced meanwhile: look again, which n_links bounds */
	if (len < 0)
		return file_err(err, "reading link", making->path);
	if ((size_t)len == sizeof(target))
		return err_set(err, ERR_LIMIT, "link '%s' is too long", making->path);
	size_t keep =
		target[0] == '/' ? 0 : (size_t)(parent_end(making->path, component) - making->path);
	char *path = xasprintf("%.*s%.*s%s", (int)keep, making->path, (int)len, target, rest);
	free(making->path);
	making->path = path;
	if (strlen(path) >= PATH_MAX)
		return err_set(err, ERR_LIMIT, "making directories: the path is too long");
	return 0;
}

/* mkdirat and the exact mode, whatever our umask is. */
static int make_one(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode & 07777))
		return -1;
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : fchmod(fd, mode & 07777);
}

/* Makes sure of the directory called by the first bytes of the path, up to `rest`; what stands
 * before `component` exists. ret_again: a link was expanded, the walk starts anew. */
static int make_component(struct making *making, const char *component, const char *rest,
			  bool *ret_again, struct err *err)
{
	autofree char *prefix = xstrndup(making->path, (size_t)(rest - making->path));
	autoclose int fd = open_in_root(making->rootfd, prefix, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0)
		return 0;
	if (errno == ENOTDIR)
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a directory", prefix);
	if (errno != ENOENT)
		return file_err(err, "opening directory", prefix);

	const char *name = prefix + (component - making->path);
	autofree char *dir = xstrndup(prefix, (size_t)(name - prefix));
	autoclose int dirfd = -1;
	if (beneath_open(making->rootfd, dir, O_PATH | O_DIRECTORY, 0, &dirfd, err))
		return -1;
	if (make_one(dirfd, name, making->mode) == 0)
		return 0;
	if (errno != EEXIST)
		return file_err(err, "making directory", prefix);
	if (++making->n_links > LIMIT_LINKS_FOLLOWED)
		return err_set(err, ERR_LIMIT, "making directory '%s': too many links", prefix);
	*ret_again = true;
	return expand_link(making, dirfd, component, rest, err);
}

/* One walk along the path; ret_again as above. */
static int make_walk(struct making *making, bool *ret_again, struct err *err)
{
	const char *pos = making->path + strspn(making->path, "/");

	while (*pos) {
		const char *component = pos;
		pos += strcspn(pos, "/");
		if (make_component(making, component, pos, ret_again, err))
			return -1;
		if (*ret_again)
			return 0;
		pos += strspn(pos, "/");
	}
	return 0;
}

static int make_dirs(int rootfd, const char *path, mode_t mode, int flags, int *ret_fd,
		     struct err *err)
{
	int fd = open_in_root(rootfd, path, flags | O_DIRECTORY, 0);
	cleanup(making_done) struct making making = {.rootfd = rootfd, .mode = mode};
	bool again = fd < 0;

	if (fd < 0 && errno == ENOTDIR)
		return err_set(err, ERR_EXISTS,
			       "making directory '%s': something else is in the way", path);
	if (fd < 0 && errno != ENOENT)
		return file_err(err, "opening directory", path);
	making.path = xstrdup(path);
	while (again) {
		again = false;
		if (make_walk(&making, &again, err))
			return -1;
	}
	if (fd < 0)
		return beneath_open(rootfd, making.path, flags | O_DIRECTORY, 0, ret_fd, err);
	*ret_fd = fd;
	return 0;
}

int beneath_make_dirs(int rootfd, const char *path, mode_t mode, int *ret_fd, struct err *err)
{
	return make_dirs(rootfd, path, mode, O_RDONLY, ret_fd, err);
}

int beneath_make_parent(int rootfd, const char *path, int *ret_dirfd, const char **ret_name,
			struct err *err)
{
	autofree char *dir = NULL;
	const char *name;

	if (split_parent(path, &dir, &name, err) ||
	    make_dirs(rootfd, dir, 0755, O_PATH, ret_dirfd, err))
		return -1;
	*ret_name = name;
	return 0;
}

int beneath_stat(int rootfd, const char *path, struct stat *ret_st, struct err *err)
{
	autoclose int fd = open_in_root(rootfd, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "examining", path);
	*ret_st = st;
	return 0;
}
