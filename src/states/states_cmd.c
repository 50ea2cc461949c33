/* states_cmd.c - cmd.*: commands, always or when something changed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * `user` means who runs it, as it did when most of the files that use it were written; the
 * reference of today accepts the word and runs as root. */
#include "states/states.h"

#include "states/cmd_run.h"
#include "states/cmd_script.h"

#include "base/banned.h"

#define ROW(arg_name, arg_type, field)                                                             \
	{                                                                                          \
		.name = (arg_name), .type = (arg_type), .offset = offsetof(struct cmd_args, field) \
	}

static const struct state_arg cmd_arg_rows[] = {
	ROW("cwd", ARG_STR, cwd),
	ROW("runas", ARG_STR, runas),
	{.name = "user",
	 .type = ARG_STR,
	 .offset = offsetof(struct cmd_args, runas),
	 .alias_of = "runas"},
	ROW("group", ARG_STR, group),
	ROW("shell", ARG_STR, shell),
	ROW("umask", ARG_STR, umask_text),
	ROW("env", ARG_VALUE, env),
	ROW("clean_env", ARG_BOOL, clean_env),
	ROW("prepend_path", ARG_STR, prepend_path),
	ROW("stateful", ARG_VALUE, stateful),
	ROW("stdin", ARG_VALUE, input),
	ROW("timeout", ARG_VALUE, timeout),
	ROW("ignore_timeout", ARG_BOOL, ignore_timeout),
	ROW("use_vt", ARG_BOOL, use_vt),
	{.name = "reset_system_locale",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct cmd_args, reset_system_locale),
	 .fallback = "true"},
	{.name = "rstrip",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct cmd_args, rstrip),
	 .fallback = "true"},
	ROW("hide_output", ARG_BOOL, hide_output),
	ROW("success_retcodes", ARG_LIST, success_retcodes),
	ROW("success_stdout", ARG_LIST, success_stdout),
	ROW("success_stderr", ARG_LIST, success_stderr),
	ROW("bg", ARG_BOOL, bg),
	ROW("source", ARG_STR, source),
	ROW("template", ARG_VALUE, template),
	ROW("context", ARG_VALUE, context),
	ROW("defaults", ARG_VALUE, defaults),
	ROW("args", ARG_VALUE, script_args),
	{.name = "root",
	 .type = ARG_REFUSED,
	 .fallback = "a command runs in the root of the whole run: use --chroot"},
	{.name = "password", .type = ARG_IGNORED},
	{.name = "output_loglevel", .type = ARG_IGNORED},
	{.name = "output_encoding", .type = ARG_IGNORED},
	{.name = "python_shell", .type = ARG_IGNORED},
	{.name = "ignore_retcode", .type = ARG_IGNORED},
	{.name = "log_callback", .type = ARG_IGNORED},
	{.name = "quiet", .type = ARG_IGNORED},
	{0},
};

static void cmd_check(const struct state_call *call, struct diags *findings)
{
	const struct cmd_args *args = call->args;
	struct diag diag = {0};

	if (args->bg && diag_set(&diag, ERR_INPUT, call->at,
				 "bg: nobody waits for a command in the background, and nobody "
				 "learns how it ended: make it a service"))
		diags_take(findings, &diag);
}

static void wait_apply(struct state_call *call, struct outcome *outcome)
{
	/* Only its mod_watch does something. */
}

#define CMD(symbol, state_name, apply_fn, watch_fn)   \
	static const struct state_def symbol = {      \
		.name = (state_name),                 \
		.args = cmd_arg_rows,                 \
		.args_size = sizeof(struct cmd_args), \
		.check = cmd_check,                   \
		.apply = (apply_fn),                  \
		.mod_watch = (watch_fn),              \
	}

CMD(cmd_run, "cmd.run", cmd_run_apply, cmd_run_apply);
CMD(cmd_wait, "cmd.wait", wait_apply, cmd_run_apply);
CMD(cmd_watch, "cmd.watch", wait_apply, cmd_run_apply);
CMD(cmd_script, "cmd.script", cmd_script_apply, cmd_script_apply);
CMD(cmd_wait_script, "cmd.wait_script", wait_apply, cmd_script_apply);

static const struct state_def *const rows[] = {
	&cmd_run, &cmd_wait, &cmd_watch, &cmd_script, &cmd_wait_script, NULL,
};

const struct state_table states_cmd = {rows};
