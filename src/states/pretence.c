/* pretence.c - test.*: states that only say something.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/pretence.h"

#include <stddef.h>

#include "base/random.h"
#include "base/vec.h"
#include "state/world.h"
#include "value/list.h"

#include "base/banned.h"

struct said { /* all of test.*: what may be said otherwise */
	struct value changes, result, comment;
};

static const struct state_arg said_args[] = {
	{"comment", ARG_VALUE, offsetof(struct said, comment)},
	{"changes", ARG_VALUE, offsetof(struct said, changes)},
	{"result", ARG_VALUE, offsetof(struct said, result)},
	{0},
};

static bool is_given(struct value v)
{
	return v.kind != VALUE_UNDEFINED;
}

/* A list is a comment of so many lines. */
static void value_say(struct state_call *call, struct value v, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct value text;

	if (v.kind == VALUE_LIST)
		for (size_t i = 0; i < v.list->n; i++) {
			if (value_str(call->heap, v.list->items[i], &text, &err) == 0)
				outcome_say(outcome, "%.*s", STR_ARG(value_bytes(text)));
		}
	else if (value_str(call->heap, v, &text, &err) == 0)
		outcome_say(outcome, "%.*s", STR_ARG(value_bytes(text)));
	err_clear(&err);
}

static void comment_say(struct state_call *call, const char *otherwise, struct outcome *outcome)
{
	const struct said *said = call->args;

	if (is_given(said->comment))
		value_say(call, said->comment, outcome);
	else
		outcome_say(outcome, "%s", otherwise);
}

static bool is_true(struct state_call *call, struct value v)
{
	autoerr struct err err = {0};
	bool truth = false;

	if (value_truth(call->heap, v, &truth, &err))
		err_clear(&err);
	return truth;
}

static void changes_pretend(struct state_call *call, struct outcome *outcome)
{
	outcome_change_pair(call->heap, outcome, "testing", value_literal("Unchanged"),
			    value_literal("Something pretended to change"));
}

static void nop_apply(struct state_call *call, struct outcome *outcome)
{
	outcome_say(outcome, "Success!");
}

static void succeed_apply(struct state_call *call, struct outcome *outcome)
{
	comment_say(call, "Success!", outcome);
}

static void fail_apply(struct state_call *call, struct outcome *outcome)
{
	if (call->is_test)
		outcome_say(outcome, "If we weren't testing, this would be a failure!");
	else
		comment_say(call, "Failure!", outcome);
	outcome->result = RESULT_FALSE;
}

static void succeed_changing_apply(struct state_call *call, struct outcome *outcome)
{
	changes_pretend(call, outcome);
	if (call->is_test)
		outcome_pending(outcome,
				"If we weren't testing, this would be successful with changes");
	else
		comment_say(call, "Success!", outcome);
}

static void fail_changing_apply(struct state_call *call, struct outcome *outcome)
{
	changes_pretend(call, outcome);
	if (call->is_test) {
		outcome_pending(outcome,
				"If we weren't testing, this would be failed with changes");
		return;
	}
	comment_say(call, "Failure!", outcome);
	outcome->result = RESULT_FALSE;
}

static void watch_fire(struct state_call *call, struct outcome *outcome)
{
	const struct said *said = call->args;
	struct list *who = list_new(call->heap, call->n_changed);

	for (size_t i = 0; i < call->n_changed; i++)
		if (!call->changed[i].is_any)
			list_push(call->heap, who,
				  value_printf(call->heap, "%s: %s", call->changed[i].state,
					       call->changed[i].id));
	if (is_given(said->changes) && said->changes.kind != VALUE_DICT) {
		outcome_fail(outcome, "'Changes' should be a dictionary.");
		return;
	}
	comment_say(call, "Watch statement fired.", outcome);
	if (is_given(said->changes))
		outcome->changes = said->changes;
	else
		outcome_change(call->heap, outcome, "Requisites with changes", value_of_list(who));
	if (said->result.kind == VALUE_NONE)
		outcome->result = RESULT_NONE;
	else if (is_given(said->result) && !is_true(call, said->result))
		outcome->result = RESULT_FALSE;
}

/* test.show_notification has its text where the others have a comment. */
struct notification {
	struct said said;
	struct value text;
};

