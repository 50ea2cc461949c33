/* source_list.c - the names of all SLS that the roots have.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "base/vec.h"
#include "state/limits.h"
#include "state/world.h"

#include "base/banned.h"

/* "a/b.sls" → "a.b"; "a/init.sls" → "a"; others are none. */
static void name_add(struct strlist *names, const char *prefix, const char *path)
{
	autobuf struct buf name = {0};

	if (!text_ends(path, ".sls"))
		return;
	if (prefix && *prefix)
		buf_printf(&name, "%s/", prefix);
	buf_append(&name, path, strlen(path) - strlen(".sls"));
	if (text_ends(buf_text(&name), "/init"))
		buf_truncate(&name, name.len - strlen("/init"));
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == '/')
			name.ptr[i] = '.';
	strlist_take(names, buf_steal(&name));
}

/* Directories wait in a list: no depth of theirs is a depth of ours. */
static int dir_walk(const struct file_root *root, const char *path, struct strlist *waiting,
		    struct strlist *names, struct err *err)
{
	autoclose int fd = -1;

	if (dir_open_at(root->dirfd, *path ? path : ".", &fd, err))
		return -1;
	DIR *stream = dir_stream(&fd);
	if (!stream)
		return err_sys(err, "reading '%s/%s'", root->path, path);
	for (struct dirent *entry; (entry = readdir(stream));) {
		autofree char *name =
			*path ? path_join(path, entry->d_name) : xstrdup(entry->d_name);
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, "..") ||
		    text_eq(entry->d_name, ".git"))
			continue;
		if (entry->d_type == DT_DIR)
			strlist_take(waiting, steal(&name));
		else
			name_add(names, root->prefix, name);
	}
	closedir(stream);
	return 0;
}

static int root_walk(const struct file_root *root, struct strlist *names, struct err *err)
{
	struct strlist waiting = {0};
	int status = 0;

	if (root->dirfd < 0) /* what the program carries is asked for by name: "*" is the user's */
		return 0;
	strlist_add(&waiting, "");
	for (size_t i = 0; i < waiting.n && !status; i++) {
		if (i >= LIMIT_ROOT_DIRS)
			status = err_set(err, ERR_LIMIT, "'%s' has more than %d directories",
					 root->path, LIMIT_ROOT_DIRS);
		else
			status = dir_walk(root, waiting.items[i], &waiting, names, err);
	}
	strlist_done(&waiting);
	return status;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int source_list_states(struct world *world, struct strlist *ret_names, struct err *err)
{
	struct strlist names = {0};

	vec_foreach(root, &world->roots) {
		if (root_walk(root, &names, err)) {
			strlist_done(&names);
			return -1;
		}
	}
	if (names.n)
		qsort(names.items, names.n, sizeof(*names.items), by_text);
	for (size_t i = 0; i < names.n; i++)
		if (i == 0 || !text_eq(names.items[i], names.items[i - 1]))
			strlist_add(ret_names, names.items[i]);
	strlist_done(&names);
	return 0;
}
