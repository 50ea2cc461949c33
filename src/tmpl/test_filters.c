/* test_filters.c - filters, tests and globals as Jinja2 and Salt have them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/filters.h"

#include "base/strlist.h"
#include "testing/test.h"
#include "tmpl/engine.h"

#include "base/banned.h"

struct row {
	const char *expression; /* of {{ }} */
	const char *want;       /* the text, or the error's message */
};

/* What `{{ expression }}` prints, else the message; with a few variables. */
static void render(const char *expression, bool is_salt, struct buf *ret_text)
{
	static const char setup[] =
		"{% set users = [{'n': 'Bob', 'a': 3, 'c': {'x': 1}}, {'n': 'alice', 'a': 1, "
		"'c': {'x': 2}}, {'n': 'bob', 'a': 2, 'c': {'x': 1}}] %}{{ ";
	autoheap struct heap heap = {0};
	autobuf struct buf source = {0};
	struct engine engine = {.heap = &heap, .salt_newline = is_salt};
	struct rendered rendered = {0};
	struct diag diag = {0};

	buf_printf(&source, "%s%s }}", setup, expression);
	engine_init(&engine);
	if (engine_render_text(&engine, "test", "test", buf_str(&source), NULL, &rendered, &diag))
		buf_puts(ret_text, diag.message);
	else
		buf_append_str(ret_text, rendered.text);
	diag_clear(&diag);
	rendered_done(&rendered);
	engine_done(&engine);
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autobuf struct buf got = {0};
		render(rows[i].expression, false, &got);
		if (!text_eq(buf_text(&got), rows[i].want))
			test_fail(__FILE__, __LINE__, "%s is '%s', not '%s'", rows[i].expression,
				  buf_text(&got), rows[i].want);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, ARRAY_LEN(rows))

TEST(texts_change_as_in_jinja)
{
	static const struct row rows[] = {
		{"'foo bar-baz (qux) it\\'s'|title", "Foo Bar-Baz (Qux) It's"},
		{"'\xc3\xa9T\xc3\x89 x'|title", "\xc3\x89t\xc3\xa9 X"},
		{"'hELLO w'|capitalize", "Hello w"},
		{"12|upper", "12"},
		{"'ab'|center(5) ~ '|'", "  ab |"},
		{"'  x '|trim ~ '|' ~ 'xxaxx'|trim('x')", "x|a"},
		{"'aaaa'|replace('a', 'b', 2)", "bbaa"},
		{"121|replace(1, 3)", "323"},
		{"'%s-%(x)s'|format(x=1)", "{'x': 1}-1"},
		{"'%s, %s!'|format('a', 2)", "a, 2!"},
		{"'%s'|format(1, x=2)",
		 "can't handle positional and keyword arguments at the same time"},
		{"'a\\nb\\n\\nc'|indent(2)", "a\n  b\n\n  c"},
		{"'a\\nb\\n\\nc\\n'|indent(2, true, true)", "  a\n  b\n  \n  c\n  "},
		{"'a\\nb'|indent('> ')", "a\n> b"},
		{"12|indent", "unsupported operand type(s) for +=: 'int' and 'str'"},
		{"'foo bar baz qux'|truncate(9)", "foo..."},
		{"'foo bar baz qux'|truncate(9, true)", "foo ba..."},
		{"'foo bar baz qux'|truncate(11)", "foo bar baz qux"},
		{"'foo bar baz qux'|truncate(11, false, '...', 0)", "foo bar..."},
		{"'foo'|truncate(2)", "expected length >= 3, got 2"},
		{"'h\xc3\xa9 l\xc3\xb6 w'|wordcount", "3"},
		{"'the quick brown'|wordwrap(10)", "the quick\nbrown"},
		{"'supercalifragilistic'|wordwrap(10)", "supercalif\nragilistic"},
		{"'abc supercali'|wordwrap(4)", "abc \nsupe\nrcal\ni"},
		{"'blue-green e-mail a--b'|wordwrap(6)", "blue-\ngreen\ne-mail\na--b"},
		{"'blue-green'|wordwrap(6, break_on_hyphens=false)", "blue-g\nreen"},
		{"'a bcdefg'|wordwrap(3, false, '|')", "a|bcdefg"},
		{"'a b\\n\\nc'|wordwrap(1)", "a\nb\n\nc"},
		{"'a'|wordwrap(0)", "invalid width 0 (must be > 0)"},
		{"'a\xc3\xa9"
		 "b'|reverse",
		 "b\xc3\xa9"
		 "a"},
	};

	CHECK_ROWS(rows);
}

