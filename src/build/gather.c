/* gather.c - finding sources and walking them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/gather.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/vec.h"
#include "build/limits.h"
#include "layer/attributes.h"
#include "layer/tree.h"

#include "base/banned.h"

char *source_clean(const char *source)
{
	autostrlist struct strlist parts = {0};

	for (struct str rest = str_of(source); rest.ptr;) {
		struct str part = str_cut(&rest, '/');
		if (str_is(part, "..") && parts.n)
			strlist_remove_at(&parts, parts.n - 1);
		else if (part.len && !str_is(part, ".") && !str_is(part, ".."))
			strlist_add_str(&parts, part);
	}
	return strlist_join(&parts, "/");
}

static bool is_ignored(const struct origin *origin, const char *path)
{
	return origin->ignore && *path && ignore_has(origin->ignore, path);
}

/* ---- wildcards, one component after the other ---- */

static int match_component(const struct origin *origin, const char *dir, const struct glob *glob,
			   struct strlist *found, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoerr struct err why = {0};
	autoclose int fd = -1;

	if (beneath_open(origin->rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &fd, &why)) {
		if (why.kind == ERR_MISSING || why.kind == ERR_SYSTEM)
			return 0; /* gone, or no directory: nothing below matches */
		err_move(err, &why);
		return -1;
	}
	if (dir_list(fd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (glob_matches(glob, str_of(names.items[i])))
			strlist_take(found, path_join(dir, names.items[i]));
	return 0;
}

/* All paths that `dirs` and one more component of the pattern lead to. */
static int expand_component(const struct origin *origin, struct str component, struct strlist *dirs,
			    struct err *err)
{
	cleanup(glob_done) struct glob glob = {0};
	autofree char *text = str_dup(component);
	autostrlist struct strlist found = {0};
	bool is_pattern = glob_is_pattern(text);

	if (is_pattern && glob_parse(component, false, &glob, err))
		return -1;
	for (size_t i = 0; i < dirs->n; i++) {
		if (!is_pattern)
			strlist_take(&found, path_join(dirs->items[i], text));
		else if (match_component(origin, dirs->items[i], &glob, &found, err))
			return -1;
	}
	strlist_done(dirs);
	*dirs = steal(&found);
	return 0;
}

/* An ignored directory counts when a "!" may bring back something in it. */
static bool is_there(const struct origin *origin, const char *path)
{
	autoerr struct err ignored = {0};
	struct stat st;

	if (!*path)
		return true;
	if (beneath_stat(origin->rootfd, path, &st, &ignored))
		return false;
	return !is_ignored(origin, path) || (S_ISDIR(st.st_mode) && origin->ignore->brings_back);
}

int gather_find(const struct origin *origin, const char *source, struct strlist *ret_paths,
		struct err *err)
{
	autofree char *clean = source_clean(source);
	autostrlist struct strlist paths = {0};
	struct str rest = str_of(clean);

	strlist_add(&paths, "");
	while (rest.ptr && rest.len)
		if (expand_component(origin, str_cut(&rest, '/'), &paths, err))
			return -1;
	for (size_t i = paths.n; i-- > 0;)
		if (!is_there(origin, paths.items[i]))
			strlist_remove_at(&paths, i);
	if (!paths.n && !glob_is_pattern(clean))
		return err_set(err, ERR_MISSING, "'%s' is not in %s%s", source, origin->name,
			       is_ignored(origin, clean) ? ": .dockerignore excludes it" : "");
	strlist_sort(&paths);
	strlist_done(ret_paths);
	*ret_paths = steal(&paths);
	return 0;
}

/* ---- one file ---- */

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);
	return !strncmp(path, dir, len) && path[len] == '/';
}

static void give_attributes(const struct origin *origin, const struct target *target,
			    struct entry *entry)
{
	if (target->sets_owner) {
		entry->uid = target->uid;
		entry->gid = target->gid;
	} else if (!origin->keeps_owner) {
		entry->uid = entry->gid = 0;
	}
	if (target->sets_mode)
		entry_set_mode(entry, target->mode);
}

