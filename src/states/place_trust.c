/* place_trust.c - whose the links are that lie in the way of a path.
 * SPDX-License-Identifier: Apache-2.0
 *
 * We write as root into directories of others. A link of theirs may lead to what is their own, and
 * nowhere else: as protected_symlinks of proc(5) has it for /tmp, and tmpfiles.d(5) for all. */
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "states/limits.h"
#include "states/place.h"

#include "base/banned.h"

static int check_way(struct world *world, const char *path, enum place_links links, int depth,
		     struct err *err);

static bool is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

static int check_link(struct world *world, const char *path, const struct stat *link, int depth,
		      struct err *err)
{
	const char *target;
	struct stat st;

	if (!is_trusted(link->st_uid) &&
	    (!place_stat(world, path, LINKS_FOLLOWED, &st) || st.st_uid != link->st_uid))
		return err_set(err, ERR_DENIED,
			       "'%s' is a link of user %u to what is not that user's", path,
			       (unsigned)link->st_uid);
	if (depth >= LIMIT_LINKS || place_link_read(world, path, &target, err))
		return err_is_set(err) ? -1 : err_set(err, ERR_LIMIT, "'%s': too many links", path);
	if (*target != '/')
		target = heap_printf(world->heap, "%s/%s", place_dir(world->heap, path), target);
	return check_way(world, target, LINKS_FOLLOWED, depth + 1, err);
}

/* NOLINTBEGIN(misc-no-recursion): LIMIT_LINKS bounds it */
static int check_way(struct world *world, const char *path, enum place_links links, int depth,
		     struct err *err)
{
	const char *pos = path + strspn(path, "/");

	while (*pos) {
		pos += strcspn(pos, "/");
		bool is_last = !pos[strspn(pos, "/")];
		autofree char *prefix = xstrndup(path, (size_t)(pos - path));
		pos += strspn(pos, "/");
		struct stat st;
		if (is_last && links == LINKS_KEPT)
			break;
		if (!place_stat(world, prefix, LINKS_KEPT, &st)) /* the caller finds out */
			break;
		if (S_ISLNK(st.st_mode) && check_link(world, prefix, &st, depth, err))
			return -1;
	}
	return 0;
}
/* NOLINTEND(misc-no-recursion) */

int place_check_links(struct world *world, const char *path, enum place_links links,
		      struct err *err)
{
	if (geteuid() != 0 || !beneath_has_links(world->rootfd, path, links == LINKS_FOLLOWED))
		return 0;
	return check_way(world, path, links, 0, err);
}
