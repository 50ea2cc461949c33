/* value_private.h - what the files of this module share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/call.h"
#include "value/limits.h"

/* ---- hashing (hash.c) ---- */

uint64_t hash_bytes(struct str s);
/* Of a key that is known to be hashable, or -1. */
int hash_try(struct value key, uint64_t *ret_hash);

/* ---- undefined (undefined.c) ---- */

/* Whether printing, testing, iterating it is an error. */
static inline bool undefined_fails(const struct heap *heap, struct value undefined)
{
	return heap->undefined == UNDEFINED_STRICT && !(undefined.flags & VALUE_LENIENT);
}

/* What `of` has not: "'dict object' has no attribute 'zz'", "list object has no element 5". */
struct value undefined_part(struct heap *heap, struct value of, struct value key);
/* "access to attribute '__class__' of 'str' object is unsafe." */
struct value undefined_unsafe(struct heap *heap, struct value of, struct str name);

/* ---- methods (method.c) ---- */

struct method;
/* v.name, or NULL. */
const struct method *method_find(struct value v, struct str name);
/* With call->self set: checks the arguments first. */
int method_call(const struct method *method, struct call *call, struct value *ret_value,
		struct err *err) must_check;
struct value method_bind(struct heap *heap, struct value v, const struct method *method);

#define BEYOND_INT 9223372036854775808.0 /* 2^63: the first double that no int is */

static inline double value_double(struct value v) /* of a number */
{
	if (v.kind == VALUE_FLOAT)
		return v.number;
	return v.kind == VALUE_BOOL ? (double)v.boolean : (double)v.integer;
}
static inline int64_t value_integer(struct value v) /* of a bool or an int */
{
	return v.kind == VALUE_BOOL ? v.boolean : v.integer;
}
static inline bool value_is_whole(struct value v)
{
	return v.kind == VALUE_BOOL || v.kind == VALUE_INT;
}

/* ---- parts (iterate.c, part.c) ---- */

int64_t range_length(const struct range *range);
struct value range_at(const struct range *range, int64_t i);

/* ---- text (repr.c) ---- */

/* Quoted as Python's repr(str) does it. */
void repr_text(struct str s, struct buf *buf);
/* The buffer is not full. */
int text_room(const struct buf *buf, struct err *err) must_check;
/* What the buffer holds as a string of the heap. */
int text_take(struct heap *heap, const struct buf *buf, struct value *ret_string,
	      struct err *err) must_check;

/* ---- numbers (number_text.c) ---- */

#define FLOAT_DIGITS 20 /* bytes: 17 digits are enough for any double */
void int_print(int64_t number, struct buf *buf);
/* The digits of the shortest text of a finite number >= 0, "0.DIGITS * 10^point"; how many. */
int float_digits(double number, char digits[FLOAT_DIGITS], int *ret_point);
int number_binary(enum value_op op, struct value a, struct value b, struct value *ret_value,
		  struct err *err) must_check;
