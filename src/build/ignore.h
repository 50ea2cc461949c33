/* ignore.h - .dockerignore: which files of a context a build does not see.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's reference of .dockerignore; moby's patternmatcher.
 *
 *   line = "#" comment (in column 1 only) / [ "!" ] pattern
 *
 * The last pattern that matches a path, or a directory that holds it, decides. */
#pragma once

#include "build/glob.h"

struct ignore_pattern {
	struct glob glob;
	bool brings_back; /* "!" */
};
struct ignore { /* zeroed: nothing is ignored */
	struct ignore_pattern *items;
	size_t n, cap;
	bool brings_back; /* some pattern does */
};
/* `file` stands in errors. ERR_INPUT with the line; ERR_LIMIT. */
int ignore_parse(const char *file, struct str text, struct ignore *ret_ignore,
		 struct err *err) must_check;
/* `path` is relative to the context, clean. */
bool ignore_has(const struct ignore *ignore, const char *path);
void ignore_done(struct ignore *ignore);
