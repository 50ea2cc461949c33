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

	if (template_parse(&heap, &names, &c->syntax, "t", "t.sls", str_of(c->text), &template,
			   &diag)) {
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
