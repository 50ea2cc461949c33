/* scrub.c - the rows of scrub.conf carried out beneath a root, sparing what was injected.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/strlist.h"
#include "base/vec.h"

#include "base/banned.h"

#define LIMIT_SCRUB_DEPTH 256 /* directories; each is an open descriptor */

#define LIMIT_SCRUB_PATH 255 /* bytes of a pattern, and so of its components */

struct scrub {
	const struct map *keep;
	unsigned depth;
	struct scrub_result result;
};

/* One name in an open directory. `path` is relative to the root, for `keep`. */
typedef int (*action_fn)(struct scrub *scrub, int dirfd, const char *name, const char *path,
			 struct err *err);

static int remove_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
			struct err *err);

static bool is_kept(const struct scrub *scrub, const char *path)
{
	return map_has(scrub->keep, path);
}

static int open_dir(int dirfd, const char *name, int *ret_fd, struct err *err)
{
	*ret_fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? file_err(err, "opening", name) : 0;
}

static bool type_is(int dirfd, const char *name, mode_t type)
{
	struct stat st;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

static int each_below(struct scrub *scrub, int dirfd, const char *name, const char *path,
		      action_fn action, struct err *err)
{
	autoclose int fd = -1;
	autostrlist struct strlist names = {0};

	if (scrub->depth >= LIMIT_SCRUB_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d directories deep", LIMIT_SCRUB_DEPTH);
	if (open_dir(dirfd, name, &fd, err) || dir_list(fd, ".", &names, err))
		return -1;
	scrub->depth++;
	for (size_t i = 0; i < names.n; i++) {
		autofree char *below = path_join(path, names.items[i]);
		if (action(scrub, fd, names.items[i], below, err))
			return -1;
	}
	scrub->depth--;
	return 0;
}

/* A kept directory stays, but what is not kept in it goes. */
static int remove_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
			struct err *err)
{
	if (is_kept(scrub, path))
		return type_is(dirfd, name, S_IFDIR)
			       ? each_below(scrub, dirfd, name, path, remove_entry, err)
			       : 0;
	scrub->result.n_removed++;
	return tree_remove_at(dirfd, name, err);
}

static int empty_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
		       struct err *err)
{
	return type_is(dirfd, name, S_IFDIR)
		       ? each_below(scrub, dirfd, name, path, remove_entry, err)
		       : 0;
}

static int empty_files_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
			     struct err *err)
{
	if (type_is(dirfd, name, S_IFDIR))
		return each_below(scrub, dirfd, name, path, empty_files_entry, err);
	return is_kept(scrub, path) ? 0 : remove_entry(scrub, dirfd, name, path, err);
}

static int blank_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
		       struct err *err)
{
	if (!type_is(dirfd, name, S_IFREG) || is_kept(scrub, path))
		return 0;
	struct stat st;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_size == 0)
		return 0;
	autoclose int fd = openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_TRUNC);
	if (fd < 0)
		return file_err(err, "emptying", path);
	scrub->result.n_emptied++;
	return 0;
}

static int truncate_entry(struct scrub *scrub, int dirfd, const char *name, const char *path,
			  struct err *err)
{
	if (type_is(dirfd, name, S_IFDIR))
		return each_below(scrub, dirfd, name, path, truncate_entry, err);
	return blank_entry(scrub, dirfd, name, path, err);
}

static const struct action {
	const char *name;
	action_fn run;
} actions[] = {
	{"remove", remove_entry},     {"empty", empty_entry}, {"empty-files", empty_files_entry},
	{"truncate", truncate_entry}, {"blank", blank_entry},
};

struct row {
	const struct action *action;
	char *pattern; /* relative */
};
struct rows {
	struct row *items;
	size_t n, cap;
};

static void rows_done(struct rows *rows)
{
	vec_foreach(row, rows)
		free(row->pattern);
	vec_done(rows);
}

static const struct action *find_action(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_is(name, actions[i].name))
			return &actions[i];
	return NULL;
}

static int unknown_action(struct src_pos at, struct str name, struct err *err)
{
	const char *names[ARRAY_LEN(actions) + 1] = {0};
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		names[i] = actions[i].name;
	autofree char *word = str_dup(name);
	const char *nearest = str_nearest(word, names);
	return err_at(err, at, "unknown action '%s'%s%s%s", word, nearest ? " (did you mean '" : "",
		      nearest ? nearest : "", nearest ? "'?)" : "");
}

static int parse_row(struct str line, struct src_pos at, struct rows *rows, struct err *err)
{
	size_t n = 0;
	while (n < line.len && line.ptr[n] != ' ' && line.ptr[n] != '\t')
		n++;
	struct str name = {line.ptr, n};
	struct str path = str_trim((struct str){line.ptr + n, line.len - n});
	const struct action *action = find_action(name);

	if (!action)
		return unknown_action(at, name, err);
	if (!path.len || path.ptr[0] != '/')
		return err_at(err, at, "'%.*s' needs an absolute path", STR_ARG(name));
	while (path.len && path.ptr[0] == '/')
		path = (struct str){path.ptr + 1, path.len - 1};
	if (!path.len)
		return err_at(err, at, "the whole image cannot be scrubbed");
	if (memchr(path.ptr, '\0', path.len) || path.len > LIMIT_SCRUB_PATH)
		return err_at(err, at, "not a path");
	vec_push(rows, {action, str_dup(path)});
	return 0;
}

static int parse_rows(const char *file, struct str list, struct rows *rows, struct err *err)
{
	struct src_pos at = {.file = file};
	while (list.ptr && list.len) {
		struct str line = str_trim(str_cut(&list, '\n'));
		at.line++;
		if (line.len && line.ptr[0] != '#' && parse_row(line, at, rows, err))
			return -1;
	}
	return 0;
}

/* Walks the components of the pattern: a plain one is opened, one with a star is matched. */
static int match(struct scrub *scrub, const struct action *action, int dirfd, struct str pattern,
		 const char *path, struct err *err)
{
	struct str rest = pattern;
	autofree char *component = str_dup(str_cut(&rest, '/'));
	autostrlist struct strlist names = {0};

	if (dir_list(dirfd, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];
		if (fnmatch(component, name, FNM_PERIOD) != 0)
			continue;
		autofree char *below = path_join(path, name);
		if (!rest.ptr) {
			if (action->run(scrub, dirfd, name, below, err))
				return -1;
			continue;
		}
		autoclose int fd =
			openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && match(scrub, action, fd, rest, below, err))
			return -1;
	}
	return 0;
}

int scrub_apply(const char *file, struct str list, int rootfd, const struct map *keep,
		struct scrub_result *ret_result, struct err *err)
{
	cleanup(rows_done) struct rows rows = {0};
	struct scrub scrub = {.keep = keep};

	if (parse_rows(file, list, &rows, err))
		return -1;
	vec_foreach(row, &rows)
		if (match(&scrub, row->action, rootfd, str_of(row->pattern), "", err))
			return err_wrap(err, "scrubbing '/%s'", row->pattern);
	*ret_result = scrub.result;
	return 0;
}

int scrub_check(const char *file, struct str list, size_t *ret_n_rows, struct err *err)
{
	cleanup(rows_done) struct rows rows = {0};

	if (parse_rows(file, list, &rows, err))
		return -1;
	*ret_n_rows = rows.n;
	return 0;
}
