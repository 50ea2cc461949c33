/* view.c - paths through unpacked layers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/view.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "build/limits.h"

#include "base/banned.h"

int view_open(struct store *store, const struct layer_meta *layers, size_t n_layers,
	      struct view *ret_view, struct err *err)
{
	cleanup(view_done) struct view view = {.fds = xcalloc(n_layers + 1, sizeof(int))};

	for (size_t i = n_layers; i-- > 0;) {
		if (store_open_layer(store, &layers[i].chain_id, &view.fds[view.n], err))
			return -1;
		view.n++;
	}
	*ret_view = steal(&view);
	return 0;
}

struct lower view_lower(const struct view *view)
{
	return (struct lower){view->fds, view->n};
}

void view_done(struct view *view)
{
	for (size_t i = 0; i < view->n; i++)
		close(view->fds[i]);
	free(view->fds);
	*view = (struct view){0};
}

void view_place_done(struct view_place *place)
{
	free(place->path);
	*place = (struct view_place){0};
}

/* 1: `path` is there, *ret_layer has it; 0: not; -1. */
static int view_find(const struct view *view, const char *path, size_t *ret_layer,
		     struct stat *ret_st, struct err *err)
{
	struct lower lower = view_lower(view);
	autoerr struct err why = {0};

	if (!view->n)
		return 0;
	if (!lower_find(&lower, path, ret_layer, ret_st, &why))
		return 1;
	if (why.kind == ERR_MISSING)
		return 0;
	err_move(err, &why);
	return -1;
}

/* ---- resolving: `todo` is what has still to be walked, `place` where we are ---- */

struct resolving {
	const struct view *view;
	struct strlist todo; /* the next component first */
	struct view_place place;
	const char *asked;
	unsigned n_links;
};

static void resolving_done(struct resolving *resolving)
{
	strlist_done(&resolving->todo);
	view_place_done(&resolving->place);
}

static void todo_prepend(struct strlist *todo, const char *path)
{
	struct strlist joined = {0};

	strlist_split(&joined, str_of(path), '/');
	strlist_add_all(&joined, todo);
	strlist_done(todo);
	*todo = joined;
}

static void go_to_root(struct view_place *place)
{
	free(place->path);
	*place = (struct view_place){
		.path = xstrdup(""), .exists = true, .st = {.st_mode = S_IFDIR | 0755}};
}

static void go_up(struct view_place *place)
{
	char *slash = strrchr(place->path, '/');
	if (!slash) {
		go_to_root(place);
		return;
	}
	*slash = '\0'; /* what holds something that exists is a directory */
	place->st.st_mode = S_IFDIR | 0755;
}

static int follow(struct resolving *resolving, const char *path, size_t layer, struct err *err)
{
	char target[PATH_MAX];
	autoclose int dirfd = -1;
	const char *name;

	if (++resolving->n_links > LIMIT_LINKS_FOLLOWED)
		return err_set(err, ERR_INPUT, "'%s': too many symbolic links on the way",
			       resolving->asked);
	if (beneath_parent(resolving->view->fds[layer], path, &dirfd, &name, err))
		return -1;
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target) - 1);
	if (len < 0)
		return err_sys(err, "reading the link '%s'", path);
	target[len] = '\0';
	todo_prepend(&resolving->todo, target);
	if (target[0] == '/')
		go_to_root(&resolving->place);
	return 0;
}

static int step(struct resolving *resolving, const char *name, struct err *err)
{
	struct view_place *place = &resolving->place;
	size_t layer = 0;
	struct stat st = {0};

	if (!*name || text_eq(name, "."))
		return 0;
	if (text_eq(name, "..")) {
		go_up(place);
		return 0;
	}
	if (place->exists && !S_ISDIR(place->st.st_mode))
		return err_set(err, ERR_INPUT, "'%s': '/%s' is not a directory", resolving->asked,
			       place->path);
	autofree char *path = path_join(place->path, name);
	int found = place->exists ? view_find(resolving->view, path, &layer, &st, err) : 0;
	if (found < 0)
		return -1;
	if (found && S_ISLNK(st.st_mode))
		return follow(resolving, path, layer, err);
	free(place->path);
	place->path = steal(&path);
	place->exists = found;
	place->st = st;
	return 0;
}

int view_resolve(const struct view *view, const char *path, struct view_place *ret_place,
		 struct err *err)
{
	cleanup(resolving_done) struct resolving resolving = {.view = view, .asked = path};

	strlist_split(&resolving.todo, str_of(path), '/');
	go_to_root(&resolving.place);
	while (resolving.todo.n) {
		autofree char *name = xstrdup(resolving.todo.items[0]);
		strlist_remove_at(&resolving.todo, 0);
		if (step(&resolving, name, err))
			return -1;
	}
	*ret_place = steal(&resolving.place);
	return 0;
}

int view_read(const struct view *view, const char *path, struct buf *ret_buf, struct err *err)
{
	cleanup(view_place_done) struct view_place place = {0};
	autoclose int dirfd = -1;
	struct stat st;
	size_t layer;
	const char *name;

	if (view_resolve(view, path, &place, err))
		return -1;
	if (!place.exists || !S_ISREG(place.st.st_mode))
		return 0;
	if (view_find(view, place.path, &layer, &st, err) <= 0)
		return -1;
	if (beneath_parent(view->fds[layer], place.path, &dirfd, &name, err))
		return -1;
	return file_read_at(dirfd, name, LIMIT_VIEW_FILE_BYTES, ret_buf, err);
}
