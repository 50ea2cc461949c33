/* test_regex.c - patterns and replacements as Python reads them, within bounds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "testing/test.h"
#include "value/limits.h"
#include "value/regex.h"

#include "base/banned.h"

TEST(replacements_are_those_of_re_sub)
{
	static const struct {
		const char *pattern, *text, *replacement, *want;
		unsigned flags;
	} rows[] = {
		{"\\s+", "lets replace spaces", "__", "lets__replace__spaces"},
		{"x*", "abxd", "-", "-a-b--d-"},
		{"(a)(b)?", "ab a", "[\\2\\1]", "[ba] [a]"},
		{"(?P<n>[a-c]+)", "abcd", "<\\g<n>\\g<0>\\g<1>>", "<abcabcabc>d"},
		{"^", "a\nb\n", "> ", "> a\n> b\n> ", REGEX_MULTILINE},
		{"$", "a\n", "!", "a!\n!"},
		{"\\Z", "a\n", "!", "a\n!"},
		{"a{,2}b", "aaab b", "x", "ax x"},
		{"a{,}", "aab", "x", "xxbx"},
		{"a{x}", "a{x}", "y", "y"},
		{"\xc3\xa9", "\xc3\x89t\xc3\xa9", "e", "ete", REGEX_IGNORECASE},
		{"\\w", "\xc3\xa9-\xe4\xb8\xad", "x", "x-x"},
		{"\\w", "\xc3\xa9-a", "x", "\xc3\xa9-x", REGEX_ASCII},
		{"a . c # rest", "abc", "x", "x", REGEX_VERBOSE},
		{"(?x: a b )c d", "abc d", "x", "x"},
		{"(?i)A", "aA", "x", "xx"},
		{"[[:alpha:]]", ":]a]", "x", "xx"},
		{"\\v", "a\x0b\n", "x", "ax\n"},
		{"\\101\\x42\\u00e9", "AB\xc3\xa9", "x", "x"},
		{"(a)|b", "ab", "\\1.", "a.."},
		{"b", "abc", "\\n\\t\\\\\\.\\101\\0", "a\n\t\\\\.A"},
		{"(x)(?(1)y|z)", "xyz", "-", "-z"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		autobuf struct buf got = {0};
		struct regex *regex;
		size_t n;
		CHECK_OK(regex_compile(&heap, str_of(rows[i].pattern), rows[i].flags, &regex, &err),
			 &err);
		struct regex_replacement by = {.text = str_of(rows[i].replacement)};
		CHECK_OK(regex_replace(regex, str_of(rows[i].text), &by, &got, &n, &err), &err);
		CHECK_STR(buf_text(&got), rows[i].want);
	}
}

TEST(bad_patterns_say_what_python_says)
{
	static const struct {
		const char *pattern, *want;
	} rows[] = {
		{"(a", "missing ), unterminated subpattern at position 0"},
		{"a)", "unbalanced parenthesis at position 1"},
		{"*a", "nothing to repeat at position 0"},
		{"(*F)", "nothing to repeat at position 1"},
		{"^*", "nothing to repeat at position 1"},
		{"a**", "multiple repeat at position 2"},
		{"a{2}{3}", "multiple repeat at position 4"},
		{"a{3,2}", "min repeat greater than max repeat at position 1"},
		{"[a", "unterminated character set at position 0"},
		{"[z-a]", "bad character range z-a at position 1"},
		{"[a-\\d]", "bad character range a-\\d at position 1"},
		{"\\", "bad escape (end of pattern) at position 0"},
		{"\xc3\xa9\\h", "bad escape \\h at position 1"},
		{"[\\8]", "bad escape \\8 at position 1"},
		{"\\x4", "incomplete escape \\x4 at position 0"},
		{"\\777", "octal escape value \\777 outside of range 0-0o377 at position 0"},
		{"\\2", "invalid group reference 2 at position 1"},
		{"(\\1)", "cannot refer to an open group at position 1"},
		{"(?P=x)", "unknown group name 'x' at position 4"},
		{"(?P<x>a)(?P<x>b)",
		 "redefinition of group name 'x' as group 2; was group 1 at position 12"},
		{"(?P<1>a)", "bad character in group name '1' at position 4"},
		{"(?P<>a)", "missing group name at position 4"},
		{"(?Px)", "unknown extension ?Px at position 1"},
		{"(?R)", "unknown extension ?R at position 1"},
		{"(?<x>a)", "unknown extension ?<x at position 1"},
		{"(?#a", "missing ), unterminated comment at position 0"},
		{"a(?i)", "global flags not at the start of the expression at position 1"},
		{"(?iq)", "unknown flag at position 3"},
		{"(?i-:a)", "missing flag at position 4"},
		{"(?L)a", "bad inline flags: cannot use 'L' flag with a str pattern at position 2"},
		{"(?(1)a)", "invalid group reference 1 at position 3"},
		{"(?(0)a)", "bad group number at position 3"},
		{"(?", "unexpected end of pattern at position 2"},
		{"(?<=a*)b", "bad pattern: lookbehind assertion is not fixed length"},
		{"a{99999}", "the repetition number is too large"},
		{"\xff", "a pattern that is not UTF-8"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		struct regex *regex;
		CHECK(regex_compile(&heap, str_of(rows[i].pattern), 0, &regex, &err) < 0);
		CHECK_STR(err_text(&err), rows[i].want);
	}
}

TEST(bad_replacements_say_what_python_says)
{
	static const struct {
		const char *replacement, *want;
	} rows[] = {
		{"\\2", "invalid group reference 2 at position 1"},
		{"\\g<2>", "invalid group reference 2 at position 3"},
		{"\\g<y>", "unknown group name 'y'"},
		{"\\g<>", "missing group name at position 3"},
		{"\\g<x", "missing >, unterminated name at position 3"},
		{"\\gx", "missing < at position 2"},
		{"\\q", "bad escape \\q at position 0"},
		{"a\\", "bad escape (end of pattern) at position 1"},
	};
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct regex *regex;

	CHECK_OK(regex_compile(&heap, STR("(?P<x>a)"), 0, &regex, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autobuf struct buf got = {0};
		size_t n;
		struct regex_replacement by = {.text = str_of(rows[i].replacement)};
		CHECK(regex_replace(regex, STR("a"), &by, &got, &n, &err) < 0);
		CHECK_STR(err_text(&err), rows[i].want);
		err_clear(&err);
	}
}

TEST(a_search_tells_places_and_groups)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	struct regex *regex, *again;
	struct regex_match match;

	CHECK_OK(regex_compile(&heap, STR("(x)?(?P<b>b)"), 0, &regex, &err), &err);
	CHECK_INT(regex_search(regex, STR("aab"), 0, false, &match, &err), 1);
	CHECK_INT((int)match.start, 2);
	CHECK_INT((int)match.end, 3);
	CHECK_INT((int)match.n_groups, 3);
	CHECK(!match.groups[1].ptr);
	CHECK(str_is(match.groups[2], "b"));
	CHECK_INT(regex_group_named(regex, STR("b")), 2);
	CHECK_INT(regex_group_named(regex, STR("c")), -1);
	CHECK_INT(regex_search(regex, STR("aab"), 0, true, &match, &err), 0);
	CHECK_INT(regex_search(regex, STR("aab"), 2, true, &match, &err), 1);
	CHECK_INT(regex_search(regex, STR("aab"), 4, false, &match, &err), 0);
	CHECK_OK(regex_compile(&heap, STR("(x)?(?P<b>b)"), 0, &again, &err), &err);
	CHECK(again == regex);
	CHECK(regex_search(regex, STR("a\xff"), 0, false, &match, &err) < 0);
}

TEST(a_pattern_that_explodes_is_stopped)
{
	static const char *const patterns[] = {
		"(a+)+$", "(a|aa)+$", "a*a*a*a*a*b", "(?:a*)*b", "(.*)*\\1x", "a*+b", "(a|b)*c",
	};
	autobuf struct buf text = {0};

	for (size_t i = 0; i < 100000; i++)
		buf_putc(&text, 'a');
	buf_putc(&text, '!');
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		autoheap struct heap heap = {0};
		autoerr struct err err = {0};
		struct regex *regex;
		struct regex_match match;
		CHECK_OK(regex_compile(&heap, str_of(patterns[i]), 0, &regex, &err), &err);
		CHECK(regex_search(regex, buf_str(&text), 0, false, &match, &err) <= 0);
		CHECK(heap.used < 3 * (size_t)LIMIT_REGEX_HEAP);
		/* Asked for again and again it is the run that ends. */
		heap.steps = LIMIT_STEPS;
		err_clear(&err);
		CHECK(regex_search(regex, STR("aaaaaaaaaaaa"), 0, false, &match, &err) < 0);
		CHECK_INT(err.kind, ERR_LIMIT);
	}
}

TEST(escaped_text_matches_itself)
{
	autoheap struct heap heap = {0};
	autoerr struct err err = {0};
	autobuf struct buf escaped = {0};
	struct str text = STR("https://example.com?foo=bar%20baz (a) [b] {c} ^$ a-b #~&\n");
	struct regex *regex;
	struct regex_match match;

	regex_escape(STR("https://example.com?foo=bar%20baz"), &escaped);
	CHECK_STR(buf_text(&escaped), "https://example\\.com\\?foo=bar%20baz");
	buf_truncate(&escaped, 0);
	regex_escape(text, &escaped);
	CHECK_OK(regex_compile(&heap, buf_str(&escaped), REGEX_VERBOSE, &regex, &err), &err);
	CHECK_INT(regex_search(regex, text, 0, true, &match, &err), 1);
	CHECK_INT((int)match.end, (int)text.len);
}