TEST(html_is_escaped_linked_and_stripped_as_in_jinja)
{
	static const struct row rows[] = {
		{"'<\"&\\'>'|e", "&lt;&#34;&amp;&#39;&gt;"},
		{"'<'|e|e", "&lt;"},
		{"'<'|e|forceescape", "&amp;lt;"},
		{"'<'|safe|e", "<"},
		{"'<p>Hi &amp; <b>you</b>\\n <!-- <x> --> y</p> 1 < 2'|striptags",
		 "Hi & you y 1 < 2"},
		{"'&#65;&#x42;&nope;&lt'|striptags", "AB&nope;&lt"},
		{"{'a': 1, 'b': none, 'c': '<'}|xmlattr", " a=\"1\" c=\"&lt;\""},
		{"{'a b': 1}|xmlattr", "Invalid character in attribute name: 'a b'"},
		{"{'a': ['<\\'>', 1.5, none]}|tojson",
		 "{\"a\": [\"\\u003c\\u0027\\u003e\", 1.5, null]}"},
		{"'a b/c?\xc3\xa9'|urlencode", "a%20b/c%3F%C3%A9"},
		{"{'a b': 'c/d', 'e': 1}|urlencode", "a+b=c%2Fd&e=1"},
		{"[('a', 'b c')]|urlencode", "a=b+c"},
		{"'see http://a.com/x_(y).'|urlize",
		 "see <a href=\"http://a.com/x_(y)\" rel=\"noopener\">http://a.com/x_(y)</a>."},
		{"'(www.a.org)'|urlize(5, true, target='_b')",
		 "(<a href=\"https://www.a.org\" rel=\"nofollow noopener\" target=\"_b\">www.a..."
		 "</a>)"},
		{"'a@b.com mailto:c@d.org'|urlize", "<a href=\"mailto:a@b.com\">a@b.com</a> <a "
						    "href=\"mailto:c@d.org\">c@d.org</a>"},
		{"'tel:1'|urlize(extra_schemes=['tel:'])",
		 "<a href=\"tel:1\" rel=\"noopener\">tel:1</a>"},
		{"'x'|urlize(extra_schemes=['!'])", "'!' is not a valid URI scheme prefix."},
	};

	CHECK_ROWS(rows);
}

TEST(numbers_are_read_and_rounded_as_in_jinja)
{
	static const struct row rows[] = {
		{"['12', ' 1_0 ', '12.7', 'x', none, true, 3.9]|map('int')|list",
		 "[12, 10, 12, 0, 0, 1, 3]"},
		{"'0x1F'|int(base=16) ~ ' ' ~ '11'|int(0, 2) ~ ' ' ~ '9'|int(7, 8)", "31 3 9"},
		{"'0b11'|int(0, 0) ~ ' ' ~ '012'|int(5, 0)", "3 12"},
		{"'99999999999999999999'|int", "'99999999999999999999' does not fit into 64 bits"},
		{"['1e3', 'nan', '.5', '1__0', '0x1', 'x']|map('float')|list",
		 "[1000.0, nan, 0.5, 0.0, 0.0, 0.0]"},
		{"'x'|float(1.5)", "1.5"},
		{"42.55|round ~ ' ' ~ 42.55|round(1, 'floor') ~ ' ' ~ 42|round", "43.0 42.5 42"},
		{"[0.5, 1.5, 2.5, -0.5]|map('round')|list", "[0.0, 2.0, 2.0, -0.0]"},
		{"2.675|round(2) ~ ' ' ~ 1250|round(-2) ~ ' ' ~ 1350.0|round(-2)",
		 "2.67 1200 1400.0"},
		{"-0.2|round(0, 'ceil')", "0.0"},
		{"1|round(1, 'up')", "method must be common, ceil or floor"},
		{"'a'|round", "type str doesn't define __round__ method"},
		{"-3|abs ~ ' ' ~ -1.5|abs", "3 1.5"},
		{"'a'|abs", "bad operand type for abs(): 'str'"},
		{"[0, 1, 999, 1000, '2500000']|map('filesizeformat')|join(' ')",
		 "0 Bytes 1 Byte 999 Bytes 1.0 kB 2.5 MB"},
		{"1048576|filesizeformat(true)", "1.0 MiB"},
		{"'x'|filesizeformat", "could not convert string to float: 'x'"},
	};

	CHECK_ROWS(rows);
}

