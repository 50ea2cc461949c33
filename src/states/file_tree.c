/* file_tree.c - walking a directory that may be changed by others meanwhile.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_tree.h"

#include <errno.h>
#include <fcntl.h>

#include "base/io.h"
#include "base/strlist.h"
#include "states/limits.h"
#include "value/list.h"
#include "value/regex.h"

#include "base/banned.h"

struct walk {
	struct heap *heap;
	tree_fn *told;
	void *arg;
	size_t prefix_len;
};

/* NOLINTBEGIN(misc-no-recursion): LIMIT_TREE bounds it */
static int walk_dir(const struct walk *walk, int dirfd, const char *path, int depth,
		    struct err *err);

static int walk_entry(const struct walk *walk, int dirfd, const char *dir, const char *name,
		      int depth, struct err *err)
{
	struct tree_entry entry = {
		.path = heap_printf(walk->heap, "%s/%s", text_eq(dir, "/") ? "" : dir, name),
		.dirfd = dirfd,
		.name = name,
		.depth = depth};

	if (fstatat(dirfd, name, &entry.st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : file_err(err, "examining", entry.path);
	entry.rel = entry.path + walk->prefix_len;
	int enters = walk->told(walk->arg, &entry, err);
	if (enters <= 0 || !S_ISDIR(entry.st.st_mode))
		return enters < 0 ? -1 : 0;
	autoclose int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : file_err(err, "opening directory", entry.path);
	return walk_dir(walk, fd, entry.path, depth + 1, err);
}

static int walk_dir(const struct walk *walk, int dirfd, const char *path, int depth,
		    struct err *err)
{
	autostrlist struct strlist names = {0};

	if (depth > LIMIT_TREE)
		return err_set(err, ERR_LIMIT, "'%s' is more than %d directories deep", path,
			       LIMIT_TREE);
	if (dir_list(dirfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (walk_entry(walk, dirfd, path, names.items[i], depth, err))
			return -1;
	return 0;
}
/* NOLINTEND(misc-no-recursion) */

int entries_walk(struct heap *heap, int *dirfd, const char *path, tree_fn *told, void *arg,
		 struct err *err)
{
	autoclose int fd = steal_fd(dirfd);
	struct walk walk = {heap, told, arg, text_eq(path, "/") ? 1 : strlen(path) + 1};

	return walk_dir(&walk, fd, path, 0, err);
}

static bool regex_matches(struct heap *heap, struct str pattern, struct str text)
{
	autoerr struct err err = {0};
	struct regex *regex;
	struct regex_match match;

	return regex_compile(heap, pattern, 0, &regex, &err) == 0 &&
	       regex_search(regex, text, 0, false, &match, &err) > 0;
}

bool patterns_match(struct heap *heap, struct list *patterns, const char *rel)
{
	for (size_t i = 0; patterns && i < patterns->n; i++) {
		if (!value_is_string(patterns->items[i]))
			continue;
		const char *pattern = heap_strdup(heap, value_bytes(patterns->items[i]));
		bool matches = text_starts(pattern, "E@")
				       ? regex_matches(heap, str_of(pattern + 2), str_of(rel))
				       : str_glob(pattern, rel);
		if (matches)
			return true;
	}
	return false;
}
