/* ownership.h - what a copy of a file has besides its bytes: owner, mode, xattrs, times.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

/* -1: not given. */
struct ownership {
	int64_t uid, gid;
	int mode;
};
#define OWNERSHIP_KEPT ((struct ownership){.uid = -1, .gid = -1, .mode = -1})

/* Owner (and mode, ACLs included) become what is given; what fits is left alone. Without root's
 * rights an owner cannot be given: *ret_refused says so, and nothing is changed then. fd may be
 * that of a directory. */
int ownership_set(int fd, const struct ownership *ownership, bool *ret_refused,
		  struct err *err) must_check;
/* Those of `from` on `to`: owner, extended attributes where the file system has them, mode; what is
 * given goes before what the source has. Owners that cannot be kept without root's rights are not.
 */
int attributes_copy(int from, int to, const struct ownership *given, struct err *err) must_check;
int times_copy(int from, int to, struct err *err) must_check;
/* Extended attributes alone, as far as allowed. */
void xattrs_copy(int from, int to);
