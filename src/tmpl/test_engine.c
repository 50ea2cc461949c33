/* test_engine.c - renderings from C: what they print, where they fail, where output came from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tmpl/engine.h"

#include <stdlib.h>

#include "base/vec.h"
#include "testing/test.h"

#include "base/banned.h"

/* Templates by name, in a table that ends with {NULL}. */
struct shelf {
	const char *name, *text;
};

static int shelf_load(void *arg, struct heap *heap, const char *name, const char *from,
		      struct template_source *ret_source, struct err *err)
{
	for (const struct shelf *row = arg; row->name; row++)
		if (text_eq(row->name, name)) {
			*ret_source =
				(struct template_source){row->name, row->name, str_of(row->text)};
			return 0;
		}
	return err_set(err, ERR_MISSING, "no '%s'", name);
}

struct bench { /* a heap and an engine, and what the last rendering gave */
	struct heap heap;
	struct engine engine;
	struct rendered rendered;
	struct diag diag;
	struct buf told;
};

static void bench_begin(struct bench *bench, const struct shelf *shelf)
{
	*bench = (struct bench){0};
	bench->engine.heap = &bench->heap;
	bench->engine.loader =
		(struct loader){.load = shelf ? shelf_load : NULL, .arg = (void *)shelf};
	engine_init(&bench->engine);
}

static void bench_end(struct bench *bench)
{
	rendered_done(&bench->rendered);
	diag_clear(&bench->diag);
	buf_done(&bench->told);
	engine_done(&bench->engine);
	heap_done(&bench->heap);
}

/* The output, or the error as it is told. */
static const char *bench_render(struct bench *bench, const char *text, struct dict *context)
{
	rendered_done(&bench->rendered);
	diag_clear(&bench->diag);
	buf_truncate(&bench->told, 0);
	if (engine_render_text(&bench->engine, "main", "main", str_of(text), context,
			       &bench->rendered, &bench->diag)) {
		diag_write(&bench->diag, &bench->told);
		return buf_text(&bench->told);
	}
	return heap_strdup(&bench->heap, bench->rendered.text);
}

struct example {
	const char *source, *out;
};

static void check_examples(const struct example *examples, size_t n, const struct shelf *shelf)
{
	for (size_t i = 0; i < n; i++) {
		struct bench bench;
		bench_begin(&bench, shelf);
		CHECK_STR(bench_render(&bench, examples[i].source, NULL), examples[i].out);
		bench_end(&bench);
	}
}