TEST(sequences_are_cut_sorted_and_grouped_as_in_jinja)
{
	static const struct row rows[] = {
		{"range(5)|batch(2, 'x')|list", "[[0, 1], [2, 3], [4, 'x']]"},
		{"range(5)|slice(3, 'x')|list", "[[0, 1], [2, 3], [4, 'x']]"},
		{"range(5)|slice(0)|list", "integer division or modulo by zero"},
		{"[]|first", "No first item, sequence was empty."},
		{"'abc'|last ~ [1, 2]|last ~ {'a': 1}|last", "c2a"},
		{"1|last", "'int' object is not reversible"},
		{"[3, 1, 2]|sort ~ [3, 1, 2]|sort(true)", "[1, 2, 3][3, 2, 1]"},
		{"['b', 'A', 'a', 'B']|sort", "['A', 'a', 'b', 'B']"},
		{"['b', 'A', 'a', 'B']|sort(true)", "['b', 'B', 'A', 'a']"},
		{"['b', 'A', 'a', 'B']|sort(case_sensitive=true)", "['A', 'B', 'a', 'b']"},
		{"users|sort(attribute='n,a')|map(attribute='a')|list", "[1, 2, 3]"},
		{"users|sort(true, attribute='c.x')|map(attribute='a')|list", "[1, 3, 2]"},
		{"[1, 'a', none]|sort", "'<' not supported between instances of 'str' and 'int'"},
		{"{'b': 1, 'A': 2}|dictsort", "[('A', 2), ('b', 1)]"},
		{"{'b': 1, 'A': 2}|dictsort(by='value', reverse=true)", "[('A', 2), ('b', 1)]"},
		{"{}|dictsort(by='x')", "You can only sort by either \"key\" or \"value\""},
		{"['b', 'A', 'a', 'B']|unique|list", "['b', 'A']"},
		{"['b', 'A', 'a', 'B']|unique(true)|list", "['b', 'A', 'a', 'B']"},
		{"users|unique(attribute='n')|map(attribute='a')|list", "[3, 1]"},
		{"['b', 'A']|min ~ ['b', 'A']|max ~ ['b', 'A']|max(true)", "Abb"},
		{"(users|max(attribute='a')).n ~ []|min|default('none')", "Bobnone"},
		{"[1, 'a']|max", "'>' not supported between instances of 'str' and 'int'"},
		{"[1, 2.5]|sum ~ ' ' ~ users|sum('c.x', 10) ~ ' ' ~ [[1], [2]]|sum(start=[])",
		 "3.5 14 [1, 2]"},
		{"[1]|sum(start='')", "sum() can't sum strings [use ''.join(seq) instead]"},
		{"[1, none, 'x']|join('-') ~ users|join(',', attribute='c.x')", "1-None-x1,2,1"},
		{"users|groupby('n')|map('first')|list", "['alice', 'Bob']"},
		{"users|groupby('n', case_sensitive=true)|map('first')|list",
		 "['Bob', 'alice', 'bob']"},
		{"(users|groupby('c.x')|first).list|length ~ (users|groupby('c.x'))[1].grouper",
		 "22"},
		{"[{'a': 1}, {}]|groupby('a', default=0)", "[(0, [{}]), (1, [{'a': 1}])]"},
		{"{'a': {'b': [7]}}|attr('a') is defined ~ [{'a': {'b': [7]}}]|map(attribute='a.b.0')|list",
		 "False[7]"},
		{"[{}]|map(attribute='x', default='d')|list", "['d']"},
		{"[1]|map|list", "map requires a filter argument"},
		{"[1]|map(attribute='x', y=1)|list", "Unexpected keyword argument 'y'"},
		{"none|map('nope')|list", "[]"},
		{"[1, 2, 3]|select('odd')|list ~ [1, 2, 3]|reject('gt', 1)|list ~ [0, 1]|select|list",
		 "[1, 3][1][1]"},
		{"users|selectattr('a', 'gt', 1)|map(attribute='n')|list", "['Bob', 'bob']"},
		{"users|rejectattr('c.x', 'eq', 1)|map(attribute='n')|list", "['alice']"},
		{"[1]|selectattr|list", "Missing parameter for attribute name"},
		{"nope|default('d') ~ ''|d('e') ~ ''|d('e', true)", "de"},
		{"{'a': 1}|items|list ~ nope|items|list", "[('a', 1)][]"},
		{"[1]|items|list", "Can only get item pairs from a mapping."},
		{"(1, 2)|reverse|list ~ 1|reverse", "argument must be iterable"},
		{"'1234567890123456789012345678901234567890'|list|pprint|wordcount", "40"},
		{"{'b': 1, 'a': [2]}|pprint", "{'a': [2], 'b': 1}"},
	};

	CHECK_ROWS(rows);
}

