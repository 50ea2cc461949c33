/* target.c - where an archive goes: beside the place it is asked for, then renamed to it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/random.h"
#include "image/image_private.h"

#include "base/banned.h"

#define UNIQUE_DIGITS 8

/* "dir/.name.<hex>": in the same directory, so that the rename stays in one file system. */
static char *beside(const char *path)
{
	const char *base = path_base(path);
	char unique[UNIQUE_DIGITS + 1];

	random_hex(unique, UNIQUE_DIGITS);
	return xasprintf("%.*s.%s.%s", (int)(base - path), path, base, unique);
}

void target_done(struct target *target)
{
	autoerr struct err ignored = {0};

	if (target->tmp_path && tree_remove_at(AT_FDCWD, target->tmp_path, &ignored))
		err_clear(&ignored); /* the archive failed already: that is what is told */
	if (target->path)
		mem_close_at(&target->fd);
	free(target->path);
	free(target->tmp_path);
	*target = (struct target){.fd = -1};
}

/* Without a name where the file system can do that: then not even a kill leaves anything. */
static int open_unnamed(const char *path)
{
	autofree char *dir = xstrndup(path, (size_t)(path_base(path) - path));

	return open(dir[0] ? dir : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
}

static int open_beside(struct target *target)
{
	int fd = open_unnamed(target->path);

	target->is_unnamed = fd >= 0;
	if (fd >= 0)
		return fd;
	return open(target->tmp_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

int target_open(const char *path, struct target *ret_target, struct err *err)
{
	struct stat st;

	if (text_eq(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return err_set(err, ERR_INPUT,
				       "an archive is not written to a terminal: use -o FILE, or "
				       "redirect the output");
		*ret_target = (struct target){.fd = STDOUT_FILENO};
		return 0;
	}
	bool is_special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
	if (is_special && S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is a directory", path);
	struct target target = {.path = xstrdup(path),
				.tmp_path = is_special ? NULL : beside(path)};
	target.fd = is_special ? open(path, O_WRONLY | O_CLOEXEC) : open_beside(&target);
	if (target.fd < 0) {
		int result = file_err(err, "making", path);
		free(steal(&target.tmp_path));
		target_done(&target);
		return result;
	}
	*ret_target = target;
	return 0;
}

/* An existing empty directory is as good as none: rename replaces it. */
static bool is_free(const char *path)
{
	autostrlist struct strlist names = {0};
	autoerr struct err ignored = {0};
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT;
	return S_ISDIR(st.st_mode) && dir_list(AT_FDCWD, path, &names, &ignored) == 0 && !names.n;
}

int target_open_dir(const char *path, struct target *ret_target, struct err *err)
{
	struct target target = {.fd = -1};
	size_t len = strlen(path);

	if (text_eq(path, "-"))
		return err_set(err, ERR_INPUT, "a directory is not written to stdout: use -o DIR");
	while (len > 1 && path[len - 1] == '/')
		len--;
	target.path = xstrndup(path, len);
	if (!is_free(target.path)) {
		target_done(&target);
		return err_set(err, ERR_EXISTS, "'%s' exists", path);
	}
	target.tmp_path = beside(target.path);
	if (mkdir(target.tmp_path, 0755)) {
		int result = file_err(err, "making", path);
		free(steal(&target.tmp_path));
		target_done(&target);
		return result;
	}
	if (dir_open_at(AT_FDCWD, target.tmp_path, &target.fd, err)) {
		target_done(&target);
		return -1;
	}
	*ret_target = target;
	return 0;
}

int target_commit(struct target *target, struct err *err)
{
	if (!target->tmp_path)
		return 0;
	if (target->is_unnamed) {
		autofree char *unnamed = xasprintf("/proc/self/fd/%d", target->fd);
		if (linkat(AT_FDCWD, unnamed, AT_FDCWD, target->tmp_path, AT_SYMLINK_FOLLOW))
			return err_sys(err, "making '%s'", target->path);
	}
	if (rename(target->tmp_path, target->path))
		return err_sys(err, "making '%s'", target->path);
	free(steal(&target->tmp_path));
	return 0;
}
