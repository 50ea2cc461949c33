/* trusted.c - a walk down a path, one descriptor after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "runner/limits.h"

#include "base/banned.h"

struct walk {
	const char *path; /* as it was asked for */
	char *rest;       /* owned: what is left of it, links resolved */
	int fd;           /* where we are */
	int n_links;
	bool make, is_new;
};

static void walk_done(struct walk *walk)
{
	free(walk->rest);
	mem_close_at(&walk->fd);
}

static int go_to(struct walk *walk, const char *top, struct err *err)
{
	int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_err(err, "opening directory", top);
	mem_close_at(&walk->fd);
	walk->fd = fd;
	return 0;
}

static bool is_trusted(uid_t owner)
{
	struct stat root;

	return owner == 0 || owner == geteuid() || (!stat("/", &root) && owner == root.st_uid);
}

/* readlink(2) with an empty name reads the link that the descriptor is. */
static int follow(struct walk *walk, int link, const char *name, uid_t owner, struct err *err)
{
	char target[PATH_MAX];

	if (!is_trusted(owner))
		return err_set(err, ERR_DENIED, "'%s' in '%s' is a link of user %u", name,
			       walk->path, (unsigned)owner);
	ssize_t len = readlinkat(link, "", target, sizeof(target) - 1);
	if (len < 0)
		return file_err(err, "reading link", name);
	target[len] = '\0';
	if (++walk->n_links > LIMIT_TRUSTED_LINKS)
		return err_set(err, ERR_LIMIT, "too many links in '%s'", walk->path);
	char *rest = xasprintf("%s/%s", target, walk->rest);
	free(walk->rest);
	walk->rest = rest;
	return *target == '/' ? go_to(walk, "/", err) : 0;
}

static int open_entry(struct walk *walk, const char *name)
{
	int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	walk->is_new = false;
	if (fd >= 0 || errno != ENOENT || !walk->make)
		return fd;
	if (mkdirat(walk->fd, name, 0755) == 0)
		walk->is_new = true;
	else if (errno != EEXIST)
		return -1;
	return openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int step(struct walk *walk, const char *name, struct err *err)
{
	autoclose int fd = open_entry(walk, name);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return file_err(err, walk->make ? "making directory" : "opening", walk->path);
	if (S_ISLNK(st.st_mode))
		return follow(walk, fd, name, st.st_uid, err);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' in '%s' exists and is not a directory", name,
			       walk->path);
	mem_close_at(&walk->fd);
	walk->fd = steal_fd(&fd);
	return 0;
}

static int walk_down(struct walk *walk, struct err *err)
{
	while (*walk->rest) {
		size_t len = strcspn(walk->rest, "/");
		autofree char *name = xstrndup(walk->rest, len);
		len += strspn(walk->rest + len, "/");
		memmove(walk->rest, walk->rest + len, strlen(walk->rest + len) + 1);
		if (*name && !text_eq(name, ".") && step(walk, name, err))
			return -1;
	}
	return 0;
}

int trusted_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd, struct err *err)
{
	cleanup(walk_done) struct walk walk = {
		.path = path, .rest = xstrdup(path), .fd = -1, .make = make};

	if (go_to(&walk, *path == '/' ? "/" : ".", err) || walk_down(&walk, err))
		return -1;
	int fd = openat(walk.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", path);
	if (ret_new)
		*ret_new = walk.is_new;
	*ret_fd = fd;
	return 0;
}

int trusted_open_parent(const char *path, bool make, int *ret_fd, const char **ret_name,
			struct err *err)
{
	const char *base = path_base(path);
	autofree char *dir = xstrndup(path, (size_t)(base - path));

	if (trusted_open_dir(dir, make, NULL, ret_fd, err))
		return -1;
	*ret_name = base;
	return 0;
}
