/* upkeep.h - what a registry does to itself while it serves: walk, collect, verify.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "registry/registry.h"

/* Compares the whole tree with the index and mends the index. Served requests go on beside it. */
struct walk_result {
	uint64_t repositories, manifests, tags, blobs; /* in the tree */
	uint64_t added, removed;                       /* index rows that had to change */
	uint64_t odd;                                  /* things that are not what they should be */
};
int registry_walk(struct registry *registry, struct walk_result *ret_result,
		  struct err *err) must_check;
bool registry_is_walked(const struct registry *registry); /* once since it was opened */

enum gc_word {
	GC_KEEPS,
	GC_CONDEMNS,
	GC_REVIVES,
	GC_REMOVES_BLOB,
	GC_REMOVES_MANIFEST,
	GC_REMOVES_LINK
};
struct gc_options {
	bool dry_run;
	bool untagged;         /* also manifests that no tag, index or referrer's subject holds */
	int64_t older_than_ns; /* untagged ones younger than that stay; 0: any age */
	int64_t grace_ns;      /* -1: the registry's; 0: at once (nobody pushes) */
	/* Each thing that is (or would be) touched; `why` in words. NULL: nobody asks. */
	void (*told)(enum gc_word word, const char *repository, const struct digest *digest,
		     uint64_t size, const char *why, void *arg);
	void *arg;
};
struct gc_result {
	uint64_t blobs, condemned, removed_blobs, removed_bytes, removed_manifests, removed_links;
};
/* One round: condemn what nothing needs, remove what was condemned before the grace. Pushes go on
 * meanwhile: whoever needs a condemned blob revives it, and a removal asks again under the lock
 * that a manifest's PUT takes. Waits for the walk. */
int registry_collect(struct registry *registry, const struct gc_options *options,
		     struct gc_result *ret_result, struct err *err) must_check;
/* Why a blob or manifest is kept: one line a reason ("tag team/app:1.0", "layer of …"). */
int registry_why(struct registry *registry, const struct digest *digest,
		 struct strlist *ret_reasons, struct err *err) must_check;

struct verify_options {
	uint64_t bytes_per_second; /* 0: unbounded */
	int64_t not_since_ns;      /* pass over what was verified after that (real time); 0: all */
	void (*told)(const struct digest *digest, uint64_t size, const char *fault, void *arg);
	void *arg;
};
struct verify_result {
	uint64_t blobs, bytes, corrupt, missing;
};
/* Reads everything again; what does not match its digest is quarantined. */
int registry_verify(struct registry *registry, const struct verify_options *options,
		    struct verify_result *ret_result, struct err *err) must_check;

struct registry_counts { /* for metrics; from the index, cheap */
	uint64_t repositories, tags, manifests, blobs, blob_bytes, condemned;
	uint64_t manifest_hits, manifest_misses; /* of the memory */
};
int registry_count(struct registry *registry, struct registry_counts *ret_counts,
		   struct err *err) must_check;
/* Told once a pull (from the loop, cheap); written to the index now and then. */
void registry_flush_pulls(struct registry *registry);
