/* watcher.c - files that are watched by their directories, so that replacing them is seen too.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Certificates are replaced through links far from their names (certbot's live/, the ..data of
 * orchestrators), so any event in a directory only means: look at the files again. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vec.h"
#include "service/service_private.h"

#include "base/banned.h"

#define SETTLE_MS                                                                      \
	1000 /* as docker_auth waits: a file that is still being written is left alone \
	      */
#define EVENTS                                                                              \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | \
	 IN_ONLYDIR)

struct watched {
	char *path;
	struct stat st; /* st_ino 0: it is not there */
};
struct watcher {
	struct loop *loop;
	struct loop_source *source, *timer;
	int fd;
	struct watched_vec {
		struct watched *items;
		size_t n, cap;
	} files;
	watcher_fn *changed;
	void *arg;
};

static void look(struct watched *file)
{
	if (stat(file->path, &file->st))
		memset(&file->st, 0, sizeof(file->st));
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A file that is gone will be back: editors and tools remove before they write. */
static bool has_changed(struct watcher *watcher)
{
	bool changed = false;

	vec_foreach(file, &watcher->files) {
		struct watched now = {.path = file->path};
		look(&now);
		if (!now.st.st_ino) {
			log_debug("'%s' is gone, waiting for it", file->path);
			return false;
		}
		changed |= !is_same(&now.st, &file->st);
	}
	return changed;
}

static int settled(struct loop_source *source, void *arg, struct err *err)
{
	struct watcher *watcher = arg;

	loop_remove(watcher->timer);
	watcher->timer = NULL;
	if (!has_changed(watcher))
		return 0;
	watcher->changed(watcher->arg);
	return 0;
}

static int heard(struct loop_source *source, int fd, uint32_t events, void *arg, struct err *err)
{
	struct watcher *watcher = arg;
	char bytes[sizeof(struct inotify_event) + NAME_MAX + 1];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue; /* which file does not matter */
	loop_remove(watcher->timer);
	watcher->timer = NULL;
	return loop_add_timer(watcher->loop, SETTLE_MS, settled, watcher, &watcher->timer, err);
}

static void unlisten(struct watcher *watcher)
{
	loop_remove(watcher->source);
	loop_remove(watcher->timer);
	watcher->source = watcher->timer = NULL;
	if (watcher->fd >= 0)
		close(watcher->fd);
	watcher->fd = -1;
}

static void files_done(struct watched_vec *files)
{
	vec_foreach(file, files)
		free(file->path);
	vec_done(files);
}

static int listen_to(struct watcher *watcher, struct err *err)
{
	watcher->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watcher->fd < 0)
		return err_sys(err, "watching the configuration");
	vec_foreach(file, &watcher->files) {
		const char *slash = strrchr(file->path, '/');
		autofree char *dir = slash ? xstrndup(file->path, (size_t)(slash - file->path) + 1)
					   : xstrdup(".");
		if (inotify_add_watch(watcher->fd, dir, EVENTS) < 0)
			log_warn("'%s' cannot be watched, ignoring: its changes need SIGHUP",
				 file->path);
	}
	return loop_add_fd(watcher->loop, watcher->fd, EPOLLIN, heard, watcher, &watcher->source,
			   err);
}

/* As it was when we last looked, if we did: it may have changed since. */
static void add_file(struct watcher *watcher, const struct watched_vec *known, const char *path)
{
	struct watched *file = vec_add(&watcher->files);

	file->path = xstrdup(path);
	vec_foreach(other, known)
		if (text_eq(other->path, path)) {
			file->st = other->st;
			return;
		}
	look(file);
}

int watcher_set(struct watcher *watcher, const struct strlist *files, struct err *err)
{
	struct watched_vec known = watcher->files;

	unlisten(watcher);
	watcher->files = (struct watched_vec){0};
	for (size_t i = 0; i < files->n; i++)
		add_file(watcher, &known, files->items[i]);
	files_done(&known);
	if (listen_to(watcher, err))
		return -1;
	/* What has changed while it was being read. */
	return loop_add_timer(watcher->loop, SETTLE_MS, settled, watcher, &watcher->timer, err);
}

void watcher_look(struct watcher *watcher)
{
	vec_foreach(file, &watcher->files)
		look(file);
}

int watcher_new(struct loop *loop, const struct strlist *files, watcher_fn *changed, void *arg,
		struct watcher **ret_watcher, struct err *err)
{
	struct watcher *watcher = xcalloc(1, sizeof(*watcher));

	watcher->loop = loop;
	watcher->fd = -1;
	watcher->changed = changed;
	watcher->arg = arg;
	if (watcher_set(watcher, files, err)) {
		watcher_free(watcher);
		return -1;
	}
	*ret_watcher = watcher;
	return 0;
}

void watcher_free(struct watcher *watcher)
{
	if (!watcher)
		return;
	unlisten(watcher);
	files_done(&watcher->files);
	free(watcher);
}