TEST(generators_are_gone_through_once)
{
	static const struct row rows[] = {
		{"[1]|map('string')", "<generator object sync_do_map at 0x7f0000000000>"},
		{"[2]|reverse", "<list_reverseiterator object at 0x7f0000000000>"},
		{"[]|select is true ~ ([]|select and 1)", "False1"},
		{"[1, 2]|select|length", "object of type 'generator' has no len()"},
		{"([1]|reject) + [2]", "unsupported operand type(s) for +: 'generator' and 'list'"},
		{"([1, 2]|batch(1))[:1]", "'generator' object is not subscriptable"},
		{"[1, 2]|slice(2)|last", "'generator' object is not reversible"},
		{"[1, 2]|map('abs')|reverse", "[2, 1]"},
		{"[1]|map('abs') is sequence", "False"},
		{"[1]|map('abs') is iterable", "True"},
		{"[1]|select|tojson", "Object of type generator is not JSON serializable"},
		{"2 in [1, 2, 3]|map('int')", "True"},
		/* What fails, fails when it comes to that: and no sooner. */
		{"[1, 'x']|map('abs')|first", "1"},
		{"[1, 'x']|map('abs') is defined", "True"},
		{"[1, 'x']|map('abs')|list", "bad operand type for abs(): 'str'"},
		{"none|batch(2) is defined", "True"},
		{"none|batch", "do_batch() missing 1 required positional argument: 'linecount'"},
	};

	CHECK_ROWS(rows);
}

TEST(tests_ask_as_in_jinja)
{
	static const struct row rows[] = {
		{"[3 is odd, 4 is even, 2.0 is even, 9 is divisibleby 3]",
		 "[True, True, True, True]"},
		{"[1 is integer, true is integer, true is number, 1.0 is float, true is boolean]",
		 "[True, False, True, True, True]"},
		{"['a' is string, [] is sequence, {} is mapping, {}.items() is sequence]",
		 "[True, True, True, False]"},
		{"[1 is iterable, {}.items() is iterable, range is callable, 'x' is callable]",
		 "[False, True, True, False]"},
		{"['aB' is lower, 'AB1' is upper, '' is lower]", "[False, True, False]"},
		{"['upper' is filter, 'nope' is filter, 'odd' is test, 'nope' is test]",
		 "[True, False, True, False]"},
		{"[1 is in [1], 'a' in 'abc', 1 is sameas 1.0, none is none]",
		 "[True, True, False, True]"},
		{"[1 is lt 2, 1 is ge 2, 1 is eq 1.0, 1 is ne 1, 2 is gt 1, 1 is le 1]",
		 "[True, False, True, False, True, True]"},
		{"'a' is gt 1", "'>' not supported between instances of 'str' and 'int'"},
		{"'a' is ge 1", "'>=' not supported between instances of 'str' and 'int'"},
		{"[('a'|e) is escaped, 'a' is escaped, nope is defined, nope is undefined]",
		 "[True, False, False, True]"},
		{"['abc' is match('b'), 'ABc' is match('ab', true), [] is list, () is list]",
		 "[False, True, True, False]"},
		{"[true is true, 1 is true, false is false]", "[True, False, True]"},
	};

	CHECK_ROWS(rows);
}

TEST(globals_are_those_of_jinja_and_salt)
{
	static const struct row rows[] = {
		{"range(3)|list ~ range(5, 0, -2)|list", "[0, 1, 2][5, 3, 1]"},
		{"range(100001)", "Range too big. The sandbox blocks ranges larger than MAX_RANGE "
				  "(100000)."},
		{"range(-9223372036854775807, 9223372036854775807)|length",
		 "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)."},
		{"range(1, 2, 0)", "range() arg 3 must not be zero"},
		{"range('a')", "'str' object cannot be interpreted as an integer"},
		{"dict([('a', 1)], b=2)", "{'a': 1, 'b': 2}"},
		{"dict([1])", "cannot convert dictionary update sequence element #0 to a sequence"},
		{"dict([[1]])",
		 "dictionary update sequence element #0 has length 1; 2 is required"},
		{"dict(1, 2)", "dict expected at most 1 argument, got 2"},
		{"namespace(a=1).a ~ namespace({'b': 2}).b", "12"},
		{"namespace(a=1)", "<Namespace {'a': 1}>"},
		{"cycler()", "at least one item has to be provided"},
		{"raise('no way')", "no way"},
		{"ifelse(false, 1, true, 2, 3) ~ ifelse(false, 1, 3)", "23"},
		{"odict([('b', 1), ('a', 2)])", "{'b': 1, 'a': 2}"},
		{"lipsum(2, false, 3, 4).split('\\n\\n')|map('wordcount')|list", "[3, 3]"},
		{"lipsum(1, true, 5, 4)", "empty range for randrange() (5, 4)"},
		{"joiner('|')() ~ 'x'", "x"},
	};
	autobuf struct buf got = {0};

	CHECK_ROWS(rows);
	render("'' }}{% set c = cycler(1, 2) %}{% set j = joiner('-') %}{{ j() }}{{ c.next() }}{{ j() "
	       "}}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.next()",
	       false, &got);
	CHECK_STR(buf_text(&got), "1-221None1");
}

