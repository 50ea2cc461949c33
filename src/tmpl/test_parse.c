/* test_parse.c - the tree of a template, and what is said when there is none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "tmpl/limits.h"
#include "tmpl/parse.h"
#include "tmpl/test_dump.h"

#include "base/banned.h"

struct parse_case {
	const char *text, *want; /* the dump, or "line:column: message" */
	struct syntax syntax;
};

static void parse_text(const struct parse_case *c, struct buf *ret_dump)
{
	autoheap struct heap heap = {0};
	autodiag struct diag diag = {0};
	cleanup(names_done) struct names names = {0};
	struct template *template = NULL;
	struct template_source source = {"t", "t.sls", str_of(c->text)};

	if (template_parse(&heap, &names, &c->syntax, &source, &template, &diag)) {
		CHECK_STR(diag.at.file, "t.sls");
		buf_printf(ret_dump, "%u:%u: %s", diag.at.line, diag.at.column, diag.message);
		return;
	}
	dump_body(template->body, ret_dump);
}

static void check_cases(const struct parse_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autobuf struct buf dump = {0};
		parse_text(&cases[i], &dump);
		if (!text_eq(buf_text(&dump), cases[i].want))
			test_fail(__FILE__, __LINE__, "'%s': got '%s', want '%s'", cases[i].text,
				  buf_text(&dump), cases[i].want);
	}
}

