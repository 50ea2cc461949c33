/* diff.c - what changed, as a list and as a layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "layer/diff.h"

#include "layer/attributes.h"
#include "layer/content.h"
#include "layer/diff_private.h"
#include "layer/tree.h"

#include "base/banned.h"

int diff_prepare_upper(int upperfd, const struct lower *lower, struct err *err)
{
	return lower->n ? attributes_copy(lower->fds[0], upperfd, "the root", err) : 0;
}

/* ---- as a list ---- */

struct listing_changes {
	change_fn fn;
	void *arg;
};

static int list_changed(struct diff_walk *walk, const struct diff_found *found, struct err *err)
{
	const struct listing_changes *listing = walk->arg;
	int dirfd = found->dir->fd;
	struct entry entry = {0};
	int failed = attributes_read(dirfd, found->name, found->st, &entry, err) < 0 ||
		     xattrs_read_at(dirfd, found->name, &entry.xattrs, err);

	if (!failed) {
		entry.path = xstrdup(found->path);
		struct change change = {found->is_new ? CHANGE_ADDED : CHANGE_MODIFIED, found->path,
					&entry};
		failed = listing->fn(&change, listing->arg, err);
	}
	entry_clear(&entry);
	return failed ? -1 : 0;
}

static int list_deleted(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
			struct err *err)
{
	const struct listing_changes *listing = walk->arg;
	struct change change = {CHANGE_DELETED, walk->path.ptr, NULL};

	(void)dir;
	(void)name;
	return listing->fn(&change, listing->arg, err);
}

int diff_list(int rootfd, const struct diff_options *options, change_fn fn, void *arg,
	      struct err *err)
{
	static const struct diff_listener listener = {.changed = list_changed,
						      .deleted = list_deleted};
	struct listing_changes listing = {fn, arg};

	return diff_run(rootfd, options, &listener, &listing, err);
}

/* ---- as a layer ---- */

struct packing_changes {
	struct pack *pack;
	struct links links; /* what was packed, for its later names */
};

static int entry_pack(struct packing_changes *packing, const struct diff_found *found,
		      struct entry *entry, struct err *err)
{
	autoclose int fd = -1;
	int dirfd = found->dir->fd;
	bool has_links = found->st->st_nlink > 1 && entry->type != ENTRY_DIRECTORY;
	const char *first = has_links ? links_find(&packing->links, found->st) : NULL;

	if (first) {
		entry->type = ENTRY_HARDLINK;
		entry->size = 0;
		free(entry->target);
		entry->target = xstrdup(first);
	} else if (has_links) {
		links_add(&packing->links, found->st, found->path);
	}
	if (tree_check_name(entry, found->name, err) ||
	    content_open_entry(dirfd, found->name, found->st, entry, &fd, err) ||
	    pack_entry(packing->pack, entry, err))
		return -1;
	return fd >= 0 ? pack_file(packing->pack, fd, entry->size, err) : 0;
}

static int pack_changed(struct diff_walk *walk, const struct diff_found *found, struct err *err)
{
	struct entry entry = {.path = xstrdup(found->path)};
	int failed = attributes_read(found->dir->fd, found->name, found->st, &entry, err) < 0 ||
		     entry_pack(walk->arg, found, &entry, err);

	entry_clear(&entry);
	return failed ? err_wrap(err, "'%s'", found->path) : 0;
}

static int pack_deleted(struct diff_walk *walk, const struct diff_dir *dir, const char *name,
			struct err *err)
{
	struct packing_changes *packing = walk->arg;
	autofree char *path = xasprintf("%.*s%s" WHITEOUT_PREFIX "%s", (int)dir->path_len,
					walk->path.ptr, dir->path_len ? "/" : "", name);
	struct entry entry = {.type = ENTRY_FILE, .path = path};

	return pack_entry(packing->pack, &entry, err);
}

static void packing_changes_done(struct packing_changes *packing)
{
	links_done(&packing->links);
}

int diff_pack(int rootfd, const struct diff_options *options, struct pack *pack, struct err *err)
{
	static const struct diff_listener listener = {.changed = pack_changed,
						      .deleted = pack_deleted};
	cleanup(packing_changes_done) struct packing_changes packing = {.pack = pack};

	return diff_run(rootfd, options, &listener, &packing, err);
}
