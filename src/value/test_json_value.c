/* test_json_value.c - JSON as Python's json module writes and reads it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/json.h"
#include "value/limits.h"
#include "value/test_expression.h"

#include "base/banned.h"

struct row {
	const char *expression;
	struct value_json_options options;
	const char *json; /* or "!error" */
};

static const struct row written[] = {
	{"{'b': [1, 2.0, None, True], 'a': 'é\"\\n'}",
	 {.indent = -1},
	 "{\"b\": [1, 2.0, null, true], \"a\": \"é\\\"\\n\"}"},
	{"{'b': [1, 2.0, None, True], 'a': 'é'}",
	 {.indent = -1, .ascii = true, .sort_keys = true, .compact = true},
	 "{\"a\":\"\\u00e9\",\"b\":[1,2.0,null,true]}"},
	{"{'b': [1, {}], 'a': [], 'c': {'d': (1,)}}",
	 {.indent = 2},
	 "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": [],\n  \"c\": {\n    \"d\": [\n      1\n    ]\n  }\n}"},
	{"[1]", {.indent = 0}, "[\n1\n]"},
	{"'\\U0001f600\\x00\\x7f'",
	 {.indent = -1, .ascii = true},
	 "\"\\ud83d\\ude00\\u0000\\u007f\""},
	{"'\\U0001f600\\x1f'", {.indent = -1}, "\"\U0001f600\\u001f\""},
	{"{1: 1, None: 2, True: 3, 1.5: 4}", {.indent = -1}, "{\"1\": 3, \"null\": 2, \"1.5\": 4}"},
	{"{10: 1, 9: 2}", {.indent = -1, .sort_keys = true}, "{\"9\": 2, \"10\": 1}"},
	{"[float('nan'), float('inf'), float('-inf'), 1e16]",
	 {.indent = -1},
	 "[NaN, Infinity, -Infinity, 1e+16]"},
	{"'\\udcff'", {.indent = -1}, "\"\uFFFD\""},
	{"'\\udcff'", {.indent = -1, .ascii = true}, "\"\\ufffd\""},
	{"range(3)", {.indent = -1}, "!Object of type range is not JSON serializable"},
	{"{'a': 1}.items()", {.indent = -1}, "!Object of type dict_items is not JSON serializable"},
	{"{(1, 2): 1}", {.indent = -1}, "!keys must be str, int, float, bool or None, not tuple"},
	{"{1: 1, 'a': 2}",
	 {.indent = -1, .sort_keys = true},
	 "!'<' not supported between instances of 'str' and 'int'"},
	{"[missing]", {.indent = -1}, "!'missing' is undefined"},
};

TEST(json_is_written_as_python_writes_it)
{
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		autobuf struct buf buf = {0};
		struct value v;

		CHECK_OK(expression_evaluate(&heap, written[i].expression, &v, &err), &err);
		if (value_to_json(&heap, v, &written[i].options, &buf, &err)) {
			buf_truncate(&buf, 0);
			buf_printf(&buf, "!%s", err_text(&err));
		}
		CHECK_STR(buf_text(&buf), written[i].json);
	}
}

static const struct {
	const char *json;
	const char *repr; /* or "!error" */
} texts[] = {
	{" {\"a\" : [1, -2.5e3, null, true, \"x\\u00e9\\ud83d\\ude00\\n\"] , \"a\": {}} ",
	 "{'a': {}}"},
	{"[1, -2.5e3, null, true, \"x\\u00e9\\ud83d\\ude00\\n\"]",
	 "[1, -2500.0, None, True, 'xé\U0001f600\\n']"},
	{"[NaN, Infinity, -Infinity, -0, -0.0, 1E2, 0.1]", "[nan, inf, -inf, 0, -0.0, 100.0, 0.1]"},
	{"\"a/\\/\\b\"", "'a//\\x08'"},
	{"", "!Expecting value: line 1 column 1 (char 0)"},
	{"[1,]", "!Expecting value: line 1 column 4 (char 3)"},
	{"[1 2]", "!Expecting ',' delimiter: line 1 column 4 (char 3)"},
	{"{\"a\" 1}", "!Expecting ':' delimiter: line 1 column 6 (char 5)"},
	{"{a: 1}", "!Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	{"{\"a\": 1,}",
	 "!Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"},
	{"\"abc", "!Unterminated string starting at: line 1 column 1 (char 0)"},
	{"\"a\nb\"", "!Invalid control character at: line 1 column 3 (char 2)"},
	{"\"\\x\"", "!Invalid \\escape: line 1 column 2 (char 1)"},
	{"\"\\u12g4\"", "!Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
	{"1 2", "!Extra data: line 1 column 3 (char 2)"},
	{"01", "!Extra data: line 1 column 2 (char 1)"},
	{"[\n 1,\n é]", "!Expecting value: line 3 column 2 (char 7)"},
	{"-", "!Expecting value: line 1 column 1 (char 0)"},
	{"99999999999999999999", "!integer beyond 64 bits: line 1 column 1 (char 0)"},
};

TEST(json_is_read_as_python_reads_it)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		autobuf struct buf buf = {0};
		struct value v;

		if (value_from_json(&heap, str_of(texts[i].json), &v, &err) ||
		    value_print_repr(&heap, v, &buf, &err)) {
			buf_truncate(&buf, 0);
			buf_printf(&buf, "!%s", err_text(&err));
		}
		CHECK_STR(buf_text(&buf), texts[i].repr);
	}
}

TEST(json_that_is_too_deep_or_a_circle_ends)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	const struct value_json_options options = {.indent = -1};
	struct list *list = list_new(&heap, 1);
	struct value v;

	list_push(&heap, list, value_of_list(list));
	CHECK(value_to_json(&heap, value_of_list(list), &options, &buf, &err) < 0);
	CHECK_STR(err_text(&err), "Circular reference detected");
	err_clear(&err);
	buf_truncate(&buf, 0);
	for (int i = 0; i < 100000; i++)
		buf_putc(&buf, '[');
	CHECK(value_from_json(&heap, buf_str(&buf), &v, &err) < 0);
	CHECK_INT(err.kind, ERR_LIMIT);
}
