/* call.h - what can be called, and what it is called with.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "value/dict.h"
#include "value/list.h"
#include "value/value.h"

struct keyword {
	struct str name;
	struct value value;
};

struct call {
	struct heap *heap;
	struct value self; /* what a method is called on; undefined for functions */
	const struct value *args;
	size_t n_args;
	const struct keyword *keywords;
	size_t n_keywords;
	void *interp;        /* of a running template: tmpl's, for those who call back; else NULL */
	const void *closure; /* of a native function: its `closure` */
};

typedef int call_fn(struct call *call, struct value *ret_value, struct err *err);

/* Objects: things with a type. `type` comes first in a struct of the type's own. */
struct object_type {
	const char *name; /* "function", "Namespace": type name in messages */
	/* With its module, as Jinja calls objects that lack something; NULL: name. */
	const char *qualified;
	call_fn *call; /* NULL: "'x' object is not callable" */
	/* 1: found; 0: has no such attribute; -1 failed. NULL: none. */
	int (*attribute)(struct heap *heap, struct object *object, struct str name,
			 struct value *ret_value, struct err *err);
	int (*item)(struct heap *heap, struct object *object, struct value key,
		    struct value *ret_value,
		    struct err *err); /* the same for x[key]; NULL: by attribute for strings */
	int (*print)(struct heap *heap, struct object *object, struct buf *buf, struct err *err);
	/* 1: *ret_value is the i-th; 0: the end. NULL: not iterable. */
	int (*at)(struct heap *heap, struct object *object, size_t i, struct value *ret_value,
		  struct err *err);
	int64_t (*length)(struct object *object); /* NULL: has no len() */
	bool (*truth)(struct object *object);     /* NULL: by length, else true */
	/* x == y, by whoever knows; NULL: identity */
	bool (*equal)(struct object *a, struct object *b);
};

struct object {
	const struct object_type *type;
};

/* A native function or a bound method as a value. */
struct native {
	struct object object;
	const char *name;
	call_fn *fn;
	struct value self;
	const void *closure;
};
extern const struct object_type native_type;
struct value value_native(struct heap *heap, const char *name, call_fn *fn, const void *closure);
struct value value_of_object(struct object *object);

/* Calls any value. call->self is set by us. */
int value_call(struct value callee, struct call *call, struct value *ret_value,
	       struct err *err) must_check;
/* v.name(…) without making a bound method: methods of str, list, dict, else the attribute's call.
 */
int value_call_method(struct value v, struct str name, struct call *call, struct value *ret_value,
		      struct err *err) must_check;

/* Binding of arguments by a table: positions first, then keywords.
 *   {"sep", PARAM_OPTIONAL}, {"maxsplit", PARAM_OPTIONAL}, {NULL}
 * ret_values[i]: VALUE_UNDEFINED with .why NULL when it was not given (param_given tells).
 * "split() got an unexpected keyword argument 'x'", "… takes at most 2 arguments (3 given)",
 * "… missing 1 required positional argument: 'x'", "… got multiple values for argument 'x'". */
struct param {
	const char *name;
	enum param_kind { PARAM_REQUIRED, PARAM_OPTIONAL } kind;
};
int call_bind(const struct call *call, const char *function, const struct param *params,
	      struct value *ret_values, struct err *err) must_check;
static inline bool param_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED || v.why;
}
/* dict(…) and d.update(…): a dict or pairs, then the keywords. */
int dict_take(struct call *call, struct dict *dict, struct err *err) must_check;
/* The keyword's value, or NULL. */
const struct value *call_keyword(const struct call *call, const char *name);
/* A row of a table of functions, filters, tests or methods; sorted by name, ends with {0}. */
struct native_row {
	const char *name;
	call_fn *fn;
	const void *closure;
};
const struct native_row *native_find(const struct native_row *sorted, size_t n, struct str name);
