/* test_report.c - results as text and JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/vec.h"
#include "state/report.h"
#include "state/report_private.h"
#include "state/test_sls_scene.h"
#include "testing/test.h"
#include "value/json.h"
#include "value/yaml.h"

#include "base/banned.h"

static void settle(struct sls_scene *scene)
{
	for (size_t i = 0; i < scene->results.n; i++) {
		scene->results.items[i]->started = (struct timespec){7620, 46922000};
		scene->results.items[i]->duration_ms = 1.5;
	}
}

TEST(text_has_the_layout_of_the_reference)
{
	struct sls_scene scene;
	const struct report_options options = {.detail = REPORT_FULL};

	setenv("TZ", "UTC", 1);
	sls_scene_begin(&scene);
	sls_scene_run(&scene, "a:\n  t.change: [{name: n}]\nb: t.fail\n");
	settle(&scene);
	report_text(&scene.world, &scene.results, &options, &scene.text);
	CHECK_STR(
		buf_text(&scene.text),
		"local:\n"
		"----------\n          ID: a\n    Function: t.change\n        Name: n\n      Result: True\n"
		"     Comment: did\n     Started: 02:07:00.046922\n    Duration: 1.5 ms\n"
		"     Changes:   \n              ----------\n              was:\n                  changed\n"
		"----------\n          ID: b\n    Function: t.fail\n      Result: False\n     Comment: no\n"
		"     Started: 02:07:00.046922\n    Duration: 1.5 ms\n     Changes:   \n"
		"\nSummary for local\n------------\nSucceeded: 1 (changed=1)\nFailed:    1\n------------\n"
		"Total states run:     2\nTotal run time:   3.000 ms\n");
	sls_scene_end(&scene);
}

TEST(terse_and_quiet_texts_leave_things_out)
{
	struct sls_scene scene;
	const struct report_options terse = {.detail = REPORT_TERSE};
	const struct report_options quiet = {.detail = REPORT_CHANGES, .hide_clean = true};

	sls_scene_begin(&scene);
	sls_scene_run(&scene, "a: t.ok\n");
	settle(&scene);
	report_text(&scene.world, &scene.results, &terse, &scene.text);
	CHECK(strstr(buf_text(&scene.text),
		     "\n  Name: a - Function: t.ok - Result: Clean - Started: ") != NULL);
	buf_truncate(&scene.text, 0);
	report_text(&scene.world, &scene.results, &quiet, &scene.text);
	CHECK(!strstr(buf_text(&scene.text), "t.ok"));
	sls_scene_end(&scene);
}

TEST(json_is_salt_calls_and_masked)
{
	struct sls_scene scene;
	const struct report_options options = {.json_indent = -1};

	setenv("TZ", "UTC", 1);
	sls_scene_begin(&scene);
	secrets_add(&scene.world.secrets, STR("hidden-word"));
	sls_scene_run(&scene, "a hidden-word:\n  t.change: []\n");
	settle(&scene);
	report_json(&scene.world, &scene.results, &options, &scene.text);
	CHECK_STR(
		buf_text(&scene.text),
		"{\"local\": {\"t_|-a ***_|-a ***_|-change\": {\"name\": \"a ***\", \"changes\": "
		"{\"was\": \"changed\"}, \"result\": true, \"comment\": \"did\", \"__sls__\": \"a\", "
		"\"__run_num__\": 0, \"start_time\": \"02:07:00.046922\", \"duration\": 1.5, \"__id__\": "
		"\"a ***\"}}}\n");
	sls_scene_end(&scene);
}

TEST(what_no_state_said_has_no_place_and_no_time)
{
	struct sls_scene scene;
	const struct report_options options = {.json_indent = -1};

	sls_scene_begin(&scene);
	sls_scene_run(&scene, "a:\n  t.ok: [{listen: [{t: z}]}]\n");
	scene.results.items[0] = scene.results.items[1];
	scene.results.n = 1;
	report_json(&scene.world, &scene.results, &options, &scene.text);
	CHECK_STR(buf_text(&scene.text),
		  "{\"local\": {\"Listen_Error_|-listen_z_|-listen_t_|-Listen_Error\": {\"name\": "
		  "\"listen_t:z\", \"changes\": {}, \"result\": false, \"comment\": \"Referenced "
		  "state t: z does not exist\", \"__run_num__\": 1}}}\n");
	buf_truncate(&scene.text, 0);
	report_text(&scene.world, &scene.results, &options, &scene.text);
	CHECK(!strstr(buf_text(&scene.text), "Started"));
	sls_scene_end(&scene);
}

TEST(errors_are_a_list_of_texts)
{
	struct sls_scene scene;
	const struct report_options options = {.json_indent = -1};

	sls_scene_begin(&scene);
	vec_push(&scene.results.errors, xstrdup("wrong"));
	report_json(&scene.world, &scene.results, &options, &scene.text);
	CHECK_STR(buf_text(&scene.text), "{\"local\": [\"wrong\"]}\n");
	buf_truncate(&scene.text, 0);
	report_text(&scene.world, &scene.results, &options, &scene.text);
	CHECK_STR(buf_text(&scene.text),
		  "local:\n    Data failed to compile:\n----------\n    wrong\n");
	sls_scene_end(&scene);
}

TEST(nested_values_are_laid_out_as_the_reference_does)
{
	struct heap heap = {0};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};
	struct value v;

	CHECK_OK(value_from_yaml(&heap, STR("{b: [1, {c: x}], a: \"l1\\nl2\", n: null}"), "t", &v,
				 &err),
		 &err);
	report_nested(&heap, v, 2, false, &buf);
	CHECK_STR(buf_text(&buf),
		  "  ----------\n  a:\n      l1\n      l2\n  b:\n      - 1\n      |_\n"
		  "        ----------\n        c:\n            x\n  n:\n      None");
	heap_done(&heap);
}

TEST(lines_of_changes_end_where_python_ends_them_and_carry_no_escapes)
{
	struct heap heap = {0};
	autobuf struct buf buf = {0};
	struct list *list = list_new(&heap, 1);

	list_push(&heap, list,
		  value_literal("a\r\nb\rc\vd\xe2\x80\xa8"
				"e\033[1m"));
	report_nested(&heap, value_of_list(list), 0, false, &buf);
	CHECK_STR(buf_text(&buf), "- a\n  b\n  c\n  d\n  e?[1m");
	heap_done(&heap);
}

TEST(colours_stand_where_the_reference_has_them)
{
	struct sls_scene scene;
	const struct report_options options = {.detail = REPORT_FULL, .color = true};

	sls_scene_begin(&scene);
	sls_scene_run(&scene, "a: t.change\n");
	settle(&scene);
	report_text(&scene.world, &scene.results, &options, &scene.text);
	const char *text = buf_text(&scene.text);
	CHECK(strstr(text, "\033[0;32mlocal:\033[0;0m\n\033[0;36m----------\033[0;0m\n"
			   "    \033[0;36m      ID: a\033[0;0m\n") == text);
	CHECK(strstr(text, "\n              \033[0;36mwas\033[0;0m:\n"
			   "                  \033[0;32mchanged\033[0;0m\033[0;0m\n"));
	CHECK(strstr(text, "\n\033[0;32mSucceeded: 1\033[0;0m (\033[0;32mchanged=1\033[0;0m)\n"));
	sls_scene_end(&scene);
}

TEST(a_paragraph_is_wrapped_as_pythons_textwrap_does)
{
	static const struct {
		const char *name, *text, *lines;
	} cases[] = {
		{"fits", "one two", "one two"},
		{"between words", "aaaa bbbb cccc", "aaaa bbbb\n  cccc"},
		{"spaces are kept inside a line", "a  b", "a  b"},
		{"and dropped at its end", "aaaa bbbb   c", "aaaa bbbb\n  c"},
		{"tabs and line ends are spaces", "a\tb\nc", "a       b\n  c"},
		{"behind a hyphen", "aaaaaa bb-cc", "aaaaaa bb-\n  cc"},
		{"not behind a dash of options", "aaaaaa --bbb", "aaaaaa\n  --bbb"},
		{"within what is too long", "aaaaaaaaaaaaa b", "aaaaaaaaaa\n  aaa b"},
		{"which begins on the line", "aa bbbbbbbbbbbbb", "aa bbbbbbb\n  bbbbbb"},
		{"characters count, not bytes", "\xc3\xa9\xc3\xa9\xc3\xa9 aaaaaa",
		 "\xc3\xa9\xc3\xa9\xc3\xa9 aaaaaa"},
		{"nothing", "", ""},
		{"only spaces", "   ", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		report_wrap(str_of(cases[i].text), 2, 12, &buf);
		if (!text_eq(buf_text(&buf), cases[i].lines))
			test_fail(__FILE__, __LINE__, "%s: '%s'", cases[i].name, buf_text(&buf));
	}
}
