/* tree_copy.c - a tree copied over another with everything that its files have.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "layer/attributes.h"
#include "layer/limits.h"
#include "layer/links.h"
#include "layer/listing.h"
#include "layer/node.h"
#include "layer/tree.h"

#include "base/banned.h"

struct copying {
	const struct tree_copy_options *options;
	int rootfd; /* of the copy */
	struct stat root;
	struct buf path;
	struct links links;
	uint32_t umask;
};

struct copy_dir { /* a directory and its copy */
	int from, to;
	struct birth birth; /* of what is made in the copy */
	unsigned depth;
};

static void copying_done(struct copying *copying)
{
	buf_done(&copying->path);
	links_done(&copying->links);
}

static void copy_dir_done(struct copy_dir *dir)
{
	mem_close_at(&dir->from);
	mem_close_at(&dir->to);
}

static int copy_names(struct copying *copying, const struct copy_dir *dir, struct err *err);

/* A later name of what was copied links to the copy; everything on the way there are directories
 * that we opened without following a link. */
static int copy_file(struct copying *copying, const struct copy_dir *dir, const char *name,
		     const struct stat *st, struct err *err)
{
	const struct tree_copy_options *options = copying->options;
	const char *first = links_find(&copying->links, st);
	struct node_copy copy = {
		.from = dir->from,
		.to = dir->to,
		.name = name,
		.st = st,
		.birth = &dir->birth,
		.sets_owner = options->numeric_owner,
		.uid = options->uid,
		.gid = options->gid,
	};

	if (first)
		return node_link(copying->rootfd, first, dir->to, name, err);
	if (node_copy(&copy, err))
		return -1;
	if (st->st_nlink > 1)
		links_add(&copying->links, st, copying->path.ptr);
	return 0;
}

/* The copy's directory, made when it is not there; *is_new says so. A link in its place is
 * replaced. */
static int directory_meet(const struct copy_dir *dir, const char *name, const struct stat *st,
			  int *ret_fd, bool *is_new, struct err *err)
{
	struct stat there;
	mode_t mode = (st->st_mode & 0777) | S_IRWXU;

	*is_new = false;
	if (fstatat(dir->to, name, &there, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return err_sys(err, "looking at '%s'", name);
		*is_new = true;
	} else if (!S_ISDIR(there.st_mode)) {
		if (node_remove(dir->to, name, err))
			return -1;
		*is_new = true;
	}
	if (*is_new && mkdirat(dir->to, name, mode))
		return err_sys(err, "making directory '%s'", name);
	return listing_open(dir->to, name, ret_fd, err);
}

static int directory_attributes(const struct copying *copying, const struct copy_dir *inner,
				const char *name, const struct stat *st, const struct made *made,
				struct err *err)
{
	struct entry entry = {0};
	int failed = attributes_read(inner->from, ".", st, &entry, err) < 0 ||
		     xattrs_read_fd(inner->from, &entry.xattrs, err);

	if (copying->options->numeric_owner) {
		entry.uid = copying->options->uid;
		entry.gid = copying->options->gid;
	}
	failed = failed || attributes_write(made, &entry, err);
	entry_clear(&entry);
	return failed ? err_wrap(err, "'%s'", name) : 0;
}

static int copy_directory(struct copying *copying, const struct copy_dir *dir, const char *name,
			  const struct stat *st, struct err *err)
{
	cleanup(copy_dir_done) struct copy_dir inner = {
		.from = -1, .to = -1, .depth = dir->depth + 1};
	struct stat there;
	bool is_new;

	if (inner.depth > LIMIT_PATH_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %u directories deep", LIMIT_PATH_DEPTH);
	if (listing_open(dir->from, name, &inner.from, err) ||
	    directory_meet(dir, name, st, &inner.to, &is_new, err))
		return -1;
	if (fstat(inner.to, &there))
		return err_sys(err, "looking at directory '%s'", name);
	bool takes_attributes = is_new || copying->options->merge_attributes;
	struct made made = {
		.fd = inner.to,
		.dirfd = -1,
		.name = name,
		.uid = there.st_uid,
		.gid = there.st_gid,
		.mode = there.st_mode & 07777,
		.was_there = true,
	};
	if (takes_attributes && directory_attributes(copying, &inner, name, st, &made, err))
		return -1;
	if (takes_attributes && fstat(inner.to, &there))
		return err_sys(err, "looking at directory '%s'", name);
	inner.birth = birth_in(inner.to, &there, copying->umask);
	if (copy_names(copying, &inner, err))
		return -1;
	int64_t mtime_ns = stat_mtime_ns(takes_attributes ? st : &there);
	return attributes_set_time(inner.to, -1, name, mtime_ns, err);
}

static int copy_name(struct copying *copying, const struct copy_dir *dir, const char *name,
		     struct err *err)
{
	struct stat st;

	if (fstatat(dir->from, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "looking at '%s'", copying->path.ptr);
	bool is_copy_itself =
		st.st_dev == copying->root.st_dev && st.st_ino == copying->root.st_ino;
	if (S_ISSOCK(st.st_mode) || is_copy_itself)
		return 0;
	return S_ISDIR(st.st_mode) ? copy_directory(copying, dir, name, &st, err)
				   : copy_file(copying, dir, name, &st, err);
}

static int copy_names(struct copying *copying, const struct copy_dir *dir, struct err *err)
{
	size_t len = copying->path.len;
	autolisting struct listing listing = {0};

	if (listing_read(dir->from, &listing, err))
		return -1;
	vec_foreach(item, &listing) {
		buf_truncate(&copying->path, len);
		if (len)
			buf_putc(&copying->path, '/');
		buf_puts(&copying->path, item->name);
		if (buf_check(&copying->path, "a path", err) ||
		    copy_name(copying, dir, item->name, err))
			return -1;
	}
	buf_truncate(&copying->path, len);
	return 0;
}

int tree_copy(int from, int to, const struct tree_copy_options *options, struct err *err)
{
	cleanup(copy_dir_done) struct copy_dir root = {.from = -1, .to = -1};
	cleanup(copying_done) struct copying copying = {
		.options = options,
		.path = {.max = LIMIT_PATH_BYTES},
		.umask = birth_umask(),
	};

	if (listing_open(from, ".", &root.from, err) || listing_open(to, ".", &root.to, err))
		return -1;
	if (fstat(root.to, &copying.root))
		return err_sys(err, "looking at the root of a copy");
	root.birth = birth_in(root.to, &copying.root, copying.umask);
	copying.rootfd = root.to;
	if (copy_names(&copying, &root, err))
		return err_wrap(err, "copying '%s'", buf_text(&copying.path));
	return attributes_set_time(root.to, -1, "the root", stat_mtime_ns(&copying.root), err);
}
