/* ast.h - a template as a tree: what the parser makes and the interpreter walks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything lives in the heap of the run. Names are interned: equal names are the same pointer, so
 * that scopes compare pointers. Lists of nodes are linked by `next`. */
#pragma once

#include "value/value.h"

struct template;

struct mark {                  /* in the template's text */
	uint32_t line, column; /* from 1, in bytes */
	uint32_t span;         /* bytes; 0: one */
};

enum expr_kind {
	EXPR_CONST,     /* .constant */
	EXPR_NAME,      /* .name */
	EXPR_LIST,      /* .items */
	EXPR_TUPLE,     /* .items */
	EXPR_DICT,      /* .items: key, value, key, value… */
	EXPR_ATTRIBUTE, /* .of, .name */
	EXPR_ITEM,      /* .of, .index */
	EXPR_SLICE,     /* .of, .slice (NULL: left out) */
	EXPR_CALL,      /* .of, .args */
	EXPR_FILTER,    /* .of, .name, .args; of NULL: what a filter block captured */
	EXPR_TEST,      /* .of, .name, .args, .is_negated */
	EXPR_NOT,       /* .of */
	EXPR_NEGATE,    /* .of */
	EXPR_PLUS,      /* .of */
	EXPR_BINARY,    /* .op, .left, .right */
	EXPR_AND,       /* .left, .right */
	EXPR_OR,        /* .left, .right */
	EXPR_CONCAT,    /* .items: a ~ b ~ c */
	EXPR_COMPARE,   /* .of, .compares: a < b <= c */
	EXPR_CONDITION, /* .then, .test, .otherwise (NULL: undefined when false) */
};

enum compare_op { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE, CMP_IN, CMP_NOT_IN };

struct compare {
	enum compare_op op;
	struct expr *right;
	struct compare *next;
};

struct keyword_arg {
	const char *name; /* interned */
	struct expr *value;
	struct keyword_arg *next;
};

struct args {
	struct expr *positional; /* linked by next */
	struct keyword_arg *keywords;
	struct expr *star;      /* *x; NULL: none */
	struct expr *star_star; /* **x */
	uint32_t n_positional, n_keywords;
};

struct expr {
	enum expr_kind kind;
	struct mark mark; /* of names and constants: they themselves; of operators: the operator; of
			     calls: what is called; of x.name: the name; of x[y]: from '[' to ']' */
	uint32_t depth;   /* of this tree: <= LIMIT_EXPR_DEPTH (limits.h) */
	struct expr *next; /* in a list of expressions */
	union {
		struct value constant;
		struct {
			struct expr *items;
			uint32_t n_items;
		};
		struct {
			struct expr *of;
			const char *name; /* interned */
			union {
				struct expr *index;
				struct expr *slice[3];
				struct compare *compares;
				struct {
					struct args args;
					bool is_negated;
					const void *found; /* the row of the filter or test, once
							      looked up */
				};
			};
		};
		struct {
			enum value_op op;
			struct expr *left, *right;
		};
		struct {
			struct expr *test, *then, *otherwise;
		};
	};
};

/* What `for`, `set`, `with` assign to: a name, ns.attr, or a tuple of targets. */
struct target {
	enum target_kind { TARGET_NAME, TARGET_ATTRIBUTE, TARGET_TUPLE } kind;
	struct mark mark;
	const char *name;      /* interned; of the namespace for TARGET_ATTRIBUTE */
	const char *attribute; /* interned */
	struct target *items;
	uint32_t n_items;
	struct target *next;
};

