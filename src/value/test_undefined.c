/* test_undefined.c - what Jinja2's four kinds of Undefined answer.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/test_expression.h"

#include "base/banned.h"

struct row {
	const char *expression;
	const char *texts[4]; /* strict, default, chained, debug: what str() gives, or "!error" */
};

#define REFUSED "!'missing' is undefined"

static const struct row rows[] = {
	{"missing", {REFUSED, "", "", "{{ missing }}"}},
	{"missing.a", {REFUSED, REFUSED, "", REFUSED}},
	{"missing[0]", {REFUSED, REFUSED, "", REFUSED}},
	{"missing[1:]", {REFUSED, REFUSED, "", REFUSED}},
	{"missing + 1", {REFUSED, REFUSED, REFUSED, REFUSED}},
	{"-missing", {REFUSED, REFUSED, REFUSED, REFUSED}},
	{"missing < 1", {REFUSED, REFUSED, REFUSED, REFUSED}},
	{"missing == 1", {REFUSED, "False", "False", "False"}},
	{"missing == missing", {REFUSED, "True", "True", "True"}},
	{"1 in missing", {REFUSED, "False", "False", "False"}},
	{"bool(missing)", {REFUSED, "False", "False", "False"}},
	{"len(missing)", {REFUSED, "0", "0", "0"}},
	{"list(missing)", {REFUSED, "[]", "[]", "[]"}},
	{"[missing]", {"[Undefined]", "[Undefined]", "[Undefined]", "[Undefined]"}},
	{"{'a': 1}.zz",
	 {"!'dict object' has no attribute 'zz'", "", "",
	  "{{ no such element: dict object['zz'] }}"}},
	{"{'a': 1}['zz']",
	 {"!'dict object' has no attribute 'zz'", "", "",
	  "{{ no such element: dict object['zz'] }}"}},
	{"[1][5]",
	 {"!list object has no element 5", "", "", "{{ no such element: list object[5] }}"}},
	{"{1: 2}[[]]",
	 {"!dict object has no element []", "", "", "{{ no such element: dict object[[]] }}"}},
	{"None.x", {"!'None' has no attribute 'x'", "", "", "{{ no such element: None['x'] }}"}},
	{"'a'.x",
	 {"!'str object' has no attribute 'x'", "", "", "{{ no such element: str object['x'] }}"}},
	{"'a'.__class__",
	 {"!access to attribute '__class__' of 'str' object is unsafe.", "", "",
	  "{{ undefined value printed: access to attribute '__class__' of 'str' object is "
	  "unsafe. }}"}},
	{"{'_a': 1}._a", {"1", "1", "1", "1"}},
	{"'%s' % missing", {REFUSED, "", "", "{{ missing }}"}},
	{"'{}'.format(missing)", {REFUSED, "", "", "{{ missing }}"}},
	{"','.join([missing])", {REFUSED, REFUSED, REFUSED, REFUSED}},
};

TEST(undefined_values_answer_by_their_mode)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int mode = UNDEFINED_STRICT; mode <= UNDEFINED_DEBUG; mode++) {
			autoheap struct heap heap = {.undefined = (enum undefined_mode)mode};
			autoerr struct err err = {0};
			autobuf struct buf buf = {0};
			struct value v;
			const char *text = rows[i].texts[mode];

			if (expression_evaluate(&heap, rows[i].expression, &v, &err) ||
			    value_print(&heap, v, &buf, &err)) {
				buf_truncate(&buf, 0);
				buf_printf(&buf, "!%s", err_text(&err));
			}
			if (!text_eq(buf_text(&buf), text))
				test_fail(__FILE__, __LINE__, "%s in mode %d: got %s, not %s",
					  rows[i].expression, mode, buf_text(&buf), text);
		}
}
