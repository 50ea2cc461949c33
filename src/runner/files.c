/* files.c - directories and copies put in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "init/say.h"
#include "runner/owner.h"
#include "runner/place.h"
#include "runner/prefill.h"

#include "base/banned.h"

static void tell_refused(const char *path)
{
	say(LOG_WARN, "boot", "'%s' keeps its owner: only root can give it another", path);
}

int files_make_dir(const struct dir_spec *dir, struct err *err)
{
	struct ownership own = OWNERSHIP_KEPT;
	autoclose int fd = -1;
	bool is_new, refused = false, below_refused = false;

	if (owner_find(dir->user, dir->group, dir->pos, &own.uid, &own.gid, err))
		return -1;
	if (place_open_dir(dir->path, true, &is_new, &fd, err))
		return -1;
	own.mode = dir->mode >= 0 ? dir->mode : is_new ? 0755 : -1;
	if (ownership_set(fd, &own, &refused, err))
		return err_wrap(err, "directory '%s'", dir->path);
	if (dir->recursive && (own.uid >= 0 || own.gid >= 0) &&
	    tree_own(fd, own.uid, own.gid, &below_refused, err))
		return err_wrap(err, "directory '%s'", dir->path);
	if (refused)
		tell_refused(dir->path);
	else if (below_refused)
		say(LOG_WARN, "boot",
		    "in '%s' something keeps its owner: only root can give another, and not to a file "
		    "with several names unless fs.protected_hardlinks is on",
		    dir->path);
	return 0;
}

static int copy_dir(const struct copy_spec *copy, int source, const struct tree_options *options,
		    struct err *err)
{
	struct ownership own = options->owner;
	autoclose int target = -1;
	bool is_new, filled;

	own.mode = options->dir_mode;
	if (place_open_dir(copy->dest, true, &is_new, &target, err))
		return -1;
	if (copy->when == COPY_IF_EMPTY)
		return prefill(source, target, options, &own, &filled, err);
	target_lock(target);
	if (tree_copy_inside(source, target, options, err))
		return -1;
	if (copy->when == COPY_IF_MISSING && !is_new)
		return 0;
	return attributes_copy(source, target, &own, err);
}

/* Whether there is something at dest that the copy is to leave alone. */
static bool is_kept(const struct copy_spec *copy, const char *dest)
{
	struct stat st;

	if (copy->when == COPY_ALWAYS || fstatat(AT_FDCWD, dest, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	return copy->when == COPY_IF_MISSING || !S_ISREG(st.st_mode) || st.st_size > 0;
}

static int copy_file(const struct copy_spec *copy, int source, const struct ownership *own,
		     struct err *err)
{
	autofree char *dest = text_ends(copy->dest, "/")
				      ? path_join(copy->dest, path_base(copy->source))
				      : xstrdup(copy->dest);
	autoplacement struct placement placement = {.fd = -1, .dirfd = -1, .temp_dirfd = -1};

	if (is_kept(copy, dest))
		return 0;
	if (place_begin(dest, &placement, err) || io_copy(source, placement.fd, UINT64_MAX, err) ||
	    attributes_copy(source, placement.fd, own, err) ||
	    times_copy(source, placement.fd, err))
		return -1;
	return place_commit(&placement, err);
}

int files_copy(const struct copy_spec *copy, struct err *err)
{
	struct tree_options options = {
		.owner = {.mode = copy->mode},
		.dir_mode = copy->dir_mode,
		.keep_existing = copy->when == COPY_IF_MISSING,
	};
	autoclose int source = -1;
	struct stat st;

	if (owner_find(copy->user, copy->group, copy->pos, &options.owner.uid, &options.owner.gid,
		       err))
		return -1;
	source = open(copy->source, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (source < 0 || fstat(source, &st))
		return file_err(err, "opening", copy->source);
	int result = S_ISDIR(st.st_mode) ? copy_dir(copy, source, &options, err)
					 : copy_file(copy, source, &options.owner, err);
	return result ? err_wrap(err, "copying '%s' to '%s'", copy->source, copy->dest) : 0;
}
