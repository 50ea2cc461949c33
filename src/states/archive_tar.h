/* archive_tar.h - tar archives listed and unpacked into a directory, which nothing in them leaves.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/place.h"

struct tar_request {
	struct world *world;
	struct str bytes; /* of the archive, maybe compressed */
	int strip;        /* components cut from the front of each path */
	struct look look; /* owner of all that is unpacked; LOOK_KEPT: as the archive says */
};

struct archive_list {
	struct strlist *paths; /* without directories' slashes, in the archive's order */
	struct strlist *tops;  /* first components, each once */
	bool has_top_file;     /* one of them is no directory */
};

/* gzip, bzip2, xz and zstd are undone by the programs of these names, in the world's root. */
int tar_list(const struct tar_request *request, struct archive_list *ret_list,
	     struct err *err) must_check;
/* Files are written beside and renamed. ERR_DENIED: a link that leads out of the directory, a
 * device. */
int tar_unpack(const struct tar_request *request, int dirfd, struct err *err) must_check;
