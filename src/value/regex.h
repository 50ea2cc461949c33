/* regex.h - Python's `re` on PCRE2, with bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Patterns are UTF-8 with Unicode classes; what Python spells otherwise is translated (\Z, (?P=n),
 * {,n}). Matching is bounded (limits.h): a pattern that needs more is ERR_LIMIT. */
#pragma once

#include "value/value.h"

#define REGEX_IGNORECASE 2 /* the numbers that Python's re module gives them */
#define REGEX_MULTILINE  8
#define REGEX_DOTALL     16
#define REGEX_VERBOSE    64

struct regex;
/* ERR_INPUT: "missing ), unterminated subpattern at position 0"-like text. */
int regex_compile(struct heap *heap, struct str pattern, unsigned flags, struct regex **ret_regex,
		  struct err *err) must_check;

struct regex_match {
	size_t start, end;
	size_t n_groups;       /* group 0 is the whole */
	struct str groups[32]; /* ptr NULL: took no part */
};
/* From `from` on. anchored: at `from` only (re.match). 1 found, 0 not, -1 err. */
int regex_search(const struct regex *regex, struct str text, size_t from, bool anchored,
		 struct regex_match *ret_match, struct err *err) must_check;
/* re.subn: \1, \g<1>, \g<name>, \\ and \n in `replacement` unless literal. count 0: all. */
int regex_replace(const struct regex *regex, struct str text, struct str replacement, bool literal,
		  size_t count, struct buf *buf, size_t *ret_n, struct err *err) must_check;
