/* gather.h - what COPY and ADD name, found in a context or a root file system, put into a batch.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's reference of COPY; Go's filepath.Match for wildcards. */
#pragma once

#include "build/batch.h"
#include "build/ignore.h"

struct origin { /* where sources are looked for */
	int rootfd;
	const char *name;            /* "the build context", "stage 'x'": for errors */
	const struct ignore *ignore; /* NULL: nothing is */
	bool keeps_owner;            /* of files; else they become 0:0 */
};
struct target {            /* where they go */
	char *path;        /* relative, clean, link-free; owned */
	bool is_directory; /* ends with a slash, is one, or must be */
	bool is_file;      /* something that is no directory is there */
	bool sets_owner, sets_mode;
	uint32_t uid, gid, mode;
	int64_t made_ns; /* time of directories that no source has */
};

/* Clean and relative: "..", as far as it leads out, and leading slashes mean nothing. */
char *source_clean(const char *source);
/* What `source` names, wildcards expanded, sorted; ERR_MISSING when it is no wildcard and nothing
 * is there. */
int gather_find(const struct origin *origin, const char *source, struct strlist *ret_paths,
		struct err *err) must_check;
/* One path that was found: a file becomes the target or goes into it, of a directory all it holds
 * goes there. */
int gather_path(const struct origin *origin, const char *path, const struct target *target,
		struct batch *batch, struct err *err) must_check;
/* A file of these bytes, as a heredoc makes it. */
int gather_text(const char *name, const char *text, const struct target *target,
		struct batch *batch, struct err *err) must_check;
