/* test_diag.c - findings as people and programs read them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/diag.h"
#include "testing/test.h"

#include "base/banned.h"

TEST(a_finding_shows_its_lines_and_where_it_came_from)
{
	autodiag struct diag diag = {0};
	autobuf struct buf text = {0};
	struct src_pos at = {"a.sls", 4, 5};

	CHECK_INT(diag_set(&diag, ERR_INPUT, at, "'%s' is undefined", "domian"), -1);
	diag.span = 6;
	diag_quote(&diag, STR("one\ntwo\nthree\n\t{{ domian }}\nfive\n"));
	diag_note(&diag, (struct src_pos){"b.sls", 1, 2}, "in macro '%s'", "vhost");
	diag_note(&diag, (struct src_pos){0}, "did you mean 'domain'?");
	diag_write(&diag, &text);
	CHECK_STR(buf_text(&text), "a.sls:4:5: error: 'domian' is undefined\n"
				   "    2 | two\n    3 | three\n    4 | \t{{ domian }}\n"
				   "      | \t   ^~~~~~\n"
				   "  in macro 'vhost' at b.sls:1:2\n"
				   "  did you mean 'domain'?\n");
}

TEST(a_finding_as_json_is_one_line)
{
	autodiag struct diag diag = {0};
	autobuf struct buf text = {0};

	diag_set(&diag, ERR_INPUT, (struct src_pos){"a", 1, 2}, "no \"x\"");
	diag_note(&diag, (struct src_pos){0}, "n");
	diag_write_json(&diag, &text);
	CHECK_STR(buf_text(&text), "{\"severity\":\"error\",\"file\":\"a\",\"line\":1,\"column\":2,"
				   "\"message\":\"no \\\"x\\\"\",\"notes\":[{\"text\":\"n\"}]}\n");
}

TEST(warnings_are_no_errors)
{
	struct diags findings = {0};
	autodiag struct diag diag = {0};

	diags_warn(&findings, (struct src_pos){"a", 1, 1}, "did you mean to quote it?");
	CHECK_INT((long long)diags_errors(&findings), 0);
	diag_set(&diag, ERR_INPUT, (struct src_pos){0}, "x");
	diags_take(&findings, &diag);
	CHECK_INT((long long)diags_errors(&findings), 1);
	CHECK_INT(diag.severity, DIAG_NOTHING);
	diags_clear(&findings);
}

TEST(the_same_at_the_same_place_is_said_once)
{
	struct diags diags = {0};
	struct src_pos here = {.file = "a", .line = 1, .column = 2};
	struct src_pos there = {.file = "a", .line = 2, .column = 2};

	diags_warn(&diags, here, "x");
	diags_warn(&diags, there, "x");
	diags_warn(&diags, here, "y");
	diags_warn(&diags, here, "x");
	diags_warn(&diags, (struct src_pos){0}, "x");
	diags_warn(&diags, (struct src_pos){0}, "x");
	diags_unique(&diags);
	CHECK_INT(diags.n, 5);
	CHECK_STR(diags.items[2].message, "y");
	CHECK(!diags.items[3].at.file);
	diags_clear(&diags);
}
