/* regex_private.h - a pattern's translation, and what is known of a compiled one.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/regex.h"

struct regex_name {
	struct str name; /* of the pattern's bytes */
	unsigned group;
};

struct regex_groups {
	unsigned n; /* with group 0 */
	struct regex_name names[REGEX_GROUPS_MAX];
	size_t n_names;
};

/* Python's pattern as PCRE2's; flags at its start are added to *flags. */
int regex_translate(struct str pattern, unsigned *flags, struct buf *buf,
		    struct regex_groups *groups, struct err *err) must_check;
int regex_groups_find(const struct regex_groups *groups, struct str name); /* -1: none */
const struct regex_groups *regex_groups(const struct regex *regex);

/* "x at position 3", counted in characters. */
int regex_bad(struct str pattern, size_t pos, struct err *err, const char *fmt, ...)
	printf_like(4, 5);
