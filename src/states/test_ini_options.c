/* test_ini_options.c - ini.options_present keeps what it does not name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/ini_options.h"
#include "states/test_world.h"

#include "base/banned.h"

TEST(options_present_changes_adds_and_keeps)
{
	static const struct {
		const char *before, *args, *after;
	} cases[] = {
		{"[a]\nx = 1\n", "{sections: {a: {x: 2}}}", "[a]\nx = 2\n"},
		{"# c\n[a]\nx=1\n\n[b]\ny=1\n", "{sections: {a: {z: 3}, b: {y: 1}}}",
		 "# c\n[a]\nx=1\nz = 3\n\n[b]\ny=1\n"},
		{"[a]\nx=1\n", "{sections: {n: {k: v}}}", "[a]\nx=1\n\n[n]\nk = v\n"},
		{"", "{sections: {n: {k: v, l: w}}}", "[n]\nk = v\nl = w\n"},
		{"x=1\n[a]\n", "{sections: {x: 2}}", "x = 2\n[a]\n"},
		{";x=1\n", "{sections: {x: 2}}", ";x=1\nx = 2\n"},
	};
	autotrial t;
	trial_begin(&t);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trial_write(&t, "f", cases[i].before, 0644);
		t.is_test = true;
		trial_run(&t, &state_ini_options_present, "/f", cases[i].args);
		CHECK_INT(t.outcome.result, RESULT_NONE);
		CHECK_STR(trial_read(&t, "f"), cases[i].before);
		t.is_test = false;
		trial_run(&t, &state_ini_options_present, "/f", cases[i].args);
		CHECK_STR(trial_read(&t, "f"), cases[i].after);
		trial_run(&t, &state_ini_options_present, "/f", cases[i].args);
		CHECK_STR(trial_said(&t), "True|No anomaly detected|");
	}
}

TEST(options_present_tells_before_and_after)
{
	autotrial t;
	trial_begin(&t);

	trial_write(&t, "f", "[a]\nx = 1\n", 0644);
	trial_run(&t, &state_ini_options_present, "/f", "{sections: {a: {x: 2, y: 3}}}");
	CHECK_STR(trial_said(&t), "True|Changes take effect|{'a': {'x': {'before': '1', 'after': "
				  "'2'}, 'y': {'before': None, 'after': '3'}}}");
}
