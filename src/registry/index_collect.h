/* index_collect.h - what the collector, the verifier and the curious ask the index.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/index.h"
#include "registry/upkeep.h"

/* One candidate. The repository is "" where there is none. */
struct index_thing {
	char *repository;
	struct digest digest;
	uint64_t size;
	int64_t id;        /* of a manifest: where to go on */
	bool is_condemned; /* a blob that waits for its removal, or dead */
	bool is_dead;
	int64_t condemned_at_ns;
};
struct index_things {
	struct index_thing *items;
	size_t n, cap;
};
void index_things_done(struct index_things *things);

struct index_cuts {
	int64_t pushed_before_ns; /* the age that was asked for */
	int64_t needed_before_ns; /* the grace */
};
/* Manifests behind `after_id` that no tag, no index and no subject holds. */
int index_unheld_manifests(struct index_file *index, int64_t after_id,
			   const struct index_cuts *cuts, size_t n, struct index_things *ret_things,
			   struct err *err) must_check;
int index_is_unheld(struct index_file *index, const char *repository, const struct digest *digest,
		    const struct index_cuts *cuts, bool *ret_is, struct err *err) must_check;
/* Links behind the last one that no manifest of the repository needs. */
int index_unneeded_links(struct index_file *index, const struct index_thing *last,
			 int64_t needed_before_ns, size_t n, struct index_things *ret_things,
			 struct err *err) must_check;
/* Blobs behind `last` that nothing needs: no link, no manifest, no part of one. */
int index_unneeded_blobs(struct index_file *index, const struct digest *last, size_t n,
			 struct index_things *ret_things, struct err *err) must_check;
int index_is_unneeded(struct index_file *index, const struct digest *digest,
		      struct index_thing *ret_thing, bool *ret_is, struct err *err) must_check;
/* Condemned ones that something needs again. */
int index_needed_again(struct index_file *index, struct index_things *ret_things,
		       struct err *err) must_check;
/* The blobs verified longest ago, and before that time. */
int index_unverified(struct index_file *index, int64_t before_ns, size_t n,
		     struct index_things *ret_things, struct err *err) must_check;
int index_reasons(struct index_file *index, const struct digest *digest,
		  struct strlist *ret_reasons, struct err *err) must_check;
int index_count(struct index_file *index, struct registry_counts *ret_counts,
		struct err *err) must_check;