TEST(text_and_tags_alternate)
{
	static const struct parse_case cases[] = {
		{"", ""},
		{"a", "(text \"a\")"},
		{"a{{ b }}c", "(text \"a\") (out b) (text \"c\")"},
		{"a\n", "(text \"a\")"},
		{"a\r\nb\rc\n\n", "(text \"a\\nb\\nc\\n\")"},
		{"a {#- {{ x }} -#} b", "(text \"a\") (text \"b\")"},
		{"a {{- b -}} c", "(text \"a\") (out b) (text \"c\")"},
		{"{% raw %}{{ x }}{% endraw %}", "(text \"{{ x }}\")"},
		{"a {%- raw -%} b {%- endraw -%} c", "(text \"a\") (text \"b\") (text \"c\")"},
		{"{{ {'a': {'b': 1}} }}", "(out (dict \"a\" (dict \"b\" 1)))"},
		{"{{ '}}' }}", "(out \"}}\")"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(expressions_bind_as_python_has_it)
{
	static const struct parse_case cases[] = {
		{"{{ 1 + 2 * 3 - 4 }}", "(out (- (+ 1 (* 2 3)) 4))"},
		{"{{ 2 ** 3 ** 2 }}", "(out (** (** 2 3) 2))"},
		{"{{ -2 ** 2 }}", "(out (** (neg 2) 2))"},
		{"{{ -x|abs }}", "(out (| (neg x) abs))"},
		{"{{ - -x.y }}", "(out (neg (neg (. x y))))"},
		{"{{ a ~ b + c ~ d }}", "(out (+ (~ a b) (~ c d)))"},
		{"{{ a ~ b * c }}", "(out (~ a (* b c)))"},
		{"{{ 7 // 2 % 3 / 1 }}", "(out (/ (% (// 7 2) 3) 1))"},
		{"{{ not a == b and c or d }}", "(out (or (and (not (cmp a == b)) c) d))"},
		{"{{ not not a }}", "(out (not (not a)))"},
		{"{{ a if b else c if d else e }}", "(out (? b a (? d c e)))"},
		{"{{ a if b }}", "(out (? b a _))"},
		{"{{ (a if b) or c }}", "(out (or (? b a _) c))"},
		{"{{ 1 < 2 <= 3 != 4 }}", "(out (cmp 1 < 2 <= 3 != 4))"},
		{"{{ a in b not in c }}", "(out (cmp a in b not-in c))"},
		{"{{ a not in b }}", "(out (cmp a not-in b))"},
		{"{{ a is not b }}", "(out (isnot a b))"},
		{"{{ a is divisibleby 3 }}", "(out (is a divisibleby 3))"},
		{"{{ a is sameas(b) and c }}", "(out (and (is a sameas b) c))"},
		{"{{ a is in [1] }}", "(out (is a in (list 1)))"},
		{"{{ a is b.c }}", "(out (is a b.c))"},
		{"{{ a is defined if b else c }}",
		 "1:20: expected token 'end of print statement', got 'b'"},
		{"{{ x.is.if }}", "(out (. (. x is) if))"},
		{"{{ x['a'][1].0.b }}", "(out (. ([] ([] ([] x \"a\") 1) 0) b))"},
		{"{{ x[1:] }}{{ x[:2] }}{{ x[::3] }}{{ x[a:b:c] }}{{ x[:] }}",
		 "(out ([:] x 1 _ _)) (out ([:] x _ 2 _)) (out ([:] x _ _ 3)) (out ([:] x a b c)) (out ([:] x _ _ _))"},
		{"{{ x[1, 2] }}", "(out ([] x (tuple 1 2)))"},
		{"{{ x[] }}", "(out ([] x (tuple)))"},
		{"{{ f(1, *a, b=2, **c) }}", "(out (call f 1 b=2 *a **c))"},
		{"{{ f(a, b,)(c).d(e) }}", "(out (call (. (call (call f a b) c) d) e))"},
		{"{{ a|f|g(1, k=2)|h.i }}", "(out (| (| (| a f) g 1 k=2) h.i))"},
		{"{{ a|f(1)(2) }}", "(out (call (| a f 1) 2))"},
		{"{{ [1, [2,], []] }}{{ {'a': 1, b: [c],} }}{{ () }}{{ (1,) }}{{ (1) }}",
		 "(out (list 1 (list 2) (list))) (out (dict \"a\" 1 b (list c))) (out (tuple)) (out (tuple 1)) (out 1)"},
		{"{{ 1, 2 }}", "(out (tuple 1 2))"},
		{"{{ 1, }}", "(out (tuple 1))"},
		{"{{ true, True, false, False, none, None }}",
		 "(out (tuple true true false false none none))"},
		{"{{ not }}", "1:8: unexpected 'end of print statement'"},
		{"{{ for + in }}", "(out (+ for in))"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(literals_are_pythons)
{
	static const struct parse_case cases[] = {
		{"{{ 1_000 }} {{ 0x1F }} {{ 0b1_01 }} {{ 0o17 }} {{ 0X_ff }} {{ 00 }} {{ 1e3 }} {{ 1.5E-2 }} {{ 1_0.2_5 }} {{ 007.5 }}",
		 "(out 1000) (text \" \") (out 31) (text \" \") (out 5) (text \" \") (out 15) (text \" \") (out 255) (text \" \") (out 0) (text \" \") (out 1000f) (text \" \") (out 0.015f) (text \" \") (out 10.25f) (text \" \") (out 7.5f)"},
		{"{{ 9223372036854775807 }}", "(out 9223372036854775807)"},
		{"{{ x.1.2 }}", "(out ([] ([] x 1) 2))"},
		{"{{ 'a\\n\\t\\\\\\'\"' }}", "(out \"a\\n\\t\\\\'\\\"\")"},
		{"{{ \"\\x41\\u00e9\\U0001F600\\101\\0\" }}",
		 "(out \"A\303\251\360\237\230\200A\\x00\")"},
		{"{{ 'a' \"b\" 'c' }}", "(out \"abc\")"},
		{"{{ '\\d\\q' }}", "(out \"\\\\d\\\\q\")"},
		{"{{ 'a\\\nb' }}", "(out \"ab\")"},
		{"{{ 'a\nb' }}", "(out \"a\\nb\")"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(statements_make_a_tree)
{
	static const struct parse_case cases[] = {
		{"{% for x in y %}a{% endfor %}", "(for x y [(text \"a\")])"},
		{"{% for a, (b, c) in d %}{% else %}e{% endfor %}",
		 "(for (tuple a (tuple b c)) d [] [(text \"e\")])"},
		{"{% for x in 1, 2 if x recursive %}{% endfor %}",
		 "(for x (tuple 1 2) if x recursive loop [])"},
		{"{% for x in y: %}{% endfor %}", "(for x y [])"},
		{"{% if a %}1{% elif b, c %}2{% elif d %}3{% else %}4{% endif %}",
		 "(if a [(text \"1\")] (tuple b c) [(text \"2\")] d [(text \"3\")] _ [(text \"4\")])"},
		{"{% set a = 1 %}{% set b, c = 1, 2 %}{% set ns.x = 1 %}{% set ns.a, b = 1, 2 %}",
		 "(set a 1) (set (tuple b c) (tuple 1 2)) (set ns.x 1) (set (tuple ns.a b) (tuple 1 2))"},
		{"{% set a %}b{% endset %}{% set a|f|g(1) %}b{% endset %}",
		 "(setblock a _ [(text \"b\")]) (setblock a (| (| _ f) g 1) [(text \"b\")])"},
		{"{% with %}a{% endwith %}{% with a = 1, (b, c) = d %}e{% endwith %}",
		 "(with [(text \"a\")]) (with a 1 (tuple b c) d [(text \"e\")])"},
		{"{% filter f|g(1) %}a{% endfilter %}", "(filter (| (| _ f) g 1) [(text \"a\")])"},
		{"{% do a.b(1) %}{% do 1, 2 %}", "(do (call (. a b) 1)) (do (tuple 1 2))"},
		{"{% print a, b %}{% print %}", "(out a) (out b)"},
		{"{% autoescape true %}a{% endautoescape %}", "(autoescape true [(text \"a\")])"},
		{"{% for x in y %}{% if x %}{% break %}{% endif %}{% continue %}{% endfor %}",
		 "(for x y [(if x [(break)]) (continue)])"},
		{"{% macro m(a, b=1) %}c{% endmacro %}", "(macro m (a b=1) [(text \"c\")])"},
		{"{% call m(1) %}a{% endcall %}{% call(u, v=2) x.m() %}a{% endcall %}",
		 "(callblock (call m 1) () [(text \"a\")]) (callblock (call (. x m)) (u v=2) [(text \"a\")])"},
		{"{% import 'a' as b %}{% import c ~ d as e with context %}",
		 "(import \"a\" as b) (import (~ c d) as e context)"},
		{"{% from 'a' import b, c as d with context %}{% from 'a' import with, without %}",
		 "(from \"a\" b d=c context) (from \"a\" with without)"},
		{"{% include 'a' %}{% include ['a', b] ignore missing without context %}{% include ignore %}",
		 "(include \"a\" context) (include (list \"a\" b) ignore) (include ignore context)"},
		{"{% extends 'a' %}{% block b %}c{% endblock %}{% block d scoped required %} {# e #}{% endblock d %}",
		 "(extends \"a\") (block b [(text \"c\")]) (block d scoped required [(text \" \")])"},
		{"{% if a %}{% extends b %}{% endif %}", "(if a [(extends b)])"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(bodies_know_what_they_ask_for)
{
	static const struct parse_case cases[] = {
		{"{% macro m() %}{{ kwargs }}{% endmacro %}", "(macro m () kwargs [(out kwargs)])"},
		{"{% macro m() %}{{ varargs }}{{ caller() }}{% endmacro %}",
		 "(macro m () varargs caller [(out varargs) (out (call caller))])"},
		{"{% macro m(kwargs) %}{{ kwargs }}{% endmacro %}",
		 "(macro m (kwargs) [(out kwargs)])"},
		{"{% macro m() %}{% set kwargs = 1 %}{{ kwargs }}{% endmacro %}",
		 "(macro m () [(set kwargs 1) (out kwargs)])"},
		{"{% macro m() %}{% macro n() %}{{ kwargs }}{% endmacro %}{% endmacro %}",
		 "(macro m () kwargs [(macro n () kwargs [(out kwargs)])])"},
		{"{% macro m() %}{{ x.kwargs }}{{ f(kwargs=1) }}{% endmacro %}",
		 "(macro m () [(out (. x kwargs)) (out (call f kwargs=1))])"},
		{"{% macro m(caller=none) %}{{ caller }}{% endmacro %}",
		 "(macro m (caller=none) caller [(out caller)])"},
		{"{% macro m(a=kwargs) %}{% endmacro %}", "(macro m (a=kwargs) [])"},
		{"{% macro m() %}{% block b %}{{ kwargs }}{% endblock %}{% endmacro %}",
		 "(macro m () [(block b [(out kwargs)])])"},
		{"{% for x in y %}{{ loop.index }}{% endfor %}",
		 "(for x y loop [(out (. loop index))])"},
		{"{% for x in y %}{% for z in x %}{{ loop.index }}{% endfor %}{% endfor %}",
		 "(for x y loop [(for z x loop [(out (. loop index))])])"},
		{"{% for x in y recursive %}{% endfor %}", "(for x y recursive loop [])"},
		{"{% for x in y %}{% else %}{{ loop }}{% endfor %}", "(for x y [] [(out loop)])"},
		{"{% for x in loop if loop %}{% endfor %}", "(for x loop if loop [])"},
		{"{% for x in y %}{% block b %}{{ loop }}{% endblock %}{% endfor %}",
		 "(for x y [(block b [(out loop)])])"},
		{"{% for x in y %}{% block b scoped %}{% endblock %}{% endfor %}",
		 "(for x y loop [(block b scoped [])])"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(white_space_and_delimiters_follow_the_syntax)
{
	static const struct parse_case cases[] = {
		{"a\n  {% if x %}\n  b\n  {% endif %}\nc",
		 "(text \"a\\n  \") (if x [(text \"  b\\n  \")]) (text \"c\")",
		 {.trim_blocks = true}},
		{"a\n  {% if x %}\n  b\n  {% endif %}\nc",
		 "(text \"a\\n\") (if x [(text \"\\n  b\\n\")]) (text \"\\nc\")",
		 {.lstrip_blocks = true}},
		{"a\n  {% if x %}\n  b\n  {% endif %}\nc",
		 "(text \"a\\n\") (if x [(text \"  b\\n\")]) (text \"c\")",
		 {.trim_blocks = true, .lstrip_blocks = true}},
		{"  {%+ if x +%}\n{% endif %}\n\n",
		 "(text \"  \") (if x [(text \"\\n\")])",
		 {.trim_blocks = true, .lstrip_blocks = true}},
		{"  {{ a }}\n  {# b #}\nc",
		 "(text \"  \") (out a) (text \"\\n\") (text \"c\")",
		 {.trim_blocks = true, .lstrip_blocks = true}},
		{"  {{- a -}}  \n b", "(out a) (text \"b\")"},
		{"a \n{%- if x -%} \n b{% endif +%}\nc",
		 "(text \"a\") (if x [(text \"b\")]) (text \"\\nc\")",
		 {.trim_blocks = true}},
		{"a{#- b +#}\nc{# d -#}\n e",
		 "(text \"a\") (text \"\\nc\") (text \"e\")",
		 {.trim_blocks = true}},
		{"  {% raw %}\n a {% endraw %}\nb",
		 "(text \"\\n a \") (text \"b\")",
		 {.trim_blocks = true, .lstrip_blocks = true}},
		{"{% raw -%} \n{{ a }} {%- endraw -%} \n b", "(text \"{{ a }}\") (text \"b\")"},
		{"a\n\n", "(text \"a\\n\")"},
		{"a\n", "(text \"a\\n\")", {.keep_trailing_newline = true}},
		{"a{#", "(text \"a\")"},
		{"{% raw %}", ""},
		{"# for x in y:\n  {{ x }} ## note\n## all\n# endfor\nz",
		 "(for x y [(text \"  \") (out x) (text \"\\n\") (text \"\\n\")]) (text \"z\")",
		 {.line_statement = "#", .line_comment = "##"}},
		{"# if (a\n and b)\nc\n#- endif",
		 "(if (and a b) [(text \"c\")])",
		 {.line_statement = "#"}},
		{"a # b\n  # if c\n# endif",
		 "(text \"a # b\\n\") (if c [])",
		 {.line_statement = "#"}},
		{"<% if a %>${b}<!-- c --><% endif %>",
		 "(if a [(out b)])",
		 {.block_start = "<%",
		  .block_end = "%>",
		  .variable_start = "${",
		  .variable_end = "}",
		  .comment_start = "<!--",
		  .comment_end = "-->"}},
		{"<%= a %><%# b %><% if c %><% endif %>",
		 "(out a) (if c [])",
		 {.block_start = "<%",
		  .block_end = "%>",
		  .variable_start = "<%=",
		  .variable_end = "%>",
		  .comment_start = "<%#",
		  .comment_end = "%>"}},
		{"${ {'a': {}} }",
		 "(out (dict \"a\" (dict)))",
		 {.variable_start = "${", .variable_end = "}"}},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(errors_are_the_references)
{
	static const struct parse_case cases[] = {
		{"{{", "1:1: unexpected 'end of template'"},
		{"{{ a", "1:4: unexpected end of template, expected 'end of print statement'."},
		{"{{ }}", "1:4: Expected an expression, got 'end of print statement'"},
		{"{{ a b }}", "1:6: expected token 'end of print statement', got 'b'"},
		{"{{ a- }}", "1:7: unexpected 'end of print statement'"},
		{"{{ 10_ }}", "1:6: expected token 'end of print statement', got '_'"},
		{"{{ a @ }}", "1:6: unexpected char '@' at 5"},
		{"{{ 'a }}", "1:4: unexpected char \"'\" at 3"},
		{"{{ \"a }}", "1:4: unexpected char '\"' at 3"},
		{"{{ a ! b }}", "1:6: unexpected char '!' at 5"},
		{"{{ a\\ }}", "1:5: unexpected char '\\\\' at 4"},
		{"\303\251{{ \303\251 ? }}", "1:9: unexpected char '?' at 6"},
		{"{{ '\\x4' }}", "1:4: truncated \\xXX escape"},
		{"{{ '\\u12' }}", "1:4: truncated \\uXXXX escape"},
		{"{{ '\\U00110000' }}", "1:4: illegal Unicode character"},
		{"{{ '\\N' }}", "1:4: malformed \\N character escape"},
		{"{{ (a }}", "1:7: unexpected '}', expected ')'"},
		{"{{ a) }}", "1:5: unexpected ')'"},
		{"{{ [a) }}", "1:6: unexpected ')', expected ']'"},
		{"{{ {a} }}", "1:6: expected token ':', got '}'"},
		{"{{ {a:} }}", "1:7: unexpected '}'"},
		{"{{ a. }}", "1:7: expected name or number"},
		{"{{ a.'b' }}", "1:6: expected name or number"},
		{"{{ a[ }}", "1:7: unexpected '}', expected ']'"},
		{"{{ a[1 2] }}", "1:8: expected token ',', got 'integer'"},
		{"{{ a| }}", "1:7: expected token 'name', got 'end of print statement'"},
		{"{{ a|1 }}", "1:6: expected token 'name', got 'integer'"},
		{"{{ a is }}", "1:9: expected token 'name', got 'end of print statement'"},
		{"{{ a is b is c }}", "1:11: You cannot chain multiple tests with is"},
		{"{{ f(a=1, b) }}", "1:5: invalid syntax for function call expression"},
		{"{{ f(*a, b) }}", "1:5: invalid syntax for function call expression"},
		{"{{ f(**a, *b) }}", "1:5: invalid syntax for function call expression"},
		{"{{ f(a b) }}", "1:8: expected token ',', got 'b'"},
		{"{%", "1:1: tag name expected"},
		{"{% %}", "1:4: tag name expected"},
		{"{% 1 %}", "1:4: tag name expected"},
		{"{% foo %}", "1:4: Encountered unknown tag 'foo'."},
		{"{% endif %}", "1:4: Encountered unknown tag 'endif'."},
		{"{% if a %}{% endfor %}",
		 "1:14: Encountered unknown tag 'endfor'. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'."},
		{"{% for x in y %}{% if x %}{% endfor %}",
		 "1:30: Encountered unknown tag 'endfor'. You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'."},
		{"{% if %}{% endif %}",
		 "1:7: Expected an expression, got 'end of statement block'"},
		{"{% if a", "1:7: unexpected end of template, expected 'end of statement block'."},
		{"{% if a %}\n\nb",
		 "1:11: Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'."},
		{"{% if a %}{% else %}{% elif b %}{% endif %}",
		 "1:24: Encountered unknown tag 'elif'. Jinja was looking for the following tags: 'endif'. The innermost block that needs to be closed is 'if'."},
		{"{% for %}{% endfor %}",
		 "1:8: Expected an expression, got 'end of statement block'"},
		{"{% for x y %}{% endfor %}", "1:10: expected token 'in', got 'y'"},
		{"{% for x in %}{% endfor %}",
		 "1:13: Expected an expression, got 'end of statement block'"},
		{"{% for x.y in z %}{% endfor %}", "1:9: expected token 'in', got '.'"},
		{"{% for loop in x %}{% endfor %}",
		 "1:8: Can't assign to special loop variable in for-loop target"},
		{"{% for x in y %}{% set loop = 1 %}{% endfor %}",
		 "1:24: Can't assign to special loop variable in for-loop target"},
		{"{% set %}", "1:8: Expected an expression, got 'end of statement block'"},
		{"{% set 1 = 2 %}", "1:8: can't assign to 'const'"},
		{"{% set true = 2 %}", "1:8: can't assign to 'const'"},
		{"{% set a, 1 = 2 %}", "1:8: can't assign to 'tuple'"},
		{"{% set [a] = 2 %}", "1:8: can't assign to 'list'"},
		{"{% set (a.b) = 2 %}", "1:8: can't assign to 'getattr'"},
		{"{% set a[1] = 2 %}", "1:9: expected token 'end of statement block', got '['"},
		{"{% set a = %}", "1:12: Expected an expression, got 'end of statement block'"},
		{"{% set a %}",
		 "1:10: Unexpected end of template. Jinja was looking for the following tags: 'endset'. The innermost block that needs to be closed is 'set'."},
		{"{% macro m %}{% endmacro %}",
		 "1:12: expected token '(', got 'end of statement block'"},
		{"{% macro 1() %}{% endmacro %}", "1:10: expected token 'name', got 'integer'"},
		{"{% macro m(a=1, b) %}{% endmacro %}",
		 "1:17: non-default argument follows default argument"},
		{"{% macro m(caller) %}{{ caller() }}{% endmacro %}",
		 "1:4: When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default."},
		{"{% call 1 %}{% endcall %}", "1:4: expected call"},
		{"{% import 'a' %}", "1:15: expected token 'as', got 'end of statement block'"},
		{"{% import 'a' as none %}", "1:18: can't assign to 'name'"},
		{"{% from 'a' import _b %}",
		 "1:20: names starting with an underline can not be imported"},
		{"{% from 'a' import b, %}",
		 "1:23: expected token 'name', got 'end of statement block'"},
		{"{% from 'a' import %}",
		 "1:20: expected token 'name', got 'end of statement block'"},
		{"{% include %}", "1:12: unexpected 'end of statement block'"},
		{"{% block a-b %}",
		 "1:11: Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead."},
		{"{% block a %}{% endblock %}{% block a %}{% endblock %}",
		 "1:31: block 'a' defined twice"},
		{"{% block a required %}b{% endblock %}",
		 "1:36: Required blocks can only contain comments or whitespace"},
		{"{% block a required scoped %}{% endblock %}",
		 "1:21: expected token 'end of statement block', got 'scoped'"},
		{"{% for x in y %}{% extends 'a' %}{% endfor %}",
		 "1:20: cannot use extend from a non top-level scope"},
		{"{% filter %}{% endfilter %}",
		 "1:11: expected token 'name', got 'end of statement block'"},
		{"{% filter f %}",
		 "1:13: Unexpected end of template. Jinja was looking for the following tags: 'endfilter'. The innermost block that needs to be closed is 'filter'."},
		{"{# a", "1:1: Missing end of comment tag"},
		{"{% raw %}a", "1:1: Missing end of raw directive"},
		{"{% if a %}\n  {{ b c }}\n{% endif %}",
		 "2:8: expected token 'end of print statement', got 'c'"},
		{"{% macro m() %}{% endmacro x %}",
		 "1:28: expected token 'end of statement block', got 'x'"},
		{"{% extends 'a' 'b' %}", "(extends \"ab\")"},
		{"{% with a %}{% endwith %}",
		 "1:11: expected token '=', got 'end of statement block'"},
		{"{% print a b %}", "1:12: expected token ',', got 'b'"},
		{"{% break x %}", "1:10: expected token 'end of statement block', got 'x'"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

/* `text` n times between two others. */
static void parse_repeated(const char *before, const char *text, size_t n, const char *after,
			   struct buf *ret_dump)
{
	autobuf struct buf buf = {.max = (size_t)64 << 20};

	buf_puts(&buf, before);
	for (size_t i = 0; i < n; i++)
		buf_puts(&buf, text);
	buf_puts(&buf, after);
	parse_text(&(struct parse_case){.text = buf_text(&buf)}, ret_dump);
}

TEST(depth_and_size_are_bounded)
{
	static const struct {
		const char *before, *text;
		size_t n;
		const char *after, *want; /* the end of the message */
	} cases[] = {
		{"{{ ", "(", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "[", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "{1:", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "f(", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "a[", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "not ", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "-", 300, "a", "nested deeper than 200 levels"},
		{"{{ ", "a if b else ", 300, "a }}", "nested deeper than 200 levels"},
		{"", "{% if a %}", 300, "", "nested deeper than 200 levels"},
		{"{{ a", ".b", 600, " }}", "an expression of more than 500 steps"},
		{"{{ a", "|f", 600, " }}", "an expression of more than 500 steps"},
		{"{{ a", " + b", 600, " }}", "an expression of more than 500 steps"},
		{"{{ a", " or b", 600, " }}", "an expression of more than 500 steps"},
		{"{{ f(", "a=1,", 300, ") }}", "more than 255 named arguments"},
		{"", "0123456789abcdef", 300000, "", "a template of more than 4 MiB"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf dump = {0};

		parse_repeated(cases[i].before, cases[i].text, cases[i].n, cases[i].after, &dump);
		if (!text_ends(buf_text(&dump), cases[i].want))
			test_fail(__FILE__, __LINE__, "'%s' %zu times: '%s'", cases[i].text,
				  cases[i].n, buf_text(&dump));
	}
}

TEST(long_lists_are_no_deep_ones)
{
	autobuf struct buf dump = {.max = (size_t)64 << 20};

	parse_repeated("{{ [", "a, ", 100000, "] }}", &dump);
	CHECK(text_starts(buf_text(&dump), "(out (list a a a "));
	buf_truncate(&dump, 0);
	parse_repeated("{{ a", " ~ b", 10000, " }}", &dump);
	CHECK(text_starts(buf_text(&dump), "(out (~ a b b "));
	buf_truncate(&dump, 0);
	parse_repeated("{% if a %}", "{% elif b %}", 10000, "{% endif %}", &dump);
	CHECK(text_starts(buf_text(&dump), "(if a [] b [] b "));
}

TEST(integers_beyond_64_bits_are_refused)
{
	static const struct parse_case cases[] = {
		{"{{ 9223372036854775808 }}",
		 "1:4: integer '9223372036854775808' is larger than 64 bits"},
		{"{{ 0x1_0000_0000_0000_0000 }}",
		 "1:4: integer '0x1_0000_0000_0000_0000' is larger than 64 bits"},
		{"{{ '\\ud800' }}", "1:4: surrogates not allowed"},
		{"{{ a[1:2, 3] }}", "1:9: a slice cannot be one of several subscripts"},
		{"{{ f(a=1, a=2) }}", "1:11: keyword argument repeated: a"},
		{"{% macro m(a, a) %}{% endmacro %}",
		 "1:15: duplicate argument 'a' in function definition"},
		{"{% break %}", "1:4: 'break' outside loop"},
		{"{% for x in y %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}",
		 "1:35: 'continue' not properly in loop"},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(salts_tags_are_statements)
{
	static const struct parse_case cases[] = {
		{"{% load_yaml as x %}a: 1{% endload %}", "(load yaml x [(text \"a: 1\")])"},
		{"{% load_json as a, b %}[]{% endload %}",
		 "(load json (tuple a b) [(text \"[]\")])"},
		{"{% load_text as x %}{{ y }}{% endload %}", "(load text x [(out y)])"},
		{"{% import_yaml 'a' as b %}", "(import_text yaml \"a\" as b)"},
		{"{% import_json c ~ d as e with context %}",
		 "(import_text json (~ c d) as e context)"},
		{"{% import_text 'a' as b without context %}", "(import_text text \"a\" as b)"},
		{"{% profile as 'p' %}a{% set b = 1 %}{% endprofile %}c",
		 "(do \"p\") (text \"a\") (set b 1) (text \"c\")"},
		{"{% load_yaml x %}", "1:14: expected token 'as', got 'x'"},
		{"{% load_yaml as x %}",
		 "1:19: Unexpected end of template. Jinja was looking for the following tags: "
		 "'endload'. The innermost block that needs to be closed is 'load_yaml'."},
	};
	check_cases(cases, ARRAY_LEN(cases));
}

TEST(an_error_shows_its_line_and_what_was_meant)
{
	autoheap struct heap heap = {0};
	autodiag struct diag diag = {0};
	cleanup(names_done) struct names names = {0};
	struct template *template = NULL;
	struct syntax syntax = {0};
	autobuf struct buf text = {0};

	struct template_source source = {"t", "t.sls", STR("a\n{% if b %}\n  {% endiff %}\n")};
	CHECK(template_parse(&heap, &names, &syntax, &source, &template, &diag) < 0);
	diag_write(&diag, &text);
	CHECK_STR(
		buf_text(&text),
		"t.sls:3:6: error: Encountered unknown tag 'endiff'. Jinja was looking for the "
		"following tags: 'elif' or 'else' or 'endif'. The innermost block that needs to be "
		"closed is 'if'.\n"
		"    1 | a\n"
		"    2 | {% if b %}\n"
		"    3 |   {% endiff %}\n"
		"      |      ^~~~~~\n"
		"  did you mean 'endif'?\n"
		"  'if' begins at t.sls:2:4\n");
}

TEST(line_ends_become_what_the_syntax_says)
{
	static const struct parse_case cases[] = {
		{"a\r\nb\n{{ 'c\nx' }}\n",
		 "(text \"a\\x0d\\nb\\x0d\\n\") (out "
		 "\"c\\x0d\\nx\")",
		 {.newline = "\r\n"}},
	};
	check_cases(cases, ARRAY_LEN(cases));
}
