/* trusted.c - a walk down a path, one descriptor after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "init/limits.h"

#include "base/banned.h"

#define PROC_MAGIC 0x9fa0 /* PROC_SUPER_MAGIC of linux/magic.h */

struct walk {
	char rest[PATH_MAX]; /* what is left of it, links resolved */
	char name[NAME_MAX + 1];
	int fd; /* where we are */
	int n_links;
	bool make, is_new, is_foreign;
	uid_t owner; /* of a foreign link */
};

static void walk_done(struct walk *walk)
{
	mem_close_at(&walk->fd);
}

/* -errno, as all below. */
static int go_to(struct walk *walk, const char *top)
{
	int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	mem_close_at(&walk->fd);
	walk->fd = fd;
	return 0;
}

static int walk_begin(struct walk *walk, const char *path, bool make)
{
	size_t len = strlen(path);

	walk->fd = -1;
	walk->make = make;
	if (len >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, path, len + 1);
	return go_to(walk, *path == '/' ? "/" : ".");
}

/* Cuts the next component; false: there is none. */
static bool next_name(struct walk *walk, int *ret_failure)
{
	char *rest = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(rest, "/");

	*ret_failure = len > NAME_MAX ? -ENAMETOOLONG : 0;
	if (!len || *ret_failure)
		return false;
	memcpy(walk->name, rest, len);
	walk->name[len] = '\0';
	rest += len;
	rest += strspn(rest, "/");
	memmove(walk->rest, rest, strlen(rest) + 1);
	return true;
}

static bool is_trusted(uid_t owner)
{
	struct stat root;

	return owner == 0 || owner == geteuid() || (!stat("/", &root) && owner == root.st_uid);
}

/* Its links are the kernel's, whoever seems to own them, and their texts are not always paths. */
static bool is_in_proc(const struct walk *walk)
{
	struct statfs fs;

	return !fstatfs(walk->fd, &fs) && fs.f_type == PROC_MAGIC;
}

/* The text of a link that may lead us. */
static int read_link(struct walk *walk, int link, char target[PATH_MAX])
{
	struct stat st;

	if (fstat(link, &st))
		return -errno;
	if (!S_ISLNK(st.st_mode)) /* it was one a moment ago */
		return -EAGAIN;
	if (!is_trusted(st.st_uid) && !is_in_proc(walk)) {
		walk->is_foreign = true;
		walk->owner = st.st_uid;
		return -EPERM;
	}
	if (++walk->n_links > LIMIT_TRUSTED_LINKS)
		return -ELOOP;
	/* readlink(2): with an empty name the link that the descriptor is. */
	ssize_t len = readlinkat(link, "", target, PATH_MAX - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	return 0;
}

/* What the link says stands before the rest. */
static int follow(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];
	int len = snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest);

	if (len < 0 || len >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, (size_t)len + 1);
	return *target == '/' ? go_to(walk, "/") : 0;
}

static int open_entry(struct walk *walk)
{
	int fd = openat(walk->fd, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	walk->is_new = false;
	if (fd >= 0 || errno != ENOENT || !walk->make)
		return fd;
	if (mkdirat(walk->fd, walk->name, 0755) == 0)
		walk->is_new = true;
	else if (errno != EEXIST)
		return -1;
	return openat(walk->fd, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int step(struct walk *walk)
{
	autoclose int fd = open_entry(walk);
	char target[PATH_MAX];
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISLNK(st.st_mode)) {
		int failure = read_link(walk, fd, target);
		return failure ? failure : follow(walk, target);
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	mem_close_at(&walk->fd);
	walk->fd = steal_fd(&fd);
	return 0;
}

int trusted_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd,
		     struct trusted_fault *ret_fault)
{
	cleanup(walk_done) struct walk walk = {0};
	int failure = walk_begin(&walk, path, make), fd = -1;

	while (!failure && next_name(&walk, &failure))
		if (!text_eq(walk.name, "."))
			failure = step(&walk);
	if (!failure) {
		fd = openat(walk.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		failure = fd < 0 ? -errno : 0;
	}
	if (failure && ret_fault) {
		*ret_fault =
			(struct trusted_fault){.is_link = walk.is_foreign, .owner = walk.owner};
		memcpy(ret_fault->name, walk.name, sizeof(walk.name));
	}
	if (failure)
		return failure;
	if (ret_new)
		*ret_new = walk.is_new;
	*ret_fd = fd;
	return 0;
}

/* The last component: the descriptor, or -EAGAIN when a link has put more behind it. */
static int open_last(struct walk *walk, int flags, mode_t mode)
{
	char target[PATH_MAX];
	int fd = openat(walk->fd, walk->name, flags | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd >= 0 || errno != ELOOP || (flags & O_NOFOLLOW))
		return fd < 0 ? -errno : fd;
	if (is_in_proc(walk)) { /* where /dev/stdout ends */
		fd = openat(walk->fd, walk->name, flags | O_CLOEXEC, mode);
		return fd < 0 ? -errno : fd;
	}
	autoclose int link = openat(walk->fd, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (link < 0)
		return -errno;
	int failure = read_link(walk, link, target);
	if (!failure)
		failure = follow(walk, target);
	return failure ? failure : -EAGAIN;
}

int trusted_open(const char *path, int flags, mode_t mode)
{
	cleanup(walk_done) struct walk walk = {0};
	int failure = walk_begin(&walk, path, flags & O_CREAT);

	while (!failure && next_name(&walk, &failure)) {
		if (*walk.rest) {
			failure = text_eq(walk.name, ".") ? 0 : step(&walk);
			continue;
		}
		int fd = open_last(&walk, flags, mode);
		if (fd != -EAGAIN)
			return fd;
		if (++walk.n_links > LIMIT_TRUSTED_LINKS)
			return -ELOOP;
	}
	return failure ? failure : -EISDIR;
}
