/* test_yaml.c - YAML text: what is read, what is refused and how.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/yaml.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "base/io.h"
#include "doc/json.h"
#include "doc/limits.h"
#include "testing/test.h"

static struct node *parse(struct arena *arena, const char *text)
{
	autoerr struct err err = {0};
	struct node *root = NULL;

	CHECK_OK(yaml_parse(arena, "t", str_of(text), &root, &err), &err);
	return root;
}

static void check_json(const char *text, const char *json)
{
	autoarena struct arena arena = {0};
	autobuf struct buf got = {0};

	json_write(&got, parse(&arena, text), JSON_COMPACT);
	CHECK_STR(buf_text(&got), json);
}

TEST(texts_become_trees)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
		{"", "null"},
		{"# nothing\n", "null"},
		{"---\n...\n", "null"},
		{"--- a\n", "\"a\""},
		{"a: 1\nb: [x, {c: d}]\n", "{\"a\":1,\"b\":[\"x\",{\"c\":\"d\"}]}"},
		{"- a\n-\n- - b\n  - c\n", "[\"a\",null,[\"b\",\"c\"]]"},
		{"a:\n- 1\n- 2\n", "{\"a\":[1,2]}"},
		{"\"a b\": 'c''d'\n", "{\"a b\":\"c'd\"}"},
		{"1: one\n~: none\n?\n: empty\n", "{\"1\":\"one\",\"~\":\"none\",\"\":\"empty\"}"},
		{"a: |\n  x\n  1\nb: >-\n  1\n", "{\"a\":\"x\\n1\\n\",\"b\":\"1\"}"},
		{"a: \"\\u00e4\\n\"\n", "{\"a\":\"\xc3\xa4\\n\"}"},
		{"\xef\xbb\xbf"
		 "a: b\n",
		 "{\"a\":\"b\"}"},
		{"a: b\r\nc: d\r\n", "{\"a\":\"b\",\"c\":\"d\"}"},
		{"%YAML 1.1\n--- a\n...\n", "\"a\""},
		{"{a, b: }", "{\"a\":null,\"b\":null}"},
		{"? a\n? b\n", "{\"a\":null,\"b\":null}"},
		{"'<<': {a: 1}\n", "{\"<<\":{\"a\":1}}"},
		{"[<<]", "[\"<<\"]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_json(cases[i].yaml, cases[i].json);
}

TEST(plain_scalars_are_resolved)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
		{"[~, null, Null, NULL, nUll]", "[null,null,null,null,\"nUll\"]"},
		{"[true, True, TRUE, yes, Yes, YES, on, On, ON]",
		 "[true,true,true,true,true,true,true,true,true]"},
		{"[false, False, FALSE, no, No, NO, off, Off, OFF]",
		 "[false,false,false,false,false,false,false,false,false]"},
		{"[y, n, Y, N, tRUE, yEs]", "[\"y\",\"n\",\"Y\",\"N\",\"tRUE\",\"yEs\"]"},
		{"[0, -0, +5, -5, 1_000, 0x1F, -0x1f, 0o17, 017, 0b101, 0x_f]",
		 "[0,0,5,-5,1000,31,-31,15,15,5,15]"},
		{"[9223372036854775807, -9223372036854775808]",
		 "[9223372036854775807,-9223372036854775808]"},
		{"[9223372036854775808, 36893488147419103232]",
		 "[9.223372036854776e+18,3.6893488147419103e+19]"},
		{"[1.5, -1.5, .5, 1., 1e3, 1.5E-2, +.5e+1, 1_0.5, 08]",
		 "[1.5,-1.5,0.5,1,1000,0.015,5,10.5,8]"},
		{"[-, +, ., 0x, 0b2, 0xg, 1:30, 1.2.3, _1, e3, 1e, 1e+, --1, 0o8, \"1\", '1']",
		 "[\"-\",\"+\",\".\",\"0x\",\"0b2\",\"0xg\",\"1:30\",\"1.2.3\",\"_1\",\"e3\","
		 "\"1e\",\"1e+\",\"--1\",\"0o8\",\"1\",\"1\"]"},
		{"[2001-12-14, 1e999, +.nan]", "[\"2001-12-14\",\"1e999\",\"+.nan\"]"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_json(cases[i].yaml, cases[i].json);

	autoarena struct arena arena = {0};
	struct node *list = parse(&arena, "[.inf, -.INF, .nan]");
	CHECK(list->children.first->kind == NODE_FLOAT && isinf(list->children.first->number));
	CHECK(list->children.first->next->number < 0);
	CHECK(isnan(list->children.last->number));
}

TEST(what_is_too_long_for_a_number_is_a_text)
{
	autoarena struct arena arena = {0};
	autobuf struct buf digits = {0};

	while (digits.len < LIMIT_DOC_NUMBER)
		buf_putc(&digits, '1');
	CHECK_INT(parse(&arena, buf_text(&digits))->kind, NODE_FLOAT);
	buf_putc(&digits, '1');
	CHECK_STR(node_text(parse(&arena, buf_text(&digits))), buf_text(&digits));
}

TEST(tags_decide_and_are_checked)
{
	check_json("[!!str 12, !!str , !!int \"12\", !!float 1, !!bool yes, !!null ~, ! 12, ! '1']",
		   "[\"12\",\"\",12,1,true,null,12,\"1\"]");
	check_json("a: !!map {b: !!seq [c]}\n!!str d: !<tag:yaml.org,2002:str> 1\n",
		   "{\"a\":{\"b\":[\"c\"]},\"d\":\"1\"}");
	check_json("%TAG !y! tag:yaml.org,2002:\n--- !y!str 1\n", "\"1\"");
}

TEST(a_scalar_keeps_the_text_it_was_written_with)
{
	static const char *const texts[] = {"0123", "yes", "~", "1_000", "1e3", "text"};
	autoarena struct arena arena = {0};
	autobuf struct buf yaml = {0};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		buf_printf(&yaml, "- %s\n", texts[i]);
	struct node *child = parse(&arena, buf_text(&yaml))->children.first;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++, child = child->next) {
		CHECK_STR(node_source(child).ptr, texts[i]);
		CHECK_INT(node_source(child).len, strlen(texts[i]));
	}
	CHECK_STR(node_source(parse(&arena, "")).ptr, "");
	CHECK(!node_source(parse(&arena, "[]")).ptr);

	struct node *json = NULL;
	autoerr struct err err = {0};
	CHECK_OK(json_parse(&arena, "j", STR("12"), &json, &err), &err);
	CHECK(!node_source(json).ptr);
	CHECK_STR(node_source(node_new_text(&arena, "x")).ptr, "x");
}

static void check_place(const struct node *node, uint32_t line, uint32_t column)
{
	CHECK_STR(node->pos.file, "t");
	CHECK_INT(node->pos.line, line);
	CHECK_INT(node->pos.column, column);
}

TEST(every_node_knows_its_place_in_bytes)
{
	autoarena struct arena arena = {0};
	struct node *root =
		parse(&arena, "\xc3\xa4: &x [a,\r\n  \xe2\x82\xac\xf0\x9f\x98\x80, b]\r\n"
			      "# c\n\xc3\xb6: *x\n? \"p\n  q\"\n: {r: s}\n");
	const struct node *first = root->children.first;

	check_place(root, 1, 1);
	check_place(first, 1, 5);
	CHECK_INT(first->key_pos.line, 1);
	CHECK_INT(first->key_pos.column, 1);
	check_place(first->children.first, 1, 9);
	check_place(first->children.first->next, 2, 3);
	check_place(first->children.last, 2, 12);
	CHECK_INT(first->next->key_pos.line, 4);
	check_place(first->next, 1, 5); /* what is wrong in a repetition is wrong in the original */
	CHECK_INT(root->children.last->key_pos.line, 5);
	CHECK_INT(root->children.last->key_pos.column, 3);
	check_place(root->children.last, 7, 3);
	CHECK_INT(root->children.last->children.first->key_pos.column, 4);
	check_place(root->children.last->children.first, 7, 7);
}

