/* environment.h - what the environment gives, directly or in a file that NAME_FILE names.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Borrowed; NULL: unset. env ends with NULL and may be NULL. */
const char *environment_get(const char *const *env, struct str name);
/* The variable whose name is nearest to one that is not set; the caller frees, NULL: none is. */
char *environment_nearest(const char *const *env, struct str name);
/* The content of `path`, one newline at its end cut off. ERR_MISSING, ERR_DENIED, ERR_LIMIT …:
 * names the variable and the file, never the content; ERR_INPUT: it holds a NUL. */
int environment_read_secret(const char *variable, const char *path, char **ret_value,
			    struct err *err) must_check;
