/* test_run.c - requisites, conditions, retry and listeners.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/test_sls_scene.h"
#include "testing/test.h"

#include "base/banned.h"

struct ran {
	const char *text, *results;
};

static void check_ran(const struct ran *cases, size_t n, bool is_test)
{
	for (size_t i = 0; i < n; i++) {
		struct sls_scene scene;
		sls_scene_begin(&scene);
		scene.world.is_test = is_test;
		sls_scene_run(&scene, cases[i].text);
		CHECK_STR(sls_scene_results(&scene), cases[i].results);
		sls_scene_end(&scene);
	}
}

TEST(requisites_pull_states_forward_and_stop_them)
{
	static const struct ran cases[] = {
		{"a:\n  t.ok: [{require: [{t: b}]}]\nb: t.ok\n", "b=T a=T"},
		{"a:\n  t.ok: [{require: [b]}]\nb: t.fail\n",
		 "b=F a=F(One or more requisite failed: a.b)"},
		{"a:\n  t.ok: [{require_any: [{t: b}, {t: c}]}]\nb: t.fail\nc: t.ok\n",
		 "b=F c=T a=T"},
		{"a:\n  t.ok: [{require: [{t: \"b*\"}]}]\nb1: t.ok\nb2: t.ok\n", "b1=T b2=T a=T"},
		{"a:\n  t.ok: [{require: [{sls: a2}]}]\n",
		 "a=F(The following requisites were not found:\n                   require:\n          "
		 "             sls: a2\n)"},
		{"a:\n  t.ok: [{onchanges: [{t: b}]}]\nb: t.change\n", "b=T a=T"},
		{"a:\n  t.ok: [{onchanges: [{t: b}]}]\nb: t.ok\n",
		 "b=T a=T(State was not run because none of the onchanges reqs changed)"},
		{"a:\n  t.ok: [{onfail: [{t: b}]}]\nb: t.fail\n", "b=F a=T"},
		{"a:\n  t.ok: [{onfail: [{t: b}]}]\nb: t.ok\n",
		 "b=T a=T(State was not run because onfail req did not change)"},
		{"a:\n  t.ok: [{onfail_all: [{t: b}, {t: c}]}]\nb: t.fail\nc: t.ok\n",
		 "b=F c=T a=T(State was not run because onfail req did not change)"},
		{"a:\n  t.react: [{watch: [{t: b}]}]\nb: t.change\n", "b=T a=T(reacted to 1)"},
		{"a:\n  u.ok: [{watch: [{t: b}]}]\nb: t.change\n", "b=T a=T"},
		{"a: u.ok\nb:\n  t.change: [{watch_in: [{u: a}]}]\n", "b=T a=T"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
}

TEST(of_two_lists_the_last_one_counts_and_failhard_ends_the_run)
{
	static const struct ran cases[] = {
		{"a:\n  t.fail: [{failhard: \"no\"}]\nb: t.ok\n", "a=F"},
		{"a:\n  t.fail: [{failhard: 0}]\nb: t.ok\n", "a=F b=T"},
		{"a:\n  t.ok: [{require: [b]}, {require: [c]}]\nb: t.fail\nc: t.ok\n",
		 "c=T a=T b=F"},
		{"a:\n  t.ok: [{failhard: true}, {require: [b]}]\nb:\n  t.fail: [{failhard: true}]\nc: t.ok\n",
		 "b=F"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
}

TEST(a_prereq_runs_before_what_would_change)
{
	static const struct ran cases[] = {
		{"a: t.change\nb:\n  t.ok: [{prereq: [{t: a}]}]\n", "b=T a=T"},
		{"a: t.ok\nb:\n  t.ok: [{prereq: [{t: a}]}]\n", "b=T(No changes detected) a=T"},
		/* Its holder failed: what it would have done is told, and not done. */
		{"a: t.change\nb:\n  t.fail: [{prereq: [{t: a}]}]\n", "b=F a=N"},
		{"a: t.change\nb:\n  t.ok: [{prereq: [{t: \"a*\"}]}]\n", "b=T a=T"},
		{"a: t.change\nb:\n  t.ok: [{prereq: [{t: \"*\"}]}]\n", "b=T a=T"},
		{"a: t.change\nb:\n  t.ok: [{prereq: [{sls: a}]}]\n", "b=T a=T"},
		{"a:\n  t.change: [{onchanges: [{t: c}]}]\nb:\n  t.ok: [{prereq: [{t: a}]}]\nc: t.ok\n",
		 "c=T a=T(State was not run because none of the onchanges reqs changed) b=T(No changes "
		 "detected)"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
}

