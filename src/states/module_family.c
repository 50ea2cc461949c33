/* module_family.c - module.run and its kin: functions of templates as states; mc_proxy.hook.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/vec.h"
#include "states/pretence.h"
#include "states/states.h"

#include "base/banned.h"

/* ---- mc_proxy.hook: a point that others hang on ---- */

static void hook_apply(struct state_call *call, struct outcome *outcome)
{
	outcome_say(outcome, "Dummy state for %s", call->name);
}

/* A change, so that a watch goes through it. */
static void hook_watch(struct state_call *call, struct outcome *outcome)
{
	struct dict *changes = dict_new(call->heap);

	hook_apply(call, outcome);
	dict_put(call->heap, changes, value_int(1), value_int(1));
	outcome->changes = value_of_dict(changes);
}

struct hook_args {
	struct value changes;
};

static const struct state_arg hook_rows[] = {
	{"changes", ARG_VALUE, offsetof(struct hook_args, changes)},
	{0},
};

static const struct state_def state_hook = {
	.name = "mc_proxy.hook",
	.args = hook_rows,
	.args_size = sizeof(struct hook_args),
	.takes_extra = true,
	.apply = hook_apply,
	.mod_watch = hook_watch,
};

/* ---- module.run ----
 *
 * Both spellings of Salt's documentation: {name: fn, arguments, m_name…, args, kwargs}, and
 * {fn: [positional, {keyword: value}], fn2: …}. */

struct keywords {
	struct keyword *items;
	size_t n, cap;
};

struct positions {
	struct value *items;
	size_t n, cap;
};

static void position_add(struct positions *positions, struct value v)
{
	vec_push(positions, v);
}

static void keyword_add(struct keywords *keywords, struct str name, struct value v)
{
	vec_push(keywords, {name, v});
}

static void keywords_of(struct keywords *keywords, const struct dict *dict)
{
	dict_foreach(entry, dict)
	{
		if (value_is_string(entry->key))
			keyword_add(keywords, value_bytes(entry->key), entry->value);
	}
}

static bool is_function_name(struct str name)
{
	return memchr(name.ptr ? name.ptr : "", '.', name.len) != NULL;
}

/* Every extra argument is the name of a function, and there is one. */
static bool is_batch(const struct state_call *call)
{
	size_t n = 0;

	if (!call->extra)
		return false;
	dict_foreach(entry, call->extra)
	{
		if (!is_function_name(value_bytes(entry->key)))
			return false;
		n++;
	}
	return n > 0;
}

/* "a.b:2" calls a.b once more. */
static const char *function_name(struct state_call *call, struct str key)
{
	return heap_strdup(call->heap, str_cut(&key, ':'));
}

static bool dict_fails(const struct dict *dict, unsigned depth)
{
	const struct value *result = dict_get(dict, "result");

	if (result && result->kind == VALUE_BOOL && !result->boolean)
		return true;
	dict_foreach(entry, dict) if (depth && entry->value.kind == VALUE_DICT &&
				      dict_fails(entry->value.dict, depth - 1)) return true;
	return false;
}

/* False says no; of a mapping: its retcode, its result, and those of the mappings in it. */
static bool value_fails(struct value v)
{
	const struct value *retcode = v.kind == VALUE_DICT ? dict_get(v.dict, "retcode") : NULL;

	if (v.kind == VALUE_BOOL)
		return !v.boolean;
	if (retcode && retcode->kind == VALUE_INT && retcode->integer)
		return true;
	return v.kind == VALUE_DICT && dict_fails(v.dict, 16);
}

static int function_run(struct state_call *call, const char *function,
			const struct positions *positions, const struct keywords *keywords,
			struct value *ret_value, struct err *err)
{
	struct call native = {
		.heap = call->heap,
		.args = positions->items,
		.n_args = positions->n,
		.keywords = keywords->items,
		.n_keywords = keywords->n,
	};

	return world_call(call->world, function, &native, ret_value, err);
}

/* ---- {fn: […]} ---- */

static void batch_words(struct value given, struct positions *positions, struct keywords *keywords)
{
	if (!value_is_sequence(given)) {
		if (given.kind != VALUE_NONE)
			position_add(positions, given);
		return;
	}
	for (size_t i = 0; i < given.list->n; i++) {
		struct value item = given.list->items[i];
		if (item.kind == VALUE_DICT)
			keywords_of(keywords, item.dict);
		else
			position_add(positions, item);
	}
}

static void part_add(struct buf *buf, const char *separator, struct str text)
{
	if (buf->len)
		buf_puts(buf, separator);
	buf_append_str(buf, text);
}

/* True: it went well. What it said goes to `said`. */
static bool batch_call(struct state_call *call, struct str key, struct value given,
		       struct outcome *outcome, struct buf *said)
{
	struct positions positions = {0};
	struct keywords keywords = {0};
	autoerr struct err err = {0};
	struct value result = value_none();
	autobuf struct buf text = {0}, shown = {0};
	const char *function = function_name(call, key);

	batch_words(given, &positions, &keywords);
	int status = function_run(call, function, &positions, &keywords, &result, &err);
	vec_done(&positions);
	vec_done(&keywords);
	bool fails = status || value_fails(result);
	const struct value *comment =
		result.kind == VALUE_DICT ? dict_get(result.dict, "comment") : NULL;
	autoerr struct err ignored = {0};
	if (comment && value_is_string(*comment))
		buf_append_str(&shown, value_bytes(*comment));
	else if (result.kind == VALUE_DICT)
		buf_puts(&shown, fails ? "(error message N/A)" : "Success");
	else if (value_print(call->heap, result, &shown, &ignored))
		err_clear(&ignored);
	if (fails) /* "'a.b': False", of a function that says no more */
		buf_printf(&text, "'%.*s'%s: %s", STR_ARG(key),
			   !status && result.kind == VALUE_BOOL ? "" : " failed",
			   status ? err_text(&err) : buf_text(&shown));
	else
		buf_printf(&text, "%.*s: %s", STR_ARG(key), buf_text(&shown));
	part_add(said, ", ", buf_str(&text));
	if (!fails)
		outcome_change(call->heap, outcome, heap_strdup(call->heap, key), result);
	return !fails;
}

