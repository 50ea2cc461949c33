/* copy_private.h - the two ends of a copy.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "base/err.h"

struct copy_place {         /* a path beneath a root, as it was typed */
	int rootfd;         /* borrowed */
	const char *typed;  /* for messages */
	char *path;         /* without what stands at its end: slashes, "/." */
	char *base;         /* the last name of what was typed */
	bool wants_dir;     /* it ended with a slash, or "/." */
	bool wants_content; /* it ended with "/.", or is the root itself */
};
void copy_place_set(struct copy_place *place, int rootfd, const char *typed, const char *absolute);
void copy_place_done(struct copy_place *place);

/* What a path in a container means: of a running one its processes' view, else the snapshot with
 * the bind mounts and volumes that it would have. *ret_rootfd is the caller's to close, also when
 * the place is done. ERR_DENIED: `write`, and it is read-only there. */
struct container;
int container_place(struct container *container, const char *typed, bool write,
		    struct copy_place *ret_place, int *ret_rootfd, struct err *err) must_check;

/* What is copied: one name in a directory. */
struct copy_source {
	int dirfd;
	char *name;     /* in dirfd */
	struct stat st; /* not followed: of the thing itself */
	char *base;     /* what it is called where it goes; NULL: only its contents go */
};
int source_find(const struct copy_place *place, bool follow_link, struct copy_source *ret_source,
		struct err *err) must_check;
void source_done(struct copy_source *source);

/* Where it goes: an existing directory, or one name in a directory. */
struct copy_target {
	int dirfd;   /* the directory itself, or the one that holds `name` */
	char *name;  /* NULL: into dirfd */
	bool exists; /* `name` is there, and no directory */
};
int target_find(const struct copy_place *place, struct copy_target *ret_target,
		struct err *err) must_check;
void copy_target_done(struct copy_target *target);
