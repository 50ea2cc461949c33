/* lower.h - looking through a stack of unpacked layers as overlayfs would.
 * SPDX-License-Identifier: Apache-2.0
 *
 * On disk a layer is in overlayfs' own form: a 0:0 character device is a whiteout, a directory with
 * trusted.overlay.opaque=y hides what is below it. */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/strlist.h"

struct lower { /* fds[0] is the topmost; borrowed */
	const int *fds;
	size_t n;
};
/* Finds what the merged view shows at `path` without following a link in it. Returns 0 and the layer's
 * index, or ERR_MISSING (absent, whited out, or hidden by an opaque directory). */
int lower_find(const struct lower *lower, const char *path, size_t *ret_layer, struct stat *ret_st, struct err *err) must_check;
/* Names that the merged view shows in the directory `path`, sorted. */
int lower_list(const struct lower *lower, const char *path, struct strlist *ret_names, struct err *err) must_check;
bool stat_is_whiteout(const struct stat *st);
bool fd_is_opaque(int dirfd);
