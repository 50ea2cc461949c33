/* beneath.h - opening what a hostile path names, without ever leaving a root directory.
 * SPDX-License-Identifier: Apache-2.0
 *
 * All go through openat2(2). IN_ROOT treats rootfd as "/", so absolute links and ".." are resolved
 * inside; nothing outside can be reached. Leading slashes in `path` are meaningless. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

/* Like open(2) with O_CLOEXEC; a final symbolic link is followed inside the root unless O_NOFOLLOW.
 * Kinds as file_err gives them. "" and "/" are the root itself. */
int beneath_open(int rootfd, const char *path, int flags, mode_t mode, int *ret_fd,
		 struct err *err) must_check;
/* The directory that holds `path` (links in it resolved inside the root) as an O_PATH descriptor,
 * and its last component (borrowed from path's end; never ".", ".." or empty behind a trailing
 * slash, which would make the kernel follow a link: ERR_INPUT). */
int beneath_parent(int rootfd, const char *path, int *ret_dirfd, const char **ret_name,
		   struct err *err) must_check;
/* The same, missing directories made (mode 0755, root's). */
int beneath_make_parent(int rootfd, const char *path, int *ret_dirfd, const char **ret_name,
			struct err *err) must_check;
/* The directory `path` open for reading, what is missing of it made with exactly `mode`. A link
 * that leads to nothing is followed: what it names is made, inside the root. ERR_EXISTS: a file is
 * in the way. */
int beneath_make_dirs(int rootfd, const char *path, mode_t mode, int *ret_fd,
		      struct err *err) must_check;
/* Whether a symbolic link lies in the way of `path`; of its last component when `last` says so. */
bool beneath_has_links(int rootfd, const char *path, bool last);
/* lstat of the thing. ERR_MISSING when it is not there. */
int beneath_stat(int rootfd, const char *path, struct stat *ret_st, struct err *err) must_check;
