/* trusted.h - files and directories reached without a step that somebody else has laid.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Root works in volumes and log directories whose users may replace any directory of theirs by a
 * link, also while it is looking. Each component is opened for itself; a link is followed when its
 * owner is root, we, or whoever owns "/" (in a user name space the image's files may be nobody's).
 * Nothing is allocated. */
#pragma once

#include <linux/limits.h> /* NAME_MAX; <limits.h> could be ours */
#include <stdbool.h>
#include <sys/types.h>

/* Why a walk ended early. */
struct trusted_fault {
	char name[NAME_MAX + 1]; /* the component; "": unknown */
	bool is_link;            /* of `owner`, who may not lead us: the result was -EPERM */
	uid_t owner;
};

/* The directory `path`, open for reading. make: what is missing is made, 0755 under the umask.
 *   ret_new    may be NULL: whether the last component was made
 *   ret_fault  may be NULL
 * -errno; -EPERM: a link of somebody else. */
int trusted_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd,
		     struct trusted_fault *ret_fault);
/* A file as open(2) would, close-on-exec, missing directories made if flags has O_CREAT; the
 * descriptor or -errno. */
int trusted_open(const char *path, int flags, mode_t mode);
