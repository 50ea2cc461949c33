/* check.h - is the store sound, how large is it, and what can go.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

struct check_finding {
	const char *
		what; /* "blob sha256:…", "name docker.io/…", "layer …": borrowed in the callback */
	const char *wrong; /* "content does not match its digest" */
	bool repaired;
};
typedef void (*check_fn)(const struct check_finding *finding, void *arg);
struct check_options {
	bool repair; /* drop or make anew what is wrong; re-unpack damaged layers from their blobs
		      */
	bool quick;  /* sizes and references only, no content hashing; a repair is never quick */
	/* Unpacks a layer again (given by the caller, who knows layer/); may be NULL. */
	int (*unpack)(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err);
	/* Compares fs/ with the blob; returns 1 when they differ, `ret_why` owned. May be NULL. */
	int (*verify_layer)(struct store *store, const struct layer_meta *meta, char **ret_why,
			    void *arg, struct err *err);
	/* Puts the blob of a layer again, packed from its fs/ (store_put…, meta->blob is what it
	 * must become). May be NULL: then an image whose layer blob is damaged is dropped, even if
	 * its unpacked layer is sound. */
	int (*repack)(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err);
	void *arg;
};
struct check_result {
	uint64_t n_blobs, n_layers, n_images, n_names, n_findings, n_repaired;
	uint64_t garbage_bytes; /* leftovers of killed processes: not findings */
};
/* A finding is not an error: 0 is returned when the check went to its end. A repair holds the store
 * alone; else only the sweep waits. */
int store_check(struct store *store, const struct check_options *options, check_fn fn, void *arg,
		struct check_result *ret_result, struct err *err) must_check;

struct sweep_result {
	uint64_t n_blobs, n_layers, n_others;
	uint64_t bytes;
};
/* Removes everything that no name, image record or lease holds, and what dead processes left. `dry`
 * only counts. Waits for the store's lock. */
int store_sweep(struct store *store, bool dry, struct sweep_result *ret_result,
		struct err *err) must_check;

struct store_usage {
	uint64_t blob_bytes, layer_bytes, other_bytes, total_bytes; /* allocated on disk */
	uint64_t reclaimable_bytes;                                 /* what a sweep would free */
};
int store_usage(struct store *store, struct store_usage *ret_usage, struct err *err) must_check;
