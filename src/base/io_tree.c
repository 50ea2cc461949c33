/* io_tree.c - removing a whole tree fast, without leaving it and without running out of
 * descriptors. SPDX-License-Identifier: Apache-2.0
 *
 * One frame a level. Only the LIMIT_REMOVE_OPEN_DIRS deepest are open; a closed one is opened again
 * through ".." of its child, checked to be the same directory: all that it had listed is gone by
 * then, so reading it from the start costs nothing twice. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

struct frame {
	DIR *dir;   /* NULL: closed for the time being */
	char *name; /* in the frame above */
	dev_t dev;
	ino_t ino;
	int n_rewinds;
};

struct removal {
	int rootfd;       /* where the tree hangs; borrowed */
	const char *root; /* the name it hangs by, for messages */
	struct frame *items;
	size_t n;
	size_t cap;
};

static void frame_close(struct frame *frame)
{
	if (frame->dir)
		closedir(frame->dir);
	frame->dir = NULL;
}

static void removal_done(struct removal *removal)
{
	vec_foreach(frame, removal) {
		frame_close(frame);
		free(frame->name);
	}
	vec_done(removal);
}

static int top_fd(const struct removal *removal)
{
	return removal->n ? dirfd(removal->items[removal->n - 1].dir) : removal->rootfd;
}

/* chattr +i and +a are a common riddle; ask the file itself. */
static bool is_immutable(int fd, const char *name)
{
	autoclose int file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int flags = 0;

	return file >= 0 && ioctl(file, FS_IOC_GETFLAGS, &flags) == 0 &&
	       (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL));
}

/* Names the whole way down to what could not be removed. */
static int removal_err(const struct removal *removal, const char *name, struct err *err)
{
	int cause = errno;
	autobuf struct buf path = {.max = 1 << 16}; /* a longer path is cut: it is only a message */

	buf_puts(&path, removal->root);
	for (size_t i = 1; i < removal->n; i++)
		buf_printf(&path, "/%s", removal->items[i].name);
	if (removal->n)
		buf_printf(&path, "/%s", name);
	if (cause == EXDEV || cause == EBUSY)
		return err_set(err, ERR_SYSTEM, "removing '%s': is a mount point or in use",
			       buf_text(&path));
	if (cause == EPERM && is_immutable(top_fd(removal), name))
		return err_set(err, ERR_DENIED, "removing '%s': is marked immutable or append-only",
			       buf_text(&path));
	if (cause == EPERM && removal->n && is_immutable(top_fd(removal), "."))
		return err_set(err, ERR_DENIED,
			       "removing '%s': its directory is marked immutable or append-only",
			       buf_text(&path));
	errno = cause;
	return file_err(err, "removing", buf_text(&path));
}

/* Opens the directory `name` of the top frame (or of the start); never a link, never another mount.
 */
static int open_level(int fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, fd, name, &how, sizeof(how));
}

/* Goes down into the directory. */
static int removal_push(struct removal *removal, const char *name, struct err *err)
{
	autoclose int fd = open_level(top_fd(removal), name);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : removal_err(removal, name, err);
	if (fstat(fd, &st))
		return removal_err(removal, name, err);
	DIR *dir = dir_stream(&fd);
	if (!dir)
		return removal_err(removal, name, err);
	vec_push(removal, {.dir = dir, .name = xstrdup(name), .dev = st.st_dev, .ino = st.st_ino});
	if (removal->n > LIMIT_REMOVE_OPEN_DIRS)
		frame_close(&removal->items[removal->n - 1 - LIMIT_REMOVE_OPEN_DIRS]);
	return 0;
}

/* Opens the frame above the top one again. */
static int reopen_parent(struct removal *removal, struct err *err)
{
	struct frame *child = &removal->items[removal->n - 1];
	struct frame *parent = &removal->items[removal->n - 2];
	struct stat st;
	autoclose int fd = open_level(dirfd(child->dir), "..");

	if (fd < 0 || fstat(fd, &st))
		return removal_err(removal, "..", err);
	if (st.st_dev != parent->dev || st.st_ino != parent->ino)
		return err_set(err, ERR_SYSTEM, "removing '%s': a directory was moved meanwhile",
			       removal->root);
	DIR *dir = dir_stream(&fd);
	if (!dir)
		return removal_err(removal, "..", err);
	parent->dir = dir;
	return 0;
}

/* The top directory has been read to its end: removes it and goes back up. */
static int removal_pop(struct removal *removal, struct err *err)
{
	struct frame *top = &removal->items[removal->n - 1];
	bool has_parent = removal->n > 1;

	if (has_parent && !top[-1].dir && reopen_parent(removal, err))
		return -1;
	int fd = has_parent ? dirfd(top[-1].dir) : removal->rootfd;
	bool is_gone = unlinkat(fd, top->name, AT_REMOVEDIR) == 0 || errno == ENOENT;
	if (!is_gone && errno == ENOTEMPTY && top->n_rewinds++ < LIMIT_REMOVE_REWINDS) {
		rewinddir(top->dir); /* a file system that skips names while some are removed */
		return 0;
	}
	int cause = errno;
	autofree char *name = steal(&top->name);
	frame_close(top);
	removal->n--;
	errno = cause;
	return is_gone ? 0 : removal_err(removal, name, err);
}

/* Removes what is not a directory; goes down into what is. */
static int remove_entry(struct removal *removal, const char *name, unsigned char type,
			struct err *err)
{
	if (type == DT_DIR)
		return removal_push(removal, name, err);
	if (unlinkat(top_fd(removal), name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno == EISDIR)
		return removal_push(removal, name, err);
	return removal_err(removal, name, err);
}

/* One name of the top directory, or its end. */
static int removal_step(struct removal *removal, struct err *err)
{
	errno = 0;
	struct dirent *entry = readdir(removal->items[removal->n - 1].dir);

	if (!entry)
		return errno ? removal_err(removal, ".", err) : removal_pop(removal, err);
	if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, ".."))
		return 0;
	return remove_entry(removal, entry->d_name, entry->d_type, err);
}

int tree_remove_at(int dirfd, const char *name, struct err *err)
{
	const char *base = path_base(name);
	autoclose int parent = -1;
	cleanup(removal_done) struct removal removal = {.rootfd = dirfd, .root = name};

	if (!*base || text_eq(base, ".") || text_eq(base, ".."))
		return err_set(err, ERR_INPUT, "removing '%s': names no entry of a directory",
			       name);
	if (base != name) {
		autofree char *dir = xstrndup(name, (size_t)(base - name));
		parent = openat(dirfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return errno == ENOENT ? 0 : file_err(err, "opening directory", dir);
		removal.rootfd = parent;
	}
	if (remove_entry(&removal, base, DT_UNKNOWN, err))
		return -1;
	while (removal.n > 0)
		if (removal_step(&removal, err))
			return -1;
	return 0;
}
