/* function.h - one state function ("file.managed"): what it takes, what it does.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A state is one const struct. Arguments are decoded into the state's own struct by its table;
 * names, conditions, requisites, retry, test mode's words, timing and masking are the engine's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/marked.h"
#include "state/world.h"

enum arg_type {
	ARG_STR,     /* struct str; numbers and bools become text, as Python's str() prints them */
	ARG_BOOL,    /* bool */
	ARG_INT,     /* int64_t */
	ARG_MODE,    /* struct file_mode */
	ARG_VALUE,   /* struct value: anything */
	ARG_LIST,    /* struct list *: a single value becomes a list of one; NULL: not given */
	ARG_DICT,    /* struct dict *: also a list of one-key dicts; NULL: not given or null */
	ARG_IGNORED, /* known, without effect here: no warning (win_*, selinux on other systems…) */
	ARG_REFUSED, /* known, cannot be done: an error at compile time; .fallback says why */
};

struct file_mode {
	bool is_given, is_keep;
	uint32_t mode; /* 07777 */
};

/* The rows are read by people: what belongs to the call stands first, padding or not. */
struct state_arg { /* NOLINT(clang-analyzer-optin.performance.Padding) */
	const char *name;
	enum arg_type type;
	size_t offset;        /* in the state's struct */
	const char *fallback; /* as text: "true", "10", "0644"; NULL: zero */
	bool is_required;
	const char *alias_of; /* another name of that argument (user → runas); offset is its own */
};

/* How a state ended. Zeroed: true, no changes, no comment. */
enum outcome_result { RESULT_TRUE, RESULT_FALSE, RESULT_NONE };

struct outcome {
	enum outcome_result result;
	struct buf comment;
	struct value changes;  /* a dict; VALUE_NONE or undefined: {} */
	bool skip_watch;       /* no mod_watch: it was skipped by a condition */
	bool did_not_run;      /* __state_ran__: false */
	struct list *warnings; /* strings; NULL: none */
};

struct requisite_change {  /* for mod_watch: who changed */
	const char *state; /* "file" */
	const char *id;
	bool is_any; /* of watch_any */
};

struct state_call { /* one run of one state */
	struct world *world;
	struct heap *heap;
	const char *name; /* after names: expansion */
	const char *id;
	const char *sls;
	const char *fun;  /* "managed" */
	const void *args; /* the state's struct */
	struct dict
		*extra; /* arguments that no row names, for states with takes_extra; NULL: none */
	struct src_pos at;                      /* of the declaration */
	bool is_test;                           /* the same as world's, or a prereq's trial */
	const struct requisite_change *changed; /* for mod_watch */
	size_t n_changed;
	const struct chunk *chunk;
	struct state_run *run;
};

struct state_function_def;

struct state_def {
	const char *name;             /* "file.managed" */
	const struct state_arg *args; /* ends with {0}; `name` is always there, the engine's */
	size_t args_size;             /* of the struct */
	bool takes_extra;             /* unknown arguments are template variables: file.managed */
	bool is_build_only;           /* pkgrepo…: a lint in start-time steps */
	/* Known without changing anything, at compile time: bad combinations. NULL: nothing. */
	void (*check)(const struct state_call *call, struct diags *findings);
	/* Reports failures in the outcome; -1 only for what ends the whole run (no memory of ours
	 * is such). */
	void (*apply)(struct state_call *call, struct outcome *outcome);
	/* NULL: a watch is a require. */
	void (*mod_watch)(struct state_call *call, struct outcome *outcome);
};

struct state_table {
	const struct state_def *const *rows; /* in no order; ends with NULL */
};

/* ---- what apply functions say ---- */

void outcome_fail(struct outcome *outcome, const char *fmt, ...)
	printf_like(2, 3);                                       /* adds a comment line */
void outcome_fail_err(struct outcome *outcome, struct err *err); /* and clears it */
void outcome_say(struct outcome *outcome, const char *fmt, ...)
	printf_like(2, 3); /* comment, appended */
void outcome_pending(struct outcome *outcome, const char *fmt, ...)
	printf_like(2, 3); /* None: test mode */
void outcome_warn(struct heap *heap, struct outcome *outcome, const char *fmt, ...)
	printf_like(3, 4);
/* changes[key] = v; the dict is made when needed. */
void outcome_change(struct heap *heap, struct outcome *outcome, const char *key, struct value v);
void outcome_change_text(struct heap *heap, struct outcome *outcome, const char *key,
			 const char *text);
/* changes[key] = {old: …, new: …} */
void outcome_change_pair(struct heap *heap, struct outcome *outcome, const char *key,
			 struct value old, struct value new);
void outcome_done(struct outcome *outcome);
