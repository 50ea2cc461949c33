/* cmd_run.c - cmd.run: one command, and how it is told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/cmd_run.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "value/list.h"

#include "base/banned.h"

const char *cmd_test_name(struct state_call *call)
{
	const struct cmd_args *args = call->args;

	if (args->stateful.kind != VALUE_LIST || !args->stateful.list->n)
		return NULL;
	struct value first = args->stateful.list->items[0];
	struct value *name = first.kind == VALUE_DICT ? dict_get(first.dict, "test_name") : NULL;
	struct value text;
	autoerr struct err err = {0};
	if (!name || value_str(call->heap, *name, &text, &err))
		return NULL;
	return heap_strdup(call->heap, value_bytes(text));
}

bool cmd_is_stateful(const struct cmd_args *args)
{
	return args->stateful.kind == VALUE_LIST ||
	       (args->stateful.kind == VALUE_BOOL && args->stateful.boolean);
}

/* ---- arguments ---- */

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED && v.kind != VALUE_NONE;
}

static int set_text(struct heap *heap, struct dict *env, struct value key, struct value v,
		    struct err *err)
{
	struct value name, text = value_literal("");

	if (value_str(heap, key, &name, err) || (is_given(v) && value_str(heap, v, &text, err)))
		return -1;
	dict_put(heap, env, name, text);
	return 0;
}

/* "NAME=value", or a name without a value. */
static int set_assignment(struct heap *heap, struct dict *env, struct value item, struct err *err)
{
	struct value text;

	if (value_str(heap, item, &text, err))
		return -1;
	struct str value = value_bytes(text), name = str_cut(&value, '=');
	dict_put(heap, env, value_text(heap, name),
		 value.ptr ? value_text(heap, value) : value_literal(""));
	return 0;
}

static int env_add(struct heap *heap, struct dict *env, struct value v, struct err *err)
{
	if (v.kind == VALUE_DICT) {
		dict_foreach(entry, v.dict) if (set_text(heap, env, entry->key, entry->value,
							 err)) return -1;
		return 0;
	}
	if (v.kind != VALUE_LIST)
		return set_assignment(heap, env, v, err);
	for (size_t i = 0; i < v.list->n; i++) {
		struct value item = v.list->items[i];
		if (item.kind == VALUE_LIST ? set_assignment(heap, env, item, err)
					    : env_add(heap, env, item, err))
			return -1;
	}
	return 0;
}

bool cmd_is_ready(struct state_call *call, struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	autoclose int fd = -1;
	autoerr struct err err = {0};

	if (is_given(args->env) && args->env.kind != VALUE_DICT && args->env.kind != VALUE_LIST) {
		outcome_fail(outcome, "Invalidly-formatted 'env' parameter. See documentation.");
		return false;
	}
	uint32_t mask;
	if (args->umask_text.len && (!str_to_octal(args->umask_text, &mask) || mask > 0777)) {
		outcome_fail(outcome, "Invalid umask: %.*s\n", STR_ARG(args->umask_text));
		return false;
	}
	if (args->timeout.kind == VALUE_STRING && !call->is_test) {
		outcome_fail(outcome, "Error: timeout %.*s must be a number",
			     STR_ARG(value_bytes(args->timeout)));
		return false;
	}
	if (!args->cwd.len || call->is_test)
		return true;
	const char *cwd = heap_strdup(call->heap, args->cwd);
	if (beneath_open(call->world->rootfd, cwd, O_PATH | O_DIRECTORY, 0, &fd, &err)) {
		outcome_fail(outcome, "Desired working directory \"%s\" is not available", cwd);
		return false;
	}
	return true;
}

static const char *text_of(struct state_call *call, struct str s)
{
	return s.len ? heap_strdup(call->heap, s) : NULL;
}

static double seconds_of(struct value v)
{
	if (v.kind == VALUE_INT)
		return (double)v.integer;
	return v.kind == VALUE_FLOAT ? v.number : 0;
}

static int fill_options(struct state_call *call, struct command_options *options, struct err *err)
{
	const struct cmd_args *args = call->args;
	double timeout = seconds_of(args->timeout);

	*options = (struct command_options){
		.shell = text_of(call, args->shell),
		.cwd = text_of(call, args->cwd),
		.runas = text_of(call, args->runas),
		.group = text_of(call, args->group),
		.umask_text = text_of(call, args->umask_text),
		.prepend_path = text_of(call, args->prepend_path),
		.clean_env = args->clean_env,
		.keep_locale = !args->reset_system_locale,
		.keep_newlines = !args->rstrip,
		.use_vt = args->use_vt,
		.timeout_ms = timeout > 0 && timeout < 2e6 ? (int)(timeout * 1000) : -1,
		.env = dict_new(call->heap),
	};
	if (is_given(args->env) && env_add(call->heap, options->env, args->env, err))
		return -1;
	if (is_given(args->input)) {
		struct value text;
		if (value_str(call->heap, args->input, &text, err))
			return -1;
		options->input = value_bytes(text);
	}
	return 0;
}

