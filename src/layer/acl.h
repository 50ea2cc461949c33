/* acl.h - the POSIX ACLs of a whole tree as text.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/acl.h"

/* The whole tree, other file systems below it left out, as getfacl -R -n -E prints it: only files
 * with extended ACLs unless `all`. Appends; `out`'s maximum counts (ERR_LIMIT). */
int acl_dump_tree(int rootfd, bool all, struct buf *out, struct err *err) must_check;
