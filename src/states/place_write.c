/* place_write.c - a file replaced as a whole: beside and renamed, or in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/limits.h"
#include "states/place.h"

#include "base/banned.h"

struct replacing {
	const char *path; /* for messages */
	int dirfd, fd;    /* of the temporary file */
	int old_fd;       /* -1: there was none, or it cannot be read */
	const char *name;
	char *temp; /* owned; NULL: nothing to be removed */
	bool has_old;
	struct stat old;
};

static void replacing_done(struct replacing *replacing)
{
	if (replacing->temp)
		unlinkat(replacing->dirfd, replacing->temp, 0);
	free(replacing->temp);
	mem_close_at(&replacing->fd);
	mem_close_at(&replacing->old_fd);
	mem_close_at(&replacing->dirfd);
}

/* A name of ours that a killed run with our number left behind is free to be taken. */
static int make_temp(struct replacing *replacing)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	replacing->temp =
		xasprintf(".%.*s.tmp.%d", LIMIT_TEMP_NAME, replacing->name, (int)getpid());
	replacing->fd = openat(replacing->dirfd, replacing->temp, flags, 0600);
	if (replacing->fd < 0 && errno == EEXIST &&
	    unlinkat(replacing->dirfd, replacing->temp, 0) == 0)
		replacing->fd = openat(replacing->dirfd, replacing->temp, flags, 0600);
	if (replacing->fd >= 0)
		return 0;
	int cause = errno;
	free(replacing->temp);
	replacing->temp = NULL;
	errno = cause;
	return -1;
}

/* ACLs and user attributes go with the name. Capabilities do not: new contents are another program
 * (the kernel drops them at each write, too). What cannot be set here is not kept. */
static void copy_attributes(int from, int to)
{
	char names[4096];
	ssize_t len = flistxattr(from, names, sizeof(names));

	if (len <= 0)
		return;
	autofree char *value = xmalloc(LIMIT_XATTRS);
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		if (text_eq(name, "security.capability"))
			continue;
		ssize_t size = fgetxattr(from, name, value, LIMIT_XATTRS);
		if (size >= 0)
			(void)fsetxattr(to, name, value, (size_t)size, 0);
	}
}

static uint32_t umask_now(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

/* Owner first (it clears suid and sgid), ACL, then the mode, which is the ACL's mask. */
static int set_look(const struct replacing *replacing, const struct look *look, struct err *err)
{
	struct stat st;

	if (fstat(replacing->fd, &st))
		return file_err(err, "examining", replacing->path);
	uint32_t uid = replacing->has_old ? replacing->old.st_uid : st.st_uid;
	uint32_t gid = replacing->has_old ? replacing->old.st_gid : st.st_gid;
	uint32_t mode = replacing->has_old ? replacing->old.st_mode & 07777 : 0666 & ~umask_now();
	bool may_fail = look->uid == LOOK_KEPT && look->gid == LOOK_KEPT && geteuid() != 0;

	if (look->uid != LOOK_KEPT)
		uid = look->uid;
	if (look->gid != LOOK_KEPT)
		gid = look->gid;
	if (look->has_mode)
		mode = look->mode;
	if ((uid != st.st_uid || gid != st.st_gid) && fchown(replacing->fd, uid, gid) && !may_fail)
		return file_err(err, "setting the owner of", replacing->path);
	if (replacing->old_fd >= 0)
		copy_attributes(replacing->old_fd, replacing->fd);
	if (fchmod(replacing->fd, mode))
		return file_err(err, "setting the mode of", replacing->path);
	return 0;
}

/* What is mounted here cannot be renamed over. Room first: a full disk must not leave half. */
static int write_over(const struct replacing *replacing, struct str contents,
		      const struct look *look, bool sync, struct err *err)
{
	autoclose int fd = openat(replacing->dirfd, replacing->name,
				  O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return file_err(err, "writing", replacing->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' exists and is not a regular file",
			       replacing->path);
	if (contents.len > (uint64_t)st.st_size && fallocate(fd, 0, 0, (off_t)contents.len) &&
	    errno == ENOSPC)
		return file_err(err, "writing", replacing->path);
	if (io_write_all(fd, contents.ptr, contents.len, err))
		return err_wrap(err, "writing '%s'", replacing->path);
	if (ftruncate(fd, (off_t)contents.len))
		return file_err(err, "writing", replacing->path);
	if ((look->uid != LOOK_KEPT || look->gid != LOOK_KEPT) && fchown(fd, look->uid, look->gid))
		return file_err(err, "setting the owner of", replacing->path);
	if (look->has_mode && fchmod(fd, look->mode))
		return file_err(err, "setting the mode of", replacing->path);
	if (sync && fsync(fd))
		return file_err(err, "syncing", replacing->path);
	return 0;
}

static int replace(struct replacing *replacing, struct str contents, const struct look *look,
		   bool sync, struct err *err)
{
	if (make_temp(replacing)) {
		bool in_place =
			replacing->has_old && (errno == EROFS || errno == EACCES || errno == EPERM);
		if (!in_place)
			return file_err(err, "writing", replacing->path);
		return write_over(replacing, contents, look, sync, err);
	}
	if (io_write_all(replacing->fd, contents.ptr, contents.len, err))
		return err_wrap(err, "writing '%s'", replacing->path);
	if (set_look(replacing, look, err))
		return -1;
	if (sync && fsync(replacing->fd))
		return file_err(err, "syncing", replacing->path);
	if (renameat(replacing->dirfd, replacing->temp, replacing->dirfd, replacing->name) == 0) {
		free(replacing->temp);
		replacing->temp = NULL;
		return sync ? dir_sync(replacing->dirfd, err) : 0;
	}
	if (errno != EBUSY && errno != EXDEV && errno != EROFS)
		return file_err(err, "writing", replacing->path);
	return write_over(replacing, contents, look, sync, err);
}

int place_write(struct world *world, const char *path, enum place_links links, struct str contents,
		const struct look *look, struct err *err)
{
	cleanup(replacing_done) struct replacing replacing = {
		.path = path, .dirfd = -1, .fd = -1, .old_fd = -1};

	if (place_check_links(world, path, links, err))
		return -1;
	if (links == LINKS_FOLLOWED)
		path = place_behind_links(world, path);
	if (beneath_parent(world->rootfd, path, &replacing.dirfd, &replacing.name, err))
		return -1;
	replacing.has_old =
		fstatat(replacing.dirfd, replacing.name, &replacing.old, AT_SYMLINK_NOFOLLOW) == 0;
	if (replacing.has_old && S_ISDIR(replacing.old.st_mode))
		return err_set(err, ERR_EXISTS, "'%s' is a directory", path);
	if (replacing.has_old && !S_ISREG(replacing.old.st_mode))
		replacing.has_old = false; /* a link or a FIFO goes, with its mode */
	if (replacing.has_old)
		replacing.old_fd = openat(replacing.dirfd, replacing.name,
					  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return replace(&replacing, contents, look, !world->no_fsync, err);
}
