/* value.h - values as templates and state files see them: Python's, in sixteen bytes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A value is passed by value. Strings are views of bytes that live in the heap and never change;
 * lists and dicts are shared: who changes one changes it for everybody (list.h, dict.h). Nothing is
 * freed alone: all of it goes with the heap.
 * What can fail takes `struct err *err` last and says what Python or Jinja says, without a place:
 * the place is the caller's to add. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "value/heap.h"

enum value_kind {
	VALUE_UNDEFINED, /* .why */
	VALUE_NONE,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_TUPLE, /* the same struct as a list; nobody changes it */
	VALUE_DICT,
	VALUE_VIEW,   /* dict_keys, dict_values, dict_items: .view */
	VALUE_RANGE,  /* .range */
	VALUE_OBJECT, /* whatever has a type of its own: functions, macros, modules, namespaces,
			 loop */
};

#define VALUE_MARKUP  1 /* of strings: safe HTML, when autoescape is on */
#define VALUE_RAW     2 /* of strings: bytes that need not be UTF-8 (a decoded base64) */
#define VALUE_LENIENT 4 /* of undefined values: as UNDEFINED_DEFAULT, whatever the mode is */

struct list;
struct dict;
struct view;
struct range;
struct object;
struct undefined;

struct value {
	uint8_t kind;
	uint8_t flags;
	uint32_t len; /* of a string, in bytes */
	union {
		bool boolean;
		int64_t integer;
		double number;
		const char *text; /* not NUL-terminated */
		struct list *list;
		struct dict *dict;
		struct view *view;
		struct range *range;
		struct object *object;
		const struct undefined *why; /* never NULL */
	};
};

_Static_assert(sizeof(struct value) == 16, "values are passed in two registers");

/* Why a value is undefined: the text of the error when it is used. */
struct undefined {
	const char *message; /* "'x' is undefined", "'dict object' has no attribute 'zz'" */
	const char *name;    /* what was looked for */
	const char *shown;   /* what UNDEFINED_DEBUG prints between braces */
};

static inline struct value value_none(void)
{
	return (struct value){.kind = VALUE_NONE};
}
static inline struct value value_bool(bool b)
{
	return (struct value){.kind = VALUE_BOOL, .boolean = b};
}
static inline struct value value_int(int64_t i)
{
	return (struct value){.kind = VALUE_INT, .integer = i};
}
static inline struct value value_float(double d)
{
	return (struct value){.kind = VALUE_FLOAT, .number = d};
}
/* A view: the bytes must live as long as the heap. */
static inline struct value value_view(struct str s)
{
	return (struct value){
		.kind = VALUE_STRING, .len = (uint32_t)s.len, .text = s.ptr ? s.ptr : ""};
}
#define value_literal(literal) value_view(STR(literal))
static inline struct str value_bytes(struct value string)
{
	return (struct str){string.text, string.len};
}
static inline bool value_is_string(struct value v)
{
	return v.kind == VALUE_STRING;
}
static inline bool value_is_sequence(struct value v) /* a list or a tuple */
{
	return v.kind == VALUE_LIST || v.kind == VALUE_TUPLE;
}
static inline bool value_is_number(struct value v) /* bools are numbers */
{
	return v.kind == VALUE_BOOL || v.kind == VALUE_INT || v.kind == VALUE_FLOAT;
}

struct value value_text(struct heap *heap, struct str s);     /* a copy */
struct value value_cstr(struct heap *heap, const char *text); /* a copy */
struct value value_printf(struct heap *heap, const char *fmt, ...) printf_like(2, 3);
struct value value_of_list(struct list *list);
struct value value_of_dict(struct dict *dict);
/* fmt NULL: "'name' is undefined". */
struct value value_undefined(struct heap *heap, const char *name, const char *fmt, ...)
	printf_like(3, 4);
/* The error of whoever uses it: its message. */
int value_refuse_undefined(struct value undefined, struct err *err);
/* As err.h does: analysers are to know that it is always -1. */
#define value_refuse_undefined(...) err_failed(value_refuse_undefined(__VA_ARGS__))

/* ---- what kind of thing it is ---- */

const char *value_type_name(struct value v); /* "str", "int", "dict", "NoneType", "function"… */
/* Jinja's: "str object", "dict object", "None" */
const char *value_object_name(struct heap *heap, struct value v);

