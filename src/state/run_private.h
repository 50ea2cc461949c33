/* run_private.h - the runner: what its files share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/run.h"

struct state_run {
	struct world *world;
	struct heap *heap;
	struct results *results;
	result_fn *told;
	void *told_arg;
	int run_num;
	unsigned depth; /* of requisites that run each other */
	/* A state is looked at twice or thrice; in a knot of prereqs it could be without end. */
	size_t looks_left;
	bool is_failhard; /* a state with failhard failed: nothing more */
	bool fails_hard;  /* all states have it (opts.failhard) */
	struct {          /* marked is_active since the list went on */
		struct chunk **items;
		size_t n, cap;
	} active;
};

/* Who watches, and what changed. */
struct watching {
	const struct requisite_change *changed;
	size_t n_changed;
};

/* Runs the state itself: conditions, apply, check_cmd, retry. is_trial: in test mode, uncounted.
 * watching: mod_watch instead of apply; NULL: apply. */
struct result *chunk_call(struct state_run *run, struct chunk *chunk, bool is_trial,
			  const struct watching *watching);
/* A result that no state gave: now, in no time. */
struct result *result_new(struct state_run *run, const struct chunk *chunk,
			  enum outcome_result result, const char *fmt, ...) printf_like(4, 5);
bool result_has_changes(const struct result *result);
/* The state's result is known: kept and told. */
void result_set(struct state_run *run, struct chunk *chunk, struct result *result);
bool run_must_stop(const struct state_run *run); /* SIGTERM */

/* run_chunk.c: a state with all that it needs first. */
void chunk_run(struct state_run *run, struct chunk *chunk, unsigned again);
/* failhard, and it failed */
bool chunk_failed_hard(const struct state_run *run, const struct chunk *chunk);
/* run_listen.c: what listens to changes, once everything has run. */
void listeners_run(struct state_run *run, const struct low_list *low);
/* run_conditions.c: onlyif, unless, creates. True: the state is skipped, `outcome` says why. */
bool conditions_skip(struct state_run *run, const struct chunk *chunk, struct outcome *outcome);
/* check_cmd: after the state; changes the outcome. */
void check_commands_run(struct state_run *run, const struct chunk *chunk, struct outcome *outcome);
