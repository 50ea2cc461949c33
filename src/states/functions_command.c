/* functions_command.c - salt['cmd.*']: programs run while a template is rendered.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/run.h"
#include "states/functions_system.h"
#include "states/program.h"

#include "base/banned.h"

static bool flag(const struct call *call, const char *name)
{
	const struct value *v = call_keyword(call, name);

	return v && v->kind == VALUE_BOOL && v->boolean;
}

/* "A=b" pairs as a dict, or a list of them. */
static int fill_env(const struct call *call, struct dict *env, struct err *err)
{
	const struct value *given = call_keyword(call, "env");
	struct value text;

	if (!given || given->kind == VALUE_NONE)
		return 0;
	if (given->kind == VALUE_LIST) {
		for (size_t i = 0; i < given->list->n; i++)
			if (given->list->items[i].kind == VALUE_DICT)
				dict_update(call->heap, env, given->list->items[i].dict);
	} else if (given->kind == VALUE_DICT) {
		dict_update(call->heap, env, given->dict);
	} else {
		return err_set(err, ERR_INPUT, "env is a dict, or a list of dicts");
	}
	dict_foreach(entry, env)
	{
		if (value_str(call->heap, entry->value, &text, err))
			return -1;
		entry->value = text;
	}
	return 0;
}

static int run(struct call *call, const char *function, bool merge, struct command_outcome *ran,
	       struct err *err)
{
	const char *command, *input = call_text_argument(call, 2, "stdin");
	struct value timeout;
	struct command_options options = {
		.shell = call_text_argument(call, 4, "shell"),
		.cwd = call_text_argument(call, 1, "cwd"),
		.runas = call_text_argument(call, 3, "runas"),
		.group = call_text_argument(call, SIZE_MAX, "group"),
		.umask_text = call_text_argument(call, SIZE_MAX, "umask"),
		.prepend_path = call_text_argument(call, SIZE_MAX, "prepend_path"),
		.env = dict_new(call->heap),
		.clean_env = flag(call, "clean_env"),
		.merge_stderr = merge,
		.timeout_ms = -1,
		.input = str_of(input),
	};

	if (call_need_text(call, function, 0, "cmd", &command, err) ||
	    fill_env(call, options.env, err))
		return -1;
	if (call_argument(call, SIZE_MAX, "timeout", &timeout) && timeout.kind == VALUE_INT &&
	    timeout.integer > 0 && timeout.integer < 2000000)
		options.timeout_ms = (int)timeout.integer * 1000;
	if (command_run(call_system(call), command, &options, ran, err))
		return err_wrap(err, "%s", function);
	return 0;
}

static int text_function(struct call *call, const char *function, bool merge, bool errors,
			 struct value *ret_value, struct err *err)
{
	cleanup(command_outcome_done) struct command_outcome ran = {0};

	if (run(call, function, merge, &ran, err))
		return -1;
	*ret_value = value_text(call->heap, buf_str(errors ? &ran.errors : &ran.out));
	return 0;
}

int fn_cmd_run(struct call *call, struct value *ret_value, struct err *err)
{
	return text_function(call, "cmd.run", true, false, ret_value, err);
}

int fn_cmd_run_stdout(struct call *call, struct value *ret_value, struct err *err)
{
	return text_function(call, "cmd.run_stdout", false, false, ret_value, err);
}

int fn_cmd_run_stderr(struct call *call, struct value *ret_value, struct err *err)
{
	return text_function(call, "cmd.run_stderr", false, true, ret_value, err);
}

int fn_cmd_retcode(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(command_outcome_done) struct command_outcome ran = {0};

	if (run(call, "cmd.retcode", false, &ran, err))
		return -1;
	*ret_value = value_int(ran.retcode);
	return 0;
}

int fn_cmd_run_all(struct call *call, struct value *ret_value, struct err *err)
{
	cleanup(command_outcome_done) struct command_outcome ran = {0};
	struct dict *all = dict_new(call->heap);

	if (run(call, "cmd.run_all", false, &ran, err))
		return -1;
	dict_set(call->heap, all, "pid", value_int(ran.pid));
	dict_set(call->heap, all, "retcode", value_int(ran.retcode));
	dict_set(call->heap, all, "stdout", value_text(call->heap, buf_str(&ran.out)));
	dict_set(call->heap, all, "stderr", value_text(call->heap, buf_str(&ran.errors)));
	*ret_value = value_of_dict(all);
	return 0;
}

int fn_cmd_which(struct call *call, struct value *ret_value, struct err *err)
{
	const char *name;

	if (call_need_text(call, "cmd.which", 0, "cmd", &name, err))
		return -1;
	const char *found = program_find(call_system(call), name);
	*ret_value = found ? value_cstr(call->heap, found) : value_none();
	return 0;
}

int fn_cmd_has_exec(struct call *call, struct value *ret_value, struct err *err)
{
	const char *name;

	if (call_need_text(call, "cmd.has_exec", 0, "cmd", &name, err))
		return -1;
	*ret_value = value_bool(program_find(call_system(call), name) != NULL);
	return 0;
}