/* ---- text ---- */

/* str(v) and repr(v) as Python prints them; appended. An undefined one fails when strict; "" else.
 * ERR_LIMIT: the buffer is full. */
int value_print(struct heap *heap, struct value v, struct buf *buf, struct err *err) must_check;
int value_print_repr(struct heap *heap, struct value v, struct buf *buf,
		     struct err *err) must_check;
int value_str(struct heap *heap, struct value v, struct value *ret_string,
	      struct err *err) must_check;
int value_repr(struct heap *heap, struct value v, struct value *ret_string,
	       struct err *err) must_check;
/* The shortest text that reads back as the same number: "1.0", "1e+16", "inf". */
void float_print(double number, struct buf *buf);

/* ---- truth, equality, order ---- */

int value_truth(struct heap *heap, struct value v, bool *ret_truth, struct err *err) must_check;
/* Python's ==: 1 == 1.0 == True; lists and dicts by content; undefined fails when strict. */
int value_equal(struct heap *heap, struct value a, struct value b, bool *ret_equal,
		struct err *err) must_check;
bool value_same(struct value a,
		struct value b);               /* == where nothing can fail (keys); depth bounded */
bool value_is(struct value a, struct value b); /* identity */
/* < 0, 0, > 0; "'<' not supported between instances of 'str' and 'int'" else. */
int value_order(struct heap *heap, struct value a, struct value b, int *ret_order,
		struct err *err) must_check;
/* The same for another operator, which the message names. */
int value_order_by(struct heap *heap, const char *sign, const struct value pair[2], int *ret_order,
		   struct err *err) must_check;
int value_contains(struct heap *heap, struct value container, struct value item, bool *ret_contains,
		   struct err *err) must_check;
/* "unhashable type: 'list'" */
int value_hash(struct value v, uint64_t *ret_hash, struct err *err) must_check;

/* ---- operators ---- */

enum value_op { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_FLOORDIV, OP_MOD, OP_POW };
int value_binary(struct heap *heap, enum value_op op, struct value a, struct value b,
		 struct value *ret_value, struct err *err) must_check;
int value_negate(struct heap *heap, struct value v, struct value *ret_value,
		 struct err *err) must_check;
int value_plus(struct heap *heap, struct value v, struct value *ret_value,
	       struct err *err) must_check;

/* ---- parts ---- */

/* len(): characters of a string, items, keys. "object of type 'int' has no len()" */
int value_length(struct heap *heap, struct value v, int64_t *ret_length,
		 struct err *err) must_check;
/* x.name: attribute first (methods as bound functions), then item; x['name'] the other way round.
 * What is not there is an undefined value, not an error; of an undefined one it is an error. */
int value_attribute(struct heap *heap, struct value v, struct str name, struct value *ret_value,
		    struct err *err) must_check;
int value_item(struct heap *heap, struct value v, struct value key, struct value *ret_value,
	       struct err *err) must_check;
/* v[start:stop:step]; parts that are VALUE_NONE are left out. */
int value_slice(struct heap *heap, struct value v, const struct value parts[3],
		struct value *ret_value, struct err *err) must_check;

/* ---- going through ---- */

struct value_iter { /* over a list, tuple, dict (its keys), view, range, string (characters), object
		     */
	struct heap *heap;
	struct value of;
	size_t i;
	size_t expected; /* of a dict: its size when the walk began: a change is an error */
};

/* "'int' object is not iterable" */
int value_iterate(struct heap *heap, struct value v, struct value_iter *ret_iter,
		  struct err *err) must_check;
/* 1: *ret_value is the next; 0: the end; -1 with err: it changed meanwhile. */
int value_next(struct value_iter *iter, struct value *ret_value, struct err *err) must_check;
/* All of it as a new list (or `v`'s own, when it is one: do not change it). */
int value_to_list(struct heap *heap, struct value v, struct list **ret_list,
		  struct err *err) must_check;

/* As plain things, for those who take arguments. "expected a string, not 'int'" */
int value_as_str(struct value v, struct str *ret_str, struct err *err) must_check;
int value_as_int(struct value v, int64_t *ret_int, struct err *err) must_check; /* bools too */

/* A deep copy of lists, tuples and dicts; what is shared inside stays shared. */
int value_copy(struct heap *heap, struct value v, struct value *ret_value,
	       struct err *err) must_check;