TEST(a_circle_ends)
{
	static const struct ran cases[] = {
		{"a:\n  t.ok: [{require: [b]}]\nb:\n  t.ok: [{require: [c]}]\nc:\n  t.ok: [{require: [a]}]\n",
		 "c=F(Recursive requisite found) b=F(One or more requisite failed: a.c) a=F(One or more "
		 "requisite failed: a.b)"},
	};
	struct sls_scene scene;

	check_ran(cases, ARRAY_LEN(cases), false);
	sls_scene_begin(&scene);
	sls_scene_run(&scene,
		      "a:\n  t.ok: [{prereq: [b]}]\nb:\n  t.ok: [{prereq: [c]}]\nc:\n  t.ok: "
		      "[{prereq: [a]}]\n");
	CHECK_INT(scene.results.n, 3);
	CHECK(results_failed(&scene.results));
	sls_scene_end(&scene);
}

TEST(conditions_skip_a_state)
{
	static const struct ran cases[] = {
		{"a:\n  t.ok: [{onlyif: \"true\"}]\n", "a=T"},
		{"a:\n  t.ok: [{onlyif: [\"true\", \"false\"]}]\n",
		 "a=T(onlyif condition is false)"},
		{"a:\n  t.ok: [{unless: \"true\"}]\n", "a=T(unless condition is true)"},
		{"a:\n  t.ok: [{unless: [\"true\", \"false\"]}]\n", "a=T"},
		{"a:\n  t.ok: [{creates: /}]\n", "a=T(/ exists)"},
		{"a:\n  t.ok: [{creates: [/, /proc]}]\n", "a=T(All files in creates exist)"},
		{"a:\n  t.ok: [{creates: /nowhere/at/all}]\n", "a=T"},
		{"a:\n  t.ok: [{onlyif: \"true\"}, {unless: \"true\"}]\n",
		 "a=T(onlyif condition is true\nunless condition is true)"},
		{"a:\n  t.ok: [{check_cmd: [\"false\"]}]\n",
		 "a=F(check_cmd determined the state failed)"},
		{"a:\n  t.fail: [{check_cmd: [\"true\"]}]\n",
		 "a=T(check_cmd determined the state succeeded)"},
		{"a:\n  t.ok: [{onlyif: \"test $X = y\"}, {env: [{X: y}]}]\n", "a=T"},
		{"a:\n  t.ok: [{onlyif: \"true\"}, {cwd: /no/such}]\n",
		 "a=T(onlyif condition is false)"},
		{"a:\n  t.ok: [{unless: \"false\"}, {cwd: /no/such}]\n",
		 "a=T(unless condition is true)"},
		{"a:\n  t.ok: [{unless: \"true\"}, {check_cmd: [\"false\"]}]\n",
		 "a=F(check_cmd determined the state failed)"},
		/* Skipped states do not react. */
		{"a:\n  t.react: [{watch: [{t: b}]}, {unless: \"true\"}]\nb: t.change\n",
		 "b=T a=T(unless condition is true)"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
}

TEST(retry_says_what_came_before)
{
	static const struct ran cases[] = {
		{"a:\n  t.fail: [{retry: {attempts: 2, interval: 0}}]\n",
		 "a=F(Attempt 1: Returned a result of \"False\", with the following comment: "
		 "\"no\"\nno)"},
		{"a:\n  t.ok: [{retry: {attempts: 3, interval: 0}}]\n", "a=T"},
		{"a:\n  t.ok: [{retry: {attempts: 2, interval: 0, until: false}}]\n",
		 "a=T(Attempt 1: Returned a result of \"True\", with the following comment: "
		 "\"ok\"\nok)"},
	};
	static const struct ran tested[] = {
		{"a:\n  t.ok: [{retry: true}]\n",
		 "a=T(ok  The state would be retried every 30 seconds (with a splay of up to 0 seconds) a "
		 "maximum of 2 times or until a result of True is returned)"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
	check_ran(tested, ARRAY_LEN(tested), true);
}

TEST(each_attempt_counts_in_the_order_of_the_run)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_run(&scene, "a: t.ok\nb:\n  t.fail: [{retry: {attempts: 3, interval: 0}}]\n"
			      "c: t.ok\n");
	CHECK_INT(scene.results.items[1]->run_num, 3);
	CHECK_INT(scene.results.items[2]->run_num, 4);
	sls_scene_end(&scene);
}

TEST(listeners_run_at_the_end_and_once)
{
	static const struct ran cases[] = {
		{"a:\n  t.ok: [{listen: [{t: b}, {t: c}]}]\nb: t.change\nc: t.change\nd: t.ok\n",
		 "a=T b=T c=T d=T listener_a=T(reacted to 0)"},
		{"a: t.ok\nb:\n  t.change: [{listen_in: [{t: a}]}]\n",
		 "a=T b=T listener_a=T(reacted to 0)"},
		{"a:\n  t.ok: [{listen: [{t: b}]}]\nb: t.ok\n", "a=T b=T"},
		{"a:\n  t.ok: [{listen: [{t: z}]}]\n",
		 "a=T listen_z=F(Referenced state t: z does not exist)"},
		{"a:\n  t.change: [{listen_in: [{t: z}]}]\n",
		 "a=T listen_z=F(Referenced state t: z does not exist)"},
		{"a:\n  u.ok: [{listen: [{t: b}]}]\nb: t.change\n",
		 "a=T b=T listener_a=F(State 'u.mod_watch' was not found in SLS 'a'\nReason: "
		 "'u.mod_watch' is not available.\n)"},
	};

	check_ran(cases, ARRAY_LEN(cases), false);
}

TEST(a_failure_that_is_handled_does_not_fail_the_run)
{
	struct sls_scene scene;

	for (int handled = 0; handled < 2; handled++) {
		sls_scene_begin(&scene);
		sls_scene_run(
			&scene,
			handled ? "a: t.fail\nb:\n  t.ok: [{onfail: [a]}, {onfail_stop: false}]\n"
				: "a: t.fail\nb:\n  t.ok: [{onfail: [a]}]\n");
		CHECK_INT(results_failed(&scene.results), !handled);
		sls_scene_end(&scene);
	}
}

TEST(test_mode_changes_nothing_and_says_so)
{
	static const struct ran cases[] = {{"a: t.change\nb: t.ok\n", "a=N b=T"}};
	struct sls_scene scene;

	check_ran(cases, ARRAY_LEN(cases), true);
	sls_scene_begin(&scene);
	scene.world.is_test = true;
	sls_scene_run(&scene, "a: t.change\n");
	CHECK(results_pending(&scene.results));
	sls_scene_end(&scene);
}

TEST(a_signal_ends_the_run_behind_the_current_state)
{
	struct sls_scene scene;
	static const volatile int stop = 15;

	sls_scene_begin(&scene);
	scene.world.stop = &stop;
	sls_scene_run(&scene, "a: t.ok\nb: t.ok\n");
	CHECK_INT(scene.results.n, 0);
	CHECK(scene.results.was_stopped);
	sls_scene_end(&scene);
}
