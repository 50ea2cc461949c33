/* apply_whiteout.c - what a layer takes away from the layers below it, never from itself.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, layer.md, "Whiteouts": ".wh.NAME", ".wh..wh..opq" in any order.
 *
 * In overlayfs a whiteout must not stand in a directory that shows nothing of lower layers: there
 * the kernel lists it as a name. So one is only made where it hides something. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "layer/apply_private.h"
#include "layer/listing.h"
#include "layer/node.h"
#include "layer/tree.h"

#include "base/banned.h"

static bool has_whiteout_component(const char *path, size_t len)
{
	for (size_t at = 0; at < len; at += strcspn(path + at, "/") + 1) {
		if (text_starts(path + at, WHITEOUT_PREFIX))
			return true;
	}
	return false;
}

int whiteout_parse(const struct entry *entry, const char *name, bool are_allowed,
		   const char **ret_hidden, struct err *err)
{
	bool is_whiteout = text_starts(name, WHITEOUT_PREFIX);
	bool is_below_one = has_whiteout_component(entry->path, (size_t)(name - entry->path));
	const char *hidden = is_whiteout ? name + strlen(WHITEOUT_PREFIX) : "";

	if (!is_whiteout && !is_below_one) {
		*ret_hidden = "";
		return 0;
	}
	if (!are_allowed)
		return err_set(err, ERR_CORRUPT, "whiteouts have no place in this archive");
	if (is_below_one)
		return err_set(err, ERR_CORRUPT, "a whiteout is no directory");
	if (entry->type != ENTRY_FILE &&
	    entry->type != ENTRY_HARDLINK) /* links: what AUFS left behind */
		return err_set(err, ERR_CORRUPT, "a whiteout is a plain file");
	if (text_eq(name, OPAQUE_NAME)) {
		*ret_hidden = OPAQUE_NAME;
		return 0;
	}
	if (!hidden[0] || text_eq(hidden, ".") || text_eq(hidden, "..") ||
	    text_starts(hidden, WHITEOUT_PREFIX))
		return err_set(err, ERR_CORRUPT, "no whiteout has this name");
	*ret_hidden = hidden;
	return 0;
}

void brought_add(struct apply *apply, const char *path, bool is_directory)
{
	char parent[LIMIT_PATH_BYTES + 1];
	size_t len = strlen(path);

	if (is_directory || !apply_is_overlay(apply))
		map_set(&apply->brought, path, apply);
	memcpy(parent, path, len + 1);
	for (char *slash = strrchr(parent, '/'); slash; slash = strrchr(parent, '/')) {
		*slash = '\0';
		if (map_has(&apply->brought, parent))
			return;
		map_set(&apply->brought, parent, apply);
	}
}

static int prune(struct apply *apply, int dirfd, const char *path, struct err *err);

/* APPLY_MERGED: the name goes, unless this layer brought it or something below it. */
static int prune_name(struct apply *apply, int dirfd, const char *path, const char *name,
		      struct err *err)
{
	struct stat st;
	autoclose int fd = -1;
	autofree char *whole = path_join(path, name);

	if (!map_has(&apply->brought, whole))
		return node_remove(dirfd, name, err);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	if (listing_open(dirfd, name, &fd, err))
		return -1;
	return prune(apply, fd, whole, err);
}

static int prune(struct apply *apply, int dirfd, const char *path, struct err *err)
{
	autolisting struct listing listing = {0};

	if (listing_read(dirfd, &listing, err))
		return -1;
	for (size_t i = 0; i < listing.n; i++) {
		if (prune_name(apply, dirfd, path, listing.items[i].name, err))
			return -1;
	}
	return 0;
}

/* APPLY_OVERLAY: whiteouts below a directory that has become opaque have nothing left to hide. */
static int whiteouts_clear(int dirfd, struct err *err)
{
	struct stat st;
	autolisting struct listing listing = {0};

	if (listing_read(dirfd, &listing, err))
		return -1;
	for (size_t i = 0; i < listing.n; i++) {
		const char *name = listing.items[i].name;
		autoclose int fd = -1;
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
			return err_sys(err, "looking at '%s'", name);
		if (stat_is_whiteout(&st) && node_remove(dirfd, name, err))
			return -1;
		if (S_ISDIR(st.st_mode) &&
		    (listing_open(dirfd, name, &fd, err) || whiteouts_clear(fd, err)))
			return -1;
	}
	return 0;
}

/* A directory of this layer stays, what is below it does not. */
static int directory_make_opaque(struct apply *apply, const char *name, struct err *err)
{
	autoclose int fd = -1;

	if (listing_open(place_top(&apply->place)->fd, name, &fd, err))
		return -1;
	if (whiteouts_clear(fd, err))
		return -1;
	return place_hide_below(apply, name, fd, err);
}

/* An overlay keeps 0:0 devices to itself. */
static int whiteout_refused(int dirfd, const char *hidden, struct err *err)
{
	int cause = errno;
	struct statfs fs;

	if (cause == EPERM && !fstatfs(dirfd, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC)
		return err_set(err, ERR_SYSTEM,
			       "no whiteout of '%s' can be made on an overlay: keep the store on "
			       "another file system (--root)",
			       hidden);
	errno = cause;
	return err_sys(err, "making the whiteout of '%s'", hidden);
}

static int overlay_whiteout(struct apply *apply, const char *hidden, const char *path,
			    struct err *err)
{
	int dirfd = place_top(&apply->place)->fd;
	struct stat st;
	size_t piece = 0;
	autolower struct lower_dir below = {0};

	if (fstatat(dirfd, hidden, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		bool is_directory = S_ISDIR(st.st_mode);
		if (!is_directory && !map_has(&apply->copied_up, path))
			return 0; /* this layer's own, or hidden already */
		if (is_directory && map_has(&apply->brought, path))
			return directory_make_opaque(apply, hidden, err);
		if (node_remove(dirfd, hidden, err)) /* only held whiteouts; only a link's target */
			return -1;
	}
	if (place_lower(apply, &below, err))
		return -1;
	int found = lower_dir_find(&below, hidden, &piece, &st, err);
	if (found > 0 && mknodat(dirfd, hidden, S_IFCHR, 0))
		return whiteout_refused(dirfd, hidden, err);
	return found < 0 ? -1 : 0;
}

int apply_whiteout(struct apply *apply, const char *hidden, struct err *err)
{
	struct place *place = &apply->place;
	autofree char *path = place_path_of(place, hidden);

	if (apply_is_overlay(apply))
		return overlay_whiteout(apply, hidden, path, err);
	return prune_name(apply, place_top(place)->fd, place->path, hidden, err);
}

/* overlayfs never asks whether a layer's root is opaque: every name gets its own whiteout. */
static int root_whiteouts(struct apply *apply, struct err *err)
{
	autostrlist struct strlist names = {0};
	autolower struct lower_dir below = {0};

	if (place_lower(apply, &below, err) || lower_dir_list(&below, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (overlay_whiteout(apply, names.items[i], names.items[i], err))
			return -1;
	}
	return 0;
}

int apply_opaque(struct apply *apply, struct err *err)
{
	struct place *place = &apply->place;
	struct step *top = place_top(place);
	autolower struct lower_dir below = {0};

	if (!apply_is_overlay(apply))
		return prune(apply, top->fd, place->path, err);
	if (place->n == 1)
		return root_whiteouts(apply, err);
	brought_add(apply, place->path, true);
	if (place_lower(apply, &below, err) || whiteouts_clear(top->fd, err))
		return -1;
	return below.n ? overlay_make_opaque(top->fd, place->path, err) : 0;
}
