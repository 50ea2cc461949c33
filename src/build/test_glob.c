/* test_glob.c - patterns over paths, and ignore files made of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "build/glob.h"

#include "build/ignore.h"
#include "build/limits.h"
#include "testing/test.h"

struct glob_case {
	const char *pattern, *path;
	bool matches;
};

static void check_cases(const struct glob_case *cases, size_t n, bool is_deep)
{
	for (size_t i = 0; i < n; i++) {
		cleanup(glob_done) struct glob glob = {0};
		autoerr struct err err = {0};
		CHECK_OK(glob_parse(str_of(cases[i].pattern), is_deep, &glob, &err), &err);
		if (glob_matches(&glob, str_of(cases[i].path)) != cases[i].matches)
			test_fail(__FILE__, __LINE__, "'%s' and '%s'", cases[i].pattern,
				  cases[i].path);
	}
}

TEST(wildcards_match_as_in_go)
{
	static const struct glob_case cases[] = {
		{"abc", "abc", true},
		{"*", "abc", true},
		{"*c", "abc", true},
		{"a*", "a", true},
		{"a*", "ab/c", false},
		{"a*/b", "abc/b", true},
		{"a*b?c*x", "abxbbxdbxebxczzx", true},
		{"a*b?c*x", "abxbbxdbxebxczzy", false},
		{"ab[c]", "abc", true},
		{"ab[b-d]", "abc", true},
		{"ab[e-g]", "abc", false},
		{"ab[^c]", "abc", false},
		{"ab[^b-d]", "abc", false},
		{"ab[^e-g]", "abc", true},
		{"a\\*b", "a*b", true},
		{"a\\*b", "ab", false},
		{"a?b",
		 "a\xe2\x98\xba"
		 "b",
		 true},
		{"a[^a]b",
		 "a\xe2\x98\xba"
		 "b",
		 true},
		{"a???b",
		 "a\xe2\x98\xba"
		 "b",
		 false},
		{"[a-\xce\xb6]*", "\xce\xb1", true},
		{"*[a-\xce\xb6]", "A", false},
		{"a?b", "a/b", false},
		{"a*b", "a/b", false},
		{"[\\]a]", "]", true},
		{"[\\-]", "-", true},
		{"[x\\-]", "x", true},
		{"[x\\-]", "z", false},
		{"[\\-x]", "a", false},
		{"*x", "xxx", true},
		{"**", "a/b", false},
		{"", "", true},
		{"", "a", false},
		{"?", "", false},
	};
	check_cases(cases, ARRAY_LEN(cases), false);
}

TEST(two_stars_go_through_directories)
{
	static const struct glob_case cases[] = {
		{"**", "file", true},
		{"**", "dir/file", true},
		{"**/", "file", true},
		{"**/**", "dir/file", true},
		{"dir/**", "dir/file", true},
		{"dir/**", "dir/dir2/file", true},
		{"dir/**", "dir", false},
		{"**/dir2/*", "dir/dir2/file", true},
		{"**file", "file", true},
		{"**file", "dir/file", true},
		{"**/file", "dir/dir/file", true},
		{"**/file", "file", true},
		{"**/file*", "dir/dir/file.txt", true},
		{"**/file*txt", "dir/dir/file.txt", true},
		{"**/**/*.txt", "dir/dir/file.txt", true},
		{"a**/*.txt", "a/file.txt", true},
		{"a/*.txt", "a/dir/file.txt", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "ab", false},
		{"a.|)$(}+{bc", "a.|)$(}+{bc", true},
		{".*", ".foo", true},
		{".*", "foo", false},
		{"**/foo/bar", "foo/bar", true},
		{"abc/**", "abc/def", true},
		{"*/dir", "dir", false},
	};
	check_cases(cases, ARRAY_LEN(cases), true);
}

TEST(patterns_without_an_end_are_refused)
{
	static const char *const cases[] = {"[",   "[^",   "[^bc", "a[", "[a-",    "[]a]",
					    "[-]", "[x-]", "[-x]", "\\", "[a-b-c]"};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct glob glob = {0};
		autoerr struct err err = {0};
		autofree char *message =
			xasprintf("the pattern '%s' has a [ or \\ without its end", cases[i]);
		CHECK(glob_parse(str_of(cases[i]), false, &glob, &err) == -1);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK_STR(err_text(&err), message);
		CHECK(!glob.items);
	}
}

TEST(a_long_pattern_is_refused)
{
	autofree char *pattern = xmalloc(LIMIT_GLOB_BYTES + 1);
	struct glob glob = {0};
	autoerr struct err err = {0};

	memset(pattern, '*', LIMIT_GLOB_BYTES + 1);
	CHECK(glob_parse((struct str){pattern, LIMIT_GLOB_BYTES + 1}, true, &glob, &err) == -1);
	CHECK_INT(err.kind, ERR_LIMIT);
}

TEST(the_last_pattern_that_matches_decides)
{
	static const struct {
		const char *text, *path;
		bool is_ignored;
	} cases[] = {
		{"a\n", "a", true},
		{"a\n", "b", false},
		{"a\n", "a/b/c", true},
		{"/a\n", "a", true},
		{"a/\n", "a", true},
		{"./a/../b\n", "b", true},
		{"*.md\n!README.md\n", "README.md", false},
		{"*.md\n!README.md\n", "x.md", true},
		{"!README.md\n*.md\n", "README.md", true},
		{"*.md\n!README*.md\nREADME-secret.md\n", "README-secret.md", true},
		{"a\n!a/b\n", "a/b", false},
		{"a\n!a/b\n", "a/c", true},
		{"a\n!a/b\n", "a/b/c", false},
		{"# a\nb\n", "# a", false},
		{" # a\n", "# a", true},
		{"\xef\xbb\xbf"
		 "a\n",
		 "a", true},
		{"a\r\n", "a", true},
		{"  a  \n", "a", true},
		{"**/*.o\n", "x/y/z.o", true},
		{"**/*.o\n", "z.o", true},
		{"*/x\n", "a/x", true},
		{"*/x\n", "a/b/x", false},
		{".\n/\n", "a", false},
		{"*\n!keep\n", "keep", false},
		{"*\n!keep\n", "other", true},
		{"! keep\n", "keep", false},
		{"a", "a", true},
		{"", "a", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup(ignore_done) struct ignore ignore = {0};
		autoerr struct err err = {0};
		CHECK_OK(ignore_parse("f", str_of(cases[i].text), &ignore, &err), &err);
		if (ignore_has(&ignore, cases[i].path) != cases[i].is_ignored)
			test_fail(__FILE__, __LINE__, "'%s' and '%s'", cases[i].text,
				  cases[i].path);
	}
}

TEST(an_ignore_file_is_refused_with_its_line)
{
	static const struct {
		struct str text;
		const char *message;
	} cases[] = {
		{{"a\nb[\n", 5}, "f:2: the pattern 'b[' has a [ or \\ without its end"},
		{{"\n\n!\n", 4}, "f:3: a '!' needs a pattern behind it"},
		{{"a\0b", 3}, "f: holds a NUL byte, so it is not text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ignore ignore = {0};
		autoerr struct err err = {0};
		CHECK(ignore_parse("f", cases[i].text, &ignore, &err) == -1);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK(!ignore.items);
	}
}
