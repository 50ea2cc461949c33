/* overlay.c - a snapshot's layers and its upper directory as one overlay mount.
 * SPDX-License-Identifier: Apache-2.0
 * Source: the kernel's filesystems/overlayfs; fsopen(2). Layers are handed over one by one
 * ("lowerdir+", Linux 6.5), else as one option string, which must fit a page: hence the store's
 * short paths. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "snap/snap_private.h"

#include "base/banned.h"

#define MOUNT_DATA_MAX 4095 /* mount(2): one page with its NUL */

/* A diff must see plain files: no pointers to renamed directories, no files without their data. */
static const char *const options[][2] = {
	{"redirect_dir", "off"}, {"metacopy", "off"}, {"index", "off"}, {"xino", "auto"}};

struct paths {
	struct strlist lowers;
	char *upper, *work;
};

static void paths_done(struct paths *paths)
{
	strlist_done(&paths->lowers);
	free(paths->upper);
	free(paths->work);
}

static int paths_make(const struct snapshot *snapshot, const struct stack *stack,
		      struct paths *paths, struct err *err)
{
	paths->upper = path_join(snapshot->dir, "upper");
	paths->work = path_join(snapshot->dir, "work");
	for (size_t i = 0; i < stack->n; i++) {
		char *path = NULL;
		if (store_layer_path(snapshot->store, &stack->chain_ids[i], &path, err))
			return -1;
		strlist_take(&paths->lowers, path);
	}
	if (!stack->n)
		strlist_take(&paths->lowers, path_join(snapshot->dir, "empty"));
	return 0;
}

/* What the kernel says beside the errno: lines of "e overlay: …" on the descriptor. */
static int context_err(int context, const char *doing, struct err *err)
{
	char text[512], last[512] = "";
	int cause = errno;
	for (;;) {
		ssize_t n = read(context, text, sizeof(text) - 1);
		if (n <= 0)
			break;
		text[n] = '\0';
		snprintf(last, sizeof(last), "%.*s", STR_ARG(str_trim(str_of(text))));
	}
	const char *said = strncmp(last, "e ", 2) == 0 ? last + 2 : last;
	errno = cause;
	if (*said)
		return err_sys(err, "%s (%s)", doing, said);
	return err_sys(err, "%s", doing);
}

/* Returns 0, 1 when this kernel does not know lowerdir+, or -1. */
static int context_fill(int context, const struct snapshot *snapshot, const struct paths *paths,
			struct err *err)
{
	static const char doing[] = "preparing the overlay";
	for (size_t i = 0; i < paths->lowers.n; i++) {
		if (!fsconfig(context, FSCONFIG_SET_STRING, "lowerdir+", paths->lowers.items[i], 0))
			continue;
		return i == 0 && errno == EINVAL ? 1 : context_err(context, doing, err);
	}
	if (fsconfig(context, FSCONFIG_SET_STRING, "upperdir", paths->upper, 0) ||
	    fsconfig(context, FSCONFIG_SET_STRING, "workdir", paths->work, 0) ||
	    (snapshot->is_volatile && fsconfig(context, FSCONFIG_SET_FLAG, "volatile", NULL, 0)))
		return context_err(context, doing, err);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0))
			return context_err(context, doing, err);
	return 0;
}

static int context_mount(const struct snapshot *snapshot, const struct paths *paths,
			 struct err *err)
{
	autoclose int context = fsopen("overlay", FSOPEN_CLOEXEC);
	if (context < 0)
		return err_sys(err, "opening the overlay file system");
	int result = context_fill(context, snapshot, paths, err);
	if (result)
		return result;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return context_err(context, "making the overlay", err);
	autoclose int tree = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (tree < 0)
		return context_err(context, "making the overlay", err);
	if (move_mount(tree, "", AT_FDCWD, snapshot->rootfs, MOVE_MOUNT_F_EMPTY_PATH))
		return err_sys(err, "mounting on '%s'", snapshot->rootfs);
	return 0;
}

/* In a lowerdir list a colon separates, in the option string a comma does. */
static void path_escape(struct buf *out, const char *path)
{
	for (; *path; path++) {
		if (strchr(":,\\", *path))
			buf_putc(out, '\\');
		buf_putc(out, *path);
	}
}

static int string_mount(const struct snapshot *snapshot, const struct paths *paths, struct err *err)
{
	autobuf struct buf data = {.max = MOUNT_DATA_MAX};
	for (size_t i = 0; i < paths->lowers.n; i++) {
		buf_puts(&data, i ? ":" : "lowerdir=");
		path_escape(&data, paths->lowers.items[i]);
	}
	buf_puts(&data, ",upperdir=");
	path_escape(&data, paths->upper);
	buf_puts(&data, ",workdir=");
	path_escape(&data, paths->work);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		buf_printf(&data, ",%s=%s", options[i][0], options[i][1]);
	if (snapshot->is_volatile)
		buf_puts(&data, ",volatile");
	if (data.overflowed)
		return err_set(err, ERR_LIMIT,
			       "this kernel (before 6.5) cannot mount %zu layers at once",
			       paths->lowers.n);
	if (mount("overlay", snapshot->rootfs, "overlay", 0, buf_text(&data)))
		return err_sys(err, "mounting on '%s'", snapshot->rootfs);
	return 0;
}

int overlay_mount(const struct snapshot *snapshot, const struct stack *stack, struct err *err)
{
	cleanup(paths_done) struct paths paths = {0};
	if (paths_make(snapshot, stack, &paths, err))
		return -1;
	int result = context_mount(snapshot, &paths, err);
	return result > 0 ? string_mount(snapshot, &paths, err) : result;
}

int overlay_mount_string(const struct snapshot *snapshot, const struct stack *stack,
			 struct err *err)
{
	cleanup(paths_done) struct paths paths = {0};
	if (paths_make(snapshot, stack, &paths, err))
		return -1;
	return string_mount(snapshot, &paths, err);
}

bool overlay_is_mounted(const char *dir, const char *rootfs)
{
	struct stat outer, inner;
	return !stat(dir, &outer) && !stat(rootfs, &inner) && outer.st_dev != inner.st_dev;
}

bool overlay_is_missing(const struct err *err)
{
	static const int causes[] = {ENODEV, EINVAL,     EPERM,   EACCES,
				     ENOSYS, EOPNOTSUPP, ENOTSUP, EXDEV};
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (err->sys_errno == causes[i])
			return true;
	return false;
}
