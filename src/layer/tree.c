/* tree.c - a directory tree read in order; as one layer; as one digest.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A file costs fstatat, the listing of its xattrs, and what the visitor does. Paths are only built
 * for the visitor: every system call takes a directory descriptor and one name. */
#include "layer/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/vec.h"
#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/limits.h"
#include "layer/links.h"
#include "layer/listing.h"

#include "base/banned.h"

/* ---- the walk ---- */

struct walk {
	const struct tree_options *options;
	tree_visit_fn visit;
	void *arg;
	dev_t dev; /* of the root */
	struct buf path;
	struct links links;
};

static void walk_done(struct walk *walk)
{
	buf_done(&walk->path);
	links_done(&walk->links);
}

static int walk_directory(struct walk *walk, int dirfd, unsigned depth, struct err *err);

/* The visitor's answer, or -1. A later name of a file that was visited becomes a hard link. */
static int visit_one(struct walk *walk, struct tree_visit *visit, struct entry *entry,
		     struct err *err)
{
	bool may_be_link = visit->st->st_nlink > 1 && entry->type != ENTRY_DIRECTORY;
	const char *first = may_be_link ? links_find(&walk->links, visit->st) : NULL;

	if (first) {
		entry->type = ENTRY_HARDLINK;
		entry->size = 0;
		free(entry->target);
		entry->target = xstrdup(first);
	} else if (!walk->options->no_xattrs &&
		   xattrs_read_at(visit->dirfd, visit->name, &entry->xattrs, err)) {
		return -1;
	}
	entry->path = walk->path.ptr;
	visit->entry = entry;
	int answer = walk->visit(visit, walk->arg, err);
	if (answer == 0 && may_be_link && !first)
		links_add(&walk->links, visit->st, entry->path);
	return answer;
}

static int walk_below(struct walk *walk, int dirfd, const char *name, const struct stat *st,
		      unsigned depth, struct err *err)
{
	autoclose int fd = -1;

	if (walk->options->one_fs && st->st_dev != walk->dev)
		return 0;
	if (depth >= LIMIT_PATH_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %u directories deep", LIMIT_PATH_DEPTH);
	if (listing_open(dirfd, name, &fd, err))
		return -1;
	return walk_directory(walk, fd, depth + 1, err);
}

static int walk_name(struct walk *walk, int dirfd, const char *name, unsigned depth,
		     struct err *err)
{
	struct stat st;
	struct entry entry = {0};
	struct tree_visit visit = {.dirfd = dirfd, .name = name, .st = &st};

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return 0; /* removed since the listing */
		return err_sys(err, "looking at '%s'", walk->path.ptr);
	}
	int answer = attributes_read(dirfd, name, &st, &entry, err);
	if (answer <= 0)
		return answer;
	answer = visit_one(walk, &visit, &entry, err);
	entry.path = NULL; /* the walk's */
	entry_clear(&entry);
	if (answer == 0 && S_ISDIR(st.st_mode))
		return walk_below(walk, dirfd, name, &st, depth, err);
	return answer < 0 ? -1 : 0;
}

static int walk_directory(struct walk *walk, int dirfd, unsigned depth, struct err *err)
{
	size_t len = walk->path.len;
	autolisting struct listing listing = {0};

	if (listing_read(dirfd, &listing, err))
		return err_wrap(err, "'%s'", buf_text(&walk->path));
	vec_foreach(item, &listing) {
		buf_truncate(&walk->path, len);
		if (len)
			buf_putc(&walk->path, '/');
		buf_puts(&walk->path, item->name);
		if (buf_check(&walk->path, "a path", err) ||
		    walk_name(walk, dirfd, item->name, depth, err))
			return -1;
	}
	buf_truncate(&walk->path, len);
	return 0;
}

static int visit_root(struct walk *walk, int fd, const struct stat *st, struct err *err)
{
	struct entry entry = {0};
	struct tree_visit visit = {.dirfd = fd, .name = ".", .st = st};
	int answer = attributes_read(fd, ".", st, &entry, err);

	if (answer > 0)
		answer = visit_one(walk, &visit, &entry, err);
	entry.path = NULL;
	entry_clear(&entry);
	return answer;
}

int tree_walk(int rootfd, const struct tree_options *options, tree_visit_fn fn, void *arg,
	      struct err *err)
{
	struct stat st;
	autoclose int fd = -1;
	cleanup(walk_done) struct walk walk = {
		.options = options,
		.visit = fn,
		.arg = arg,
		.path = {.max = LIMIT_PATH_BYTES},
	};