TEST(salts_filters_are_there)
{
	static const struct row rows[] = {
		{"{'b': 1, 'a': '\xc3\xa9'}|json", "{\"a\": \"\xc3\xa9\", \"b\": 1}"},
		{"{'b': 1, 'a': 2}|json(sort_keys=false, indent=1)", "{\n \"b\": 1,\n \"a\": 2\n}"},
		{"{'a': [1, none]}|yaml", "{a: [1, null]}"},
		{"{'a': [1]}|yaml(false)", "a:\n- 1"},
		{"'a\"b\\n\xc3\xa9\\\\'|yaml_dquote", "\"a\\\"b\\n\\xE9\\\\\""},
		{"'it\\'s\\nx'|yaml_squote", "'it''s\n\nx'"},
		{"[1, 1.5, true, none, 'x']|map('yaml_encode')|join(' ')", "1 1.5 true null \"x\""},
		{"[1]|yaml_encode",
		 "yaml_encode() only works with YAML scalar data; failed for <class 'list'>"},
		{"'{a: [1, yes]}'|load_yaml", "{'a': [1, True]}"},
		{"'{\"a\": [1, true]}'|load_json", "{'a': [1, True]}"},
		{"{'a': [{'b': 1}, {'c': 2}]}|traverse('a:1:c') ~ {'a': [{'b': 1}]}|traverse('a:b')",
		 "21"},
		{"{}|traverse('x:y') ~ {}|traverse('x.y', 'd', '.')", "Noned"},
		{"['yes', '1', 'TRUE', 'on', 1, 0, [], [0], none]|map('to_bool')|list",
		 "[True, True, True, False, True, False, False, True, False]"},
		{"['1', '1.5', 'x', 7]|map('to_num')|list", "[1, 1.5, 'x', 7]"},
		{"['a', '', 'a b', 'it\\'s']|map('quote')|join(' ')", "a '' 'a b' 'it'\"'\"'s'"},
		{"'/a'|path_join('/b', '../c//d', '.') ~ '|' ~ 'a'|path_join('..', '..')",
		 "/a/c/d|.."},
		{"['2G', '30MB', '64KiB', '1.5k', '12', 'x', '3x']|map('human_to_bytes')|list",
		 "[2147483648, 31457280, 65536, 1536, 12, 0, 0]"},
		{"'30MB'|human_to_bytes(handle_metric=true) ~ ' ' ~ 3|human_to_bytes('k')",
		 "30000000 3072"},
		{"'fooBarHTTPBaz'|to_snake_case ~ ' ' ~ 'foo_bar'|to_camelcase",
		 "foo_bar_http_baz fooBar"},
		{"'a,b'|method_call('split', ',') ~ 1|method_call('nope')", "['a', 'b']None"},
		{"{'a': 1, 'b': 2}|dict_to_sls_yaml_params", "- a: 1\n- b: 2"},
		{"'abcd'|regex_search('^(.*)BC(.*)$', ignorecase=true)", "('a', 'd')"},
		{"'abcd'|regex_match('b') ~ 'a1b2'|regex_replace('(\\\\d)', '<\\\\1>')",
		 "Nonea<1>b<2>"},
		{"'a'|regex_replace('(', '')", "missing ), unterminated subpattern at position 0"},
		{"'x'|skip ~ 'x'|sequence ~ [1]|is_list", "['x']True"},
		{"[1, 2, [3]]|union([2, [3], 4]) ~ [1, 2, 2]|intersect([2])", "[1, 2, [3], 4][2]"},
		{"[1, 2, 1]|difference([2]) ~ [1, 2]|symmetric_difference([2, 3])", "[1][1, 3]"},
		{"[1, [2, [3, none]]]|flatten ~ [1, [2, [3]]]|flatten(levels=1)",
		 "[1, 2, 3][1, 2, [3]]"},
		{"[1, 2]|avg ~ ' ' ~ 3|avg", "1.5 3.0"},
		{"'b'|substring_in_list(['abc']) ~ [1, 0]|exactly_one_true ~ "
		 "'web1'|check_whitelist_blacklist(['web*'], ['web2'])",
		 "TrueTrueTrue"},
	};

	CHECK_ROWS(rows);
}

