/* test_marked.c - YAML as state files mean it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/vec.h"
#include "doc/limits.h"
#include "doc/marked.h"
#include "testing/test.h"

#include "base/banned.h"

/* A tree as Python's literals, strings in single quotes as they are. */
static void write_node(struct arena *arena, const struct marked *node, struct buf *buf)
{
	if (node->kind == MARKED_LIST) {
		buf_putc(buf, node->is_tuple ? '(' : '[');
		for (size_t i = 0; i < node->list.n; i++) {
			buf_puts(buf, i ? ", " : "");
			write_node(arena, node->list.items[i], buf);
		}
		buf_putc(buf, node->is_tuple ? ')' : ']');
	} else if (node->kind == MARKED_MAP) {
		buf_putc(buf, '{');
		for (size_t i = 0; i < node->map.n; i++) {
			buf_puts(buf, i ? ", " : "");
			write_node(arena, node->map.items[i].key, buf);
			buf_puts(buf, ": ");
			write_node(arena, node->map.items[i].value, buf);
		}
		buf_putc(buf, '}');
	} else {
		const char *quote = node->kind == MARKED_STRING ? "'" : "";
		buf_puts(buf, quote);
		buf_append_str(buf, marked_text(arena, node));
		buf_puts(buf, quote);
	}
}

/* What the text means, or "LINE:COLUMN: message". */
static const char *meaning(struct arena *arena, struct str text)
{
	struct marked_options options = {.file = "a.sls"};
	autobuf struct buf buf = {0};
	autodiag struct diag diag = {0};
	struct marked *root = NULL;

	if (marked_parse(arena, text, &options, &root, &diag)) {
		CHECK(diag.message != NULL);
		CHECK_STR(diag.at.file, "a.sls");
		return arena_printf(arena, "%u:%u: %s", diag.at.line, diag.at.column, diag.message);
	}
	write_node(arena, root, &buf);
	return arena_strdup(arena, buf_text(&buf));
}

struct meaning {
	const char *yaml, *wanted;
};

static void check_meanings(const struct meaning *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autoarena struct arena arena = {0};
		CHECK_STR(meaning(&arena, str_of(cases[i].yaml)), cases[i].wanted);
	}
}

static const struct meaning scalars[] = {
	{"yes", "True"},
	{"OFF", "False"},
	{"yEs", "'yEs'"},
	{"y", "'y'"},
	{"~", "None"},
	{"Null", "None"},
	{"nuLL", "'nuLL'"},
	{"", "None"},
	{"# nothing\n", "None"},
	{"'yes'", "'yes'"},
	{"\"12\"", "'12'"},
	{"0", "0"},
	{"0750", "750"},
	{"00750", "750"},
	{"000", "0"},
	{"08", "'08'"},
	{"0o750", "'0o750'"},
	{"0_7", "7"},
	{"0_010", "8"},
	{"-012", "-10"},
	{"+017", "15"},
	{"-0", "0"},
	{"+12", "12"},
	{"1_000", "1000"},
	{"0x1F", "31"},
	{"-0x1f", "-31"},
	{"0b101", "5"},
	{"0b", "'0b'"},
	{"0b12", "'0b12'"},
	{"0X1F", "'0X1F'"},
	{"1:30", "90"},
	{"12:30:45", "45045"},
	{"-1:30", "-90"},
	{"1:60", "'1:60'"},
	{"1:5", "65"},
	{"0:30", "'0:30'"},
	{"01:30", "'01:30'"},
	{"1:30.5", "90.5"},
	{"0:30.", "30.0"},
	{"9223372036854775807", "9223372036854775807"},
	{"-9223372036854775808", "-9223372036854775808"},
	{"1e3", "'1e3'"},
	{"1.0e3", "'1.0e3'"},
	{"1.e+3", "1000.0"},
	{"1.5E-7", "1.5e-07"},
	{".5", "0.5"},
	{"-.5", "'-.5'"},
	{"._5", "'._5'"},
	{"1.", "1.0"},
	{"1_0.5", "10.5"},
	{"0644.", "644.0"},
	{"1e+16", "'1e+16'"},
	{"10000000000000000.0", "1e+16"},
	{"1234567890123456.0", "1234567890123456.0"},
	{"0.1", "0.1"},
	{"0.0001", "0.0001"},
	{"0.00001", "1e-05"},
	{"3.14159", "3.14159"},
	{"100.0", "100.0"},
	{"1.0e+400", "inf"},
	{".inf", "inf"},
	{"-.INF", "-inf"},
	{".NaN", "nan"},
	{"2001-01-01", "'2001-01-01'"},
	{"2001-12-14t21:59:43.10-05:00", "'2001-12-14t21:59:43.10-05:00'"},
	{"1.2.3", "'1.2.3'"},
	{"12ab", "'12ab'"},
	{"-", "[None]"},
	{"+", "'+'"},
	{".", "'.'"},
	{"! 12", "12"},
	{"!", "''"},
	{"!!str 12", "'12'"},
	{"!!str", "''"},
	{"!!int 012", "12"},
	{"!!int \"0x1F\"", "31"},
	{"!!int 01:30", "90"},
	{"!!float 12", "12.0"},
	{"!!float 1e3", "1000.0"},
	{"!!float Infinity", "inf"},
	{"!!bool \"YeS\"", "True"},
	{"!!null abc", "None"},
	{"!!binary aGkg\n", "'hi '"},
	{"!!timestamp 2001-01-01", "'2001-01-01'"},
	{"!!python/unicode x", "'x'"},
	{"=: a", "{'=': 'a'}"},
	{"{1: a, true: b, x: c, ~: d}",
	 "1:8: while constructing a mapping, found conflicting ID 'True'"},
	{"true: 1", "{True: 1}"},
	{"null: 1", "{None: 1}"},
	{"a:\nb: ''", "{'a': None, 'b': ''}"},
	{"['a', 'b', 1, True, None]", "['a', 'b', 1, True, 'None']"},
	{"!!set {a, b}", "{'a': None, 'b': None}"},
	{"!!omap [a: 1, b: 2]", "[('a', 1), ('b', 2)]"},
	{"!!pairs [a: 1, a: 2]", "[('a', 1), ('a', 2)]"},
};

