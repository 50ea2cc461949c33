/* archive.c - what a deployment can go back to.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "project/deploy.h"
#include "project/limits.h"
#include "project/tree_copy.h"

#include "base/banned.h"

#define ARCHIVE_MODE 0700 /* of archives and what is in them: pillars lie inside */
#define INCOMPLETE                                                                    \
	".incomplete" /* what is being copied: nobody may go back to a part of a tree \
		       */

/* What chrono_new makes. */
#define ARCHIVE_NAMES \
	"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]_[0-9][0-9]_[0-9][0-9]-[0-9][0-9]_*"

/* Mirrors one directory of the world's root into another, which is made when it is missing. */
static int mirror(const struct world *world, const char *from, const char *to, struct err *err)
{
	autoclose int source = -1, target = -1;
	struct tree_copied copied;

	if (beneath_open(world->rootfd, from, O_RDONLY | O_DIRECTORY, 0, &source, err) ||
	    beneath_make_dirs(world->rootfd, to, ARCHIVE_MODE, &target, err))
		return -1;
	return tree_mirror(source, target, &copied, err);
}

static int make_whole(const struct world *world, const struct project *project, struct err *err)
{
	const char *root = project->archives_root;
	autoclose int fd = -1;

	if (beneath_make_dirs(world->rootfd, root, ARCHIVE_MODE, &fd, err) ||
	    tree_remove_at(fd, INCOMPLETE, err) ||
	    mirror(world, project->project_root,
		   heap_printf(world->heap, "%s/" INCOMPLETE "/project", root), err))
		return -1;
	return renameat(fd, INCOMPLETE, fd, project->chrono)
		       ? file_err(err, "naming the archive", project->chrono)
		       : 0;
}

int archive_make(const struct world *world, const struct project *project, struct err *err)
{
	return make_whole(world, project, err)
		       ? err_wrap(err, "archiving '%s'", project->project_root)
		       : 0;
}

int archive_list(const struct world *world, const struct project *project,
		 struct strlist *ret_names, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;

	if (beneath_open(world->rootfd, project->archives_root, O_RDONLY | O_DIRECTORY, 0, &fd,
			 err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	if (dir_list(fd, ".", &names, err))
		return -1;
	/* Names begin with the time: sorted by age. All else there, where cfg says that archives
	 * are, is somebody's, and never removed. */
	for (size_t i = 0; i < names.n; i++)
		if (str_glob(ARCHIVE_NAMES, names.items[i]))
			strlist_add(ret_names, names.items[i]);
	return 0;
}

static size_t archives_kept(const struct project *project)
{
	const struct value *kept = dict_get(project->cfg, "keep_archives");

	return kept && kept->kind == VALUE_INT && kept->integer >= 0 ? (size_t)kept->integer
								     : ARCHIVES_KEPT;
}

int archive_rotate(const struct world *world, const struct project *project, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	size_t kept = archives_kept(project);

	if (archive_list(world, project, &names, err))
		return -1;
	if (names.n <= kept)
		return 0;
	if (beneath_open(world->rootfd, project->archives_root, O_RDONLY | O_DIRECTORY, 0, &fd,
			 err))
		return -1;
	for (size_t i = 0; i < names.n - kept; i++)
		if (tree_remove_at(fd, names.items[i], err))
			return err_wrap(err, "removing the archive '%s'", names.items[i]);
	return 0;
}

int archive_restore(const struct world *world, const struct project *project, const char *name,
		    struct err *err)
{
	const char *at = heap_printf(world->heap, "%s/%s", project->archives_root,
				     name ? name : project->chrono);
	const char *kept = heap_printf(world->heap, "%s/project", at);
	struct stat st;

	if (strchr(name ? name : "", '/') || text_starts(name ? name : "", "."))
		return err_set(err, ERR_INPUT, "'%s' is no name of an archive", name);
	if (beneath_stat(world->rootfd, kept, &st, err))
		return err_wrap(err, "no such archive");
	if (mirror(world, project->project_root, heap_printf(world->heap, "%s/project.failed", at),
		   err))
		return err_wrap(err, "keeping the failed tree");
	return mirror(world, kept, project->project_root, err)
		       ? err_wrap(err, "putting back '%s'", project->project_root)
		       : 0;
}
