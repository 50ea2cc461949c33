/* place.h - one file put at a path, whole or not at all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The new file grows beside the target and is renamed over it. A target that is a mount point (a
 * bind-mounted file), or that is writable in a directory which is not, is written over in place;
 * in the latter case the new file grows in /run, /tmp or /dev/shm. A link at the target is
 * replaced.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct placement { /* place_begin fills it; done with place_done, committed or not */
	const char *dest;
	int dirfd, fd;    /* fd: the new file, open for writing and reading */
	char *dir, *name; /* of the target */
	char *temp;       /* of the new file, in temp_dir */
	char *temp_dir;
	int temp_dirfd;
};
/* The directory `path` as trusted_open_dir has it (init/trusted.h). ERR_DENIED: over a link of
 * somebody else; ERR_EXISTS: over something that is no directory. */
int place_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd,
		   struct err *err) must_check;
/* Parents are made (0755), no link of others is followed (place_open_dir). `dest` is borrowed. */
int place_begin(const char *dest, struct placement *ret_placement, struct err *err) must_check;
char *place_path(const struct placement *placement); /* of the new file, for those who check it */
int place_commit(struct placement *placement, struct err *err) must_check;
void place_done(struct placement *placement);
#define autoplacement cleanup(place_done)
