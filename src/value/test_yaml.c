/* test_yaml.c - values out of YAML, and into it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "value/yaml.h"

#include "testing/test.h"
#include "value/call.h"
#include "value/limits.h"

#include "base/banned.h"

static const char *rewritten(struct heap *heap, const char *yaml, unsigned flags)
{
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};
	struct value v;

	CHECK_OK(value_from_yaml(heap, str_of(yaml), "t", &v, &err), &err);
	CHECK_OK(value_to_yaml(heap, v, flags, &buf, &err), &err);
	return heap_strdup(heap, buf_str(&buf));
}

TEST(texts_are_quoted_when_they_look_like_something_else)
{
	/* The answers are PyYAML's: yaml.dump(…, Dumper=CSafeDumper, allow_unicode=True). */
	static const struct {
		const char *yaml, *flow;
	} cases[] = {
		{"{b: 1, a: [x, 'y z', null, true, 1.5]}", "{a: [x, y z, null, true, 1.5], b: 1}"},
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
		CHECK_STR(rewritten(&heap, cases[i].yaml, YAML_FLOW), cases[i].flow);
	}
}

TEST(block_style_keeps_the_order_and_indents_by_two)
{
	autoheap struct heap heap = {0};

	CHECK_STR(rewritten(&heap, "{z: {b: [1, {c: d, e: []}], a: {}}, t: \"x\\ny\\n\", n: null}",
			    YAML_AS_IS),
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
	CHECK_OK(value_to_yaml(&heap, value_of_list(list), YAML_FLOW, &buf, &err), &err);
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
	CHECK_INT(value_to_yaml(&heap, v, YAML_FLOW, &buf, &err), -1);
	CHECK_INT(err.kind, ERR_LIMIT);
	CHECK_INT(value_to_yaml(&heap, value_literal("0123456789"), YAML_FLOW, &small, &full), -1);
	CHECK_INT(full.kind, ERR_LIMIT);
}

TEST(functions_and_undefined_values_become_null)
{
	autoheap struct heap heap = {0};
	autobuf struct buf buf = {0};
	autoerr struct err err = {0};

	CHECK_OK(value_to_yaml(&heap, value_native(&heap, "f", NULL, NULL), YAML_FLOW, &buf, &err),
		 &err);
	CHECK_OK(value_to_yaml(&heap, value_undefined(&heap, "x", "'x' is undefined"), YAML_FLOW,
			       &buf, &err),
		 &err);
	CHECK_STR(buf_text(&buf), "NULLNULL");
}

TEST(keys_are_sorted_where_they_have_an_order)
{
	static const struct {
		unsigned flags;
		const char *yaml, *want;
	} cases[] = {
		{YAML_FLOW, "{b: 1, B: 2, '9': 3, '10': {d: 1, c: 2}}",
		 "{'10': {c: 2, d: 1}, '9': 3, B: 2, b: 1}"},
		{YAML_FLOW, "{b: 1, 2: 3, a: 4}", "{b: 1, 2: 3, a: 4}"},
		{YAML_FLOW, "{3: x, 1.5: y, true: z}", "{true: z, 1.5: y, 3: x}"},
		{YAML_AS_IS, "{b: 1, a: 2}", "b: 1\na: 2"},
		{YAML_LEAVES, "{b: [1, {}], a: {c: 1}, e: []}", "a: {c: 1}\nb:\n- 1\n- {}\ne: []"},
		{YAML_LEAVES | YAML_ASCII, "[\xc3\xa9]", "[\"\\xE9\"]"},
		/* Anchors are numbered as they are written. */
		{0, "{b: &x [1], a: &y [2], c: [*y, *x]}",
		 "a: &id001\n- 2\nb: &id002\n- 1\nc:\n- *id001\n- *id002"},
	};
	struct value v = value_none();
	autoheap struct heap heap = {0};
	autobuf struct buf kept = {0};
	autoerr struct err err = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(rewritten(&heap, cases[i].yaml, cases[i].flags), cases[i].want);
	CHECK_OK(value_from_yaml(&heap, STR("{b: 1, a: 2}"), "t", &v, &err), &err);
	v.dict->is_ordered = true;
	CHECK_OK(value_to_yaml(&heap, value_of_dict(dict_copy(&heap, v.dict)), YAML_FLOW, &kept,
			       &err),
		 &err);
	CHECK_STR(buf_text(&kept), "{b: 1, a: 2}");
	buf_truncate(&kept, 0);
	CHECK_OK(value_to_yaml(&heap, v, YAML_FLOW | YAML_SORTED, &kept, &err), &err);
	CHECK_STR(buf_text(&kept), "{a: 2, b: 1}");
}
