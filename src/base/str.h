/* str.h - a borrowed view of bytes, by value.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_ARG(s)   (int)(s).len, (s).ptr /* for "%.*s" */

static inline struct str str_of(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}
bool str_eq(struct str a, struct str b);
bool str_is(struct str s, const char *text);
bool str_is_nocase(struct str s, const char *text); /* ASCII case aside, whatever the locale */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);        /* ASCII white space, both ends */
struct str str_trim_blanks(struct str s); /* blanks and tabs only: a field's OWS */
/* Cuts `*rest` at the first `sep`: returns what stands before it, leaves what follows. With no
 * `sep` the whole is returned and `*rest` becomes {NULL, 0}. */
struct str str_cut(struct str *rest, char sep);
char *str_dup(struct str s);

/* Whole-string numbers: false on empty, sign (unsigned), garbage, overflow. */
bool str_to_u64(struct str s, uint64_t *ret_value);
bool str_to_i64(struct str s, int64_t *ret_value);
bool str_to_octal(struct str s, uint32_t *ret_value);
/* The digits at the front of a text that the kernel wrote; 0 without any. */
uint64_t text_number(const char *text);

/* C-string words used everywhere. */
bool text_eq(const char *a, const char *b); /* NULL equals NULL only */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* The candidate nearest to `word` when it is near enough to be what was meant, else NULL:
 * edit distance <= 1 + len/4. `names` ends with NULL. */
const char *str_nearest(const char *word, const char *const *names);

/* Shell-style match of the whole text: `*`, `?`, `[a-z]`, `[^a]`, backslash; `*` crosses `/`. */
bool str_glob(const char *pattern, const char *text);