static const struct state_arg notification_args[] = {
	{"text", ARG_VALUE, offsetof(struct notification, text), .is_required = true},
	{0},
};

static void notification_apply(struct state_call *call, struct outcome *outcome)
{
	const struct notification *args = call->args;

	if (is_true(call, args->text))
		value_say(call, args->text, outcome);
	else
		outcome_fail(outcome, "Missing required argument text.");
}

/* ---- test.configurable_test_state ---- */

struct configurable {
	struct said said;
	struct value warnings;
};

static const struct state_arg configurable_args[] = {
	{"comment", ARG_VALUE, offsetof(struct configurable, said.comment)},
	{"changes", ARG_VALUE, offsetof(struct configurable, said.changes)},
	{"result", ARG_VALUE, offsetof(struct configurable, said.result)},
	{"warnings", ARG_VALUE, offsetof(struct configurable, warnings)},
	{0},
};

/* true, false, or "Random"; false: something else. */
static bool choice_read(struct value v, bool *ret_choice)
{
	uint8_t byte;

	if (!is_given(v)) {
		*ret_choice = true;
	} else if (v.kind == VALUE_BOOL) {
		*ret_choice = v.boolean;
	} else if (value_is_string(v) && str_is_nocase(value_bytes(v), "random")) {
		random_bytes(&byte, sizeof(byte));
		*ret_choice = byte & 1;
	} else {
		return false;
	}
	return true;
}

static void configurable_apply(struct state_call *call, struct outcome *outcome)
{
	const struct configurable *args = call->args;
	bool changes = true, result = true;

	if (!choice_read(args->said.changes, &changes) ||
	    !choice_read(args->said.result, &result)) {
		outcome_fail(
			outcome,
			"You have specified the state option '%s' with invalid arguments. It must "
			"be either True, False, or 'Random'",
			choice_read(args->said.changes, &changes) ? "result" : "changes");
		return;
	}
	if (is_given(args->warnings) && args->warnings.kind != VALUE_NONE &&
	    args->warnings.kind != VALUE_LIST && !value_is_string(args->warnings)) {
		outcome_fail(
			outcome,
			"You have specified the state option 'warnings' with invalid arguments. It "
			"must be a string or a list of strings");
		return;
	}
	if (changes)
		changes_pretend(call, outcome);
	if (value_is_string(args->warnings))
		outcome_warn(call->heap, outcome, "%.*s", STR_ARG(value_bytes(args->warnings)));
	else if (args->warnings.kind == VALUE_LIST)
		outcome->warnings = args->warnings.list;
	comment_say(call, call->is_test ? "This is a test" : "", outcome);
	outcome->result = result ? RESULT_TRUE : RESULT_FALSE;
	if (call->is_test) {
		bool keeps = args->said.changes.kind == VALUE_BOOL && !args->said.changes.boolean;
		outcome->result = keeps ? RESULT_TRUE : RESULT_NONE;
	}
}

/* ---- test.check_pillar ---- */

struct pillar_check {
	struct said said;
	struct list *present, *boolean, *integer, *string, *listing, *dictionary;
	bool verbose;
};

#define KEYS(name)                                                   \
	{                                                            \
#name, ARG_LIST, offsetof(struct pillar_check, name) \
	}
static const struct state_arg pillar_args[] = {
	KEYS(present),
	KEYS(boolean),
	KEYS(integer),
	KEYS(string),
	KEYS(listing),
	KEYS(dictionary),
	{"verbose", ARG_BOOL, offsetof(struct pillar_check, verbose)},
	{0},
};
#undef KEYS

enum { ANY_KIND = 255 };

struct pillar_kind {
	const struct list *keys;
	int kind;
	const char *type; /* as Python prints it */
};

struct pillar_finding { /* NULL: it is missing */
	struct str key;
	const char *type;
};

struct pillar_findings {
	struct pillar_finding *items;
	size_t n, cap;
};

static void finding_add(struct pillar_findings *findings, struct str key, const char *type)
{
	vec_foreach(old, findings)
		if (str_eq(old->key, key)) {
			old->type = type;
			return;
		}
	vec_push(findings, {key, type});
}