TEST(aliases_repeat_what_was_anchored_last)
{
	check_json("[&a 1, *a, &a {b: &c [2]}, *a, *c]", "[1,1,{\"b\":[2]},{\"b\":[2]},[2]]");
	check_json("&k key: &v value\n*v : *k\n", "{\"key\":\"value\",\"value\":\"key\"}");
	check_json("- &n 0x10\n- *n : x\n", "[16,{\"0x10\":\"x\"}]");

	autoarena struct arena arena = {0};
	struct node *root = parse(&arena, "[&a {b: 1}, *a]");
	node_set_text(&arena, root->children.last, "b", "changed");
	CHECK_INT(node_get_int(root->children.first, "b", 0), 1);
}

TEST(merges_give_way_to_own_keys_and_earlier_maps)
{
	check_json("a: &a {x: 1, y: 2}\nb:\n  y: 3\n  <<: *a\n  z: 4\n",
		   "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"y\":3,\"z\":4}}");
	check_json("<<: [{a: 1, b: 1}, {b: 2, c: 2}]\n", "{\"b\":1,\"c\":2,\"a\":1}");
	check_json("<<: {a: 1}\n", "{\"a\":1}");
	check_json("<<: []\na: 1\n", "{\"a\":1}");
	check_json("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b, z: 3}\n- *a\n",
		   "[{\"x\":1},{\"x\":1,\"y\":2},{\"x\":1,\"y\":2,\"z\":3},{\"x\":1}]");
	check_json("!!merge <<: {a: 1}\n", "{\"a\":1}");
	check_json("a: {<<: &m {x: [1]}, x: 2}\nb: *m\n", "{\"a\":{\"x\":2},\"b\":{\"x\":[1]}}");
}

