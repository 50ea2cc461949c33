/* file_clean.c - removing from a directory what nobody manages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_clean.h"

#include <fcntl.h>

#include "base/io.h"
#include "state/chunk.h"
#include "states/file_tree.h"
#include "states/place.h"
#include "value/list.h"

#include "base/banned.h"

static void add(struct heap *heap, struct dict **dict, const char *path)
{
	if (!*dict)
		*dict = dict_new(heap);
	dict_set(heap, *dict, path, value_none());
}

void clean_keep(struct state_call *call, struct clean_request *request, const char *path)
{
	while (*path == '/' && !text_eq(path, "/")) {
		add(call->heap, &request->keep, path);
		path = place_dir(call->heap, path);
	}
}

static void keep_managed(struct state_call *call, struct clean_request *request,
			 const struct chunk *other)
{
	if (!text_eq(other->state, "file") || !other->name || text_eq(other->fun, "absent"))
		return;
	const char *path = place_dir_name(call->world, other->name);
	clean_keep(call, request, path);
	if (!text_eq(path, request->path) && place_is_dir(call->world, path))
		add(call->heap, &request->keep_trees, path);
}

/* require and watch stand first among the requisites */
static bool needs(const struct requisite *requisite)
{
	return requisite->kind <= REQ_WATCH_ANY;
}

void clean_keep_related(struct state_call *call, struct clean_request *request)
{
	const struct chunk *chunk = call->chunk;

	for (size_t i = 0; chunk && i < chunk->requisites.n; i++) {
		const struct requisite *requisite = &chunk->requisites.items[i];
		for (size_t j = 0; needs(requisite) && j < requisite->targets.n; j++)
			keep_managed(call, request, requisite->targets.items[j]);
	}
	/* what comes after it in this run would be made anew in every run */
	for (size_t i = 0; chunk && i < chunk->needed_by.n; i++)
		keep_managed(call, request, chunk->needed_by.items[i]);
}

struct cleaning {
	struct state_call *call;
	const struct clean_request *request;
	struct list *removed;
	bool finds_excluded; /* of has_excluded's walk */
};

static bool is_excluded(struct cleaning *cleaning, const char *path)
{
	const char *rel = path + strlen(cleaning->request->path) + 1;

	return patterns_match(cleaning->call->heap, cleaning->request->exclude_pat, rel);
}

static int find_excluded(void *arg, const struct tree_entry *entry, struct err *err)
{
	struct cleaning *cleaning = arg;

	if (is_excluded(cleaning, entry->path))
		cleaning->finds_excluded = true;
	return !cleaning->finds_excluded;
}

/* A directory goes as a whole only when nothing in it is to stay. */
static int has_excluded(struct cleaning *cleaning, const struct tree_entry *entry, bool *ret_has,
			struct err *err)
{
	autoclose int fd = -1;

	*ret_has = false;
	if (!S_ISDIR(entry->st.st_mode) || !cleaning->request->exclude_pat)
		return 0;
	cleaning->finds_excluded = false;
	fd = openat(entry->dirfd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", entry->path);
	if (entries_walk(cleaning->call->heap, &fd, entry->path, find_excluded, cleaning, err))
		return -1;
	*ret_has = cleaning->finds_excluded;
	return 0;
}

static void tell(struct cleaning *cleaning, const char *path)
{
	struct heap *heap = cleaning->call->heap;
	struct dict *what = dict_new(heap);

	dict_set(heap, what, "removed", value_literal("Removed due to clean"));
	dict_set(heap, cleaning->request->changes, path, value_of_dict(what));
}

static int tell_entry(void *arg, const struct tree_entry *entry, struct err *err)
{
	tell(arg, entry->path);
	return 1;
}

/* It and all that is in it. */
static int tell_all(struct cleaning *cleaning, const struct tree_entry *entry, struct err *err)
{
	if (!cleaning->request->changes)
		return 0;
	tell(cleaning, entry->path);
	if (!S_ISDIR(entry->st.st_mode))
		return 0;
	autoclose int fd =
		openat(entry->dirfd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return file_err(err, "opening directory", entry->path);
	return entries_walk(cleaning->call->heap, &fd, entry->path, tell_entry, cleaning, err);
}

static int clean_entry(void *arg, const struct tree_entry *entry, struct err *err)
{
	struct cleaning *cleaning = arg;
	const struct clean_request *request = cleaning->request;
	struct heap *heap = cleaning->call->heap;
	bool has;

	if (request->keep_trees && dict_get(request->keep_trees, entry->path))
		return 0;
	if (is_excluded(cleaning, entry->path))
		return 0;
	if (request->keep && dict_get(request->keep, entry->path))
		return 1;
	if (has_excluded(cleaning, entry, &has, err))
		return -1;
	if (has)
		return 1;
	list_push(heap, cleaning->removed, value_cstr(heap, entry->path));
	if (tell_all(cleaning, entry, err))
		return -1;
	if (!cleaning->call->is_test && tree_remove_at(entry->dirfd, entry->name, err))
		return -1;
	return 0;
}

int clean_directory(struct state_call *call, const struct clean_request *request,
		    struct list **ret_removed, struct err *err)
{
	autoclose int fd = -1;
	struct cleaning cleaning = {call, request, list_new(call->heap, 4), false};

	if (place_check_links(call->world, request->path, LINKS_FOLLOWED, err) ||
	    place_open(call->world, request->path, O_RDONLY | O_DIRECTORY, &fd, err) ||
	    entries_walk(call->heap, &fd, request->path, clean_entry, &cleaning, err))
		return -1;
	*ret_removed = cleaning.removed;
	return 0;
}
