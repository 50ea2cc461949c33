/* test_compile.c - from SLS files to low data: forms, errors, order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/test_sls_scene.h"
#include "testing/test.h"
#include "value/json.h"
#include "value/list.h"

#include "base/banned.h"

struct told {
	const char *text, *finding;
};

static void check_told(const struct told *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sls_scene scene;
		sls_scene_begin(&scene);
		sls_scene_file(&scene, "a.sls", cases[i].text);
		int status = sls_scene_compile(&scene, "a", true);
		if (!strstr(sls_scene_findings(&scene), cases[i].finding))
			CHECK_STR(sls_scene_findings(&scene), cases[i].finding);
		CHECK_INT(status, -1);
		sls_scene_end(&scene);
	}
}

TEST(a_wrong_form_is_told_with_its_line)
{
	static const struct told cases[] = {
		{"- a\n", "top/a.sls:1:1: SLS a does not render to a dictionary"},
		{"a:\n  t.ok:\n",
		 "top/a.sls:2:3: ID 'a' in SLS 'a' contains a short declaration (t.ok) with a "
		 "trailing colon. When not passing any arguments to a state, the colon must be "
		 "omitted."},
		{"a:\n  t.ok: 1\n", "2:9: State 'a' in SLS 'a' is not formed as a list"},
		{"a:\n  t.ok: []\n  t.fail: []\n",
		 "3:3: ID 'a' in SLS 'a' contains multiple state declarations of the same type"},
		{"a:\n  t: []\n", "2:3: No function declared in state 't' in SLS 'a'"},
		{"a:\n  t.ok:\n  - fail\n", "Too many functions declared in state 't' in SLS 'a'"},
		{"a:\n  t:\n  - two words\n",
		 "3:5: The function \"two words\" in state \"a\" in SLS \"a\" has whitespace"},
		{"1:\n  t.ok: []\n",
		 "1:1: ID '1' in SLS 'a' is not formed as a string, but is a int. It may need to be "
		 "quoted."},
		{"yes: t.ok\n", "is not formed as a string, but is a bool"},
		{"a: 1\n", "1:1: ID a in SLS a is not a dictionary"},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(a_wrong_form_of_an_argument_is_told_with_its_line)
{
	static const struct told cases[] = {
		{"a:\n  t.ok:\n  - names: b\n",
		 "3:12: The 'names' argument in state 'a' in SLS 'a' "
		 "needs to be formed as a list"},
		{"a:\n  t.ok:\n  - require: b\n",
		 "3:14: The require statement in state 'a' in SLS 'a' needs to be formed as a list"},
		{"a:\n  t.ok:\n  - require:\n    - t.ok: b\n",
		 "4:7: Invalid requisite type 't.ok' in state 'a', in SLS 'a'. Requisite types must not "
		 "contain dots, did you mean 't'?"},
		{"a:\n  t.ok:\n  - require:\n    - 1\n",
		 "4:7: Requisite declaration 1 in SLS a is not formed as a single key dictionary"},
		{"a:\n  t.ok:\n  - require:\n    - t: [b]\n",
		 "Illegal requisite \"['b']\", please check your syntax."},
		{"a:\n  t.ok:\n  - require:\n    - t: b\n    text: x\nb: t.ok\n",
		 "Multiple dictionaries defined in argument of state 'a' in SLS 'a'"},
		{"include: b\n", "1:10: Include Declaration in SLS a is not formed as a list"},
		{"extend: []\n", "Extension value in SLS 'a' is not a dictionary"},
		{"extend:\n  b: 1\n", "Extension name 'b' in SLS 'a' is not a dictionary"},
		{"exclude: b\n", "Exclude Declaration in SLS a is not formed as a list"},
		{"exclude:\n- id: a\n  sls: b\n",
		 "2:3: exclude in SLS a: an item is the name of an SLS"},
		{"a:\n  t.ok:\n  - require:\n    - null\n",
		 "4:7: Requisite declaration None in SLS a is not formed as a single key dictionary"},
		{"a:\n  t.ok:\n  - umask: rw\n", "3:12: Invalid umask: rw"},
		{"a:\n  t.ok:\n  - creates: {a: b}\n",
		 "3:14: 'creates' needs a text, not a mapping"},
		{"a:\n  _t: []\n", "No function declared in state '_t' in SLS 'a'"},
		{"a:\n  t.ok:\n  - names: [1]\n", "ID '1' in SLS 'a' is not formed as a string"},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(the_first_line_names_templates_and_yaml_or_json)
{
	static const struct {
		const char *text, *order;
	} cases[] = {
		{"#!yaml\n'{{ x }}': t.ok\n", "{{ x }}"},
		{"#! jinja | yaml \r\n{{ 'a' }}: t.ok\r\n", "a"},
		{"#!yaml\ra: t.ok\r", "a"},
		{"#!yaml_jinja\n{{ 'a' }}: t.ok\n", "a"},
		{"#!json\n{\"{{ x }}\": {\"t.ok\": []},\n\t\"b\":\"t.ok\"}", "{{ x }} b"},
		{"#!jinja|json\n{{ {'a': 't.ok'}|json }}", "a"},
		{"#!json_jinja\r\n{{ {'a': 't.ok'}|json }}", "a"},
		{"#!json\n \n", ""},
		{"#!/bin/sh\n{{ 'a' }}: t.ok\n", "a"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sls_scene scene;
		sls_scene_begin(&scene);
		sls_scene_file(&scene, "a.sls", cases[i].text);
		if (sls_scene_compile(&scene, "a", false))
			test_fail(__FILE__, __LINE__, "%s", sls_scene_findings(&scene));
		CHECK_STR(sls_scene_order(&scene), cases[i].order);
		sls_scene_end(&scene);
	}
}

TEST(renderers_other_than_jinja_yaml_and_json_are_refused_by_name)
{
	static const struct told cases[] = {
		{"#!json\n{\"a\": {\"t.ok\": []},}\n",
		 "Rendering SLS 'base:a' failed: Expecting property name enclosed in double quotes: "
		 "line 1 column 20 (char 19)"},
		{"#!jinja|json\na: t.ok\n",
		 "Rendering SLS 'base:a' failed: Expecting value: line 1 column 1 (char 0)"},
		{"#!py\ndef run(): pass\n",
		 "top/a.sls:1:1: Rendering SLS 'base:a' failed: the renderer "
		 "'py' is not available here"},
		{"#!jinja|yaml|gpg\na: t.ok\n",
		 "the renderer 'jinja|yaml|gpg' is not available here"},
		{"a: {{ who }}\n",
		 "top/a.sls:1:7: Rendering SLS 'base:a' failed: Jinja variable 'who' "
		 "is undefined; line 1"},
		{"a: [\n", "Rendering SLS 'base:a' failed: "},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(what_refers_to_nothing_is_told)
{
	static const struct told cases[] = {
		{"include: [b]\n",
		 "top/a.sls:1:11: Specified SLS b in saltenv base is not available"},
		{"include: [..b]\n", "Attempted relative include of '..b' within SLS 'base:a' goes "
				     "beyond top level package"},
		{"include: [{dev: b}]\n",
		 "Nonexistent saltenv 'dev' found in include of 'b' within SLS "
		 "'base:a'"},
		{"a:\n  t.ok:\n  - require_in:\n    - t: z\n",
		 "4:7: Cannot extend ID 'z' in 'base:a'. It is not part of the high state.\nThis is "
		 "likely due to a missing include statement or an incorrectly typed ID.\nEnsure that a "
		 "state with an ID of 'z' is available\nin environment 'base' and to SLS 'a'"},
		{"a: t.ok\nb:\n  t.ok:\n  - require_in:\n    - other: a\n", "Cannot extend ID 'a'"},
		{"extend:\n  z:\n    t.ok: []\n", "2:3: Cannot extend ID 'z'"},
		{"a: t.okk\n", "State 't.okk' was not found in SLS 'a': it is unknown"},
		{"a: mysql_user.present\n", "it is known to Salt, not implemented here"},
		{"a: file.tidied\n", "it is known to Salt, not implemented here"},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(conditions_and_requisites_that_cannot_be_are_told)
{
	static const struct told cases[] = {
		{"a:\n  t.ok:\n  - unless: true\n", "3:13: 'unless' needs a command, not "},
		{"a:\n  t.ok:\n  - onlyif:\n    - {x: 1}\n", "no `fun` argument in onlyif"},
		{"a:\n  t.ok:\n  - onlyif:\n    - {fun: no.such}\n", "'no.such' is not available"},
		{"a:\n  t.ok:\n  - provider: x\n", "'provider' is not available here"},
		{"a:\n  t.ok:\n  - text: __slot__:salt:a.b()\n", "slots are not available here"},
		{"a:\n  t.ok:\n  - require: [{t: z}]\n",
		 "The following requisites were not found: require: t: z"},
		{"a:\n  t.ok:\n  - require: [{t: b}]\nb:\n  t.ok:\n  - require: [{t: c}]\nc:\n  t.ok:\n "
		 " - require: [{t: a}]\n",
		 "Recursive requisite found: t 'a' in SLS 'a'"},
		{"a:\n  t.ok:\n  - require: [{t: b}]\nb:\n  t.ok:\n  - require: [{t: a}]\n",
		 "A recursive requisite was found, SLS \"a\" ID \"b\" ID \"a\""},
		{"a:\n  t.ok:\n  - prereq_in: [{t: b}]\nb:\n  t.ok:\n  - prereq_in: [{t: a}]\n",
		 "A recursive requisite was found, SLS \"a\" ID \"b\" ID \"a\""},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(arguments_are_checked_by_their_table)
{
	static const struct told cases[] = {
		{"a: t.args\n", "Missing parameter must for state t.args"},
		{"a:\n  t.args:\n  - must: [1]\n",
		 "3:5: argument 'must' of t.args must be a text, not a "
		 "list"},
		{"a:\n  t.args:\n  - must: x\n  - flag: perhaps\n",
		 "argument 'flag' of t.args must be true or false, not 'perhaps'"},
		{"a:\n  t.args:\n  - must: x\n  - count: {}\n", "must be a number, not a mapping"},
		{"a:\n  t.args:\n  - must: x\n  - mode: 888\n",
		 "must be a file mode, not a number"},
		{"a:\n  t.args:\n  - must: x\n  - env: x\n", "must be a mapping, not 'x'"},
		{"a:\n  t.args:\n  - must: x\n  - selinux: x\n", "there is no such kernel"},
		{"a:\n  t.args:\n  - must: x\n  - txet: y\n",
		 "4:5: argument 'txet' of t.args is unknown: did you mean 'text'?"},
	};

	check_told(cases, ARRAY_LEN(cases));
}

TEST(an_unknown_argument_far_from_any_is_a_warning_until_strict)
{
	for (int strict = 0; strict < 2; strict++) {
		struct sls_scene scene;
		sls_scene_begin(&scene);
		scene.world.is_strict = strict;
		sls_scene_file(&scene, "a.sls", "a:\n  t.args:\n  - must: x\n  - quux_bar: y\n");
		CHECK_INT(sls_scene_compile(&scene, "a", false), strict ? -1 : 0);
		CHECK(strstr(sls_scene_findings(&scene),
			     "top/a.sls:4:5: argument 'quux_bar' of t.args "
			     "is unknown") != NULL);
		sls_scene_end(&scene);
	}
}

TEST(all_errors_are_told_at_once)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "a.sls",
		       "a: t.nope\nb:\n  t.ok:\n  - unless: 1\n  - require_in: [{t: z}]\n");
	CHECK_INT(sls_scene_compile(&scene, "a", false), -1);
	CHECK_INT(diags_errors(&scene.findings), 3);
	CHECK(scene.findings.items[0].snippet != NULL);
	sls_scene_end(&scene);
}

static void check_order(const char *text, const char *order)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "a.sls", text);
	sls_scene_file(&scene, "b.sls", "b1: t.ok\nb2: t.ok\n");
	sls_scene_file(&scene, "p/init.sls", "include: [.q]\np: t.ok\n");
	sls_scene_file(&scene, "p/q.sls", "include: [..b]\nq: t.ok\n");
	if (sls_scene_compile(&scene, "a", false))
		test_fail(__FILE__, __LINE__, "%s", sls_scene_findings(&scene));
	CHECK_STR(sls_scene_order(&scene), order);
	sls_scene_end(&scene);
}

TEST(states_stand_in_the_order_of_definition_includes_first)
{
	check_order("x: t.ok\na: t.ok\n", "x a");
	check_order("include: [b]\na: t.ok\n", "b1 b2 a");
	check_order("include: [p, b]\na: t.ok\n", "b1 b2 q p a");
	check_order("include: [\"p*\"]\na: t.ok\n", "b1 b2 q p a");
	check_order("include: [b]\nexclude: [b]\na: t.ok\n", "a");
	check_order("include: [b]\nexclude: [{id: b1}]\na: t.ok\n", "b2 a");
}

TEST(order_is_a_number_first_last_or_from_the_end)
{
	check_order(
		"a:\n  t.ok: [{order: last}]\nb: t.ok\nc:\n  t.ok: [{order: first}]\nd:\n  t.ok: "
		"[{order: -1}]\ne:\n  t.ok: [{order: 3}]\n",
		"c e b d a");
	check_order("a:\n  t.ok:\n  - names: [z, y, z, x]\n", "z y x");
	check_order("a:\n  t.ok:\n  - names:\n    - z: [{text: 1}]\n    - y\n", "z y");
}

TEST(the_long_form_and_repeated_arguments_mean_the_same)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_run(&scene,
		      "a:\n  t:\n  - args\n  - must: first\n  - wanted: alias\n  - must: last\n"
		      "  - mode: 0750\n  - flag: yes\n");
	CHECK_STR(sls_scene_results(&scene), "a=T(none last 1 7 750 0)");
	sls_scene_end(&scene);
}

TEST(extend_adds_requisites_and_replaces_arguments)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "b.sls",
		       "b:\n  t.args:\n  - must: old\n  - require: [{t: c}]\nc: t.ok\n");
	sls_scene_run(
		&scene,
		"include: [b]\nextend:\n  b:\n    t:\n    - must: new\n    - require: [{t: a}]\n"
		"a: t.ok\n");
	CHECK_STR(sls_scene_results(&scene), "c=T a=T b=T(none new 0 7 0 0)");
	sls_scene_end(&scene);
}

TEST(an_extend_adds_to_requisites_and_replaces_the_rest)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "a.sls",
		       "a:\n  t.ok:\n  - require: [c]\n  - require_in: [c]\n  - require: [b]\n"
		       "b: t.ok\nc: t.ok\nd: t.ok\ne: t.ok\n"
		       "extend:\n  a:\n    t:\n    - require: [d]\n    - require_in: [e]\n");
	CHECK_INT(sls_scene_compile(&scene, "a", false), 0);
	CHECK_STR(sls_scene_findings(&scene),
		  "top/a.sls:5:5: 'require' stands twice in state 'a': the first one is replaced");
	const struct chunk *a = scene.low.items[0], *c = scene.low.items[2],
			   *e = scene.low.items[4];
	CHECK_INT(a->requisites.n, 2);
	CHECK_STR(a->requisites.items[0].pattern, "b");
	CHECK_STR(a->requisites.items[1].pattern, "d");
	CHECK_INT(c->requisites.n, 0);
	CHECK_INT(e->requisites.n, 1);
	sls_scene_end(&scene);
}

TEST(what_is_nothing_to_python_is_an_empty_state_file)
{
	static const char *const texts[] = {"", "~\n", "{}\n", "[]\n", "false\n", "0\n", "''\n"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct sls_scene scene;
		sls_scene_begin(&scene);
		sls_scene_file(&scene, "a.sls", texts[i]);
		CHECK_INT(sls_scene_compile(&scene, "a", true), 0);
		CHECK_INT(scene.low.n, 0);
		sls_scene_end(&scene);
	}
}

TEST(one_of_the_names_may_be_called_otherwise)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "a.sls",
		       "a:\n  t.ok:\n  - names:\n    - x: [name: z]\n    - y: [name: 1]\n    -\n");
	CHECK_INT(sls_scene_compile(&scene, "a", false), -1);
	sls_scene_file(&scene, "b.sls",
		       "a:\n  t.ok:\n  - names:\n    - x: [name: z]\n    - y: [name: 1]\n  -\n");
	diags_clear(&scene.findings);
	low_list_done(&scene.low);
	CHECK_INT(sls_scene_compile(&scene, "b", false), 0);
	CHECK_STR(sls_scene_order(&scene), "z y");
	CHECK_STR(sls_scene_findings(&scene),
		  "top/b.sls:6:4: an empty item among arguments, ignoring");
	sls_scene_end(&scene);
}

TEST(the_same_id_in_two_files_is_a_conflict)
{
	struct sls_scene scene;

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "b.sls", "x: t.ok\n");
	sls_scene_file(&scene, "a.sls", "include: [b]\nx: t.ok\n");
	CHECK_INT(sls_scene_compile(&scene, "a", false), -1);
	CHECK_STR(
		sls_scene_findings(&scene),
		"top/b.sls:1:1: Detected conflicting IDs, SLS IDs need to be globally unique.\n    "
		"The conflicting ID is 'x' and is found in SLS 'base:a' and SLS 'base:b'");
	sls_scene_end(&scene);
}

TEST(low_data_is_shown_as_the_reference_has_it)
{
	struct sls_scene scene;
	const struct value_json_options options = {.indent = -1};
	autoerr struct err err = {0};

	sls_scene_begin(&scene);
	sls_scene_file(&scene, "a.sls",
		       "a:\n  t.ok:\n  - name: n\n  - text: x\n  - require: [{u: b}]\nb: u.ok\n");
	CHECK_INT(sls_scene_compile(&scene, "a", false), 0);
	struct value low = low_to_value(&scene.heap, &scene.low);
	CHECK_OK(value_to_json(&scene.heap, low.list->items[0], &options, &scene.text, &err), &err);
	CHECK_STR(
		buf_text(&scene.text),
		"{\"state\": \"t\", \"name\": \"n\", \"__sls__\": \"a\", \"__env__\": \"base\", "
		"\"__id__\": \"a\", \"text\": \"x\", \"require\": [{\"u\": \"b\"}], \"order\": 10000, "
		"\"fun\": \"ok\"}");
	sls_scene_end(&scene);
}
