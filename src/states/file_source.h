/* file_source.h - where the contents of files come from, and whether they are the right ones.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "states/digest.h"

struct source_request {
	struct list *sources; /* strings, or {source: hash}; the first that exists */
	struct str hash;      /* a digest, or where a list of digests is */
	struct str hash_name; /* in that list; "": the source's own */
	bool skip_verify;
	bool wants_mode;
	const char *target; /* may already be what the digest names; NULL: does not count */
};

struct source_found {
	const char *name;  /* as it was written */
	const char *file;  /* for messages */
	struct buf text;   /* owned */
	bool is_unchanged; /* the target has the digest: nothing was fetched */
	bool has_mode;
	uint32_t mode;
};

/* false: told in the outcome. */
bool source_get(struct state_call *call, const struct source_request *request,
		struct source_found *ret_found, struct outcome *outcome);
void source_found_done(struct source_found *found);
bool source_is_remote(const char *source);
