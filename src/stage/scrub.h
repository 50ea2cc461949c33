/* scrub.h - what is removed from a finished image: a table in scrub.conf, applied beneath its root.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "base/str.h"

struct scrub_result {
	uint64_t n_removed, n_emptied;
};
/* `file` names the list in errors. `keep` has the paths (relative, no leading slash) that were
 * injected, with all their parents: they stay as they are. Unknown actions are ERR_INPUT with their
 * line, found before anything is changed. */
int scrub_apply(const char *file, struct str list, int rootfd, const struct map *keep,
		struct scrub_result *ret_result, struct err *err) must_check;
/* The list alone: a build reads it before it begins. */
int scrub_check(const char *file, struct str list, size_t *ret_n_rows, struct err *err) must_check;