TEST(plain_scalars_are_resolved_as_the_reference_does)
{
	check_meanings(scalars, ARRAY_LEN(scalars));
}

TEST(what_cannot_be_read_is_refused_with_its_place)
{
	static const struct meaning cases[] = {
		{"a: 1\nb: 2\na: 3\n",
		 "3:1: while constructing a mapping, found conflicting ID 'a'"},
		{"1: a\n1.0: b\n", "2:1: while constructing a mapping, found conflicting ID '1.0'"},
		{"a: b: c", "1:5: mapping values are not allowed in this context"},
		{"a:\n\t- b", "2:1: while scanning for the next token, found character that cannot "
			      "start any token (Illegal tab character)"},
		{" a: 1\n\tb: 2", "2:1: while scanning a plain scalar, found a tab character that "
				  "violates indentation (Illegal tab character)"},
		{"---\na\n---\nb\n",
		 "3:1: expected a single document in the stream, but found another document"},
		{"--- a\n... \nb", "3:1: did not find expected <document start>"},
		{"a: !local x", "1:4: could not determine a constructor for the tag '!local'"},
		{"- !!python/object:os.system x",
		 "1:3: could not determine a constructor for the tag "
		 "'tag:yaml.org,2002:python/object:os.system'"},
		{"!foo [a]", "1:1: could not determine a constructor for the tag '!foo'"},
		{"!foo {a: b}", "1:1: could not determine a constructor for the tag '!foo'"},
		{"a: =", "1:4: could not determine a constructor for the tag "
			 "'tag:yaml.org,2002:value'"},
		{"- <<", "1:3: could not determine a constructor for the tag "
			 "'tag:yaml.org,2002:merge'"},
		{"<<: 1",
		 "1:5: while constructing a mapping, expected a mapping or list of mappings "
		 "for merging, but found scalar"},
		{"<<: [[]]",
		 "1:6: while constructing a mapping, expected a mapping for merging, but "
		 "found sequence"},
		{"a: 12345678901234567890123",
		 "1:4: the number 12345678901234567890123 does not fit "
		 "in 64 bits: quote it if it is a text"},
		{"9223372036854775808",
		 "1:1: the number 9223372036854775808 does not fit in 64 bits: "
		 "quote it if it is a text"},
		{"? [a]\n: b", "1:3: while constructing a mapping, found unacceptable key: a list "
			       "cannot be a key"},
		{"a: {{ x }}",
		 "1:5: while constructing a mapping, found unacceptable key: a mapping "
		 "cannot be a key (possible double curly-brace)"},
		{"*x : 1", "1:1: found undefined alias 'x'"},
		{"a: &x [*x]", "1:8: found unconstructable recursive node: the alias 'x' stands "
			       "inside of what it names"},
		{"a: &x 1\nb: &x 2", "2:4: found duplicate anchor 'x'"},
		{"!!int abc", "1:1: 'abc' is not a number"},
		{"0_", "1:1: '0_' is not a number"},
		{"0x_", "1:1: '0x_' is not a number"},
		{"!!float 0x1p3", "1:1: '0x1p3' is not a number"},
		{"!!bool maybe", "1:1: 'maybe' is not a boolean"},
		{"!!binary a", "1:1: failed to decode base64 data"},
		{"!!str [1]", "1:1: expected a scalar node, but found sequence"},
		{"!!int {a: 1}", "1:1: expected a scalar node, but found mapping"},
		{"!!map [1]", "1:1: expected a mapping node, but found sequence"},
		{"!!seq {a: 1}", "1:1: expected a sequence node, but found mapping"},
		{"!!seq a", "1:1: expected a sequence node, but found scalar"},
		{"a: 'x\x01'",
		 "1:6: unacceptable character #x0001: control characters are not allowed"},
		{"a: \xff", "1:4: unacceptable character #x00ff: invalid leading UTF-8 octet"},
		{"a: \"\\ud800\"", "1:7: while parsing a quoted scalar, found invalid Unicode "
				   "character escape code"},
	};

	check_meanings(cases, ARRAY_LEN(cases));
}

