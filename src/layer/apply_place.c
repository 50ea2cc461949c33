/* apply_place.c - standing in a directory of the tree that a layer is unpacked into.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "layer/apply_private.h"

#include "base/banned.h"

#define IMPLIED_MODE 0755u
#define REST_BYTES   ((size_t)LIMIT_PATH_BYTES * 4) /* of a path that links make longer */

int place_begin(struct apply *apply, int rootfd, struct err *err)
{
	struct stat st;
	autoclose int fd = openat(rootfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "opening the root to unpack into");
	times_keep(&apply->times, "", stat_mtime_ns(&st));
	apply->place.steps[0] = (struct step){.birth = birth_in(fd, &st, apply->umask)};
	apply->place.steps[0].fd = steal_fd(&fd);
	apply->place.n = 1;
	return 0;
}

void place_done(struct place *place)
{
	while (place->n > 0)
		close(place->steps[--place->n].fd);
}

char *place_path_of(const struct place *place, const char *name)
{
	size_t len = place->steps[place->n - 1].path_len;

	return xasprintf("%.*s%s%s", (int)len, place->path, len ? "/" : "", name);
}

int place_push(struct apply *apply, const char *name, int fd, struct birth birth, struct err *err)
{
	struct place *place = &apply->place;
	size_t end = place_top(place)->path_len, len = strlen(name);
	autoclose int owned = fd;

	if (place->n > LIMIT_PATH_DEPTH || end + 1 + len > LIMIT_PATH_BYTES)
		return err_set(err, ERR_LIMIT, "'%s' lies deeper than %u directories or %u bytes",
			       name, LIMIT_PATH_DEPTH, LIMIT_PATH_BYTES);
	if (end)
		place->path[end++] = '/';
	memcpy(place->path + end, name, len + 1);
	place->steps[place->n++] =
		(struct step){.fd = steal_fd(&owned), .path_len = end + len, .birth = birth};
	return 0;
}

static void place_pop(struct place *place)
{
	if (place->n > 1)
		close(place->steps[--place->n].fd);
	place->path[place_top(place)->path_len] = '\0';
}

int place_lower(const struct apply *apply, struct lower_dir *ret_dir, struct err *err)
{
	struct lower_dir dir = {0};

	if (apply_is_overlay(apply) && apply->view.n > 1 &&
	    lower_dir_open(&apply->view, apply->place.path, &dir, err))
		return -1;
	/* The topmost piece is this layer's own directory; the root's is only borrowed. */
	if (dir.n && dir.items[0].layer == 0) {
		if (!dir.items[0].is_borrowed)
			close(dir.items[0].fd);
		memmove(dir.items, dir.items + 1, --dir.n * sizeof(*dir.items));
	}
	*ret_dir = dir;
	return 0;
}

int overlay_make_opaque(int dirfd, const char *name, struct err *err)
{
	if (fsetxattr(dirfd, "trusted.overlay.opaque", "y", 1, 0))
		return err_sys(err, "making '%s' opaque", name);
	return 0;
}

int place_hide_below(struct apply *apply, const char *name, int dirfd, struct err *err)
{
	struct stat st;
	size_t piece;
	autolower struct lower_dir below = {0};

	if (!apply_is_overlay(apply))
		return 0;
	if (place_lower(apply, &below, err))
		return -1;
	int found = lower_dir_find(&below, name, &piece, &st, err);
	if (found <= 0 || !S_ISDIR(st.st_mode))
		return found < 0 ? -1 : 0;
	return overlay_make_opaque(dirfd, name, err);
}

/* ---- directories that the archive does not list ---- */

struct implied {
	struct entry entry;
	bool hides; /* this layer had hidden what was there */
};

static void implied_done(struct implied *implied)
{
	entry_clear(&implied->entry);
}

static int implied_make(struct apply *apply, const char *name, const struct implied *implied,
			struct err *err)
{
	struct place *place = &apply->place;
	struct step *top = place_top(place);
	struct stat st;
	struct made made = birth_made(&top->birth, IMPLIED_MODE, true);

	if (mkdirat(top->fd, name, IMPLIED_MODE))
		return err_sys(err, "making directory '%s'", name);
	autoclose int fd = openat(top->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "opening directory '%s'", name);
	made.fd = fd;
	made.name = name;
	if (implied->hides && place_hide_below(apply, name, fd, err))
		return -1;
	if (attributes_write(&made, &implied->entry, err))
		return -1;
	if (fstat(fd, &st))
		return err_sys(err, "looking at directory '%s'", name);
	struct birth birth = birth_in(fd, &st, apply->umask);
	if (place_push(apply, name, steal_fd(&fd), birth, err))
		return -1;
	times_set(&apply->times, place->path, implied->entry.mtime_ns);
	return 0;
}

static int link_read(int dirfd, const char *name, const struct stat *st, char **ret_target,
		     struct err *err)
{
	struct entry entry = {0};

	if (attributes_read(dirfd, name, st, &entry, err) < 0)
		return -1;
	*ret_target = entry.target;
	return 0;
}