static void check_refusal(struct str text, const char *message, enum err_kind kind)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;

	CHECK(yaml_parse(&arena, "t", text, &root, &err) == -1);
	CHECK(!root);
	CHECK_STR(err_text(&err), message);
	CHECK_INT(err.kind, kind);
}

TEST(what_is_wrong_is_told_with_its_place)
{
	static const struct {
		struct str text;
		const char *message;
	} cases[] = {
		{STR("a: 1\nb: 2\na: 3\n"), "t:3:1: the key 'a' is there twice"},
		{STR("{a: 1, \"a\": 2}"), "t:1:8: the key 'a' is there twice"},
		{STR("\"a\\nb\": 1\n\"a\\nb\": 1\n"), "t:2:1: the key 'a\\x0ab' is there twice"},
		{STR("<<: {}\n<<: {}\n"), "t:2:1: the key '<<' is there twice"},
		{STR("[a]: 1\n"), "t:1:1: a key must be a scalar"},
		{STR("? {a: b}\n: 1\n"), "t:1:3: a key must be a scalar"},
		{STR("- &a [1]\n- *a : 1\n"), "t:2:3: a key must be a scalar"},
		{STR("a: *b\n"), "t:1:4: no anchor 'b' stands before"},
		{STR("*b : a\n"), "t:1:1: no anchor 'b' stands before"},
		{STR("&a [1, *a]\n"), "t:1:8: the alias 'a' stands inside of what it repeats"},
		{STR("&a {b: {<<: *a}}\n"),
		 "t:1:13: the alias 'a' stands inside of what it repeats"},
		{STR("<<: 1\n"), "t:1:5: '<<' takes a map or a list of maps, not an integer"},
		{STR("a:\n  <<: [{}, x]\n"), "t:2:12: '<<' takes a list of maps, not of a string"},
		{STR("--- a\n--- b\n"), "t:2:1: a second document"},
		{STR("---\na: b\n---\n"), "t:3:1: a second document"},
		{STR("a: !!int x\n"), "t:1:4: 'x' is not an integer"},
		{STR("a: !!bool 1\n"), "t:1:4: '1' is not true or false"},
		{STR("a: !!map x\n"), "t:1:4: 'x' is not a map"},
		{STR("a: !!seq {}\n"), "t:1:4: a map is tagged as a list"},
		{STR("a: !!str []\n"), "t:1:4: a list is tagged as a string"},
		{STR("a: !own x\n"), "t:1:4: the tag '!own' is not understood"},
		{STR("!own a: x\n"), "t:1:1: the tag '!own' is not understood"},
		{STR("- !!binary eA==\n"),
		 "t:1:3: the tag 'tag:yaml.org,2002:binary' is not understood"},
		{STR("- !!set {a}\n"), "t:1:3: the tag 'tag:yaml.org,2002:set' is not understood"},
		{STR("a: \"x\\0\"\n"), "t:1:4: a text may not contain NUL"},
		{STR("\"\\0\": x\n"), "t:1:1: a text may not contain NUL"},
		{STR("a: b\n\xc3\xa4: \xff\n"), "t:2:5: the text is not valid UTF-8"},
		{STR("a: b\nc: \x01\n"), "t:2:4: control characters are not allowed"},
		{STR("a: \0b\n"), "t:1:4: control characters are not allowed"},
		{STR("a:\n\tb: c\n"), "t:2:1: a tab where only blanks may indent"},
		{STR("a: b: c\n"), "t:1:5: mapping values are not allowed in this context"},
		{STR("a: [b\n"),
		 "t:2:1: did not find expected ',' or ']' while parsing a flow sequence"},
		{STR("a: 'b\n"),
		 "t:2:1: found unexpected end of stream while scanning a quoted scalar"},
		{STR("a: b\n c: d\n"), "t:2:3: mapping values are not allowed in this context"},
		{STR("- a\nb: c\n"),
		 "t:2:1: did not find expected '-' indicator while parsing a block collection"},
		{STR("%YAML 2.0\n--- a\n"), "t:1:1: found incompatible YAML document"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_refusal(cases[i].text, cases[i].message, ERR_INPUT);
}

TEST(depth_size_and_number_of_nodes_are_bounded)
{
	autobuf struct buf deep = {.max = SIZE_MAX / 2};
	autobuf struct buf laughs = {0};
	autoarena struct arena arena = {0};

	for (int i = 0; i < LIMIT_DOC_DEPTH; i++)
		buf_putc(&deep, '[');
	for (int i = 0; i < LIMIT_DOC_DEPTH; i++)
		buf_putc(&deep, ']');
	CHECK(parse(&arena, buf_text(&deep)));
	buf_truncate(&deep, 0);
	for (int i = 0; i <= LIMIT_DOC_DEPTH; i++)
		buf_putc(&deep, '[');
	check_refusal(buf_str(&deep), "t:1:65: nested deeper than 64", ERR_LIMIT);

	/* Ten lists of nine aliases each to the one before. */
	buf_puts(&laughs, "l0: &l0 x\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&laughs, "l%d: &l%d [*l%d", i, i, i - 1);
		for (int k = 1; k < 9; k++)
			buf_printf(&laughs, ", *l%d", i - 1);
		buf_puts(&laughs, "]\n");
	}
	check_refusal(buf_str(&laughs), "t:2:5: more than 1000000 values", ERR_LIMIT);

	/* An alias brings its depth along. */
	buf_truncate(&deep, 0);
	buf_puts(&deep, "- &a [[[[x]]]]\n- ");
	for (int i = 0; i < LIMIT_DOC_DEPTH - 3; i++)
		buf_putc(&deep, '[');
	buf_puts(&deep, "*a");
	check_refusal(buf_str(&deep), "t:1:8: nested deeper than 64", ERR_LIMIT);

	buf_truncate(&deep, 0);
	while (deep.len <= LIMIT_DOC_BYTES)
		buf_puts(&deep, "# a long comment that says nothing at all, again and again\n");
	check_refusal(buf_str(&deep), "t: larger than 16777216 bytes", ERR_LIMIT);
}

TEST(files_are_read_through_links)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;
	int dir = test_dir(NULL);

	CHECK_OK(file_write_at(dir, "a.yml", "a: {b: c}\n", 10, 0600, FILE_NO_SYNC, &err), &err);
	CHECK_INT(symlinkat("a.yml", dir, "link.yml"), 0);
	CHECK_OK(yaml_read_file(&arena, dir, "link.yml", &root, &err), &err);
	CHECK_STR(node_text(node_lookup(root, "a.b")), "c");
	CHECK_STR(root->pos.file, "link.yml");
	CHECK(yaml_read_file(&arena, dir, "none.yml", &root, &err) == -1);
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK_STR(err_text(&err), "opening 'none.yml': No such file or directory");
	err_clear(&err);
	CHECK(yaml_read_file(&arena, dir, ".", &root, &err) == -1);
}
