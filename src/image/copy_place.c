/* copy_place.c - the ends of a copy: what trailing slashes mean, links followed inside the root.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's reference, "docker container cp". */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/str.h"
#include "image/copy_private.h"

#include "base/banned.h"

void copy_place_set(struct copy_place *place, int rootfd, const char *typed, const char *absolute)
{
	size_t len = strlen(absolute);

	*place = (struct copy_place){.rootfd = rootfd, .typed = typed};
	for (;;) {
		if (len >= 1 && absolute[len - 1] == '/') {
			place->wants_dir = true;
			len--;
		} else if (len >= 2 && absolute[len - 1] == '.' && absolute[len - 2] == '/') {
			place->wants_dir = place->wants_content = true;
			len -= 2;
		} else {
			break;
		}
	}
	place->path = xstrndup(absolute, len);
	place->base = xstrdup(path_base(place->path));
	if (!len || text_ends(place->path, "/.."))
		place->wants_dir = place->wants_content = true;
}

void copy_place_done(struct copy_place *place)
{
	free(place->path);
	free(place->base);
	place->path = place->base = NULL;
}

/* The text of the link `name`, owned; NULL: it is none, or nothing is there. */
static char *read_link(int dirfd, const char *name)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(dirfd, name, text, sizeof(text));

	return len < 0 || (size_t)len >= sizeof(text) ? NULL : xstrndup(text, (size_t)len);
}

/* Follows links at the end of a path, each resolved from where it stands, to the name of something
 * that is no link; it need not exist. */
static int follow(int rootfd, const char *path, char **ret_path, int *ret_dirfd,
		  const char **ret_name, struct err *err)
{
	autofree char *now = xstrdup(path);

	for (int n = 0; n < LIMIT_LINKS_FOLLOWED; n++) {
		autoclose int dirfd = -1;
		const char *name;
		if (beneath_parent(rootfd, now, &dirfd, &name, err))
			return -1;
		char *target = read_link(dirfd, name);
		if (!target) {
			*ret_dirfd = steal_fd(&dirfd);
			*ret_path = steal(&now);
			*ret_name = path_base(*ret_path);
			return 0;
		}
		char *next = target[0] == '/' ? xstrdup(target)
					      : xasprintf("%.*s%s", (int)(name - now), now, target);
		free(target);
		free(now);
		now = next;
		for (size_t len = strlen(now); len > 1 && now[len - 1] == '/'; len--)
			now[len - 1] = '\0';
	}
	return err_set(err, ERR_LIMIT, "too many links at the end of '%s'", path);
}

/* ---- the source ---- */

static int open_directory(const struct copy_place *place, int *ret_fd, struct err *err)
{
	if (beneath_open(place->rootfd, place->path, O_RDONLY | O_DIRECTORY, 0, ret_fd, err) == 0)
		return 0;
	if (err->sys_errno != ENOTDIR)
		return -1;
	err_clear(err);
	return err_set(err, ERR_INPUT, "'%s' is not a directory", place->typed);
}

static int find_content(const struct copy_place *place, struct copy_source *source, struct err *err)
{
	if (open_directory(place, &source->dirfd, err))
		return -1;
	source->name = xstrdup(".");
	if (!place->wants_content)
		source->base = xstrdup(place->base);
	return fstat(source->dirfd, &source->st) ? err_sys(err, "examining '%s'", place->typed) : 0;
}

static int find_name(const struct copy_place *place, bool follow_link, struct copy_source *source,
		     struct err *err)
{
	autofree char *followed = NULL;
	const char *name;

	if (follow_link) {
		if (follow(place->rootfd, place->path, &followed, &source->dirfd, &name, err))
			return -1;
	} else if (beneath_parent(place->rootfd, place->path, &source->dirfd, &name, err)) {
		return -1;
	}
	source->name = xstrdup(name);
	source->base = xstrdup(place->base);
	if (fstatat(source->dirfd, name, &source->st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(err, ERR_MISSING, "there is no '%s'", place->typed);
	return err_sys(err, "examining '%s'", place->typed);
}

int source_find(const struct copy_place *place, bool follow_link, struct copy_source *ret_source,
		struct err *err)
{
	struct copy_source source = {.dirfd = -1};
	int result = place->wants_dir ? find_content(place, &source, err)
				      : find_name(place, follow_link, &source, err);

	if (result) {
		source_done(&source);
		return -1;
	}
	*ret_source = source;
	return 0;
}

void source_done(struct copy_source *source)
{
	mem_close_at(&source->dirfd);
	free(source->name);
	free(source->base);
	source->name = source->base = NULL;
}

/* ---- the target ---- */

int target_find(const struct copy_place *place, struct copy_target *ret_target, struct err *err)
{
	struct copy_target target = {.dirfd = -1};
	autofree char *followed = NULL;
	const char *name;
	struct stat st;

	if (beneath_open(place->rootfd, place->path, O_RDONLY | O_DIRECTORY, 0, &target.dirfd,
			 err) == 0) {
		*ret_target = target;
		return 0;
	}
	if (err->sys_errno != ENOENT && err->sys_errno != ENOTDIR)
		return -1;
	err_clear(err);
	if (follow(place->rootfd, place->path, &followed, &target.dirfd, &name, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return err_set(err, ERR_MISSING, "the directory of '%s' does not exist",
			       place->typed);
	}
	target.name = xstrdup(name);
	target.exists = fstatat(target.dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	*ret_target = target;
	if (!place->wants_dir)
		return 0;
	if (!target.exists)
		return 0; /* a directory may be made there; a file may not: the copy knows */
	copy_target_done(ret_target);
	return err_set(err, ERR_INPUT, "'%s' is not a directory", place->typed);
}

void copy_target_done(struct copy_target *target)
{
	mem_close_at(&target->dirfd);
	free(target->name);
	target->name = NULL;
}