enum stmt_kind {
	STMT_TEXT,      /* .text */
	STMT_OUTPUT,    /* .expr */
	STMT_IF,        /* .branches */
	STMT_FOR,       /* .loop */
	STMT_SET,       /* .set: target = expr */
	STMT_SET_BLOCK, /* .set: target, filters, body */
	STMT_MACRO,     /* .macro */
	STMT_CALL,      /* .call_block */
	STMT_IMPORT,    /* .import: import EXPR as NAME */
	STMT_FROM,      /* .import: from EXPR import names */
	STMT_INCLUDE,
	STMT_FILTER, /* .filter: filters (EXPR_FILTER chain whose innermost .of is NULL), body */
	STMT_WITH,   /* .with */
	STMT_DO,     /* .expr */
	STMT_BREAK,
	STMT_CONTINUE,
	STMT_BLOCK,       /* .block */
	STMT_EXTENDS,     /* .expr */
	STMT_AUTOESCAPE,  /* .filter: expr, body */
	STMT_LOAD,        /* .load: {% load_yaml as x %}…{% endload %} */
	STMT_IMPORT_TEXT, /* .load: {% import_yaml EXPR as x %} */
};

struct branch {
	struct expr *test; /* NULL: else */
	struct stmt *body;
	struct branch *next;
};

struct parameter {
	const char *name;      /* interned */
	struct expr *fallback; /* NULL: none */
	struct parameter *next;
};

struct macro_def {        /* also the body of a call block */
	const char *name; /* interned; NULL: the caller of a call block */
	struct parameter *parameters;
	uint32_t n_parameters;
	struct stmt *body;
	/* Whether the body mentions them (macros in it included): only then extra arguments are
	 * taken. Not set for varargs and kwargs when a parameter has the name; a parameter
	 * `caller` always has a fallback when uses_caller is set. */
	bool uses_varargs, uses_kwargs, uses_caller;
};

struct import_name {
	const char *name, *as; /* interned */
	struct mark mark;
	struct import_name *next;
};

enum load_format { LOAD_YAML, LOAD_JSON, LOAD_TEXT };

struct stmt {
	enum stmt_kind kind;
	struct mark mark; /* of STMT_OUTPUT: from "{{" on; of others: the tag's name */
	struct stmt *next;
	union {
		struct str text;
		struct expr *expr;
		struct branch *branches;
		struct {
			struct target *target;
			struct expr *of, *filter; /* filter: `for … if filter`; NULL: none */
			struct stmt *body, *otherwise;
			/* uses_loop: the body asks for `loop`, holds a scoped block, or the loop
			 * is recursive */
			bool is_recursive, uses_loop;
		} loop;
		struct {
			struct target *target;
			struct expr *expr, *filters; /* filters: as STMT_FILTER; NULL: none */
			struct stmt *body;
		} set;
		struct macro_def *macro;
		struct {
			struct macro_def *caller;
			struct expr *call; /* an EXPR_CALL */
		} call_block;
		struct {
			struct expr *from;
			const char *as; /* STMT_IMPORT: interned */
			struct import_name *names;
			bool with_context, ignore_missing;
		} import;
		struct {
			struct expr *filters; /* or autoescape's expression */
			struct stmt *body;
		} filter;
		struct {
			struct target *targets; /* in pairs with values */
			struct expr *values;
			struct stmt *body;
		} with;
		struct {
			const char *name; /* interned */
			struct stmt *body;
			bool is_scoped, is_required;
		} block;
		struct {
			enum load_format format;
			struct target *target; /* STMT_LOAD, as body */
			struct stmt *body;
			const char *as; /* interned; STMT_IMPORT_TEXT, as from */
			struct expr *from;
			bool with_context; /* STMT_IMPORT_TEXT: what it names is a template too */
		} load;
	};
};

struct block_ref { /* every block of a template, nested ones too */
	const char *name;
	struct stmt *stmt;
	struct block_ref *next;
};

struct template
{
	const char *name; /* for messages and relative imports; lives as long as the heap */
	const char *file; /* as errors name it */
	struct str text;  /* normalised: '\n' line ends; what marks point into */
	struct stmt *body;
	struct block_ref *blocks;
	bool ends_in_newline; /* the source did */
};
