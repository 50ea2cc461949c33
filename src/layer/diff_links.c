/* diff_links.c - files with several names, where only some of the names are changes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * "ln old new" changes nothing of the old name, but a layer with the new one alone would need the
 * old one from below, which no tool but a merged view can give. So both are written. That names
 * which were linked below no longer are is no change: overlayfs does that to whatever it copies up.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "base/io.h"
#include "layer/diff_private.h"
#include "layer/tree.h"

#include "base/banned.h"

/* ---- finding the groups: one walk, only when the first such file is met ---- */

static int group_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct diff_walk *walk = arg;
	struct link_groups *groups = &walk->groups;
	const char *first = visit->entry->target;

	(void)err;
	if (diff_is_excluded(walk->options, visit->entry->path))
		return 1;
	if (visit->entry->type != ENTRY_HARDLINK)
		return 0;
	struct link_group *group = map_get(&groups->groups, first);
	if (!group) {
		group = xcalloc(1, sizeof(*group));
		strlist_add(&group->paths, first);
		map_set(&groups->groups, first, group);
		links_add(&groups->first_paths, visit->st, first);
	}
	strlist_add(&group->paths, visit->entry->path);
	return 0;
}

static int groups_find(struct diff_walk *walk, struct err *err)
{
	struct tree_options options = {.no_xattrs = true};

	walk->groups.is_known = true;
	return tree_walk(walk->rootfd, &options, group_visit, walk, err);
}

void diff_links_done(struct link_groups *groups)
{
	const char *key;
	void *value;

	for (size_t i = 0; map_next(&groups->groups, &i, &key, &value);) {
		struct link_group *group = value;
		strlist_done(&group->paths);
		free(group);
	}
	map_done(&groups->groups);
	links_done(&groups->first_paths);
}

/* ---- judging one ---- */

/* 1: this name is a change. *below: what the lower layers have there. */
static int member_changed(struct diff_walk *walk, const char *path, struct stat *below,
			  struct err *err)
{
	size_t piece = 0;
	struct stat st;
	autolower struct lower_dir lower = {0};
	autoclose int dirfd = -1;
	const char *name = path_base(path);
	autofree char *parent = xstrndup(path, (size_t)(name - path));

	if (beneath_open(walk->rootfd, parent[0] ? parent : ".", O_RDONLY | O_DIRECTORY, 0, &dirfd,
			 err) ||
	    lower_dir_open(&walk->options->lower, parent, &lower, err))
		return -1;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "looking at '%s'", path);
	int found = lower_dir_find(&lower, name, &piece, below, err);
	if (found <= 0)
		return found < 0 ? -1 : 1;
	struct diff_side mine = {dirfd, name, &st}, theirs = {lower.items[piece].fd, name, below};
	return diff_compare(&mine, &theirs, true, err);
}

static int group_judge(struct diff_walk *walk, struct link_group *group, struct err *err)
{
	struct stat first = {0}, below = {0};

	group->is_judged = true;
	for (size_t i = 0; i < group->paths.n && !group->is_changed; i++) {
		int changed = member_changed(walk, group->paths.items[i], &below, err);
		if (changed < 0)
			return -1;
		if (i == 0)
			first = below;
		group->is_changed =
			changed || below.st_dev != first.st_dev || below.st_ino != first.st_ino;
	}
	return 0;
}

int diff_links_changed(struct diff_walk *walk, const struct stat *st, struct err *err)
{
	if (!walk->groups.is_known && groups_find(walk, err))
		return -1;
	const char *first = links_find(&walk->groups.first_paths, st);
	struct link_group *group = first ? map_get(&walk->groups.groups, first) : NULL;
	if (!group)
		return 0; /* its other names are not in this tree */
	if (!group->is_judged && group_judge(walk, group, err))
		return -1;
	return group->is_changed;
}