static void batch_apply(struct state_call *call, struct outcome *outcome)
{
	autobuf struct buf failures = {0}, successes = {0}, names = {0};

	dict_foreach(entry, call->extra)
		part_add(&names, ", ", str_of(function_name(call, value_bytes(entry->key))));
	if (call->is_test) {
		outcome_pending(outcome, "Function%s %s to be executed.",
				call->extra->n > 1 ? "s" : "", buf_text(&names));
		return;
	}
	dict_foreach(entry, call->extra)
	{
		autobuf struct buf said = {0};
		bool well = batch_call(call, value_bytes(entry->key), entry->value, outcome, &said);
		part_add(well ? &successes : &failures, ", ", buf_str(&said));
	}
	if (failures.len)
		outcome->result = RESULT_FALSE;
	if (successes.len)
		part_add(&failures, ", ", buf_str(&successes));
	outcome_say(outcome, "%s", buf_text(&failures));
}

/* ---- {name: fn, …} ---- */

struct module_args {
	struct value args, kwargs, returner;
};

static const struct state_arg module_rows[] = {
	{"args", ARG_VALUE, offsetof(struct module_args, args)},
	{"kwargs", ARG_VALUE, offsetof(struct module_args, kwargs)},
	{"returner", ARG_VALUE, offsetof(struct module_args, returner)},
	{0},
};

/* "m_name" is the function's `name`: `name` itself is taken. */
static struct str keyword_name(struct str name)
{
	return str_starts(name, STR("m_")) ? (struct str){name.ptr + 2, name.len - 2} : name;
}

static void single_words(struct state_call *call, struct positions *positions,
			 struct keywords *keywords)
{
	const struct module_args *args = call->args;

	for (size_t i = 0; value_is_sequence(args->args) && i < args->args.list->n; i++)
		position_add(positions, args->args.list->items[i]);
	if (call->extra) {
		dict_foreach(entry, call->extra)
			keyword_add(keywords, keyword_name(value_bytes(entry->key)), entry->value);
	}
	if (args->kwargs.kind == VALUE_DICT)
		keywords_of(keywords, args->kwargs.dict);
}

static void single_apply(struct state_call *call, struct outcome *outcome)
{
	struct positions positions = {0};
	struct keywords keywords = {0};
	autoerr struct err err = {0};
	struct value result = value_none();

	if (!world_function(call->world, str_of(call->name))) {
		outcome_fail(outcome, "Module function %s is not available", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Module function %s is set to execute", call->name);
		return;
	}
	single_words(call, &positions, &keywords);
	int status = function_run(call, call->name, &positions, &keywords, &result, &err);
	vec_done(&positions);
	vec_done(&keywords);
	if (status) {
		outcome_fail(outcome, "Module function %s threw an exception. Exception: %s",
			     call->name, err_text(&err));
		return;
	}
	outcome_change(call->heap, outcome, "ret", result);
	outcome_say(outcome, "Module function %s executed", call->name);
	if (value_fails(result))
		outcome->result = RESULT_FALSE;
}

static void module_run(struct state_call *call, struct outcome *outcome)
{
	if (is_batch(call))
		batch_apply(call, outcome);
	else
		single_apply(call, outcome);
}

static void module_wait(struct state_call *call, struct outcome *outcome) {}

static void unavailable_told(const struct state_call *call, const char *function,
			     struct diags *findings)
{
	autodiag struct diag diag = {0};

	diag_set(&diag, ERR_INPUT, call->at, "Module function %s is not available", function);
	diags_take(findings, &diag);
}

static void module_check(const struct state_call *call, struct diags *findings)
{
	if (!is_batch(call)) {
		if (!world_function(call->world, str_of(call->name)))
			unavailable_told(call, call->name, findings);
		return;
	}
	dict_foreach(entry, call->extra)
	{
		struct str key = value_bytes(entry->key), name = str_cut(&key, ':');
		if (!world_function(call->world, name))
			unavailable_told(call, heap_strdup(call->heap, name), findings);
	}
}

#define MODULE_STATE(symbol, text, function)             \
	static const struct state_def symbol = {         \
		.name = (text),                          \
		.args = module_rows,                     \
		.args_size = sizeof(struct module_args), \
		.takes_extra = true,                     \
		.check = module_check,                   \
		.apply = (function),                     \
		.mod_watch = module_run,                 \
	}

MODULE_STATE(state_module_run, "module.run", module_run);
MODULE_STATE(state_module_wait, "module.wait", module_wait);
MODULE_STATE(state_module_watch, "module.watch", module_wait);

static const struct state_def *const rows[] = {
	&state_hook,
	&state_module_run,
	&state_module_wait,
	&state_module_watch,
	&state_test_check_pillar,
	&state_test_configurable,
	&state_test_fail_with_changes,
	&state_test_fail_without_changes,
	&state_test_nop,
	&state_test_show_notification,
	&state_test_succeed_with_changes,
	&state_test_succeed_without_changes,
	NULL,
};
const struct state_table states_module = {rows};
