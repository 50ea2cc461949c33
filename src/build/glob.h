/* glob.h - patterns over paths: those of Go's filepath.Match, and with `**` those of ignore files.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   *       any run without "/"            [a-z] [^a]   one character of a class, never "/"
 *   ?       one character, not "/"         \x           x itself
 *   **      any number of directories (deep patterns only); at the end: everything
 *
 * A match costs |pattern| times |path|, whatever the pattern. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct glob_token;
struct glob { /* zeroed: matches "" */
	struct glob_token *items;
	size_t n, cap;
	char *text; /* what the tokens point into */
};
/* ERR_INPUT: a class or an escape is not ended; ERR_LIMIT. */
int glob_parse(struct str pattern, bool is_deep, struct glob *ret_glob, struct err *err) must_check;
bool glob_matches(const struct glob *glob, struct str path);
bool glob_is_pattern(const char *text); /* has any of * ? [ \ */
void glob_done(struct glob *glob);
