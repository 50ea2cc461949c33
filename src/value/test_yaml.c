/* test_yaml.c - values out of YAML, and into it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/yaml.h"

#include "testing/test.h"
#include "value/call.h"
#include "value/limits.h"

#include "base/banned.h"

static const char *rewritten(struct heap *heap, const char *yaml, bool flow)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};
	struct value v;

	CHECK_OK(value_from_yaml(heap, str_of(yaml), "t", &v, &err), &err);
	CHECK_OK(value_to_yaml(heap, v, flow, &buf, &err), &err);
	return heap_strdup(heap, buf_str(&buf));
}

TEST(texts_are_quoted_when_they_look_like_something_else)
{
	/* The answers are PyYAML's: yaml.dump(…, Dumper=CSafeDumper, allow_unicode=True). */
	static const struct {
		const char *yaml, *flow;
	} cases[] = {
		{"{b: 1, a: [x, 'y z', null, true, 1.5]}", "{b: 1, a: [x, y z, null, true, 1.5]}"},
		{"['12', 'yes', 'no', '~', '', 'null', '1:30', '0x1f', '1.5', '.inf']",
		 "['12', 'yes', 'no', '~', '', 'null', '1:30', '0x1f', '1.5', '.inf']"},
		{"['2001-01-01', '2001-1-1', '2001-1-1 1:02:03', '08', '1e3', '<<', '=', 'y']",
		 "['2001-01-01', 2001-1-1, '2001-1-1 1:02:03', 08, 1e3, '<<', '=', y]"},
		{"['2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43.1 Z', '2001-12-14x']",
		 "['2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43.1 Z', 2001-12-14x]"},
		{"['a: b', 'a:b', ' a', '#x', 'a #b', '-', '- x', '*a', \"it's\", '{x}', '@a']",
		 "['a: b', 'a:b', ' a', '#x', 'a #b', '-', '- x', '*a', it's, '{x}', '@a']"},
		{"[\"a\\nb\\n\", \"\\t\", \"\\x01\", \"\xc3\xa9\"]",
		 "['a\n\n    b\n\n    ', \"\\t\", \"\\x01\", \xc3\xa9]"},
		{"{2: a, true: b, null: c, 1.5: d}", "{2: a, true: b, null: c, 1.5: d}"},
		{"[]", "[]"},
		{"{}", "{}"},
		{"plain", "plain"},
		{"''", "''"},
		{"12", "12"},
		{"[.inf, -.inf, .nan, 1.0e+20, 1.0e-07, 100.0]",
		 "[.inf, -.inf, .nan, 1.0e+20, 1.0e-07, 100.0]"},
		{"a: &x [1]\nb: *x\nc: &y {k: v}\ne: [*y, *x]",
		 "{a: &id001 [1], b: *id001, c: &id002 {k: v}, e: [*id002, *id001]}"},
		{"!!binary /w==", "!!binary |\n  /w=="},
		{"!!pairs [a: 1]", "[[a, 1]]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoheap struct heap heap = {0};
		CHECK_STR(rewritten(&heap, cases[i].yaml, true), cases[i].flow);
	}
}

TEST(block_style_keeps_the_order_and_indents_by_two)
{
	autoheap struct heap heap = {0};

	CHECK_STR(rewritten(&heap, "{z: {b: [1, {c: d, e: []}], a: {}}, t: \"x\\ny\\n\", n: null}",
			    false),
		  "z:\n  b:\n  - 1\n  - c: d\n    e: []\n  a: {}\nt: 'x\n\n  y\n\n  '\nn: null");
	CHECK_STR(rewritten(&heap, "plain", false), "plain");
}

TEST(long_lines_are_folded_at_80_columns)
{
	autoheap struct heap heap = {0};
	const char *ten = "[aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccc, "
			  "dddddddddddddddddddd, eeee]";

	CHECK_STR(rewritten(&heap, ten, true),
		  "[aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccc, "
		  "dddddddddddddddddddd,\n  eeee]");
}

TEST(aliases_are_the_same_list)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value v;

	CHECK_OK(value_from_yaml(&heap, STR("a: &x [1]\nb: *x\n"), "t", &v, &err), &err);
	CHECK(value_is(*dict_get(v.dict, "a"), *dict_get(v.dict, "b")));
}

TEST(an_error_of_yaml_has_its_place)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value v;

	CHECK_INT(value_from_yaml(&heap, STR("a: 1\na: 2\n"), "f.yml", &v, &err), -1);
	CHECK_STR(err_text(&err),
		  "f.yml:2:1: while constructing a mapping, found conflicting ID 'a'");
}

TEST(a_list_in_itself_is_an_alias)
{
	autoheap struct heap heap = {0};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};
	struct list *list = list_new(&heap, 1);

	list_push(&heap, list, value_of_list(list));
	CHECK_OK(value_to_yaml(&heap, value_of_list(list), true, &buf, &err), &err);
	CHECK_STR(buf_text(&buf), "&id001 [*id001]");
}

TEST(what_is_too_deep_or_too_long_is_refused)
{
	autoheap struct heap heap = {0};
	autobuf struct buf buf = {0}, small = {.max = 8};
	autoerr struct err err = {0}, full = {0};
	struct value v = value_none();

	for (int i = 0; i <= LIMIT_DEPTH; i++) {
		struct list *list = list_new(&heap, 1);
		list_push(&heap, list, v);
		v = value_of_list(list);
	}
	CHECK_INT(value_to_yaml(&heap, v, true, &buf, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_INT(value_to_yaml(&heap, value_literal("0123456789"), true, &small, &full), -1);
	CHECK_INT(full.kind, ERR_LIMIT);
}

TEST(functions_become_null_and_undefined_values_fail)
{
	autoheap struct heap heap = {0};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	CHECK_OK(value_to_yaml(&heap, value_native(&heap, "f", NULL, NULL), true, &buf, &err),
		 &err);
	CHECK_STR(buf_text(&buf), "NULL");
	CHECK_INT(value_to_yaml(&heap, value_undefined(&heap, "x", "'x' is undefined"), true, &buf,
				&err),
		  -1);
	CHECK_STR(err_text(&err), "'x' is undefined");
}
