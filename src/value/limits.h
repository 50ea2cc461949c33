/* limits.h - what a template may cost.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_HEAP \
	((size_t)512 << 20)          /* bytes a run: a hostile template is stopped, not the host */
#define LIMIT_STEPS         10000000 /* nodes evaluated a run: seconds, not minutes */
#define LIMIT_VALUE_BYTES   ((size_t)8 << 20) /* of one string or list that a template makes */
#define LIMIT_RANGE         100000     /* turns of a range: what the reference's sandbox allows */
#define LIMIT_DEPTH         200        /* of containers in containers, printed or compared */
#define LIMIT_REGEX_STEPS   1000000    /* PCRE2's match limit: about 100 ms */
#define LIMIT_REGEX_PATTERN (64 << 10) /* bytes of one pattern */
#define LIMIT_REGEX_DEPTH   200        /* of parentheses in a pattern: PCRE2 stops at 250 */
#define LIMIT_REGEX_REPEAT  65535      /* of {n}: what PCRE2 can count to */
#define LIMIT_REGEX_HEAP    (16 << 20) /* bytes for backtracking, shared by all patterns of a run */
#define LIMIT_MESSAGE_KEY   1000       /* bytes of a key in a message */
#define LIMIT_HASH_ITEMS    100000     /* items of a tuple in tuples that is a key */
#define LIMIT_SAME_ITEMS    1000000    /* comparisons to tell whether two keys are equal */
