/* test_pattern.c - regular expressions of names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "testing/test.h"

TEST(expressions_match_from_the_start_of_a_name)
{
	static const struct {
		const char *pattern, *yes, *no; /* names, each ends with a blank */
	} cases[] = {
		{"web", "web web-1 ", "we xweb  "},
		{"web$", "web ", "web-1 "},
		{"^web$", "web ", "xweb webx "},
		{"w.b", "web wxb wxbz ", "wb "},
		{"we*b", "wb web weeeb ", "wexb "},
		{"we+b", "web weeb ", "wb "},
		{"we?b$", "wb web ", "weeb "},
		{"web|db", "web db db2 ", "w d xdb "},
		{"(web|db)-[0-9]+$", "web-1 db-99 ", "web- db-9x web "},
		{"[^w]", "db x ", "web "},
		{"[a-c]+$", "abc a ", "abd "},
		{"[]a]$", "] a ", "b "},
		{"[a-]$", "a - ", "b "},
		{"[\\d_]+$", "1_2 ", "a "},
		{"\\d+\\.\\w$", "12.x ", "12xx 12. "},
		{"\\D+$", "web ", "w1 1 "},
		{"\\W", "- ", "a 1 _ "},
		{"\\S\\S$", "ab ", "a "},
		{"[\\D]$", "a - ", "1 "},
		{"[^\\W]$", "a 1 ", "- "},
		{"WEB-[A-C]$", "web-b ", "web-d "},
		{"[^A]", "b ", "a "},
		{"a\\|b", "a|b ", "a b "},
		{".*db", "db mydb xdbx ", "web "},
		{"((a*)*)*b", "b aab ", "aac "},
		{"(a|b|)c", "c ac bc ", "dc "},
		{"()", "x ", ""},
		{"", "x ", ""},
		{"x|", "y ", ""},
		{"(a?)+$", "aaa ", "b "},
		{"(^a|b$)", "a b ", "bb "},
		{"a^b", "", "ab a^b "},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int wanted = 0; wanted < 2; wanted++) {
			const char *at = wanted ? cases[i].yes : cases[i].no;
			struct pattern pattern;
			char name[32];
			int n;
			CHECK(!pattern_compile(cases[i].pattern, &pattern));
			for (; sscanf(at, "%31[^ ]%n", name, &n) == 1; at += n + 1) {
				if (pattern_matches(&pattern, name) != wanted)
					test_fail(__FILE__, __LINE__, "'%s' and '%s': not %d",
						  cases[i].pattern, name, wanted);
			}
		}
	}
}

TEST(what_is_no_expression_is_refused_with_its_reason)
{
	static const struct {
		const char *pattern, *problem;
	} cases[] = {
		{"(a", "a '(' without its ')'"},
		{"a)", "a ')' without its '('"},
		{"[a", "a '[' without its ']'"},
		{"[]", "a '[' without its ']'"},
		{"[z-a]", "a range that ends before it begins"},
		{"*a", "nothing to repeat"},
		{"a|+", "nothing to repeat"},
		{"a{3}", "counts are not taken"},
		{"(a)\\1", "back-references are not taken"},
		{"a\\", "a '\\' at the end"},
		{"\\bweb", "an unknown escape"},
		{"web\\Z", "an unknown escape"},
		{"[\\x]", "an unknown escape"},
		{"\\0", "an unknown escape"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern pattern;
		CHECK_STR(pattern_compile(cases[i].pattern, &pattern), cases[i].problem);
	}
}

TEST(an_expression_costs_no_more_than_its_length)
{
	char text[LIMIT_CONTROL_PATTERN + 2], name[256];
	struct pattern pattern;
	memset(text, '(', sizeof(text));
	text[LIMIT_CONTROL_PATTERN + 1] = '\0';
	CHECK_STR(pattern_compile(text, &pattern), "too long");
	/* What searchers by trial never finish. */
	for (size_t i = 0; i + 5 <= LIMIT_CONTROL_PATTERN; i += 5)
		memcpy(text + i, "(a*)*", 6);
	CHECK(!pattern_compile(text, &pattern));
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	CHECK(pattern_matches(&pattern, name));
	memset(text, '|', LIMIT_CONTROL_PATTERN);
	text[LIMIT_CONTROL_PATTERN] = '\0';
	CHECK(!pattern_compile(text, &pattern));
	memset(text, '.', LIMIT_CONTROL_PATTERN - 1);
	text[LIMIT_CONTROL_PATTERN - 1] = '*';
	CHECK(!pattern_compile(text, &pattern));
	CHECK(!pattern_matches(&pattern, "short"));
	CHECK(pattern_matches(&pattern, name));
}
