/* method_private.h - the tables of methods, and how they look at their arguments.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counts are checked before `fn` runs; the phrases are those of CPython, which has four. */
#pragma once

#include "value/value_private.h"

enum method_phrase {
	SAYS_TAKES_EXACTLY, /* "str.join() takes exactly one argument (0 given)" */
	SAYS_EXPECTED,      /* "replace expected at least 2 arguments, got 0" */
	SAYS_TAKES,         /* "find() takes at least 1 argument (0 given)" */
};

#define ANY_NUMBER UINT8_MAX

struct method {
	const char *name;
	call_fn *fn;
	uint8_t min, max; /* of arguments by position */
	uint8_t phrase;
	uint8_t n_keywords; /* ANY_NUMBER: fn looks at them */
	const char *const *keywords;
};

/* Sorted by name. */
extern const struct method str_methods[], list_methods[], tuple_methods[], dict_methods[];
extern const size_t n_str_methods, n_list_methods, n_tuple_methods, n_dict_methods;

static inline const struct method *method_of(const struct call *call)
{
	return call->closure;
}
/* The i-th argument, by position or by keyword; NULL: not given. */
const struct value *method_arg(const struct call *call, size_t i);
/* "replace() argument 1 must be str, not int" */
int method_text(const struct call *call, size_t i, struct str *ret_text,
		struct err *err) must_check;
/* "'float' object cannot be interpreted as an integer"; untouched when not given. */
int method_whole(const struct call *call, size_t i, int64_t *ret_whole, struct err *err) must_check;
/* The bounds of find() and index(): None is none; then moved into 0..length. */
int method_bounds(const struct call *call, size_t i, int64_t length, int64_t ret_bounds[2],
		  struct err *err) must_check;

/* ---- of strings (string_*.c) ---- */

/* A part of the string itself, or what was made of it. */
struct value string_part(const struct call *call, struct str part);
/* Of a buffer that was filled. */
int string_made(const struct call *call, const struct buf *buf, struct value *ret_value,
		struct err *err) must_check;

call_fn string_capitalize, string_casefold, string_lower, string_swapcase, string_title,
	string_upper;
call_fn string_isalnum, string_isalpha, string_isascii, string_isdecimal, string_isdigit,
	string_isidentifier, string_islower, string_isnumeric, string_isprintable, string_isspace,
	string_istitle, string_isupper;
call_fn string_count, string_endswith, string_find, string_index, string_rfind, string_rindex,
	string_startswith;
call_fn string_join, string_partition, string_rpartition, string_rsplit, string_split,
	string_splitlines;
call_fn string_center, string_expandtabs, string_ljust, string_lstrip, string_removeprefix,
	string_removesuffix, string_replace, string_rjust, string_rstrip, string_strip,
	string_zfill;
call_fn string_encode, string_format, string_format_map;