TEST(scopes_are_those_of_the_reference)
{
	static const struct example examples[] = {
		{"{% set x=1 %}{% for i in [1,2] %}{{ x }}{% set x = x+i %}{{ x }};{% endfor %}{{ x }}",
		 "12;13;1"},
		{"{% if true %}{% set x=1 %}{% endif %}{{ x }}", "1"},
		{"{% macro m() %}{{ x }}{% endmacro %}{% set x=1 %}{{ m() }}{% set x=2 %}{{ m() }}",
		 "12"},
		{"{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
		 "AB"},
		{"{% with a=1 %}{% set y=3 %}{{ a+y }}{% endwith %}{{ y is defined }}", "4False"},
		{"{% set ns = namespace(n=0) %}{% for i in [1,2] %}{% set ns.n = ns.n+i %}{% endfor %}"
		 "{{ ns.n }}",
		 "3"},
		{"{% macro outer(x) %}{% macro inner() %}{{ x }}{% endmacro %}{{ inner() }}"
		 "{% endmacro %}{{ outer(1) }}{{ outer(2) }}",
		 "12"},
		{"{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}", "123"},
		{"{% load_yaml as a, (b, c) %}[1, [2, 3]]{% endload %}{{ a }}{{ b }}{{ c }}",
		 "123"},
		{"{% load_json as a, %}[1]{% endload %}{{ a }}", "1"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

TEST(loops_know_where_they_stand)
{
	static const struct example examples[] = {
		{"{% for x in 'abc' %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.last }} {% endfor %}",
		 "12False 21False 30True "},
		{"{% for x in [1,2,3,4] if x % 2 %}{{ loop.length }}{{ x }}{% endfor %}", "2123"},
		{"{% for x in [1,2,3] %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} "
		 "{% endfor %}",
		 "FalseTrue TrueTrue TrueFalse "},
		{"{% for x in [3,3,4] %}{{ loop.changed(x) }}{{ loop.cycle(1, 2) }}{% endfor %}",
		 "True1False2True1"},
		{"{% for x in [1,[2,[3]]] recursive %}{% if x is number %}{{ loop.depth }}:{{ x }} "
		 "{% else %}{{ loop(x) }}{% endif %}{% endfor %}",
		 "1:1 2:2 3:3 "},
		{"{% for x in [1,2,3] %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
		 "13"},
		{"{% for x in [1] %}{% break %}{% else %}none came to its end{% endfor %}",
		 "none came to its end"},
		{"{% for x in [] %}{% else %}none{% endfor %}", "none"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

TEST(a_generator_that_was_gone_through_is_empty)
{
	struct bench bench;

	bench_begin(&bench, NULL);
	CHECK_STR(bench_render(&bench,
			       "{% set g = [1, 2, 3]|map('string') %}{{ g|first }}:"
			       "{% for x in g %}{{ x }}{{ loop.length }}{% endfor %}:{{ g|list }}",
			       NULL),
		  "1:2232:[]");
	bench_end(&bench);
}

TEST(a_generator_that_failed_leaves_nothing_behind)
{
	static const struct shelf shelf[] = {{"m",
					      "{% macro boom() %}lost{{ nope.x }}{% endmacro %}"
					      "{% macro fine() %}fine{% endmacro %}"},
					     {NULL}};
	struct bench bench;

	bench_begin(&bench, shelf);
	CHECK_STR(bench_render(&bench,
			       "{% import 'm' as m %}{% for i in range(300) %}"
			       "{% set g = [m]|map('method_call', 'boom') %}{% endfor %}"
			       "{% set x = 1 %}{{ m.fine() }}{{ x }}",
			       NULL),
		  "fine1");
	/* It fails where it is gone through, and what comes behind is not blamed on it. */
	CHECK(strstr(bench_render(&bench,
				  "{% import 'm' as m %}{{ [m]|map('method_call', 'boom')|list }}",
				  NULL),
		     "'nope' is undefined"));
	bench_end(&bench);
}

TEST(an_imported_text_sees_the_context_when_it_is_asked_to)
{
	static const struct shelf shelf[] = {{"f", "{a: {{ x }}}"}, {NULL}};
	struct bench bench;

	bench_begin(&bench, shelf);
	CHECK_STR(bench_render(&bench,
			       "{% set x = 1 %}{% import_yaml 'f' as y with context %}{{ y.a }}",
			       NULL),
		  "1");
	CHECK(strstr(bench_render(&bench, "{% set x = 1 %}{% import_yaml 'f' as y %}", NULL),
		     "'x' is undefined"));
	bench_end(&bench);
}

TEST(a_namespace_may_hold_itself)
{
	struct bench bench;

	bench_begin(&bench, NULL);
	CHECK_STR(bench_render(&bench, "{% set ns = namespace(q=1) %}{% set ns.q = [ns] %}{{ ns }}",
			       NULL),
		  "<Namespace {'q': [<Namespace {...}>]}>");
	/* What stands on the left is looked at before the right side is. */
	CHECK(strstr(bench_render(&bench, "{% set d = {} %}{% set d.x = nope %}", NULL),
		     "cannot assign attribute on non-namespace object"));
	bench_end(&bench);
}

TEST(macros_bind_their_arguments)
{
	static const struct example examples[] = {
		{"{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}",
		 "1113"},
		{"{% macro m(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
		 "(2,){'x': 3}"},
		{"{% macro m() %}[{{ caller(1) }}]{% endmacro %}{% call(a, b=5) m() %}{{ a }}{{ b }}"
		 "{% endcall %}",
		 "[15]"},
		{"{% macro m(a, b=2) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m }}",
		 "m('a', 'b')<Macro 'm'>"},
		{"{% macro m() %}x{% endmacro %}{% macro n(f) %}{{ f() }}{% endmacro %}{{ n(m) }}",
		 "x"},
		{"{% macro m() %}{% endmacro %}{{ m(1) }}",
		 "main:1:33: error: macro 'm' takes not more than 0 argument(s)\n"
		 "    1 | {% macro m() %}{% endmacro %}{{ m(1) }}\n"
		 "      |                                 ^\n"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

static const struct shelf shelf[] = {
	{"lib",
	 "{% macro f(a) %}{{ a }}{{ x }}{% endmacro %}{% set v = 1 %}{% set _p = 2 %}printed"},
	{"base", "({% block a %}base{% endblock %}){{ t }}"},
	{"middle", "{% extends 'base' %}{% block a %}middle {{ super() }}{% endblock %}"},
	{"part", "[{{ x }}]{% set leaked = 1 %}"},
	{"broken", "one\n{{ 1 + }}"},
	{"fails", "one\n\n{{ nothing.x }}"},
	{NULL, NULL},
};

TEST(templates_import_include_and_extend_each_other)
{
	static const struct example examples[] = {
		{"{% import 'lib' as l %}{{ l.v }}{{ l._p is defined }}", "1False"},
		{"{% set x = 5 %}{% from 'lib' import f as g with context %}{{ g(2) }}", "25"},
		{"{% set x = 5 %}{% from 'lib' import f %}{{ f(2) }}",
		 "lib:1:27: error: 'x' is undefined\n"
		 "    1 | {% macro f(a) %}{{ a }}{{ x }}{% endmacro %}{% set v = 1 %}{% set _p = 2 %}"
		 "printed\n"
		 "      |                           ^\n"
		 "  in macro 'f' at main:1:44\n"},
		{"{% set x = 5 %}{% include 'part' %}{{ leaked is defined }}", "[5]False"},
		{"{% include ['no', 'none'] ignore missing %}fine", "fine"},
		{"{% extends 'middle' %}{% set t = 'T' %}{% block a %}child {{ super() }}{% endblock %}",
		 "(child middle base)T"},
		{"{% include 'broken' %}",
		 "broken:2:8: error: unexpected 'end of print statement'\n"
		 "    1 | one\n"
		 "    2 | {{ 1 + }}\n"
		 "      |        ^~\n"
		 "  included from main:1:12\n"},
		{"{% import 'fails' as f %}", "fails:3:4: error: 'nothing' is undefined\n"
					      "    1 | one\n"
					      "    2 | \n"
					      "    3 | {{ nothing.x }}\n"
					      "      |    ^~~~~~~\n"
					      "  imported from main:1:4\n"},
	};

	check_examples(examples, ARRAY_LEN(examples), shelf);
}

TEST(errors_tell_what_may_have_been_meant)
{
	static const struct example examples[] = {
		{"{% set domain = {'port': 1} %}{{ domani }}",
		 "main:1:34: error: 'domani' is undefined\n"
		 "    1 | {% set domain = {'port': 1} %}{{ domani }}\n"
		 "      |                                  ^~~~~~\n"
		 "  did you mean 'domain'?\n"},
		{"{% set d = {'port': 1, 'host': 2} %}{{ d.prot }}",
		 "main:1:42: error: 'dict object' has no attribute 'prot'\n"
		 "    1 | {% set d = {'port': 1, 'host': 2} %}{{ d.prot }}\n"
		 "      |                                          ^~~~\n"
		 "  did you mean 'port'?\n"
		 "  it has: port, host\n"},
		{"{% macro m(domain) %}{% endmacro %}{{ m(domani=1) }}",
		 "main:1:39: error: macro 'm' takes no keyword argument 'domani'\n"
		 "    1 | {% macro m(domain) %}{% endmacro %}{{ m(domani=1) }}\n"
		 "      |                                       ^\n"
		 "  did you mean 'domain'?\n"},
		{"{{ 'x'|uper }}", "main:1:8: error: No filter named 'uper'.\n"
				   "    1 | {{ 'x'|uper }}\n"
				   "      |        ^~~~\n"
				   "  did you mean 'upper'?\n"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

TEST(unknown_filters_in_conditions_fail_when_they_are_reached)
{
	static const struct example examples[] = {
		{"{% if false %}{{ 1|no_such }}{% endif %}fine", "fine"},
		{"{{ 1|no_such if false }}fine", "fine"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

TEST(without_else_an_inline_if_is_empty_even_when_strict)
{
	static const struct example examples[] = {
		{"[{{ 1 if false }}]", "[]"},
		{"{{ (1 if false) is defined }}", "False"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

TEST(safe_text_stays_safe)
{
	static const struct example examples[] = {
		{"{% autoescape true %}{% set x %}<b>{{ '<' }}{% endset %}{{ x }}{{ x + '<' }}"
		 "{% endautoescape %}",
		 "<b>&lt;<b>&lt;&lt;"},
		{"{% autoescape true %}{{ '<' }}{% endautoescape %}{{ '<' }}", "&lt;<"},
	};

	check_examples(examples, ARRAY_LEN(examples), NULL);
}

static struct src_pos place_at(const struct bench *bench, const char *word)
{
	const char *text = bench->rendered.text.ptr, *found = strstr(text, word);

	return rendered_place(&bench->rendered, (size_t)(found - text), 0, 0);
}

TEST(output_knows_the_template_that_it_came_from)
{
	struct bench bench;

	bench_begin(&bench, shelf);
	bench_render(&bench,
		     "first\nsecond: {{ 'printed' }}\nthird\n{% set x = 'X' %}{% include 'part' %}",
		     NULL);
	CHECK_INT(place_at(&bench, "first").line, 1);
	CHECK_INT(place_at(&bench, "second").line, 2);
	CHECK_INT(place_at(&bench, "cond").column, 3);
	CHECK_INT(place_at(&bench, "printed").line, 2);
	CHECK_INT(place_at(&bench, "printed").column, 12);
	CHECK_INT(place_at(&bench, "third").line, 3);
	CHECK_STR(place_at(&bench, "X").file, "part");
	CHECK_INT(place_at(&bench, "X").column, 5);
	CHECK_STR(rendered_source(&bench.rendered, 0).ptr,
		  bench.rendered.spans.items[0].template->text.ptr);
	bench_end(&bench);
}

TEST(the_context_is_seen_by_imports_only_as_globals)
{
	struct bench bench;

	bench_begin(&bench, shelf);
	struct dict *context = dict_new(&bench.heap);
	dict_set(&bench.heap, context, "x", value_int(7));
	CHECK_STR(bench_render(&bench,
			       "{% from 'lib' import f with context %}{{ f(1) }}{% set x=8 %}"
			       "{{ x }}",
			       context),
		  "178");
	CHECK_INT(dict_get(context, "x")->integer, 7);
	dict_set(&bench.heap, bench.engine.globals, "x", value_int(9));
	CHECK_STR(bench_render(&bench, "{% from 'lib' import f %}{{ f(1) }}", NULL), "19");
	bench_end(&bench);
}

TEST(a_check_finds_all_without_evaluating)
{
	static const char text[] =
		"{{ a|no_such }}\n{% if b is no_test %}{{ b|nothing }}{% endif %}\n"
		"{% import 'absent' as x %}{% include 'broken' %}{{ undefined }}";
	struct bench bench;
	struct diags findings = {0};

	bench_begin(&bench, shelf);
	CHECK_INT(engine_check_text(&bench.engine, "main", "main", str_of(text), &findings), -1);
	CHECK_INT(findings.n, 5);
	CHECK_STR(findings.items[0].message, "No filter named 'no_such'.");
	CHECK_STR(findings.items[1].message, "No test named 'no_test'.");
	CHECK_INT(findings.items[2].at.line, 2);
	CHECK_STR(findings.items[3].message, "template 'absent' not found");
	CHECK_STR(findings.items[4].at.file, "broken");
	diags_clear(&findings);
	CHECK_INT(engine_check_text(&bench.engine, "main", "main", STR("{{ x|upper }}"), &findings),
		  0);
	bench_end(&bench);
}

TEST(hostile_templates_end_with_an_error)
{
	static const struct {
		const char *source, *said;
	} cases[] = {
		{"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		 "maximum recursion depth exceeded"},
		{"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
		 "maximum recursion depth exceeded"},
		{"{% block a %}{{ self.a() }}{% endblock %}", "maximum recursion depth exceeded"},
		{"{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
		 "more than 10000000 steps"},
		{"{% for a in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
		 "prints more than 8 MiB"},
		{"{% set n = namespace(x='aaaa') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}"
		 "{% endfor %}",
		 "more than 8 MiB"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench bench;
		bench_begin(&bench, NULL);
		const char *told = bench_render(&bench, cases[i].source, NULL);
		CHECK(strstr(told, cases[i].said) != NULL);
		bench_end(&bench);
	}
}

TEST(a_changed_text_is_parsed_anew)
{
	struct bench bench;

	bench_begin(&bench, NULL);
	CHECK_STR(bench_render(&bench, "{{ 1 }}", NULL), "1");
	CHECK_STR(bench_render(&bench, "{{ 1 }}", NULL), "1");
	CHECK_STR(bench_render(&bench, "{{ 2 }}", NULL), "2");
	bench_end(&bench);
}