	buf_reserve(&walk.path, 1); /* "" is a path too: the root's */
	if (listing_open(rootfd, ".", &fd, err))
		return -1;
	if (fstat(fd, &st))
		return err_sys(err, "looking at the root of a tree");
	walk.dev = st.st_dev;
	int answer = options->with_root ? visit_root(&walk, fd, &st, err) : 0;
	if (answer == 0)
		answer = walk_directory(&walk, fd, 0, err);
	return answer < 0 ? -1 : 0;
}

/* ---- as a layer ---- */

struct packing {
	struct pack *pack;
	bool (*exclude)(const char *path, void *arg);
	void *arg;
};

int tree_check_name(const struct entry *entry, const char *name, struct err *err)
{
	if (text_starts(name, WHITEOUT_PREFIX))
		return err_set(err, ERR_INPUT,
			       "'%s': a layer cannot hold names that begin with '%s'", entry->path,
			       WHITEOUT_PREFIX);
	if (entry->type == ENTRY_CHAR && entry->major == 0 && entry->minor == 0)
		return err_set(err, ERR_INPUT, "'%s': a layer cannot hold the character device 0:0",
			       entry->path);
	return 0;
}

static int pack_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	const struct packing *packing = arg;
	struct entry entry = *visit->entry; /* its names are the walk's */
	autoclose int fd = -1;

	if (packing->exclude && packing->exclude(visit->entry->path, packing->arg))
		return 1;
	if (tree_check_name(visit->entry, visit->name, err))
		return -1;
	int failed = content_open_entry(visit->dirfd, visit->name, visit->st, &entry, &fd, err) ||
		     pack_entry(packing->pack, &entry, err) ||
		     (fd >= 0 && pack_file(packing->pack, fd, entry.size, err));
	xattrs_done(&entry.xattrs);
	return failed ? err_wrap(err, "'%s'", visit->entry->path) : 0;
}

int tree_pack(int rootfd, bool (*exclude)(const char *path, void *arg), void *arg,
	      struct pack *pack, struct err *err)
{
	struct tree_options options = {.with_root = true, .no_xattrs = true};
	struct packing packing = {.pack = pack, .exclude = exclude, .arg = arg};

	return tree_walk(rootfd, &options, pack_visit, &packing, err);
}

/* ---- as a digest ---- */

struct digesting {
	struct hash *hash;
	struct buf header; /* of one file: fields in fixed order, lengths before bytes */
};

static void digesting_done(struct digesting *digesting)
{
	buf_done(&digesting->header);
	hash_free(digesting->hash);
}

static void header_put(struct buf *header, const void *bytes, size_t len)
{
	uint64_t prefix = len;

	buf_append(header, &prefix, sizeof(prefix));
	buf_append(header, bytes, len);
}

static void header_write(struct buf *header, const struct entry *entry)
{
	uint64_t numbers[] = {entry->type, entry->mode,  entry->uid,   entry->gid,
			      entry->size, entry->major, entry->minor, entry->xattrs.n};

	buf_truncate(header, 0);
	header_put(header, entry->path, strlen(entry->path));
	header_put(header, numbers, sizeof(numbers));
	header_put(header, entry->target ? entry->target : "",
		   entry->target ? strlen(entry->target) : 0);
	for (size_t i = 0; i < entry->xattrs.n; i++) {
		const struct xattr *xattr = &entry->xattrs.items[i];
		header_put(header, xattr->name, strlen(xattr->name));
		header_put(header, xattr->value, xattr->len);
	}
}

static int digest_visit(const struct tree_visit *visit, void *arg, struct err *err)
{
	struct digesting *digesting = arg;
	struct entry entry = *visit->entry; /* its names are the walk's */
	autoclose int fd = -1;
	int failed = content_open_entry(visit->dirfd, visit->name, visit->st, &entry, &fd, err);

	if (!failed) {
		header_write(&digesting->header, &entry);
		hash_update(digesting->hash, digesting->header.ptr, digesting->header.len);
		failed = buf_check(&digesting->header, "the attributes", err) ||
			 (fd >= 0 && content_hash(fd, entry.size, digesting->hash, err));
	}
	xattrs_done(&entry.xattrs);
	return failed ? err_wrap(err, "'%s'", visit->entry->path) : 0;
}

int tree_digest(int rootfd, struct digest *ret_digest, struct err *err)
{
	struct tree_options options = {.with_root = true, .no_xattrs = true};
	cleanup(digesting_done) struct digesting digesting = {
		.hash = hash_new(HASH_SHA256),
		.header = {.max = (size_t)LIMIT_XATTRS * LIMIT_XATTR_BYTES * 2},
	};

	if (tree_walk(rootfd, &options, digest_visit, &digesting, err))
		return -1;
	*ret_digest = digest_of_hash(digesting.hash, HASH_SHA256);
	return 0;
}
