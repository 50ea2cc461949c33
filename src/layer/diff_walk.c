/* diff_walk.c - a tree walked beside the merged view of its lower layers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each directory is held open in the tree and in the lower layers that show it, so a name costs one
 * fstatat here and one in each of those; below a new directory, nothing but the first. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/vec.h"
#include "layer/attributes.h"
#include "layer/diff_private.h"
#include "layer/limits.h"
#include "layer/listing.h"

#include "base/banned.h"

bool diff_is_excluded(const struct diff_options *options, const char *path)
{
	return options->exclude && options->exclude(path, options->exclude_arg);
}

/* The walk's path becomes that of `name` in `dir`. */
static int path_set(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
		    struct err *err)
{
	buf_truncate(&walk->path, dir->path_len);
	if (dir->path_len)
		buf_putc(&walk->path, '/');
	buf_puts(&walk->path, name);
	return buf_check(&walk->path, "a path", err);
}

static void diff_dir_done(struct diff_dir *dir)
{
	lower_dir_done(&dir->below);
	if (dir->fd >= 0)
		close(dir->fd);
}

/* ---- telling ---- */

/* Directories are only told when something in them is. */
static int tell_directory(struct diff_walk *walk, struct diff_dir *dir, struct err *err)
{
	if (dir->is_told)
		return 0;
	if (dir->parent && tell_directory(walk, dir->parent, err))
		return -1;
	dir->is_told = true;
	autofree char *path = xstrndup(buf_text(&walk->path), dir->path_len);
	struct diff_found found = {dir->parent ? dir->parent : dir, dir->name, path, &dir->st,
				   dir->is_new};
	return walk->listener->changed(walk, &found, err);
}

static int tell_deleted(struct diff_walk *walk, struct diff_dir *dir, const char *name,
			struct err *err)
{
	if (path_set(walk, dir, name, err))
		return -1;
	if (diff_is_excluded(walk->options, walk->path.ptr))
		return 0;
	return tell_directory(walk, dir, err) || walk->listener->deleted(walk, dir, name, err) ? -1
											       : 0;
}

static int tell_dropped(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
			struct err *err)
{
	return walk->listener->dropped ? walk->listener->dropped(walk, dir, name, err) : 0;
}

/* ---- what is no more ---- */

/* Whiteouts, and sockets, which no layer holds: as if nothing were there. Their type becomes
 * DT_WHT. */
static int listing_mark_absent(struct listing *listing, int fd, struct err *err)
{
	struct stat st;

	vec_foreach(item, listing) {
		if (item->type != DT_CHR && item->type != DT_SOCK && item->type != DT_UNKNOWN)
			continue;
		if (fstatat(fd, item->name, &st, AT_SYMLINK_NOFOLLOW))
			return err_sys(err, "looking at '%s'", item->name);
		if (stat_is_whiteout(&st) || S_ISSOCK(st.st_mode))
			item->type = DT_WHT;
	}
	return 0;
}

/* In an upper directory that the lower ones show through, only marked names can be deletions. */
static int deleted_of_marks(struct diff_walk *walk, struct diff_dir *dir,
			    const struct listing *listing, struct err *err)
{
	size_t piece;
	struct stat st;

	for (size_t i = 0; i < listing->n; i++) {
		const char *name = listing->items[i].name;
		if (listing->items[i].type != DT_WHT)
			continue;
		int found = lower_dir_find(&dir->below, name, &piece, &st, err);
		if (found < 0 || (found && tell_deleted(walk, dir, name, err)))
			return -1;
	}
	return 0;
}