/* What a directory that no source has is like. */
static struct entry plain_directory(const struct target *target)
{
	return (struct entry){
		.type = ENTRY_DIRECTORY,
		.mode = 0755,
		.uid = target->sets_owner ? target->uid : 0,
		.gid = target->sets_owner ? target->gid : 0,
		.mtime_ns = target->made_ns,
	};
}

/* The path of a file called `name`, its directories in the batch. */
static int place_file(const struct target *target, const char *name, struct batch *batch,
		      char **ret_path, struct err *err)
{
	struct entry directory = plain_directory(target);
	autofree char *path =
		target->is_directory ? path_join(target->path, name) : xstrdup(target->path);
	const char *slash = strrchr(path, '/');
	autofree char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	if (batch_add_directories(batch, dir, &directory, err))
		return -1;
	*ret_path = steal(&path);
	return 0;
}

int gather_text(const char *name, const char *text, const struct target *target,
		struct batch *batch, struct err *err)
{
	struct batch_item item = {
		.entry = {.type = ENTRY_FILE, .mode = 0644, .mtime_ns = target->made_ns},
		.rootfd = -1,
	};
	struct origin nowhere = {.rootfd = -1};

	give_attributes(&nowhere, target, &item.entry);
	if (place_file(target, path_base(name), batch, &item.entry.path, err))
		return -1;
	item.entry.size = strlen(text);
	item.bytes = xstrdup(text);
	return batch_add(batch, &item, err);
}

static int fd_path(int fd, char path[PATH_MAX], struct err *err)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, PATH_MAX - 1);
	if (len < 0)
		return err_sys(err, "reading '%s'", link);
	path[len] = '\0';
	return 0;
}

/* Links were followed, inside the root: the kernel knows where they led. */
static int real_path(int rootfd, int fd, char **ret_path, struct err *err)
{
	char root[PATH_MAX], path[PATH_MAX];

	if (fd_path(rootfd, root, err) || fd_path(fd, path, err))
		return -1;
	if (!is_below(path, root) && !text_eq(root, "/"))
		return err_set(err, ERR_CORRUPT, "'%s' was moved while it was read", path);
	*ret_path = xstrdup(path + strlen(root));
	return 0;
}

static int gather_file(const struct origin *origin, const char *path, const struct target *target,
		       struct batch *batch, struct err *err)
{
	struct batch_item item = {.rootfd = -1};
	autoclose int fd = -1;
	int dirfd = -1;
	const char *name;
	autofree char *real = NULL;

	if (beneath_open(origin->rootfd, path, O_PATH, 0, &fd, err) ||
	    real_path(origin->rootfd, fd, &real, err) ||
	    beneath_parent(origin->rootfd, real, &dirfd, &name, err))
		return -1;
	batch_hold(batch, dirfd);
	if (fstat(fd, &item.st))
		return err_sys(err, "looking at '%s'", path);
	int kind = attributes_read(dirfd, name, &item.st, &item.entry, err);
	if (kind <= 0)
		return kind; /* a socket */
	item.rootfd = dirfd;
	item.source = xstrdup(name);
	if (xattrs_read_at(dirfd, name, &item.entry.xattrs, err) ||
	    place_file(target, path_base(path), batch, &item.entry.path, err)) {
		entry_clear(&item.entry);
		free(item.source);
		return -1;
	}
	give_attributes(origin, target, &item.entry);
	return batch_add(batch, &item, err);
}

/* ---- one directory ---- */

struct gathering {
	const struct origin *origin;
	const struct target *target;
	struct batch *batch;
	const char *path; /* of the walk's root, in the origin */
	int rootfd;
	/* Ignored directories on the way to here: a file that a "!" brings back needs them. */
	struct {
		struct batch_item *items;
		size_t n, cap;
	} held;
};

static void held_pop(struct gathering *gathering)
{
	struct batch_item *item = &gathering->held.items[--gathering->held.n];
	entry_clear(&item->entry);
}

static void gathering_done(struct gathering *gathering)
{
	while (gathering->held.n)
		held_pop(gathering);
	vec_done(&gathering->held);
}

