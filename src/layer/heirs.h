/* heirs.h - files in directories with a default ACL: the kernel would give them more than they
 * have. SPDX-License-Identifier: Apache-2.0
 *
 * Whoever unpacks (docker, podman, containerd do so) makes a file, sets the attributes that its
 * entry lists and leaves the rest: below a directory with a default ACL, a file without one would
 * come out with one. Its entry then says so: an access ACL of the mode's three classes alone, and
 * for directories a default ACL without entries; the kernel keeps neither. */
#pragma once

#include "base/map.h"
#include "layer/entry.h"

struct heirs {           /* zeroed: empty and valid */
	struct map dirs; /* of this archive, with a default ACL */
};
/* Of every entry in order, directories before what they hold. True: *ret_xattrs is a copy of the
 * entry's, completed; xattrs_done frees it. */
bool heirs_add(struct heirs *heirs, const struct entry *entry, struct xattrs *ret_xattrs);
void heirs_done(struct heirs *heirs);