TEST(salts_filters_judge_as_salt_does)
{
	static const struct row rows[] = {
		{"true|to_num ~ 3.7|to_num ~ '3.7'|to_num ~ 'x'|to_num", "133.7x"},
		{"none|to_num", "int() argument must be a string, a bytes-like object or a real "
				"number, not 'NoneType'"},
		{"none|quote ~ 0|quote ~ []|quote", "''''''"},
		{"1|quote", "expected string or bytes-like object, got 'int'"},
		{"range(3)|to_bool ~ {}|to_bool ~ [0]|to_bool ~ nope|to_bool",
		 "FalseFalseTrueFalse"},
		{"['b', 'a', 'B']|min ~ ['b', 'a', 'B']|max", "Bb"},
		{"[]|max", "max() arg is an empty sequence"},
		{"[1]|max(attribute='x')",
		 "lst_max() got an unexpected keyword argument 'attribute'"},
		{"'fooBar_baz'|to_camelcase ~ ' ' ~ 'Foo_bar'|to_camelcase", "fooBarBaz FooBar"},
		{"[{'a': 1}, ['b', [none]]]|flatten", "['a', 'b']"},
		{"'3'|avg ~ '/' ~ [1, 2]|avg", "3.0/1.5"},
		{"'x'|avg", "could not convert string to float: 'x'"},
		{"[1]|union('a')", "can only concatenate list (not \"str\") to list"},
		{"1|md5", "expected str, bytes, or bytearray not <class 'int'>"},
		{"none|regex_search('a')", "expected string or bytes-like object, got 'NoneType'"},
		{"3|load_yaml", "a string or stream input is required"},
		{"{'b': 1, 'a': '\xc3\xa9'}|tojson(sort_keys=true, ensure_ascii=false)",
		 "{\"a\": \"\xc3\xa9\", \"b\": 1}"},
		{"'db1'|check_whitelist_blacklist('db[0-9]+$', ['x'])", "True"},
		{"'db1'|check_whitelist_blacklist(blacklist='db*') ~ 1|check_whitelist_blacklist",
		 "FalseTrue"},
		{"'a'|check_whitelist_blacklist(1)",
		 "Expecting iterable whitelist, but got int (1)"},
		{"'abc'|is_iter ~ 'abc'|is_iter(none) ~ [1]|map('abs')|is_iter", "FalseTrueTrue"},
		{"{1: 'a', 'l': ['x', {'k': {'0': 'z'}}]}|traverse('1') ~ "
		 "{'l': ['x', {'k': 2}]}|traverse('l:k') ~ ['a', 'b']|traverse('-1') ~ "
		 "'abc'|traverse(1) ~ ('a', 'b')|traverse('1')",
		 "a2bbNone"},
		{"nope|traverse('a')", "'nope' is undefined"},
		{"['', none, 'x']|exactly_n_true(1) ~ [1, 1]|exactly_one_true", "TrueFalse"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autobuf struct buf got = {0};
		render(rows[i].expression, true, &got);
		if (!text_eq(buf_text(&got), rows[i].want))
			test_fail(__FILE__, __LINE__, "%s is '%s', not '%s'", rows[i].expression,
				  buf_text(&got), rows[i].want);
	}
}

TEST(keys_are_set_by_a_path_and_changes_are_told)
{
	static const struct row rows[] = {
		{"{'a': 1}|set_dict_key_value('b:c', 2)", "{'a': 1, 'b': {'c': 2}}"},
		{"{}|set_dict_key_value('b.c', 2, delimiter='.')", "{'b': {'c': 2}}"},
		{"{'a': {'x': 1}}|update_dict_key_value('a', {'y': 2})", "{'a': {'x': 1, 'y': 2}}"},
		{"{}|append_dict_key_value('a:b', 1)|append_dict_key_value('a:b', 2)",
		 "{'a': {'b': [1, 2]}}"},
		{"{}|extend_dict_key_value('a', 'xy')", "{'a': ['x', 'y']}"},
		{"{'a': 1}|append_dict_key_value('a', 1)",
		 "The last key contains a <class 'int'>, which cannot append."},
		{"{}|extend_dict_key_value('a', 1)",
		 "Cannot extend <class 'list'> with a <class 'int'>."},
		{"{'a': 1, 'b': 2}|compare_dicts({'b': 3, 'c': 4})",
		 "{'b': {'old': 2, 'new': 3}, 'c': {'old': '', 'new': 4}, "
		 "'a': {'old': 1, 'new': ''}}"},
		{"[1, 2]|compare_lists([2, 3])", "{'new': [3], 'old': [1]}"},
		{"[1, 2]|zip('abc')|list", "[(1, 'a'), (2, 'b')]"},
		{"[1, 2]|product('ab')|list", "[(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]"},
		{"'ab'|product(repeat=2)|map('join')|join(',')", "aa,ab,ba,bb"},
		{"'ab'|product([1], repeat=0)|list", "[()]"},
		{"[]|product(repeat=-1)", "repeat argument cannot be negative"},
		{"'abc'|combinations(2)|map('join')|join(',')", "ab,ac,bc"},
		{"[1, 2]|combinations(3)|list", "[]"},
		{"[1, 2]|combinations(0)|list", "[()]"},
		{"[1, 2]|combinations(-1)|list", "r must be non-negative"},
		{"range(40)|combinations(39)|list|length", "40"},
		{"'ab'|combinations_with_replacement(2)|map('join')|join(',')", "aa,ab,bb"},
		{"[]|combinations_with_replacement(2)|list", "[]"},
		{"'abc'|permutations|map('join')|join(',')", "abc,acb,bac,bca,cab,cba"},
		{"'abc'|permutations(2)|map('join')|join(',')", "ab,ac,ba,bc,ca,cb"},
		{"'abc'|permutations('x')", "Expected int as r"},
		{"'abcd'|compress([1, 0, 'x'])|list", "['a', 'c']"},
		{"[1]|zip_longest('ab', fillvalue=0)|list", "[(1, 'a'), (0, 'b')]"},
		{"[1]|zip_longest([2], more=0)|list",
		 "zip_longest() got an unexpected keyword argument"},
		{"'é b'|contains_whitespace ~ ''|contains_whitespace", "TrueFalse"},
		{"[5]|contains_whitespace", "'int object' has no attribute 'isspace'"},
		{"['0xFf', ' 1f ', 'g', 31, '123456789abcdef012345', none]|map('is_hex')|list",
		 "[True, True, False, False, True, False]"},
		{"['2001:DB8:0::1', '10.0.0.1', '[::1]', 'x', 5]|ipwrap",
		 "['[2001:db8::1]', '10.0.0.1', '[::1]', 'x', 5]"},
		{"'::1/64'|ipwrap", "'::1/64' does not appear to be an IPv4 or IPv6 address"},
		{"['b', 'A', 'a']|sorted_ignorecase", "['A', 'a', 'b']"},
		{"{'b': 1}|python", "{'b': 1}"},
	};

	CHECK_ROWS(rows);
}

TEST(digests_dates_and_addresses_are_salts)
{
	static const struct row rows[] = {
		{"'a'|md5", "0cc175b9c0f1b6a831c399e269772661"},
		{"'a'|sha1", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
		{"'a'|sha256", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
		{"('a'|sha512)[:16]", "1f40fc92da241694"},
		{"'get salted'|hmac('shared secret', 'eBWf9bstXg+NiP5AOwppB5HMvZiYMPzEM9W5YMm/AmQ=')",
		 "True"},
		{"('a'|hmac_compute('k'))[:8]", "78da9151"},
		{"'ab'|base64_encode ~ 'YW\\nI='|base64_decode", "YWI=ab"},
		{"'YWI'|base64_decode", "Incorrect padding"},
		{"'example'|uuid", "9ade8beb-355a-50d8-9011-1c99848a7719"},
		{"1457456400|strftime('%d.%m.%Y %H:%M %p %-d %j')", "08.03.2016 17:00 PM 8 068"},
		{"'2002/12/25'|strftime('%y %a %b') ~ '2020-02-29T12:30+02:00'|strftime('%c')",
		 "02 Wed DecSat Feb 29 10:30:00 2020"},
		{"'2021-01-03'|strftime('%G-W%V-%u %U %W') ~ ' ' ~ 0|strftime",
		 "2020-W53-7 01 00 1970-01-01"},
		{"'2021-02-30'|strftime",
		 "Unable to parse 2021-02-30: a date is seconds since 1970 or YYYY-MM-DD[ HH:MM[:SS]]"},
		{"['192.168.0.1', 'x', '::1', '2001:db8:0:0:1:0:0:1/64', '1.2.3.4/255.255.0.0']|ipaddr",
		 "['192.168.0.1', '1.2.3.4/16', '::1', '2001:db8::1:0:0:1/64']"},
		{"['10.0.0.1'|is_ip, '10.0.0.1'|is_ipv6, '010.0.0.1'|is_ip, '::'|is_ipv6]",
		 "[True, False, False, True]"},
		{"['8.8.8.8', '10.1.1.1', 'fe80::1']|ipaddr('private')", "['10.1.1.1', 'fe80::1']"},
		{"'8.8.8.8'|ipv4('private') ~ '127.0.0.1'|is_ip('loopback')", "NoneTrue"},
		{"'192.168.0.9/30'|network_hosts ~ '10.0.0.0/31'|network_hosts",
		 "['192.168.0.9', '192.168.0.10']['10.0.0.0', '10.0.0.1']"},
		{"'10.0.0.0/8'|network_size ~ ' ' ~ '192.168.0.1/28'|ip_host",
		 "16777216 192.168.0.1/28"},
		{"'10.0.0.0/8'|network_hosts", "a network of more than 100000 addresses"},
	};

	CHECK_ROWS(rows);
}

TEST(in_salts_dialect_unique_tells_cases_apart)
{
	autobuf struct buf got = {0};

	render("['a', 'A', 'a', [1], [1]]|unique", true, &got);
	CHECK_STR(buf_text(&got), "['a', 'A', [1]]");
}

TEST(a_hostile_use_of_a_filter_is_an_error)
{
	static const struct row rows[] = {
		{"'x'|indent(10000000000)", "a value of more than 8 MiB"},
		{"'x'|center(10000000000)|length", "a value of more than 8 MiB"},
		{"[1]|batch(10000000000, 0)|list|length", "a value of more than 8 MiB"},
		{"[1]|slice(10000000000, 0)|list|length", "a value of more than 8 MiB"},
		{"(('a' * 4000)|list|join('b' * 4000))|length", "a text of more than 8 MiB"},
		{"('a' * 100000 ~ 'b')|regex_search('(a|aa)+$')",
		 "the pattern '(a|aa)+$' needs too many steps"},
		{"('<' * 3000000)|e|length", "a value of more than 8 MiB"},
		{"'x'|truncate(-1, end='')", "expected length >= 0, got -1"},
		{"1|human_to_bytes('e') ~ 99|human_to_bytes('e')",
		 "1.14139e+20 does not fit into 64 bits"},
	};

	CHECK_ROWS(rows);
}

TEST(the_tables_are_sorted_and_whole)
{
	autostrlist struct strlist filters = {0}, tests = {0};

	filter_names(&filters);
	test_names(&tests);
	CHECK(filters.n > 100);
	for (size_t i = 0; i < filters.n; i++) {
		const struct native_row *row = filter_find(str_of(filters.items[i]));
		CHECK(row && row->fn);
		CHECK_STR(row->name, filters.items[i]);
	}
	for (size_t i = 0; i < tests.n; i++)
		CHECK(test_find(str_of(tests.items[i])));
	CHECK(!filter_find(STR("nope")));
	CHECK(!test_find(STR("nope")));
	CHECK_STR(filter_nearest(STR("uper")), "upper");
	CHECK_STR(test_nearest(STR("define")), "defined");
	CHECK(!filter_nearest(STR("something_else_entirely")));
}

TEST(a_filter_works_without_a_running_template)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct value args[] = {value_literal("a<b")}, got;
	struct call call = {.heap = &heap, .args = args, .n_args = 1};

	CHECK_OK(filter_find(STR("upper"))->fn(&call, &got, &err), &err);
	CHECK(str_is(value_bytes(got), "A<B"));
	CHECK_OK(filter_find(STR("unique"))->fn(&call, &got, &err), &err);
	CHECK_OK(filter_find(STR("map"))->fn(&call, &got, &err), &err);
	CHECK(value_length(&heap, got, &(int64_t){0}, &err) < 0);
	err_clear(&err);
	args[0] = value_int(3);
	CHECK_OK(test_find(STR("odd"))->fn(&call, &got, &err), &err);
	CHECK(got.boolean);
}