static void entry_copy(struct entry *dst, const struct entry *src)
{
	*dst = *src;
	dst->path = xstrdup(src->path);
	dst->target = xstrdup(src->target);
	dst->xattrs = (struct xattrs){0};
	for (size_t i = 0; i < src->xattrs.n; i++)
		xattrs_set(&dst->xattrs, src->xattrs.items[i].name, src->xattrs.items[i].value,
			   src->xattrs.items[i].len);
}

/* The walk's entry as it will stand in the layer. */
static struct batch_item item_of_visit(const struct gathering *gathering,
				       const struct tree_visit *visit)
{
	const struct target *target = gathering->target;
	struct batch_item item = {.rootfd = gathering->rootfd, .st = *visit->st};

	entry_copy(&item.entry, visit->entry);
	free(item.entry.path);
	item.entry.path = path_join(target->path, visit->entry->path);
	if (item.entry.type == ENTRY_HARDLINK) {
		free(item.entry.target);
		item.entry.target = path_join(target->path, visit->entry->target);
	}
	give_attributes(gathering->origin, target, &item.entry);
	return item;
}

static int add_held(struct gathering *gathering, const char *path, struct err *err)
{
	while (gathering->held.n &&
	       !is_below(path, gathering->held.items[gathering->held.n - 1].entry.path))
		held_pop(gathering);
	for (size_t i = 0; i < gathering->held.n; i++) {
		struct batch_item item = steal(&gathering->held.items[i]);
		if (batch_add(gathering->batch, &item, err))
			return -1;
	}
	gathering->held.n = 0;
	return 0;
}

static int visit_ignored(struct gathering *gathering, const struct tree_visit *visit)
{
	if (visit->entry->type != ENTRY_DIRECTORY || !gathering->origin->ignore->brings_back)
		return 1;
	struct batch_item item = item_of_visit(gathering, visit);
	while (gathering->held.n &&
	       !is_below(item.entry.path, gathering->held.items[gathering->held.n - 1].entry.path))
		held_pop(gathering);
	vec_push(&gathering->held, item);
	return 0;
}

static int gather_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct gathering *gathering = arg;
	autofree char *path = path_join(gathering->path, visit->entry->path);

	if (is_ignored(gathering->origin, path))
		return visit_ignored(gathering, visit);
	struct batch_item item = item_of_visit(gathering, visit);
	if (item.entry.type == ENTRY_FILE)
		item.source = xstrdup(visit->entry->path);
	if (gathering->held.n && add_held(gathering, item.entry.path, err)) {
		entry_clear(&item.entry);
		free(item.source);
		return -1;
	}
	return batch_add(gathering->batch, &item, err);
}

/* Directory times and owners are the source's but for the topmost's. */
static int gather_directory(const struct origin *origin, const char *path, int fd,
			    const struct target *target, struct batch *batch, struct err *err)
{
	static const struct tree_options options = {0};
	struct entry directory = plain_directory(target);
	cleanup(gathering_done) struct gathering gathering = {
		.origin = origin, .target = target, .batch = batch, .path = path, .rootfd = fd};

	batch_hold(batch, fd);
	if (target->is_file)
		return err_set(err, ERR_INPUT,
			       "'/%s' is not a directory, so no directory can be copied onto it",
			       target->path);
	if (batch_add_directories(batch, target->path, &directory, err))
		return -1;
	return tree_walk(fd, &options, gather_visit, &gathering, err);
}

int gather_path(const struct origin *origin, const char *path, const struct target *target,
		struct batch *batch, struct err *err)
{
	struct stat st;
	int fd;

	if (beneath_open(origin->rootfd, path, O_PATH, 0, &fd, err))
		return -1;
	int failed = fstat(fd, &st);
	close(fd);
	if (failed)
		return err_sys(err, "looking at '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return gather_file(origin, path, target, batch, err);
	if (beneath_open(origin->rootfd, path, O_RDONLY | O_DIRECTORY, 0, &fd, err))
		return -1;
	return gather_directory(origin, path, fd, target, batch, err);
}