/* Nothing of that name here: perhaps a lower layer has it. */
static int step_missing(struct apply *apply, const char *name, struct implied *implied,
			char **ret_target, struct err *err)
{
	struct stat st;
	size_t piece = 0;
	autolower struct lower_dir below = {0};

	implied->entry.type = ENTRY_DIRECTORY;
	implied->entry.mode = IMPLIED_MODE;
	if (place_lower(apply, &below, err))
		return -1;
	int found = implied->hides ? 0 : lower_dir_find(&below, name, &piece, &st, err);
	if (found < 0)
		return -1;
	if (!found)
		return implied_make(apply, name, implied, err);
	assert(below.items);
	int fd = below.items[piece].fd;
	if (S_ISLNK(st.st_mode))
		return link_read(fd, name, &st, ret_target, err);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_CORRUPT, "'%s' is not a directory in a lower layer", name);
	if (attributes_read(fd, name, &st, &implied->entry, err) < 0 ||
	    xattrs_read_at(fd, name, &implied->entry.xattrs, err))
		return -1;
	return implied_make(apply, name, implied, err);
}

static int step_blocked(struct apply *apply, const char *name, struct implied *implied,
			char **ret_target, struct err *err)
{
	struct stat st;
	int fd = place_top(&apply->place)->fd;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "looking at '%s'", name);
	if (S_ISLNK(st.st_mode))
		return link_read(fd, name, &st, ret_target, err);
	if (!apply_is_overlay(apply) || !stat_is_whiteout(&st))
		return err_set(err, ERR_CORRUPT, "'%s' is not a directory", name);
	if (unlinkat(fd, name, 0))
		return err_sys(err, "removing the whiteout of '%s'", name);
	implied->hides = true;
	return step_missing(apply, name, implied, ret_target, err);
}

/* One component down, or the target of the link that stands there. */
static int step_down(struct apply *apply, const char *name, int64_t mtime_ns, char **ret_target,
		     struct err *err)
{
	struct place *place = &apply->place;
	struct stat st;
	cleanup(implied_done) struct implied implied = {.entry = {.mtime_ns = mtime_ns}};
	autoclose int fd =
		openat(place_top(place)->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return step_missing(apply, name, &implied, ret_target, err);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return step_blocked(apply, name, &implied, ret_target, err);
	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "opening directory '%s'", name);
	struct birth birth = birth_in(fd, &st, apply->umask);
	if (place_push(apply, name, steal_fd(&fd), birth, err))
		return -1;
	times_keep(&apply->times, place->path, stat_mtime_ns(&st));
	return 0;
}

/* ---- paths ---- */

/* Leaves the steps that `path` shares with the place; returns how many bytes of it they are. */
static size_t place_rewind(struct place *place, const char *path, size_t len)
{
	size_t same = 0;

	while (same < len && path[same] == place->path[same] && place->path[same])
		same++;
	for (;;) {
		size_t end = place_top(place)->path_len;
		if (end == 0 || (end <= same && (end == len || path[end] == '/')))
			return end;
		place_pop(place);
	}
}

/* Puts a link's target in front of what is still to go. */
static int rest_prepend(struct buf *rest, const char *target, struct err *err)
{
	autobuf struct buf whole = {.max = REST_BYTES};

	buf_puts(&whole, target);
	buf_putc(&whole, '/');
	buf_append_str(&whole, buf_str(rest));
	if (buf_check(&whole, "a path through links", err))
		return -1;
	struct buf old = *rest;
	*rest = whole;
	whole = old;
	return 0;
}

static int take_component(struct buf *rest, char name[LIMIT_PATH_BYTES + 1], struct err *err)
{
	size_t skip = strspn(buf_text(rest), "/");
	size_t len = strcspn(buf_text(rest) + skip, "/");

	if (len > LIMIT_PATH_BYTES)
		return err_set(err, ERR_LIMIT, "a name of %zu bytes", len);
	if (len)
		memcpy(name, buf_text(rest) + skip, len);
	name[len] = '\0';
	buf_consume(rest, skip + len);
	return 0;
}

int place_enter(struct apply *apply, const char *path, size_t len, int64_t mtime_ns,
		struct err *err)
{
	struct place *place = &apply->place;
	unsigned n_links = 0;
	char name[LIMIT_PATH_BYTES + 1];
	size_t known = place_rewind(place, path, len);

	if (known == len)
		return 0;
	autobuf struct buf rest = {.max = REST_BYTES};
	buf_append(&rest, path + known, len - known);
	while (rest.len) {
		autofree char *target = NULL;
		if (take_component(&rest, name, err))
			return -1;
		if (!name[0] || (name[0] == '.' && !name[1]))
			continue;
		if (name[0] == '.' && name[1] == '.' && !name[2]) {
			place_pop(place); /* of a link's target; at the root it stays there */
			continue;
		}
		if (step_down(apply, name, mtime_ns, &target, err))
			return -1;
		if (!target)
			continue;
		if (++n_links > LIMIT_LINK_STEPS)
			return err_set(err, ERR_CORRUPT, "'%s': too many links", name);
		while (target[0] == '/' && place->n > 1)
			place_pop(place);
		if (rest_prepend(&rest, target, err))
			return -1;
	}
	return 0;
}