static int deleted_of_lower(struct diff_walk *walk, struct diff_dir *dir,
			    const struct listing *listing, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (lower_dir_list(&dir->below, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const struct listing_item *item = listing_find(listing, names.items[i]);
		if (item && item->type != DT_WHT)
			continue;
		if (tell_deleted(walk, dir, names.items[i], err))
			return -1;
	}
	return 0;
}

/* ---- what is there ---- */

/* Such a directory shows another one's files under its own name, which its own listing does not
 * tell. We never mount overlays so; somebody else did. */
static int check_not_redirected(const struct diff_walk *walk, const struct diff_dir *dir,
				struct err *err)
{
	char path;

	if (fgetxattr(dir->fd, "trusted.overlay.redirect", &path, sizeof(path)) < 0 &&
	    errno != ERANGE)
		return 0;
	return err_set(err, ERR_CORRUPT, "'%.*s' was renamed by an overlay with redirect_dir",
		       (int)dir->path_len, walk->path.ptr);
}

static int walk_directory(struct diff_walk *walk, struct diff_dir *dir, struct err *err);

static int walk_subdir(struct diff_walk *walk, struct diff_dir *dir, const struct diff_side *mine,
		       const struct diff_side *theirs, struct err *err)
{
	bool is_merged = theirs && S_ISDIR(theirs->st->st_mode);
	cleanup(diff_dir_done) struct diff_dir inner = {
		.parent = dir,
		.fd = -1,
		.name = mine->name,
		.path_len = walk->path.len,
		.depth = dir->depth + 1,
		.st = *mine->st,
		.is_new = !theirs,
	};

	if (inner.depth > LIMIT_PATH_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %u directories deep", LIMIT_PATH_DEPTH);
	if (listing_open(dir->fd, mine->name, &inner.fd, err) ||
	    (is_merged && lower_dir_enter(&dir->below, mine->name, &inner.below, err)))
		return -1;
	int changed = is_merged ? diff_compare(mine, theirs, true, err) : 1;
	if (changed < 0 || (changed && tell_directory(walk, &inner, err)) ||
	    walk_directory(walk, &inner, err))
		return -1;
	if (!inner.is_told)
		return tell_dropped(walk, dir, mine->name, err);
	return walk->listener->left ? walk->listener->left(walk, &inner, err) : 0;
}

static int walk_file(struct diff_walk *walk, struct diff_dir *dir, const struct diff_side *mine,
		     const struct diff_side *theirs, struct err *err)
{
	struct diff_found found = {dir, mine->name, walk->path.ptr, mine->st, !theirs};
	int changed = theirs ? diff_compare(mine, theirs, true, err) : 1;

	if (changed == 0 && mine->st->st_nlink > 1)
		changed = diff_links_changed(walk, mine->st, err);
	if (changed < 0)
		return -1;
	if (!changed)
		return tell_dropped(walk, dir, mine->name, err);
	return tell_directory(walk, dir, err) || walk->listener->changed(walk, &found, err) ? -1
											    : 0;
}

static int walk_name(struct diff_walk *walk, struct diff_dir *dir, const char *name,
		     struct err *err)
{
	struct stat st, below;
	size_t piece = 0;

	if (path_set(walk, dir, name, err))
		return -1;
	if (diff_is_excluded(walk->options, walk->path.ptr))
		return tell_dropped(walk, dir, name, err);
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return 0; /* a container that still runs removed it since the listing */
		return err_sys(err, "looking at '%s'", walk->path.ptr);
	}
	int found = lower_dir_find(&dir->below, name, &piece, &below, err);
	if (found < 0)
		return -1;
	struct diff_side mine = {dir->fd, name, &st};
	struct diff_side theirs = {found ? dir->below.items[piece].fd : -1, name, &below};
	return S_ISDIR(st.st_mode) ? walk_subdir(walk, dir, &mine, found ? &theirs : NULL, err)
				   : walk_file(walk, dir, &mine, found ? &theirs : NULL, err);
}

/* A whiteout that hides something is part of the layer; all else that counts as absent is not. */
static int walk_absent(struct diff_walk *walk, struct diff_dir *dir, const char *name,
		       struct err *err)
{
	struct stat st, below;
	size_t piece;

	if (path_set(walk, dir, name, err))
		return -1;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(err, "looking at '%s'", walk->path.ptr);
	int found = lower_dir_find(&dir->below, name, &piece, &below, err);
	if (found < 0)
		return -1;
	if (found && stat_is_whiteout(&st) && !dir->is_opaque &&
	    !diff_is_excluded(walk->options, walk->path.ptr))
		return 0;
	return tell_dropped(walk, dir, name, err);
}

static int walk_directory(struct diff_walk *walk, struct diff_dir *dir, struct err *err)
{
	bool is_upper = walk->options->source == DIFF_UPPER;
	autolisting struct listing listing = {0};

	dir->is_opaque = is_upper && dir->parent &&
			 (dir->parent->is_opaque || (dir->below.n && fd_is_opaque(dir->fd)));
	if (is_upper && check_not_redirected(walk, dir, err))
		return -1;
	if (listing_read(dir->fd, &listing, err) || listing_mark_absent(&listing, dir->fd, err))
		return -1;
	if (dir->below.n &&
	    (is_upper && !dir->is_opaque ? deleted_of_marks(walk, dir, &listing, err)
					 : deleted_of_lower(walk, dir, &listing, err)))
		return -1;
	for (size_t i = 0; i < listing.n; i++) {
		const struct listing_item *item = &listing.items[i];
		if (item->type == DT_WHT ? walk_absent(walk, dir, item->name, err)
					 : walk_name(walk, dir, item->name, err))
			return -1;
	}
	return 0;
}

/* ---- the root ---- */

/* It is told only for its mode, owner and xattrs: every change of a tree moves its time. Without a
 * lower layer it is measured by what an unpacked layer without a root entry starts as. */
static int root_changed(struct diff_walk *walk, struct diff_dir *root, struct err *err)
{
	const struct lower *lower = &walk->options->lower;
	struct diff_side mine = {root->fd, ".", &root->st};
	struct xattrs xattrs = {0};
	struct stat st;

	if (lower->n) {
		if (fstat(lower->fds[0], &st))
			return err_sys(err, "looking at the root of a lower layer");
		struct diff_side theirs = {lower->fds[0], ".", &st};
		root->st.st_mtim = st.st_mtim;
		return diff_compare(&mine, &theirs, false, err);
	}
	root->st.st_mtim = (struct timespec){0};
	if (xattrs_read_fd(root->fd, &xattrs, err))
		return -1;
	int changed = xattrs.n || root->st.st_uid || root->st.st_gid ||
		      (root->st.st_mode & 07777) != 0755;
	xattrs_done(&xattrs);
	return changed;
}

static void diff_walk_done(struct diff_walk *walk)
{
	buf_done(&walk->path);
	diff_links_done(&walk->groups);
}

int diff_run(int rootfd, const struct diff_options *options, const struct diff_listener *listener,
	     void *arg, struct err *err)
{
	cleanup(diff_dir_done) struct diff_dir root = {.fd = -1, .name = "."};
	cleanup(diff_walk_done) struct diff_walk walk = {
		.rootfd = rootfd,
		.options = options,
		.listener = listener,
		.arg = arg,
		.path = {.max = LIMIT_PATH_BYTES},
	};

	buf_reserve(&walk.path, 1); /* "" is a path too: the root's */
	lower_dir_root(&options->lower, &root.below);
	if (listing_open(rootfd, ".", &root.fd, err))
		return -1;
	if (fstat(root.fd, &root.st))
		return err_sys(err, "looking at the root of a tree");
	int changed = root_changed(&walk, &root, err);
	if (changed < 0 || (changed && tell_directory(&walk, &root, err)))
		return -1;
	root.is_told = true;
	if (walk_directory(&walk, &root, err))
		return -1;
	return listener->left ? listener->left(&walk, &root, err) : 0;
}
