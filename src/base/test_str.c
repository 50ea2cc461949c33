/* test_str.c - views, numbers, the nearest word and shell patterns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdlib.h>

#include "testing/test.h"

TEST(comparison_looks_at_length_first)
{
	CHECK(str_eq(STR("ab"), STR("ab")) && !str_eq(STR("ab"), STR("abc")));
	CHECK(str_eq((struct str){0}, STR("")));
	CHECK(str_is(STR("a\0b"), "a") == false);
	CHECK(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
	CHECK(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
	CHECK(str_starts((struct str){0}, STR("")) && str_ends((struct str){0}, STR("")));
}

TEST(null_texts_equal_only_each_other)
{
	CHECK(text_eq(NULL, NULL) && text_eq("a", "a"));
	CHECK(!text_eq(NULL, "") && !text_eq("", NULL) && !text_eq("a", "b"));
	CHECK(text_starts("sha256:ab", "sha256:") && !text_starts("sha", "sha256:"));
	CHECK(text_ends("a.tar.gz", ".gz") && !text_ends("gz", ".gz"));
}

TEST(trim_takes_white_space_at_both_ends)
{
	CHECK(str_is(str_trim(STR(" \t a b\r\n")), "a b"));
	CHECK_INT(str_trim(STR(" \n\v\f ")).len, 0);
	CHECK_INT(str_trim((struct str){0}).len, 0);
}

TEST(cut_walks_through_all_parts)
{
	struct str rest = STR("a::b");
	CHECK(str_is(str_cut(&rest, ':'), "a"));
	CHECK(str_is(str_cut(&rest, ':'), ""));
	CHECK(rest.ptr != NULL);
	CHECK(str_is(str_cut(&rest, ':'), "b"));
	CHECK(rest.ptr == NULL && rest.len == 0);
	CHECK_INT(str_cut(&rest, ':').len, 0);
}

TEST(a_separator_at_the_end_leaves_an_empty_part)
{
	struct str rest = STR("a:");
	CHECK(str_is(str_cut(&rest, ':'), "a"));
	CHECK(rest.ptr != NULL && rest.len == 0);
}

TEST(a_copy_is_a_c_string)
{
	autofree char *copy = str_dup((struct str){"hull and more", 4});
	autofree char *empty = str_dup((struct str){0});
	CHECK_STR(copy, "hull");
	CHECK_STR(empty, "");
}

TEST(unsigned_numbers)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} cases[] = {
		{"0", true, 0},
		{"007", true, 7},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"99999999999999999999", false, 0},
		{"", false, 0},
		{"-1", false, 0},
		{"+1", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"1x", false, 0},
		{"0x1", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t value = 42;
		CHECK_INT(str_to_u64(str_of(cases[i].text), &value), cases[i].ok);
		CHECK_INT(value, cases[i].ok ? cases[i].value : 42);
	}
}

TEST(signed_numbers)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} cases[] = {
		{"-1", true, -1},
		{"+1", true, 1},
		{"-0", true, 0},
		{"9223372036854775807", true, INT64_MAX},
		{"9223372036854775808", false, 0},
		{"-9223372036854775808", true, INT64_MIN},
		{"-9223372036854775809", false, 0},
		{"-", false, 0},
		{"--1", false, 0},
		{"", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t value = 42;
		CHECK_INT(str_to_i64(str_of(cases[i].text), &value), cases[i].ok);
		CHECK_INT(value, cases[i].ok ? cases[i].value : 42);
	}
}

TEST(octal_numbers)
{
	uint32_t value = 42;
	CHECK(str_to_octal(STR("0755"), &value) && value == 0755);
	CHECK(str_to_octal(STR("37777777777"), &value) && value == UINT32_MAX);
	CHECK(!str_to_octal(STR("40000000000"), &value));
	CHECK(!str_to_octal(STR("8"), &value) && !str_to_octal(STR(""), &value));
	CHECK_INT(value, UINT32_MAX);
}

TEST(the_nearest_word_is_near)
{
	static const char *const names[] = {"name", "network", "publish", "rm", "read-only", NULL};
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{"naem", "name"},
		{"nam", "name"},
		{"names", "name"},
		{"netwrok", "network"},
		{"publsh", "publish"},
		{"readonly", "read-only"},
		{"rn", "rm"},
		{"mr", "rm"},
		{"zebra", NULL},
		{"x", NULL},
		{"", NULL},
		{"xy", NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(str_nearest(cases[i].word, names), cases[i].nearest);
}

TEST(very_long_words_have_no_nearest)
{
	char word[200];
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	const char *const names[] = {word, "aaaa", NULL};
	CHECK_STR(str_nearest(word, names), NULL);
	CHECK_STR(str_nearest("aaab", names), "aaaa");
}

TEST(shell_patterns)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"abc", "abc", true},
		{"abc", "abcd", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"a*", "a", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbbcd", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*ab", "aab", true},
		{"**a", "ba", true},
		{"?", "", false},
		{"a?c", "a/c", true},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[^a-c]x", "dx", true},
		{"[^a-c]x", "ax", false},
		{"[!a]", "b", true},
		{"[]a]", "]", true},
		{"[^]]", "]", false},
		{"[a-]", "-", true},
		{"[-a]", "-", true},
		{"[\\]]", "]", true},
		{"[\\a-\\c]", "b", true},
		{"[a", "[a", true},
		{"[", "[", true},
		{"[\\", "[\\", true},
		{"\\*", "*", true},
		{"\\*", "a", false},
		{"a\\", "a\\", true},
		{"[\x80-\xff]", "\xc3", true},
		{"a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (str_glob(cases[i].pattern, cases[i].text) != cases[i].matches)
			test_fail(__FILE__, __LINE__, "'%s' and '%s'", cases[i].pattern,
				  cases[i].text);
	}
}

TEST(case_is_put_aside_for_ascii_letters_only)
{
	CHECK(str_is_nocase(STR("Content-Length"), "content-LENGTH"));
	CHECK(str_is_nocase(STR(""), ""));
	CHECK(!str_is_nocase(STR("host"), "hos"));
	CHECK(!str_is_nocase(STR("hos"), "host"));
	CHECK(!str_is_nocase(STR("a@b"), "a`b"));
	CHECK(!str_is_nocase(STR("[x]"), "{x}"));
	CHECK(!str_is_nocase(STR("\xc3\x84"), "\xc3\xa4"));
}

TEST(blanks_are_trimmed_and_other_white_space_stays)
{
	CHECK(str_is(str_trim_blanks(str_of(" \ta b\t ")), "a b"));
	CHECK(str_is(str_trim_blanks(str_of(" \na\v ")), "\na\v"));
	CHECK_INT((long long)str_trim_blanks(str_of(" \t ")).len, 0);
}
