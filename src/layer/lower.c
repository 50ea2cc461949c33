/* lower.c - looking through a stack of unpacked layers as overlayfs would.
 * SPDX-License-Identifier: Apache-2.0
 * Source: Linux, Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories". */
#include "layer/lower.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "layer/limits.h"
#include "layer/listing.h"

#include "base/banned.h"

bool stat_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* Only the name of privileged mounts: a container may set user.overlay.opaque on what it likes. */
bool fd_is_opaque(int dirfd)
{
	char value = 0;

	return fgetxattr(dirfd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

void lower_dir_root(const struct lower *lower, struct lower_dir *ret_dir)
{
	struct lower_dir dir = {0};

	for (size_t i = 0; i < lower->n; i++)
		vec_push(&dir, {.fd = lower->fds[i], .layer = i, .is_borrowed = true});
	*ret_dir = dir;
}

void lower_dir_done(struct lower_dir *dir)
{
	vec_foreach(piece, dir) {
		if (!piece->is_borrowed)
			close(piece->fd);
	}
	vec_done(dir);
}

static void piece_add(struct lower_dir *dir, int fd, size_t layer)
{
	vec_push(dir, {.fd = fd, .layer = layer});
}

int lower_dir_enter(const struct lower_dir *dir, const char *name, struct lower_dir *ret_dir,
		    struct err *err)
{
	autolower struct lower_dir inner = {0};

	for (size_t i = 0; i < dir->n; i++) {
		int fd = openat(dir->items[i].fd, name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
			break; /* a whiteout or another file: nothing shows through */
		if (fd < 0)
			return err_sys(err, "opening directory '%s' of a lower layer", name);
		piece_add(&inner, fd, dir->items[i].layer);
		if (fd_is_opaque(fd))
			break;
	}
	*ret_dir = steal(&inner);
	return 0;
}

int lower_dir_find(const struct lower_dir *dir, const char *name, size_t *ret_piece,
		   struct stat *ret_st, struct err *err)
{
	struct stat st;

	for (size_t i = 0; i < dir->n; i++) {
		if (fstatat(dir->items[i].fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
			if (errno == ENOENT)
				continue;
			return err_sys(err, "looking at '%s' of a lower layer", name);
		}
		if (stat_is_whiteout(&st))
			return 0;
		*ret_piece = i;
		*ret_st = st;
		return 1;
	}
	return 0;
}

/* Follows `rest` down to its last component. */
static int dir_descend(const struct lower *lower, struct str rest, struct lower_dir *ret_dir,
		       struct err *err)
{
	autolower struct lower_dir dir = {0};

	lower_dir_root(lower, &dir);
	while (rest.len && dir.n) {
		char name[NAME_MAX + 1];
		struct lower_dir inner;
		struct str part = str_cut(&rest, '/');
		if (part.len == 0)
			continue;
		if (part.len >= sizeof(name)) {
			lower_dir_done(&dir);
			break;
		}
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		if (lower_dir_enter(&dir, name, &inner, err))
			return -1;
		lower_dir_done(&dir);
		dir = inner;
	}
	*ret_dir = steal(&dir);
	return 0;
}

int lower_dir_open(const struct lower *lower, const char *path, struct lower_dir *ret_dir,
		   struct err *err)
{
	return dir_descend(lower, str_of(path), ret_dir, err);
}

/* Adds the names of one piece that no piece above it has decided about. */
static int piece_list(const struct lower_dir *dir, size_t i, struct strlist *names, struct err *err)
{
	autolisting struct listing listing = {0};

	if (listing_read(dir->items[i].fd, &listing, err))
		return -1;
	vec_foreach(item, &listing) {
		size_t at;
		struct stat st;
		if (i == 0 && item->type != DT_CHR && item->type != DT_UNKNOWN) {
			strlist_add(names, item->name);
			continue;
		}
		int found = lower_dir_find(dir, item->name, &at, &st, err);
		if (found < 0)
			return -1;
		if (found && at == i)
			strlist_add(names, item->name);
	}
	return 0;
}

int lower_dir_list(const struct lower_dir *dir, struct strlist *ret_names, struct err *err)
{
	autostrlist struct strlist names = {0};

	for (size_t i = 0; i < dir->n; i++) {
		if (piece_list(dir, i, &names, err))
			return -1;
	}
	strlist_sort(&names);
	strlist_add_all(ret_names, &names);
	return 0;
}

int lower_find(const struct lower *lower, const char *path, size_t *ret_layer, struct stat *ret_st,
	       struct err *err)
{
	size_t piece = 0;
	struct stat st;
	autolower struct lower_dir dir = {0};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct str parent = {path, slash ? (size_t)(slash - path) : 0};

	if (dir_descend(lower, parent, &dir, err))
		return -1;
	int found = dir.n ? lower_dir_find(&dir, name[0] ? name : ".", &piece, &st, err) : 0;
	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_MISSING, "'%s' is in no lower layer", path);
	*ret_layer = dir.items[piece].layer;
	*ret_st = st;
	return 0;
}

int lower_list(const struct lower *lower, const char *path, struct strlist *ret_names,
	       struct err *err)
{
	autolower struct lower_dir dir = {0};

	if (lower_dir_open(lower, path, &dir, err))
		return -1;
	if (!dir.n)
		return err_set(err, ERR_MISSING, "directory '%s' is in no lower layer", path);
	return lower_dir_list(&dir, ret_names, err);
}