TEST(merges_give_way_to_own_keys)
{
	static const struct meaning cases[] = {
		{"x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n  c: 4\n",
		 "{'x': {'a': 1, 'b': 2}, 'y': {'a': 1, 'b': 3, 'c': 4}}"},
		{"<<: [{a: 1}, {b: 2}]\nc: 3", "{'b': 2, 'a': 1, 'c': 3}"},
		{"<<: {<<: {a: 1}, b: 2}\n", "{'a': 1, 'b': 2}"},
		{"<<: {a: 1}\n<<: {b: 1}\n", "{'a': 1, 'b': 1}"},
		{"<<: [{a: 1}, {a: 2}]\n",
		 "1:7: while constructing a mapping, found conflicting ID 'a'"},
		{"'<<': 1\n", "{'<<': 1}"},
		{"<<: {'1': a}\n1: b\n", "{1: 'b'}"},
		{"<<: {}\n", "{}"},
	};

	check_meanings(cases, ARRAY_LEN(cases));
}

TEST(a_key_twice_is_found_among_many_at_its_first_repetition)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};

	for (int i = 0; i < 500; i++)
		buf_printf(&text, "k%d: 1\n", i);
	CHECK(!strchr(meaning(&arena, buf_str(&text)), '!'));
	buf_puts(&text, "k7: 1\nk3: 1\nk7: 1\n");
	CHECK_STR(meaning(&arena, buf_str(&text)),
		  "501:1: while constructing a mapping, found conflicting ID 'k7'");
}

TEST(a_conflict_tells_both_places)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	autobuf struct buf text = {0};
	struct marked_options options = {.file = "a.sls"};
	struct marked *root = NULL;

	CHECK_INT(marked_parse(&arena, STR("a: 1\nb: 2\na: 3\n"), &options, &root, &diag), -1);
	diag_write(&diag, &text);
	CHECK_STR(buf_text(&text),
		  "a.sls:3:1: error: while constructing a mapping, found conflicting ID 'a'\n"
		  "    1 | a: 1\n    2 | b: 2\n    3 | a: 3\n      | ^\n"
		  "  'a' stands first at a.sls:1:1\n");
	CHECK(root == NULL);
}

TEST(an_error_of_syntax_tells_where_the_thing_begins)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	autobuf struct buf text = {0};
	struct marked_options options = {.file = "a.sls"};
	struct marked *root = NULL;

	CHECK_INT(marked_parse(&arena, STR("a:\n  b: 1\n c: 2\n"), &options, &root, &diag), -1);
	diag_write(&diag, &text);
	CHECK_STR(buf_text(&text),
		  "a.sls:3:2: error: while parsing a block mapping, did not find expected key\n"
		  "    1 | a:\n    2 |   b: 1\n    3 |  c: 2\n      |  ^\n"
		  "  the block mapping begins at a.sls:1:1\n");
}

TEST(aliases_share_their_node)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct marked_options options = {.file = "a.sls"};
	struct marked *root = NULL;

	CHECK_INT(marked_parse(&arena, STR("a: &x {k: v}\nb: *x\n"), &options, &root, &diag), 0);
	CHECK(marked_get(root, "a") == marked_get(root, "b"));
	CHECK(marked_get(root, "c") == NULL);
	CHECK(marked_get(marked_get(marked_get(root, "a"), "k"), "z") == NULL);
}

