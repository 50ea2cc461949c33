/* run.h - runs a low list: requisites, conditions, retry, prereq, listeners.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <time.h>

#include "state/chunk.h"

struct result {
	const char *state, *id, *name, *fun, *sls;
	const char *name_of_tag; /* NULL: the name */
	enum outcome_result result;
	struct str comment;   /* not masked */
	struct value changes; /* a dict; not masked */
	int run_num;
	double duration_ms;
	struct timespec started; /* wall clock */
	bool did_not_run, skip_watch;
	bool is_handled; /* a state with onfail_stop: false took care of its failure */
	struct list *warnings;
	bool has_no_state; /* told of a listener that is not there */
};

struct results {
	struct result **items; /* in the order of execution */
	size_t n, cap;
	/* Not empty: it did not compile: {"local": [texts]}. Owned. */
	struct {
		char **items;
		size_t n, cap;
	} errors;
	bool was_stopped; /* SIGTERM or failhard */
};

struct state_run; /* what runs; states see it through their call */

/* Told as each state ends; NULL: nobody listens. */
typedef void result_fn(void *arg, const struct result *result);

void low_run(struct world *world, struct low_list *low, result_fn *told, void *arg,
	     struct results *ret_results);
void results_done(struct results *results);
bool results_failed(const struct results *results);  /* any false that nobody handled */
bool results_pending(const struct results *results); /* any none, with changes to be made */

/* Runs one state's apply from inside another (module.run, macros): with args as values. */
int state_apply_one(struct world *world, const struct state_def *def, const char *name,
		    struct dict *args, struct outcome *ret_outcome, struct err *err) must_check;

/* ---- shell commands, for conditions and cmd.* ---- */

struct command_options {
	const char *shell; /* NULL: $SHELL, else /bin/sh */
	const char *cwd;   /* NULL: the home of who runs it */
	const char *runas, *group, *umask_text;
	struct dict *env;
	bool clean_env;     /* nothing of ours but what is set here */
	bool keep_locale;   /* else LC_x (not LC_ALL) and LANGUAGE are C */
	bool keep_newlines; /* at the end of what it printed */
	const char *prepend_path;
	int timeout_ms; /* < 0: none */
	bool use_vt;    /* to our stdout (stderr when world->output_to_stderr) as well */
	bool merge_stderr;
	struct str input;
};
struct command_outcome {
	int64_t pid;
	int retcode;            /* of the shell; -SIGNAL when one ended it */
	struct buf out, errors; /* trailing newlines stripped, UTF-8 repaired */
	bool timed_out;
};
/* `<shell> -c text` as the world's root sees it, under its chroot, with the user's groups, HOME,
 * LC_x=C. ERR_*: it could not be started (no such user, no such directory: say so). */
int command_run(struct world *world, const char *text, const struct command_options *options,
		struct command_outcome *ret_outcome, struct err *err) must_check;
void command_outcome_done(struct command_outcome *outcome);