static bool is_of_kind(struct value v, int kind)
{
	return kind == ANY_KIND || (int)v.kind == kind ||
	       (kind == VALUE_INT && v.kind == VALUE_BOOL); /* a bool is an int to Python */
}

static void pillar_keys_check(struct state_call *call, const struct pillar_kind *row,
			      struct pillar_findings *failed, struct pillar_findings *fine)
{
	autoerr struct err err = {0};
	struct value text;

	for (size_t i = 0; row->keys && i < row->keys->n; i++) {
		if (value_str(call->heap, row->keys->items[i], &text, &err)) {
			err_clear(&err);
			continue;
		}
		struct str key = value_bytes(text);
		struct value found =
			value_traverse(call->heap, value_of_dict(call->world->pillar), key, ':');
		if (found.kind == VALUE_UNDEFINED || found.kind == VALUE_NONE)
			finding_add(failed, key, NULL);
		else if (!is_of_kind(found, row->kind))
			finding_add(failed, key, row->type);
		else
			finding_add(fine, key, row->type);
	}
}

static void pillar_tell(const struct pillar_findings *failed, const struct pillar_findings *fine,
			struct outcome *outcome)
{
	struct buf *comment = &outcome->comment;

	vec_foreach(finding, failed) {
		buf_printf(comment, "Pillar key \"%.*s\" is ", STR_ARG(finding->key));
		buf_printf(comment, finding->type ? "not %s.\n" : "missing.\n", finding->type);
	}
	if (failed->n)
		outcome->result = RESULT_FALSE;
	if (!fine->n)
		return;
	buf_puts(comment, "Those keys passed the check:\n");
	vec_foreach(finding, fine)
		buf_printf(comment, "- %.*s (%s)\n", STR_ARG(finding->key), finding->type);
}

static void pillar_apply(struct state_call *call, struct outcome *outcome)
{
	const struct pillar_check *args = call->args;
	const struct pillar_kind rows[] = {
		{args->present, ANY_KIND, "None"},
		{args->boolean, VALUE_BOOL, "<class 'bool'>"},
		{args->integer, VALUE_INT, "<class 'int'>"},
		{args->string, VALUE_STRING, "(<class 'str'>,)"},
		{args->listing, VALUE_LIST, "<class 'list'>"},
		{args->dictionary, VALUE_DICT, "<class 'dict'>"},
	};
	struct pillar_findings failed = {0}, fine = {0};
	size_t n_keys = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		n_keys += rows[i].keys ? rows[i].keys->n : 0;
		pillar_keys_check(call, &rows[i], &failed, &fine);
	}
	if (!args->verbose)
		fine.n = 0;
	if (n_keys)
		pillar_tell(&failed, &fine, outcome);
	else
		outcome_fail(outcome, "Missing required argument text.");
	vec_done(&failed);
	vec_done(&fine);
}

/* ---- the rows ---- */

#define TEST_STATE(symbol, text, table, type, function, ...)        \
	const struct state_def symbol = {.name = (text),            \
					 .args = (table),           \
					 .args_size = sizeof(type), \
					 .apply = (function),       \
					 .mod_watch = watch_fire,   \
					 __VA_ARGS__}

TEST_STATE(state_test_nop, "test.nop", said_args, struct said, nop_apply, .takes_extra = true);
TEST_STATE(state_test_succeed_without_changes, "test.succeed_without_changes", said_args,
	   struct said, succeed_apply, .takes_extra = true);
TEST_STATE(state_test_fail_without_changes, "test.fail_without_changes", said_args, struct said,
	   fail_apply, .takes_extra = true);
TEST_STATE(state_test_succeed_with_changes, "test.succeed_with_changes", said_args, struct said,
	   succeed_changing_apply, .takes_extra = true);
TEST_STATE(state_test_fail_with_changes, "test.fail_with_changes", said_args, struct said,
	   fail_changing_apply, .takes_extra = true);
TEST_STATE(state_test_show_notification, "test.show_notification", notification_args,
	   struct notification, notification_apply, .takes_extra = true);
TEST_STATE(state_test_configurable, "test.configurable_test_state", configurable_args,
	   struct configurable, configurable_apply);
TEST_STATE(state_test_check_pillar, "test.check_pillar", pillar_args, struct pillar_check,
	   pillar_apply);