/* ---- its result ---- */

static bool has_number(const struct list *list, int64_t number)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct value item = list->items[i];
		int64_t each;
		if (item.kind == VALUE_INT && item.integer == number)
			return true;
		struct str rest = item.kind == VALUE_STRING ? value_bytes(item) : (struct str){0};
		while (rest.len)
			if (str_to_i64(str_trim(str_cut(&rest, ',')), &each) && each == number)
				return true;
	}
	return false;
}

static bool has_text(struct heap *heap, const struct list *list, struct str said)
{
	for (size_t i = 0; list && i < list->n; i++) {
		struct value text;
		autoerr struct err err = {0};
		if (value_str(heap, list->items[i], &text, &err))
			continue;
		struct str rest = value_bytes(text);
		while (rest.len) { /* words divided by commas, as a list or as one text */
			struct str word = str_trim(str_cut(&rest, ','));
			if (word.len &&
			    memmem(said.ptr ? said.ptr : "", said.len, word.ptr, word.len))
				return true;
		}
	}
	return false;
}

static int final_code(struct state_call *call, const struct command_outcome *ran)
{
	const struct cmd_args *args = call->args;

	if (ran->timed_out)
		return args->ignore_timeout ? 0 : 1;
	bool is_fine = has_number(args->success_retcodes, ran->retcode) ||
		       has_text(call->heap, args->success_stdout, buf_str(&ran->out)) ||
		       has_text(call->heap, args->success_stderr, buf_str(&ran->errors));

	return is_fine ? 0 : ran->retcode;
}

static void put_changes(struct state_call *call, const char *command,
			const struct command_outcome *ran, int code, struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	struct heap *heap = call->heap;
	struct value out = value_text(heap, buf_str(&ran->out));
	struct value errors = value_text(heap, buf_str(&ran->errors));

	if (ran->timed_out) {
		autobuf struct buf seconds = {0};
		autoerr struct err err = {0};
		if (value_print(heap, args->timeout, &seconds, &err))
			err_clear(&err);
		out = value_printf(heap, "%s : Timed out after %s seconds", command,
				   buf_text(&seconds));
		errors = value_literal("");
	}
	if (args->hide_output)
		out = errors = value_literal("");
	outcome_change(heap, outcome, "pid", value_int(ran->pid));
	outcome_change(heap, outcome, "retcode", value_int(code));
	outcome_change(heap, outcome, "stdout", out);
	outcome_change(heap, outcome, "stderr", errors);
}

void cmd_execute(struct state_call *call, const char *command, const char *shown, char quote,
		 struct outcome *outcome)
{
	const struct cmd_args *args = call->args;
	cleanup(command_outcome_done) struct command_outcome ran = {0};
	struct command_options options;
	autoerr struct err err = {0};

	if (args->bg) {
		outcome_fail(outcome, "bg: a command in the background is not supported");
		return;
	}
	if (fill_options(call, &options, &err) ||
	    command_run(call->world, command, &options, &ran, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	int code = final_code(call, &ran);
	put_changes(call, shown, &ran, code, outcome);
	outcome->result = code ? RESULT_FALSE : RESULT_TRUE;
	outcome_say(outcome, "Command %c%s%c run", quote, shown, quote);
	if (cmd_is_stateful(args))
		cmd_reinterpret(call, outcome);
	bool has_changes = outcome->changes.kind == VALUE_DICT && outcome->changes.dict->n;
	if (call->is_test && !code && outcome->result == RESULT_TRUE && has_changes)
		outcome->result = RESULT_NONE;
}

void cmd_run_apply(struct state_call *call, struct outcome *outcome)
{
	const char *test_name = call->is_test ? cmd_test_name(call) : NULL;
	const char *command = test_name ? test_name : call->name;

	if (!cmd_is_ready(call, outcome))
		return;
	if (call->is_test && !test_name) {
		outcome->result = RESULT_NONE;
		if (!cmd_is_stateful(call->args))
			outcome_say(outcome, "Command \"%s\" would have been executed", command);
		return;
	}
	cmd_execute(call, command, command, '"', outcome);
}
