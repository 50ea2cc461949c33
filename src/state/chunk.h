/* chunk.h - low data: one state to be run, with everything that was written about it.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

enum requisite_kind {
	REQ_REQUIRE,
	REQ_REQUIRE_ANY,
	REQ_WATCH,
	REQ_WATCH_ANY,
	REQ_ONCHANGES,
	REQ_ONCHANGES_ANY,
	REQ_ONFAIL,
	REQ_ONFAIL_ANY,
	REQ_ONFAIL_ALL,
	REQ_PREREQ,
	REQ_LISTEN,
	REQ_LISTEN_IN,
	REQ_USE, /* at compile time only */
	N_REQ_KINDS
};
extern const char *const requisite_names[N_REQ_KINDS]; /* "require" */

struct requisite {
	enum requisite_kind kind;
	const char *module;  /* "file"; "sls", "id"; NULL: a bare text, any module */
	const char *pattern; /* a glob over IDs and names */
	struct src_pos at;
	struct { /* filled when the low list is complete */
		struct chunk **items;
		size_t n, cap;
	} targets;
};

struct chunk_arg {
	const char *name;
	struct marked *value;
	struct src_pos at;
};

struct conditions { /* values as written; NULL: not given */
	struct marked *onlyif, *unless, *creates, *check_cmd, *cmd_opts_exclude;
	struct marked *retry;
	bool failhard, has_failhard, reload_pillar;
	bool handles_failure; /* onfail_stop: false */
};

enum order_kind { ORDER_GIVEN, ORDER_FRACTION, ORDER_LAST, ORDER_NONE };

struct chunk {
	const char *state; /* "file" */
	const char *fun;   /* "managed" */
	const char *id, *name, *sls;
	const struct state_def *def; /* NULL: unknown (an error was told) */
	struct src_pos at;           /* of the declaration's "file.managed:" */
	double order;
	enum order_kind order_kind;
	uint32_t name_number; /* from 1, of `names`; 0: none */
	struct {
		struct chunk_arg *items;
		size_t n, cap;
	} args; /* without the global ones */
	struct {
		struct requisite *items;
		size_t n, cap;
	} requisites;
	struct { /* those whose prereq this is */
		struct chunk **items;
		size_t n, cap;
	} prerequired;
	struct { /* file states that require or watch this file state */
		struct chunk **items;
		size_t n, cap;
	} needed_by;
	struct conditions when;
	const void *decoded;   /* the state's struct of arguments; NULL: not yet */
	struct dict *extra;    /* of states that take extra arguments; NULL: none */
	struct value low;      /* as a dict, for show_low; made when asked for */
	size_t position;       /* in definition order */
	struct result *result; /* NULL: did not run yet */
	struct result *trial;  /* of a prereq: what the state would do; NULL: not tried */
	/* The runner's marks: to be tried, not run; a prereq waits for it; being run. */
	bool is_trial, is_prerequired, is_active;
};

struct low_list {
	struct chunk **items;
	size_t n, cap;
};
