/* test_settings.c - spellings of keys, and merging.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project_private.h"
#include "testing/test.h"
#include "value/yaml.h"

#include "base/banned.h"

static struct dict *from_yaml(struct heap *heap, const char *yaml)
{
	autoerr struct err err = {0};
	struct value v = value_none();

	CHECK_OK(value_from_yaml(heap, str_of(yaml), "t", &v, &err), &err);
	return v.dict;
}

static const char *repr(struct heap *heap, struct dict *dict)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	CHECK_OK(value_print_repr(heap, value_of_dict(dict), &buf, &err), &err);
	return heap_strdup(heap, buf_str(&buf));
}

TEST(settings_are_found_in_each_spelling)
{
	static const struct {
		const char *pillar;
		bool is_sample;
		const char *wanted, *rest;
	} cases[] = {
		{"{makina-projects.p: {user: u, data: {a: 1}}, other: 1}", false,
		 "{'user': 'u', 'data': {'a': 1}}", "{'other': 1}"},
		{"{makina-projects.p.data.a: 1, makina-projects.p.user: u}", false,
		 "{'data': {'a': 1}, 'user': 'u'}", "{}"},
		{"{makina-projects.p.data: {a: 1}, makina-projects.p.data.b: 2}", false,
		 "{'data': {'a': 1, 'b': 2}}", "{}"},
		{"{makina-projects.p.data.a.b.c: 1, makina-projects.p: {data: {a: {x: 0}}}}", false,
		 "{'data': {'a': {'x': 0, 'b': {'c': 1}}}}", "{}"},
		{"{makina-projects.p.data.a.b: 1, makina-projects.p: {data: {a.b: 0}}}", false,
		 "{'data': {'a.b': 1}}", "{}"},
		{"{makina-states.p: {data: {a: 1, b: 1}}, makina-projects.p: {data: {a: 2}}}",
		 false, "{'data': {'a': 2, 'b': 1}}", "{}"},
		{"{makina-states.p.data.a: 1}", false, "{'data': {'a': 1}}", "{}"},
		{"{makina-projects.q: {data: {a: 1}}, makina-projects.pp: {}, makina-projects: 1}",
		 false, "{}",
		 "{'makina-projects.q': {'data': {'a': 1}}, 'makina-projects.pp': {}, "
		 "'makina-projects': 1}"},
		{"{makina-projects.projectname: {data: {a: 1}}, makina-projects.x: {data: {b: 2}}, "
		 "makina-states.services.db.redis: {c: 3}, z: 1}",
		 true, "{'data': {'a': 1, 'b': 2}}",
		 "{'makina-states.services.db.redis': {'c': 3}, 'z': 1}"},
		{"{makina-projects.projectname.data.a: 1, makina-states.old: {data: {b: 1}}}", true,
		 "{'data': {'b': 1, 'a': 1}}", "{}"},
		{"{makina-projects.example.org: {data: {a: 1}}}", true, "{'data': {'a': 1}}", "{}"},
		{"{makina-projects.p: null}", false, "{}", "{}"},
		{"{makina-projects.p: {data: {l: [1]}}, makina-projects.p.data.l-append: [2]}",
		 false, "{'data': {'l': [1], 'l-append': [2]}}", "{}"},
		{"{makina-projects.p: {data: {l: [1], n-overrides: {a: 1}}}, "
		 "makina-projects.p.data: {m-append: [2]}}",
		 false, "{'data': {'l': [1], 'n-overrides': {'a': 1}, 'm-append': [2]}}", "{}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};
		struct dict *rest = dict_new(&heap);
		struct dict *settings = settings_take(&heap, "p", from_yaml(&heap, cases[i].pillar),
						      cases[i].is_sample, rest);
		CHECK_STR(repr(&heap, settings), cases[i].wanted);
		CHECK_STR(repr(&heap, rest), cases[i].rest);
	}
}

TEST(mappings_merge_and_lists_replace)
{
	static const struct {
		const char *under, *over, *wanted;
	} cases[] = {
		{"{a: {x: 1, l: [1]}, b: 1}", "{a: {y: 2, l: [2]}}",
		 "{'a': {'x': 1, 'l': [2], 'y': 2}, 'b': 1}"},
		{"{a: {x: 1}}", "{a: 1}", "{'a': 1}"},
		{"{a: 1}", "{a: {x: 1}}", "{'a': {'x': 1}}"},
		{"{a: {x: 1}}", "{a-overrides: {y: 2}}", "{'a': {'y': 2}}"},
		{"{a: {b: {x: 1}}}", "{a: {b-overrides: 1}}", "{'a': {'b': 1}}"},
		{"{a: [1, 2]}", "{a-append: [2, 3, 3]}", "{'a': [1, 2, 3]}"},
		{"{}", "{a-append: [1]}", "{'a': [1]}"},
		{"{a: x}", "{a-append: [y]}", "{'a': ['x', 'y']}"},
		{"{}", "{a-append: text, -append: [1]}", "{'a-append': 'text', '-append': [1]}"},
		{"{}", "{n: {a-append: [1]}}", "{'n': {'a': [1]}}"},
		{"{a: 1}", "{a: null}", "{'a': None}"},
		{"{a: [1]}", "{a-append: [3], a: [2]}", "{'a': [2, 3]}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};
		struct dict *under = from_yaml(&heap, cases[i].under);
		const char *before = repr(&heap, under);
		CHECK_STR(
			repr(&heap, settings_merge(&heap, under, from_yaml(&heap, cases[i].over))),
			cases[i].wanted);
		CHECK_STR(repr(&heap, under), before);
	}
}

TEST(wrong_types_are_refused_at_their_place)
{
	static const struct {
		const char *pillar, *wanted;
	} cases[] = {
		{"makina-projects.p: [1]\n",
		 "1:20: 'makina-projects.p' must be a mapping, not a list"},
		{"makina-projects.p:\n  data: x\n", "2:9: 'data' must be a mapping, not a string"},
		{"makina-projects.p.data: 1\n", "1:25: 'data' must be a mapping, not a number"},
		{"makina-projects.p:\n  groups: {a: b}\n",
		 "2:11: 'groups' must be a list, not a mapping"},
		{"makina-projects.p:\n  user: []\n", "2:9: 'user' must be a string, not a list"},
		{"makina-projects.p:\n  default_env: yes\n",
		 "2:16: 'default_env' must be a string, not a boolean"},
		{"makina-projects.p:\n  env_defaults:\n    dev: 1\n",
		 "3:10: a block of 'env_defaults' must be a mapping, not a number"},
		{"makina-projects.p: {data: null, groups: g, user: 1}\n", ""},
		{"makina-projects.q: [1]\n", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};
		autodiag struct diag diag = {0};
		struct marked_options options = {.file = "f"};
		struct marked *root = NULL;
		CHECK_INT(
			marked_parse(&heap.arena, str_of(cases[i].pillar), &options, &root, &diag),
			0);
		int failed = settings_check("p", root, false, &diag);
		CHECK_STR(failed ? heap_printf(&heap, "%u:%u: %s", diag.at.line, diag.at.column,
					       diag.message)
				 : "",
			  cases[i].wanted);
	}
}
