/* apply_link.c - a hard link of a layer; its target may only be in a layer below.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "layer/apply_private.h"
#include "layer/node.h"

#include "base/banned.h"

/* Cuts a path that is relative and clean but for leading slashes. */
static int path_cut(const char *path, struct str *ret_parent, const char **ret_name,
		    struct err *err)
{
	path += strspn(path, "/");
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!name[0] || text_eq(name, ".") || text_eq(name, ".."))
		return err_set(err, ERR_CORRUPT, "a hard link to '%s'", path);
	*ret_parent = (struct str){path, slash ? (size_t)(slash - path) : 0};
	*ret_name = name;
	return 0;
}

/* overlayfs cannot link across layers: the file comes up into this one, as it would at run time. */
static int target_copy_up(struct apply *apply, const char *name, struct err *err)
{
	struct step *top = place_top(&apply->place);
	struct stat st;
	size_t piece = 0;
	autolower struct lower_dir below = {0};

	if (place_lower(apply, &below, err))
		return -1;
	int found = lower_dir_find(&below, name, &piece, &st, err);
	if (found < 0)
		return -1;
	autofree char *path = place_path_of(&apply->place, name);
	if (!found)
		return err_set(err, ERR_CORRUPT, "a hard link to '%s', which does not exist", path);
	if (S_ISDIR(st.st_mode) || S_ISSOCK(st.st_mode))
		return err_set(err, ERR_CORRUPT, "a hard link to '%s', which is no file", path);
	struct node_copy copy = {
		.from = below.items[piece].fd,
		.to = top->fd,
		.name = name,
		.st = &st,
		.birth = &top->birth,
	};
	map_set(&apply->copied_up, path, apply);
	return node_copy(&copy, err);
}

static int target_check(struct apply *apply, const char *name, struct err *err)
{
	struct stat st;

	if (fstatat(place_top(&apply->place)->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return target_copy_up(apply, name, err);
		return err_sys(err, "looking at '%s'", name);
	}
	if (S_ISDIR(st.st_mode))
		return err_set(err, ERR_CORRUPT, "a hard link to '%s', which is a directory", name);
	if (stat_is_whiteout(&st))
		return err_set(err, ERR_CORRUPT, "a hard link to '%s', which is removed", name);
	return 0;
}

int apply_hardlink(struct apply *apply, const struct entry *entry, struct err *err)
{
	struct place *place = &apply->place;
	struct str target_parent, parent;
	const char *target, *name;

	if (path_cut(entry->target, &target_parent, &target, err) ||
	    path_cut(entry->path, &parent, &name, err) ||
	    place_enter(apply, target_parent.ptr, target_parent.len, entry->mtime_ns, err) ||
	    target_check(apply, target, err))
		return -1;
	autofree char *target_path = place_path_of(place, target);
	autoclose int from = openat(place_top(place)->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return err_sys(err, "opening the directory of '%s'", target);
	if (place_enter(apply, parent.ptr, parent.len, entry->mtime_ns, err))
		return -1;
	autofree char *path = place_path_of(place, name);
	if (text_eq(path, target_path))
		return 0; /* to itself */
	if (text_starts(target_path, path) && target_path[strlen(path)] == '/')
		return err_set(err, ERR_CORRUPT,
			       "a hard link in place of the directory of its target");
	return node_link(from, target, place_top(place)->fd, name, err);
}
