/* copy.h - files between a container and the host, by docker cp's rules.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of a running container the tree is what its processes see, volumes included; of another it is the
 * snapshot. Every path in the container is resolved beneath its root: links never lead out. */
#pragma once

#include "container/container.h"

struct copy_options {
	bool archive;     /* keep owners; else they become root's in the container, ours outside */
	bool follow_link; /* of the source: what it leads to, not the link */
};
/* `to`: a path, or "-" for a tar stream on stdout. */
int container_copy_out(struct container *container, const char *from, const char *to,
		       const struct copy_options *options, struct err *err) must_check;
/* `from`: a path, or "-" for a tar stream on stdin, unpacked into the directory `to`. */
int container_copy_in(struct container *container, const char *from, const char *to,
		      const struct copy_options *options, struct err *err) must_check;
