/* test_grains_state.c - grains.*: what is written, and what the run sees of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "states/test_system.h"

#include "base/banned.h"

static void begin(struct trial *t, const char *text)
{
	autoerr struct err err = {0};

	trial_begin(t);
	CHECK_OK(dir_make_all(t->rootfd, "etc/salt", 0755, &err), &err);
	trial_write(t, "etc/salt/grains", text, 0644);
	t->world.grains = dict_new(&t->heap);
}

TEST(a_grain_is_set_once_and_told_first)
{
	autotrial t;
	begin(&t, "old: 1\n");
	const struct state_def *present = trial_state("grains.present");

	t.is_test = true;
	trial_run(&t, present, "role", "{value: web}");
	CHECK_STR(trial_said(&t), "None|Grain role is set to be added|{'new': 'role'}");
	t.is_test = false;
	trial_run(&t, present, "role", "{value: web}");
	CHECK_STR(trial_said(&t), "True|Set grain role to web|{'role': 'web'}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "old: 1\nrole: web\n");
	trial_run(&t, present, "role", "{value: web}");
	CHECK_STR(trial_said(&t), "True|Grain is already set|");
	t.is_test = true;
	trial_run(&t, present, "role", "{value: db}");
	CHECK_STR(trial_said(&t),
		  "None|Grain role is set to be changed|{'changed': {'role': 'db'}}");
	trial_run(&t, trial_state("grains.exists"), "role", "");
	CHECK_STR(trial_said(&t), "True|Grain exists|");
	trial_run(&t, trial_state("grains.exists"), "none", "");
	CHECK_STR(trial_said(&t), "False|Grain does not exist|");
}

TEST(a_part_of_a_grain_is_set_where_its_path_leads)
{
	autotrial t;
	begin(&t, "");
	const struct state_def *present = trial_state("grains.present");

	trial_run(&t, present, "a:b", "{value: 5}");
	trial_run(&t, present, "a@c", "{value: [x], delimiter: '@'}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "a:\n  b: 5\n  c:\n  - x\n");
	/* What was told of the first is not changed by the second, nor anything by what fails. */
	struct value told = t.outcome.changes;
	autofree char *deep = xcalloc(1, 2 * 1000 + 1);
	for (size_t i = 0; i < 1000; i++)
		memcpy(deep + 2 * i, i ? ":a" : "a", i ? 2 : 1);
	memmove(deep + 1, deep + 2, 2 * 1000 - 2);
	trial_run(&t, present, deep, "{value: 1}");
	CHECK_INT(t.outcome.result, RESULT_FALSE);
	trial_run(&t, present, "a:e", "{value: 1}");
	CHECK_INT(t.outcome.result, RESULT_TRUE);
	CHECK_INT(dict_get(told.dict, "a")->dict->n, 2);
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "a:\n  b: 5\n  c:\n  - x\n  e: 1\n");
	trial_run(&t, present, "a:b:d", "{value: 1}");
	CHECK_STR(trial_said(&t), "False|The key 'a:b' value is '5', which is different from the "
				  "provided key 'd'. Use 'force=True' to overwrite.|");
	trial_run(&t, present, "a", "{value: 1}");
	CHECK_STR(trial_said(&t), "False|The key 'a' exists but is a dict or a list. Use "
				  "'force=True' to overwrite.|");
	trial_run(&t, present, "a:b", "{value: [1]}");
	CHECK_STR(trial_said(&t), "False|The key 'a:b' exists and the given value is a dict or a "
				  "list. Use 'force=True' to overwrite.|");
	trial_run(&t, present, "a", "{value: 1, force: true}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "a: 1\n");
}

TEST(a_grain_goes_or_becomes_null)
{
	autotrial t;
	begin(&t, "");
	const struct state_def *absent = trial_state("grains.absent");

	trial_run(&t, trial_state("grains.present"), "a", "{value: 1}");
	trial_run(&t, absent, "a", "");
	CHECK_STR(trial_said(&t),
		  "True|Value for grain a was set to None|{'grain': 'a', 'value': None}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "a: null\n");
	trial_run(&t, absent, "a", "{destructive: true}");
	CHECK_STR(trial_said(&t), "True|Grain a was deleted|{'deleted': 'a'}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "{}\n");
	trial_run(&t, absent, "a", "{destructive: true}");
	CHECK_STR(trial_said(&t), "True|Grain a does not exist|");
}

TEST(lists_of_grains_grow_and_shrink)
{
	autotrial t;
	begin(&t, "");
	const struct state_def *here = trial_state("grains.list_present");

	trial_run(&t, here, "r", "{value: [a, b]}");
	CHECK_STR(trial_said(&t),
		  "True|Append value ['a', 'b'] to grain r|{'new': {'r': ['a', 'b']}}");
	trial_run(&t, here, "r", "{value: b}");
	CHECK_STR(trial_said(&t), "True|Value b is already in grain r|");
	trial_run(&t, trial_state("grains.append"), "r", "{value: c}");
	CHECK_STR(trial_said(&t), "True|Value c was added to grain r|{'added': 'c'}");
	trial_run(&t, trial_state("grains.list_absent"), "r", "{value: [a, z]}");
	CHECK_STR(trial_said(&t), "True|Value a was deleted from grain r\n"
				  "Value z is absent from grain r|{'deleted': ['a']}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "r:\n- b\n- c\n");
	trial_run(&t, trial_state("grains.present"), "s", "{value: one}");
	trial_run(&t, here, "s", "{value: b}");
	CHECK_STR(trial_said(&t), "False|Grain s is not a valid list|");
	trial_run(&t, trial_state("grains.append"), "s", "{value: two, convert: true}");
	CHECK_STR(trial_said(&t), "True|Value two was added to grain s|{'added': 'two'}");
	CHECK_STR(trial_read(&t, "etc/salt/grains"), "r:\n- b\n- c\ns:\n- one\n- two\n");
}
