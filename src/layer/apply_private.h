/* apply_private.h - one layer being unpacked: where we stand, what was brought, what time it shall
 * be. SPDX-License-Identifier: Apache-2.0
 *
 * We always stand in a directory (the place): a chain of descriptors from the root down, each
 * opened from the one above by one name without following links. No system call ever takes a longer
 * path, so nothing in an archive, and nobody beside us, can lead one out. */
#pragma once

#include "base/map.h"
#include "layer/apply.h"
#include "layer/attributes.h"
#include "layer/limits.h"

struct step { /* one open directory of the chain */
	int fd;
	size_t path_len; /* of its path, in place.path */
	struct birth birth;
};
struct place {
	char path[LIMIT_PATH_BYTES + 1]; /* of the deepest, free of links */
	struct step steps[LIMIT_PATH_DEPTH + 1];
	size_t n; /* the root is steps[0] */
};

struct dir_time {
	char *path;
	int64_t mtime_ns;
};
struct dir_times { /* directory times are set when nothing more is made in them */
	struct dir_time *items;
	size_t n, cap;
	struct map index; /* path → position + 1 */
};

#define APPLY_BLOCK_BYTES ((size_t)256 << 10)

struct apply {
	const struct apply_options *options;
	struct lower view; /* APPLY_OVERLAY: this layer on top of what is below it */
	int *view_fds;
	struct tar_reader *tar;
	struct place place;
	struct dir_times times;
	/* What this layer brought, which its whiteouts do not concern: directories, and in
	 * APPLY_MERGED all files too (there, nothing else tells them from older ones). */
	struct map brought;
	struct map copied_up; /* APPLY_OVERLAY: files that only came along as targets of links */
	uint32_t umask;
	uint64_t n_entries, bytes;
	char *block; /* APPLY_BLOCK_BYTES */
};

static inline bool apply_is_overlay(const struct apply *apply)
{
	return apply->options->form == APPLY_OVERLAY;
}

/* ---- apply_place.c: standing somewhere ---- */

/* Makes rootfd the first step. */
int place_begin(struct apply *apply, int rootfd, struct err *err) must_check;
void place_done(struct place *place);
static inline struct step *place_top(struct place *place)
{
	return &place->steps[place->n - 1];
}
/* Goes to the directory `path` (len bytes), through links inside the root, also through links and
 * directories of lower layers. What is missing is made: like the lower layer's, else 0755 root's
 * with the time `mtime_ns`. ERR_CORRUPT: something on the way is no directory. */
int place_enter(struct apply *apply, const char *path, size_t len, int64_t mtime_ns,
		struct err *err) must_check;
/* One step down into a directory just made; takes fd. */
int place_push(struct apply *apply, const char *name, int fd, struct birth birth,
	       struct err *err) must_check;
/* The path of `name` in the place, link-free; caller frees. */
char *place_path_of(const struct place *place, const char *name);
/* In APPLY_OVERLAY a directory is about to stand where this layer hid something: what is below must
 * not show through it. */
int place_hide_below(struct apply *apply, const char *name, int dirfd, struct err *err) must_check;
int overlay_make_opaque(int dirfd, const char *name, struct err *err) must_check;
/* The merged view's lower part at the place (never this layer itself); APPLY_MERGED: nothing. */
int place_lower(const struct apply *apply, struct lower_dir *ret_dir, struct err *err) must_check;

/* ---- apply_time.c ---- */
void times_set(struct dir_times *times, const char *path, int64_t mtime_ns);
void times_keep(struct dir_times *times, const char *path, int64_t mtime_ns); /* unless known */
int times_write(struct apply *apply, struct err *err) must_check;
void times_done(struct dir_times *times);

/* ---- apply_file.c: one entry that is no whiteout, `name` in the place ---- */
int apply_entry(struct apply *apply, const struct entry *entry, const char *name,
		struct err *err) must_check;
int apply_root(struct apply *apply, const struct entry *entry, struct err *err) must_check;

/* ---- apply_link.c ---- */
/* Goes to the target, copies it up when only a lower layer has it, comes back and links. */
int apply_hardlink(struct apply *apply, const struct entry *entry, struct err *err) must_check;

/* ---- apply_content.c: zero runs of HOLE_BYTES and more become holes ---- */
int apply_content(struct apply *apply, int fd, const struct entry *entry,
		  struct err *err) must_check;

/* ---- apply_whiteout.c ---- */
/* ret_hidden: "" none, else the name it removes, or OPAQUE_NAME. ERR_CORRUPT: no such whiteout can
 * be. */
#define OPAQUE_NAME ".wh..wh..opq"
int whiteout_parse(const struct entry *entry, const char *name, bool are_allowed,
		   const char **ret_hidden, struct err *err) must_check;
int apply_whiteout(struct apply *apply, const char *hidden, struct err *err) must_check;
int apply_opaque(struct apply *apply, struct err *err) must_check;
/* Entries of this layer: it and the directories that hold it stay, whatever whiteouts follow. */
void brought_add(struct apply *apply, const char *path, bool is_directory);
