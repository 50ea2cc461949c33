/* functions_file.c - salt['file.*']: paths and what they hold, below the world's root.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/strlist.h"
#include "states/functions_system.h"
#include "states/text_file.h"
#include "value/list.h"

#include "base/banned.h"

int fn_file_basename(struct call *call, struct value *ret_value, struct err *err)
{
	const char *path;

	if (call_need_text(call, "file.basename", 0, "path", &path, err))
		return -1;
	*ret_value = value_cstr(call->heap, path_base(path));
	return 0;
}

/* os.path.dirname: what stands before the last slash, its own slashes cut unless it is the root. */
int fn_file_dirname(struct call *call, struct value *ret_value, struct err *err)
{
	const char *path;

	if (call_need_text(call, "file.dirname", 0, "path", &path, err))
		return -1;
	size_t len = (size_t)(path_base(path) - path), cut = len;
	while (cut && path[cut - 1] == '/')
		cut--;
	*ret_value = value_text(call->heap, (struct str){path, cut ? cut : len});
	return 0;
}

/* os.path.join: an absolute part starts anew. */
int fn_file_join(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf path = {0};

	for (size_t i = 0; i < call->n_args; i++) {
		const char *part = call_text_argument(call, i, "");
		if (!part)
			return err_set(err, ERR_INPUT, "file.join() takes texts");
		if (part[0] == '/')
			buf_truncate(&path, 0);
		else if (path.len && path.ptr[path.len - 1] != '/')
			buf_putc(&path, '/');
		buf_puts(&path, part);
	}
	if (buf_check(&path, "a path", err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&path));
	return 0;
}

/* What a path leads to, links followed; false: nothing. */
static bool stat_path(struct call *call, const char *path, struct stat *ret_st)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};

	return !beneath_open(call_system(call)->rootfd, path, O_PATH, 0, &fd, &err) &&
	       !fstat(fd, ret_st);
}

static int mode_function(struct call *call, const char *function, mode_t type,
			 struct value *ret_value, struct err *err)
{
	const char *path;
	struct stat st;

	if (call_need_text(call, function, 0, "path", &path, err))
		return -1;
	*ret_value =
		value_bool(stat_path(call, path, &st) && (!type || (st.st_mode & S_IFMT) == type));
	return 0;
}

int fn_file_file_exists(struct call *call, struct value *ret_value, struct err *err)
{
	return mode_function(call, "file.file_exists", S_IFREG, ret_value, err);
}

int fn_file_directory_exists(struct call *call, struct value *ret_value, struct err *err)
{
	return mode_function(call, "file.directory_exists", S_IFDIR, ret_value, err);
}

/* A glob in the last component; without one, whether it exists. */
int fn_file_path_exists(struct call *call, struct value *ret_value, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	autoerr struct err ignored = {0};
	const char *path;

	if (call_need_text(call, "file.path_exists_glob", 0, "path", &path, err))
		return -1;
	const char *base = path_base(path);
	if (!strpbrk(base, "*?["))
		return mode_function(call, "file.path_exists_glob", 0, ret_value, err);
	autofree char *dir = xstrndup(path, (size_t)(base - path));
	*ret_value = value_bool(false);
	if (beneath_open(call_system(call)->rootfd, dir, O_RDONLY | O_DIRECTORY, 0, &fd,
			 &ignored) ||
	    dir_list(fd, ".", &names, &ignored))
		return 0;
	for (size_t i = 0; i < names.n; i++)
		if (str_glob(base, names.items[i]))
			*ret_value = value_bool(true);
	return 0;
}

int fn_file_is_link(struct call *call, struct value *ret_value, struct err *err)
{
	autoerr struct err missing = {0};
	const char *path;
	struct stat st;

	if (call_need_text(call, "file.is_link", 0, "path", &path, err))
		return -1;
	*ret_value = value_bool(!beneath_stat(call_system(call)->rootfd, path, &st, &missing) &&
				S_ISLNK(st.st_mode));
	return 0;
}

int fn_file_readlink(struct call *call, struct value *ret_value, struct err *err)
{
	autoclose int dirfd = -1;
	char target[PATH_MAX];
	const char *path, *name;

	if (call_need_text(call, "file.readlink", 0, "path", &path, err) ||
	    beneath_parent(call_system(call)->rootfd, path, &dirfd, &name, err))
		return -1;
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target));
	if (len < 0)
		return file_err(err, "reading link", path);
	*ret_value = value_text(call->heap, (struct str){target, (size_t)len});
	return 0;
}

static int read_text(struct call *call, const char *path, struct buf *text, struct err *err)
{
	bool exists;

	if (text_file_read(call_system(call), path, text, &exists, err))
		return -1;
	if (!exists)
		return err_set(err, ERR_MISSING, "No such file or directory: '%s'", path);
	return heap_room(call->heap, text->len, err);
}

int fn_file_read(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf text = {0};
	const char *path;

	if (call_need_text(call, "file.read", 0, "path", &path, err) ||
	    read_text(call, path, &text, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(&text));
	return 0;
}

int fn_file_contains(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf text = {0};
	autoerr struct err missing = {0};
	const char *path, *wanted;

	if (call_need_text(call, "file.contains", 0, "path", &path, err) ||
	    call_need_text(call, "file.contains", 1, "text", &wanted, err))
		return -1;
	struct str word = str_trim(str_of(wanted));
	*ret_value = value_bool(!read_text(call, path, &text, &missing) && text.len &&
				memmem(text.ptr, text.len, word.ptr, word.len) != NULL);
	return 0;
}

/* ".", ".." and the names, as the reference has it. */
int fn_file_readdir(struct call *call, struct value *ret_value, struct err *err)
{
	autostrlist struct strlist names = {0};
	autoclose int fd = -1;
	const char *path;

	if (call_need_text(call, "file.readdir", 0, "path", &path, err) ||
	    beneath_open(call_system(call)->rootfd, path, O_RDONLY | O_DIRECTORY, 0, &fd, err) ||
	    dir_list(fd, ".", &names, err))
		return -1;
	struct list *list = list_new(call->heap, names.n + 2);
	list_push(call->heap, list, value_literal("."));
	list_push(call->heap, list, value_literal(".."));
	for (size_t i = 0; i < names.n; i++)
		list_push(call->heap, list, value_cstr(call->heap, names.items[i]));
	*ret_value = value_of_list(list);
	return 0;
}
