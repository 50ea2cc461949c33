/* json.h - values as JSON, spaced as Python's json module does it, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "doc/diag.h"
#include "value/dict.h"
#include "value/list.h"

struct value_json_options {
	bool sort_keys;
	bool ascii;   /* \uXXXX for what is not ASCII: Python's default */
	int indent;   /* < 0: one line, ", " and ": " */
	bool compact; /* "," and ":" */
};

/* "Object of type X is not JSON serializable"; non-finite numbers as Python: NaN, Infinity. */
int value_to_json(struct heap *heap, struct value v, const struct value_json_options *options,
		  struct buf *buf, struct err *err) must_check;
/* Any JSON text; duplicate keys: the last wins; NaN and Infinity are taken; depth bounded.
 * ERR_INPUT: "Expecting value: line 1 column 1 (char 0)". */
int value_from_json(struct heap *heap, struct str text, struct value *ret_value,
		    struct err *err) must_check;
/* The same with the place in `file` and the lines in question. */
int value_parse_json(struct heap *heap, struct str text, const char *file, struct value *ret_value,
		     struct diag *diag) must_check;
