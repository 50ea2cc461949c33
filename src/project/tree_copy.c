/* tree_copy.c - makes one directory the mirror of another.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/tree_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"
#include "project/limits.h"

#include "base/banned.h"

struct mirror {
	struct tree_copied *copied;
	struct buf path;
	int depth;
	struct err *err;
};

static int failed(struct mirror *mirror, const char *doing)
{
	return file_err(mirror->err, doing, mirror->path.len ? buf_text(&mirror->path) : ".");
}

static bool same_time(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_unchanged(const struct stat *from, const struct stat *to)
{
	return S_ISREG(from->st_mode) && from->st_mode == to->st_mode &&
	       from->st_size == to->st_size && same_time(from, to) && from->st_uid == to->st_uid &&
	       from->st_gid == to->st_gid;
}

/* Attributes of the open file; file systems without them are no failure. */
static int copy_attributes(struct mirror *mirror, int from, int to)
{
	ssize_t n = flistxattr(from, NULL, 0);

	if (n < 0)
		return errno == EOPNOTSUPP || errno == ENOSYS
			       ? 0
			       : failed(mirror, "reading attributes of");
	if (n == 0)
		return 0;
	autofree char *names = xcalloc(1, (size_t)n + 1);
	autofree char *value = xcalloc(1, XATTR_SIZE_MAX);
	n = flistxattr(from, names, (size_t)n);
	if (n < 0)
		return failed(mirror, "reading attributes of");
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		ssize_t len = fgetxattr(from, name, value, XATTR_SIZE_MAX);
		if (len < 0 && errno == ENODATA)
			continue;
		if (len < 0 || (fsetxattr(to, name, value, (size_t)len, 0) && errno != EOPNOTSUPP))
			return failed(mirror, "copying attributes of");
	}
	return 0;
}

/* Last: writing and chown change what is set here. */
static int finish(struct mirror *mirror, int from, int to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(to, st->st_uid, st->st_gid))
		return failed(mirror, "giving an owner to");
	if (copy_attributes(mirror, from, to))
		return -1;
	if (fchmod(to, st->st_mode & 07777))
		return failed(mirror, "changing the mode of");
	return futimens(to, times) ? failed(mirror, "setting the time of") : 0;
}

/* Written beside and renamed: an archive that was cut short has whole files only. */
static int copy_file(struct mirror *mirror, int from_dir, int to_dir, const char *name,
		     const struct stat *st)
{
	char beside[32];
	autoclose int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (from < 0)
		return failed(mirror, "opening");
	snprintf(beside, sizeof(beside), ".mirror-%d", getpid());
	unlinkat(to_dir, beside, 0);
	autoclose int to = openat(to_dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return failed(mirror, "making a copy of");
	if (io_copy(from, to, UINT64_MAX, mirror->err))
		return err_wrap(mirror->err, "copying '%s'", buf_text(&mirror->path));
	if (finish(mirror, from, to, st))
		return -1;
	if (renameat(to_dir, beside, to_dir, name))
		return failed(mirror, "naming the copy of");
	mirror->copied->files++;
	mirror->copied->bytes += (uint64_t)st->st_size;
	return 0;
}

static int copy_link(struct mirror *mirror, int from_dir, int to_dir, const char *name,
		     const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (n < 0)
		return failed(mirror, "reading the link");
	target[n] = '\0';
	if (symlinkat(target, to_dir, name) ||
	    fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ||
	    utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW))
		return failed(mirror, "making the link");
	return 0;
}

static int copy_node(struct mirror *mirror, int to_dir, const char *name, const struct stat *st)
{
	if (S_ISSOCK(st->st_mode))
		return 0;
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) ||
	    fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(to_dir, name, st->st_mode & 07777, AT_SYMLINK_NOFOLLOW))
		return failed(mirror, "making");
	return 0;
}

static int mirror_dir(struct mirror *mirror, int from, int to);

static int copy_dir(struct mirror *mirror, int from_dir, int to_dir, const char *name,
		    const struct stat *st)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	autoclose int from = openat(from_dir, name, flags);

	if (from < 0)
		return failed(mirror, "opening");
	if (mkdirat(to_dir, name, 0700) && errno != EEXIST)
		return failed(mirror, "making the directory");
	autoclose int to = openat(to_dir, name, flags);
	if (to < 0)
		return failed(mirror, "opening the copy of");
	if (++mirror->depth > LIMIT_TREE_DEPTH)
		return err_set(mirror->err, ERR_LIMIT, "'%s': more than %d directories deep",
			       buf_text(&mirror->path), LIMIT_TREE_DEPTH);
	int result = mirror_dir(mirror, from, to);
	mirror->depth--;
	return result ? result : finish(mirror, from, to, st);
}

static int mirror_entry(struct mirror *mirror, int from_dir, int to_dir, const char *name)
{
	struct stat st, old;
	bool exists = !fstatat(to_dir, name, &old, AT_SYMLINK_NOFOLLOW);

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : failed(mirror, "asking about");
	if (exists && is_unchanged(&st, &old)) {
		mirror->copied->unchanged++;
		return 0;
	}
	bool stays = exists && (st.st_mode & S_IFMT) == (old.st_mode & S_IFMT) &&
		     (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
	if (exists && !stays && tree_remove_at(to_dir, name, mirror->err))
		return -1;
	if (S_ISDIR(st.st_mode))
		return copy_dir(mirror, from_dir, to_dir, name, &st);
	if (S_ISREG(st.st_mode))
		return copy_file(mirror, from_dir, to_dir, name, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(mirror, from_dir, to_dir, name, &st);
	return copy_node(mirror, to_dir, name, &st);
}

static int remove_others(struct mirror *mirror, int to, const struct strlist *wanted)
{
	autostrlist struct strlist there = {0};

	if (dir_list(to, ".", &there, mirror->err))
		return -1;
	for (size_t i = 0, w = 0; i < there.n; i++) { /* both are sorted */
		while (w < wanted->n && strcmp(wanted->items[w], there.items[i]) < 0)
			w++;
		if (w < wanted->n && text_eq(wanted->items[w], there.items[i]))
			continue;
		if (tree_remove_at(to, there.items[i], mirror->err))
			return -1;
		mirror->copied->removed++;
	}
	return 0;
}

static int mirror_dir(struct mirror *mirror, int from, int to)
{
	autostrlist struct strlist names = {0};
	size_t len = mirror->path.len;

	if (dir_list(from, ".", &names, mirror->err))
		return err_wrap(mirror->err, "'%s'", buf_text(&mirror->path));
	if (remove_others(mirror, to, &names))
		return err_wrap(mirror->err, "'%s'", buf_text(&mirror->path));
	for (size_t i = 0; i < names.n; i++) {
		if (len)
			buf_putc(&mirror->path, '/');
		buf_puts(&mirror->path, names.items[i]);
		if (mirror_entry(mirror, from, to, names.items[i]))
			return -1;
		buf_truncate(&mirror->path, len);
	}
	return 0;
}

int tree_mirror(int from, int to, struct tree_copied *ret_copied, struct err *err)
{
	struct tree_copied copied = {0};
	struct mirror mirror = {&copied, {0}, 0, err};
	struct stat st;
	int result = mirror_dir(&mirror, from, to);

	if (!result && fstat(from, &st))
		result = err_sys(err, "asking about the source");
	if (!result)
		result = finish(&mirror, from, to, &st);
	if (!result)
		*ret_copied = copied;
	buf_done(&mirror.path);
	return result;
}
