/* test_cmd.c - cmd.*, run and told.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "states/test_system.h"

#include "base/banned.h"

/* A change as text; "(none)". */
static const char *change(struct trial *t, const char *key)
{
	struct value *v = t->outcome.changes.kind == VALUE_DICT
				  ? dict_get(t->outcome.changes.dict, key)
				  : NULL;
	struct value text;
	autoerr struct err err = {0};

	if (!v)
		return "(none)";
	CHECK_OK(value_str(&t->heap, *v, &text, &err), &err);
	return heap_strdup(&t->heap, value_bytes(text));
}

static const char *comment(struct trial *t)
{
	return buf_text(&t->outcome.comment);
}

TEST(cmd_run_tells_its_output_and_its_status)
{
	autotrial t;
	trial_begin(&t);
	trial_programs(&t);
	const struct state_def *run = trial_state("cmd.run");

	trial_run(&t, run, "echo out; echo bad >&2; exit 3", "");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK_STR(comment(&t), "Command \"echo out; echo bad >&2; exit 3\" run");
	CHECK_STR(change(&t, "stdout"), "out");
	CHECK_STR(change(&t, "stderr"), "bad");
	CHECK_STR(change(&t, "retcode"), "3");
	CHECK(dict_get(t.outcome.changes.dict, "pid") != NULL);
	trial_run(&t, run, "exit 3", "{success_retcodes: [2, 3]}");
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	CHECK_STR(change(&t, "retcode"), "0");
	trial_run(&t, run, "echo fine indeed; exit 1", "{success_stdout: fine}");
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	trial_run(&t, run, "sleep 60", "{timeout: 0.1, success_retcodes: [1]}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, run, "true", "{timeout: '5'}");
	CHECK_STR(comment(&t), "Error: timeout 5 must be a number");
	trial_run(&t, run, "true", "{umask: abc}");
	CHECK_STR(comment(&t), "Invalid umask: abc\n");
	trial_run(&t, run, "echo x", "{rstrip: false}");
	CHECK_STR(change(&t, "stdout"), "x\n");
	trial_run(&t, run, "echo x", "{hide_output: true}");
	CHECK_STR(change(&t, "stdout"), "");
}

TEST(cmd_run_has_the_environment_the_user_and_the_directory)
{
	autotrial t;
	trial_begin(&t);
	trial_programs(&t);
	const struct state_def *run = trial_state("cmd.run");

	trial_run(&t, run, "echo $A-$B-$C", "{env: [{A: 1}, {B: true}, C=c]}");
	CHECK_STR(change(&t, "stdout"), "1-True-c");
	trial_run(&t, run, "id -u; pwd", "{user: app, cwd: /tmp}");
	CHECK_STR(change(&t, "stdout"), "1000\n/tmp");
	trial_run(&t, run, "cat", "{stdin: hello}");
	CHECK_STR(change(&t, "stdout"), "hello");
	trial_run(&t, run, "true", "{cwd: /none}");
	CHECK_STR(trial_said(&t), "False|Desired working directory \"/none\" is not available|");
	trial_run(&t, run, "true", "{env: A=b}");
	CHECK_STR(trial_said(&t), "False|Invalidly-formatted 'env' parameter. See documentation.|");
	trial_run(&t, run, "true", "{runas: nobody-here}");
	CHECK_STR(trial_said(&t), "False|User 'nobody-here' is not available|");
}

TEST(cmd_run_ends_a_command_that_takes_too_long)
{
	autotrial t;
	trial_begin(&t);
	trial_programs(&t);

	trial_run(&t, trial_state("cmd.run"), "while :; do :; done", "{timeout: 1}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	CHECK_STR(change(&t, "stdout"), "while :; do :; done : Timed out after 1 seconds");
	CHECK_STR(change(&t, "retcode"), "1");
}

TEST(cmd_run_in_test_mode_runs_nothing)
{
	autotrial t;
	trial_begin(&t);

	t.is_test = true;
	trial_run(&t, trial_state("cmd.run"), "touch /x", "");
	CHECK_STR(trial_said(&t), "None|Command \"touch /x\" would have been executed|");
	trial_run(&t, trial_state("cmd.run"), "touch /x", "{stateful: true}");
	CHECK_STR(trial_said(&t), "None||");
	trial_run(&t, trial_state("cmd.script"), "salt://x.sh a", "");
	CHECK_STR(trial_said(&t), "None|Command 'salt://x.sh a' would have been executed|");
}

TEST(cmd_run_believes_what_a_stateful_command_says)
{
	static const struct {
		const char *command, *changed, *comment;
		enum outcome_result result;
	} cases[] = {
		{"echo noise; echo \"changed=yes comment='all done' what=that\"", "yes", "all done",
		 RESULT_TRUE},
		{"echo \"changed=no comment='as it was'\"", "(none)", "as it was", RESULT_TRUE},
		{"echo '{\"changed\": true, \"comment\": \"json\", \"n\": 3}'", "True", "json",
		 RESULT_TRUE},
		{"echo '{\"changed\": \"no\"}'; exit 1", "(none)", "", RESULT_FALSE},
		{"echo no such words", "(none)",
		 "Failed parsing script output! Stdout must be JSON or a line of name=value pairs.",
		 RESULT_FALSE},
		{"echo 42", "(none)", "script JSON output must be a JSON object (e.g., {})!",
		 RESULT_FALSE},
		{"true", "(none)", "", RESULT_TRUE},
		{"echo why >&2", "(none)", "why", RESULT_TRUE},
	};
	autotrial t;
	trial_begin(&t);
	trial_programs(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_run(&t, trial_state("cmd.run"), cases[i].command, "{stateful: true}");
		CHECK_STR(change(&t, "changed"), cases[i].changed);
		CHECK_STR(comment(&t), cases[i].comment);
		CHECK_INT(t.outcome.result, cases[i].result);
	}
}

TEST(cmd_wait_waits)
{
	autotrial t;
	trial_begin(&t);

	trial_run(&t, trial_state("cmd.wait"), "touch /x", "");
	CHECK_STR(trial_said(&t), "True||");
	CHECK(trial_state("cmd.wait")->mod_watch == trial_state("cmd.run")->mod_watch);
}

TEST(cmd_script_runs_a_rendered_file_and_leaves_none_behind)
{
	autotrial t;
	trial_begin(&t);
	trial_programs(&t);

	trial_write(&t, "tmp/s.sh", "#!/bin/sh\necho {{ who }} $1; id -u\n", 0644);
	trial_run(&t, trial_state("cmd.script"), "/tmp/s.sh one",
		  "{template: jinja, context: {who: you}, runas: app}");
	CHECK_STR(comment(&t), "Command '/tmp/s.sh one' run");
	CHECK_STR(change(&t, "stdout"), "you one\n1000");
	trial_run(&t, trial_state("cmd.script"), "x", "{source: /tmp/none.sh}");
	CHECK_STR(comment(&t), "Unable to cache script /tmp/none.sh from saltenv 'base'");
	trial_run(&t, trial_state("cmd.run"), "echo /tmp/.hull*", "");
	CHECK_STR(change(&t, "stdout"), "/tmp/.hull*");
}
