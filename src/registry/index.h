/* index.h - what a registry must find quickly: an SQLite file that can be made anew at any time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Repositories, tags, manifests with what they refer to, the blobs each repository may see, sizes,
 * referrers, last pulls, and where the garbage collector stands with a blob. Safe from any thread:
 * one writer at a time, readers beside it (WAL). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strlist.h"
#include "oci/digest.h"

struct index_file;
enum index_state {
	INDEX_SOUND, /* opened; a walk beside the service may still find changes of others */
	INDEX_EMPTY, /* there was none, or an old or damaged one that was put aside: walk first */
};
int index_file_open(int dirfd, const char *name, struct index_file **ret_index,
		    enum index_state *ret_state, struct err *err) must_check;
void index_file_close(struct index_file *index);

enum part_kind { PART_CONFIG, PART_LAYER, PART_CHILD }; /* a child is a manifest of an index */
struct index_part {
	struct digest digest;
	enum part_kind kind;
	bool is_optional; /* elsewhere (urls) or inline (data): does not have to be here */
};
struct index_manifest {
	struct digest digest;
	const char *media_type;
	uint64_t size;
	struct digest subject;     /* unset: none */
	const char *artifact_type; /* NULL: none */
	const char *annotations;   /* JSON map; NULL: none */
	const struct index_part *parts;
	size_t n_parts;
};
