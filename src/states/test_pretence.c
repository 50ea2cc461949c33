/* test_pretence.c - test.*: what states say that only say something.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/test_system.h"
#include "value/yaml.h"

#include "base/banned.h"

struct pretended {
	const char *state, *args, *said;
};

static void check_pretended(struct trial *t, const struct pretended *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		trial_run(t, trial_state(cases[i].state), "x", cases[i].args);
		CHECK_STR(trial_said(t), cases[i].said);
	}
}

TEST(a_pretended_result_is_the_one_that_was_asked_for)
{
#define CHANGES "{'testing': {'old': 'Unchanged', 'new': 'Something pretended to change'}}"
	static const struct pretended cases[] = {
		{"test.nop", "{comment: other}", "True|Success!|"},
		{"test.succeed_without_changes", "{comment: other}", "True|other|"},
		{"test.succeed_without_changes", "{comment: [a, b]}", "True|a\nb|"},
		{"test.fail_with_changes", "", "False|Failure!|" CHANGES},
		{"test.configurable_test_state", "{changes: false, result: false}", "False||"},
		{"test.configurable_test_state", "{changes: maybe}",
		 "False|You have specified the state option 'changes' with invalid arguments. It must "
		 "be either True, False, or 'Random'|"},
		{"test.configurable_test_state", "{warnings: 1}",
		 "False|You have specified the state option 'warnings' with invalid arguments. It must "
		 "be a string or a list of strings|"},
		{"test.show_notification", "{text: [a, b]}", "True|a\nb|"},
		{"test.show_notification", "{text: ''}", "False|Missing required argument text.|"},
	};
	autotrial t;
	trial_begin(&t);

	check_pretended(&t, cases, ARRAY_LEN(cases));
}

TEST(check_pillar_tells_each_key_once_and_what_it_should_be)
{
	static const struct pretended cases[] = {
		{"test.check_pillar", "{present: [s, 'd:x']}", "True||"},
		{"test.check_pillar", "{present: q}", "False|Pillar key \"q\" is missing.\n|"},
		{"test.check_pillar", "{present: ['n']}", "False|Pillar key \"n\" is missing.\n|"},
		{"test.check_pillar", "{boolean: [b], integer: [i, b], string: [s], listing: [l]}",
		 "True||"},
		{"test.check_pillar", "{string: [i, q], integer: [s], present: [q]}",
		 "False|Pillar key \"q\" is missing.\nPillar key \"s\" is not <class 'int'>.\n"
		 "Pillar key \"i\" is not (<class 'str'>,).\n|"},
		{"test.check_pillar", "{present: [s], dictionary: [d], verbose: true}",
		 "True|Those keys passed the check:\n- s (None)\n- d (<class 'dict'>)\n|"},
		{"test.check_pillar", "{present: []}", "False|Missing required argument text.|"},
	};
	autotrial t;
	autoerr struct err err = {0};
	struct value pillar;
	trial_begin(&t);

	CHECK_OK(value_from_yaml(&t.heap,
				 STR("{s: text, i: 3, b: true, l: [1], d: {x: 1}, 'n': null}"), "p",
				 &pillar, &err),
		 &err);
	t.world.pillar = pillar.dict;
	check_pretended(&t, cases, ARRAY_LEN(cases));
}
