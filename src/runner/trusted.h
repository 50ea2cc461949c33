/* trusted.h - directories reached without a step that somebody else has laid.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Root works in volumes whose users may replace any directory of theirs by a link, also while it is
 * looking. Each component is opened for itself; a link is followed when its owner is root, we, or
 * whoever owns "/" (in a user name space the image's files may be nobody's). */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/* The directory `path`, open for reading. make: what is missing is made, 0755 under the umask;
 * *ret_new (may be NULL) tells that the last component was. ERR_DENIED: a link of somebody else;
 * ERR_EXISTS: something that is no directory. */
int trusted_open_dir(const char *path, bool make, bool *ret_new, int *ret_fd,
		     struct err *err) must_check;
/* The directory that holds `path`; *ret_name is borrowed from its end, and empty behind a slash. */
int trusted_open_parent(const char *path, bool make, int *ret_fd, const char **ret_name,
			struct err *err) must_check;
