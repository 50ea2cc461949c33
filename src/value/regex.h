/* regex.h - Python's `re` on PCRE2, with bounds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Patterns are UTF-8 with Unicode classes; what Python spells otherwise is translated (\Z, (?P<n>),
 * {,n}) and what only PCRE2 knows is refused. Matching is bounded (limits.h): a pattern that needs
 * more is ERR_LIMIT, and what was needed counts as steps of evaluation.
 * Compiled patterns live in the heap, which keeps the last ones: compiling again costs nothing. */
#pragma once

#include "value/value.h"

#define REGEX_IGNORECASE 2 /* the numbers that Python's re module gives them */
#define REGEX_MULTILINE  8
#define REGEX_DOTALL     16
#define REGEX_VERBOSE    64
#define REGEX_ASCII      256
#define REGEX_BYTES      65536 /* not Python's number: as a pattern of bytes, for what is not UTF-8 */

#define REGEX_GROUPS_MAX 100 /* with group 0 */

struct regex;
/* ERR_INPUT: Python's text: "missing ), unterminated subpattern at position 0". */
int regex_compile(struct heap *heap, struct str pattern, unsigned flags, struct regex **ret_regex,
		  struct err *err) must_check;
size_t regex_n_groups(const struct regex *regex);                  /* with group 0 */
int regex_group_named(const struct regex *regex, struct str name); /* its number; -1: none */

struct regex_match {
	size_t start, end;
	size_t n_groups;                     /* group 0 is the whole */
	struct str groups[REGEX_GROUPS_MAX]; /* ptr NULL: took no part */
};
/* From `from` on. anchored: at `from` only (re.match). 1 found, 0 not, -1 err. */
int regex_search(const struct regex *regex, struct str text, size_t from, bool anchored,
		 struct regex_match *ret_match, struct err *err) must_check;
struct regex_replacement {
	struct str text; /* with \1, \g<1>, \g<name>, \\ and \n, unless it is literal */
	bool is_literal;
	size_t max; /* replaced; 0: all */
};
/* re.subn: appended; *ret_n were replaced. */
int regex_replace(const struct regex *regex, struct str text, const struct regex_replacement *by,
		  struct buf *buf, size_t *ret_n, struct err *err) must_check;
/* re.finditer: every match in turn; -1 from `each` ends it. */
typedef int regex_each_fn(void *arg, const struct regex_match *match, struct err *err);
int regex_each(const struct regex *regex, struct str text, regex_each_fn *each, void *arg,
	       struct err *err) must_check;
/* re.escape: appended. */
void regex_escape(struct str text, struct buf *buf);