TEST(places_are_in_bytes_also_behind_other_letters)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct marked_options options = {.file = "a.sls"};
	struct marked *root = NULL;

	CHECK_INT(marked_parse(&arena,
			       STR("\xef\xbb\xbf\xc3\xa9: {\xc3\xa9\xc3\xa9: a, b: c}\nz: e\n"),
			       &options, &root, &diag),
		  0);
	const struct marked *inner = root->map.items[0].value;
	CHECK_INT(inner->at.column, 5);
	CHECK_INT(inner->map.items[0].value->at.column, 12);
	CHECK_INT(inner->map.items[1].key->at.column, 15);
	CHECK_INT(root->map.items[1].key->at.line, 2);
	CHECK_INT(root->map.items[1].key->at.column, 1);
	CHECK_INT(root->map.items[1].value->at.column, 4);
}

static struct src_pos shifted(const void *arg, size_t offset, uint32_t line, uint32_t column)
{
	return (struct src_pos){arg, line + 100, (uint32_t)offset};
}

TEST(places_are_those_of_the_users_file)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct marked_options options = {
		.file = "a.sls", .place = shifted, .place_arg = "template"};
	struct marked *root = NULL;

	CHECK_INT(marked_parse(&arena, STR("a: 1\n\xc3\xa9: 2\nb: 3\n"), &options, &root, &diag),
		  0);
	const struct marked *third = root->map.items[2].value;
	CHECK_STR(third->at.file, "template");
	CHECK_INT(third->at.line, 103);
	CHECK_INT(third->at.column, 14);
	CHECK_INT(marked_parse(&arena, STR("a: 1\na: 2\n"), &options, &root, &diag), -1);
	CHECK_INT(diag.at.line, 102);
	CHECK(diag.snippet == NULL);
}

TEST(accidents_are_told)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct diags warnings = {0};
	autobuf struct buf text = {0};
	struct marked_options options = {.file = "a.sls", .warnings = &warnings};
	struct marked *root = NULL;

	CHECK_INT(
		marked_parse(&arena,
			     STR("port: 22:22\nmode: 0750\nfile_mode: 0644\npin: 0123\nx: -012\n"
				 "n: None\nt: a {{ b }}\nq: '{{ b }}'\nok: [1, 0, 'None', 0x1f]\n"),
			     &options, &root, &diag),
		0);
	vec_foreach(warning, &warnings)
		diag_write(warning, &text);
	CHECK_STR(buf_text(&text),
		  "a.sls:1:7: warning: 22:22 is read as the number 1342 (base 60): quote it\n"
		  "a.sls:4:6: warning: 0123 is read as the number 123: quote it\n"
		  "a.sls:5:4: warning: -012 is read as the number -10 (octal): quote it\n"
		  "a.sls:6:4: warning: None is read as the text 'None': write null, or quote it\n"
		  "a.sls:7:4: warning: '{{' was not rendered\n");
	diags_clear(&warnings);
}

TEST(alias_bombs_are_bounded)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};

	buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
		buf_puts(&text, "]\n");
	}
	CHECK(strstr(meaning(&arena, buf_str(&text)), "aliases repeat more than 1000000 values"));
}

TEST(depth_is_bounded_also_through_aliases)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};

	for (int i = 0; i < LIMIT_MARKED_DEPTH; i++)
		buf_putc(&text, '[');
	for (int i = 0; i < LIMIT_MARKED_DEPTH; i++)
		buf_putc(&text, ']');
	CHECK(!strstr(meaning(&arena, buf_str(&text)), "nested"));
	autobuf struct buf deeper = {0};
	buf_printf(&deeper, "[%s]", buf_text(&text));
	CHECK(strstr(meaning(&arena, buf_str(&deeper)), "nested deeper than 200"));

	buf_truncate(&text, 0);
	buf_puts(&text, "a0: &a0 [x]\n");
	for (int i = 1; i < 300; i++)
		buf_printf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	CHECK(strstr(meaning(&arena, buf_str(&text)), "nested deeper than 200"));
}

TEST(text_beyond_the_limit_is_refused)
{
	autoarena struct arena arena = {0};
	autodiag struct diag diag = {0};
	struct marked_options options = {.file = "a.sls"};
	struct marked *root = NULL;
	autofree char *text = xmalloc(LIMIT_DOC_BYTES + 1);

	memset(text, '\n', LIMIT_DOC_BYTES + 1);
	CHECK_INT(marked_parse(&arena, (struct str){text, LIMIT_DOC_BYTES + 1}, &options, &root,
			       &diag),
		  -1);
	CHECK_INT(diag.kind, ERR_LIMIT);
}
