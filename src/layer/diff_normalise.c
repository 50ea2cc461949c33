/* diff_normalise.c - an upper directory made into what unpacking its own layer would give.
 * SPDX-License-Identifier: Apache-2.0
 *
 * So it can be renamed into the store: whether a layer was built here or pulled leaves no trace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>

#include "base/str.h"
#include "layer/attributes.h"
#include "layer/diff_private.h"
#include "layer/node.h"

#include "base/banned.h"

#define OVERLAY_PREFIX   "trusted.overlay."
#define OVERLAY_OPAQUE   "trusted.overlay.opaque"
#define XATTR_LIST_BYTES ((size_t)64 << 10) /* XATTR_LIST_MAX */
#define FD_PATH_MAX      (32 + 256)         /* "/proc/self/fd/N/" and one name */

struct normalising {
	int64_t clamp_mtime_ns; /* < 0: none */
	char *names;            /* XATTR_LIST_BYTES */
};

/* What overlayfs noted for itself: where a copy came from, that a directory holds some, … */
static int overlay_xattrs_drop(struct normalising *normalising, int dirfd, const char *name,
			       bool may_be_opaque, struct err *err)
{
	char path[FD_PATH_MAX];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	ssize_t len = llistxattr(path, normalising->names, XATTR_LIST_BYTES);
	if (len < 0 && errno != EOPNOTSUPP)
		return err_sys(err, "listing the attributes of '%s'", name);
	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(normalising->names + at) + 1) {
		const char *xattr = normalising->names + at;
		if (!text_starts(xattr, OVERLAY_PREFIX) ||
		    (may_be_opaque && text_eq(xattr, OVERLAY_OPAQUE)))
			continue;
		if (lremovexattr(path, xattr) && errno != ENODATA)
			return err_sys(err, "removing the attribute '%s' of '%s'", xattr, name);
	}
	return 0;
}

static int64_t time_clamp(const struct normalising *normalising, int64_t mtime_ns)
{
	bool is_late = normalising->clamp_mtime_ns >= 0 && mtime_ns > normalising->clamp_mtime_ns;

	return is_late ? normalising->clamp_mtime_ns : mtime_ns;
}

static int normalise_changed(struct diff_walk *walk, const struct diff_found *found,
			     struct err *err)
{
	struct normalising *normalising = walk->arg;
	int64_t mtime_ns = stat_mtime_ns(found->st), clamped = time_clamp(normalising, mtime_ns);

	if (S_ISDIR(found->st->st_mode))
		return 0; /* when it is left: work in it would move its time again */
	if (overlay_xattrs_drop(normalising, found->dir->fd, found->name, false, err))
		return -1;
	if (clamped == mtime_ns)
		return 0;
	return attributes_set_time(-1, found->dir->fd, found->name, clamped, err);
}

/* A socket that took a lower file's place leaves a whiteout, as in the packed layer. */
static int normalise_deleted(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
			     struct err *err)
{
	struct stat st;

	(void)walk;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISSOCK(st.st_mode))
		return 0;
	if (node_remove(dir->fd, name, err))
		return -1;
	if (!dir->is_opaque && mknodat(dir->fd, name, S_IFCHR, 0))
		return err_sys(err, "making the whiteout of '%s'", name);
	return 0;
}

static int normalise_dropped(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
			     struct err *err)
{
	(void)walk;
	return node_remove(dir->fd, name, err);
}

static int normalise_left(struct diff_walk *walk, const struct diff_dir *dir, struct err *err)
{
	struct normalising *normalising = walk->arg;

	if (overlay_xattrs_drop(normalising, dir->fd, ".", dir->parent, err))
		return -1;
	return attributes_set_time(dir->fd, -1, dir->name,
				   time_clamp(normalising, stat_mtime_ns(&dir->st)), err);
}

int diff_normalise_upper(int rootfd, const struct diff_options *options, int64_t clamp_mtime_ns,
			 struct err *err)
{
	static const struct diff_listener listener = {
		.changed = normalise_changed,
		.deleted = normalise_deleted,
		.dropped = normalise_dropped,
		.left = normalise_left,
	};
	autofree char *names = xmalloc(XATTR_LIST_BYTES);
	struct normalising normalising = {clamp_mtime_ns, names};

	if (options->source != DIFF_UPPER)
		return err_set(err, ERR_INPUT,
			       "only an upper directory can become a layer in place");
	return diff_run(rootfd, options, &listener, &normalising, err);
}
