/* cmd_run.h - what cmd.run and cmd.script share: arguments, and how their result is told.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"
#include "state/run.h"

struct cmd_args {
	struct str cwd, runas, group, shell, umask_text, prepend_path;
	struct value env, stateful, timeout, input;
	bool clean_env, ignore_timeout, use_vt, hide_output, bg;
	bool reset_system_locale, rstrip;
	struct list *success_retcodes, *success_stdout, *success_stderr;
	/* cmd.script */
	struct str source;
	struct value template, context, defaults, script_args;
};

void cmd_run_apply(struct state_call *call, struct outcome *outcome);

/* Fails with a comment: the environment or the directory is not what it should be. */
bool cmd_is_ready(struct state_call *call, struct outcome *outcome);
/* The command in test mode's place: a stateful one names it (test_name); NULL: none. */
const char *cmd_test_name(struct state_call *call);
bool cmd_is_stateful(const struct cmd_args *args);
/* Runs `command` as the arguments say and tells how it went; the comment calls it `shown`, between
 * two of `quote`. */
void cmd_execute(struct state_call *call, const char *command, const char *shown, char quote,
		 struct outcome *outcome);
/* Makes what a stateful command has printed the outcome: its last line (or all of it, as JSON) says
 * changed=yes|no, comment='…' and more. */
void cmd_reinterpret(struct state_call *call, struct outcome *outcome);
