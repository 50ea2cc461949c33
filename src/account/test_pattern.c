/* test_pattern.c - globs, regular expressions and addresses by themselves.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>

#include "account/limits.h"
#include "account/pattern_private.h"
#include "base/clock.h"
#include "testing/test.h"

#include "base/banned.h"

static const struct {
	const char *pattern, *text;
	bool strict, compat;
} globs[] = {
	{"abc", "abc", true, true},
	{"abc", "ab", false, false},
	{"*", "abc", true, true},
	{"*", "", true, true},
	{"*", "a/b", false, false},
	{"*c", "abc", true, true},
	{"a*", "a", true, true},
	{"a*", "abc", true, true},
	{"a*", "ab/c", false, false},
	{"a*/b", "abc/b", true, true},
	{"a*/b", "a/c/b", false, false},
	{"a*b*c*d*e*/f", "axbxcxdxe/f", true, true},
	{"a*b*c*d*e*/f", "axbxcxdxexxx/f", true, true},
	{"a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false, false},
	{"a*b*c*d*e*/f", "axbxcxdxexxx/fff", false, false},
	{"a*b?c*x", "abxbbxdbxebxczzx", true, true},
	{"a*b?c*x", "abxbbxdbxebxczzy", false, false},
	{"ab[c]", "abc", true, true},
	{"ab[b-d]", "abc", true, true},
	{"ab[e-g]", "abc", false, false},
	{"ab[^c]", "abc", false, false},
	{"ab[^b-d]", "abc", false, false},
	{"ab[^e-g]", "abc", true, true},
	{"a\\*b", "a*b", true, true},
	{"a\\*b", "ab", false, false},
	{"a?b",
	 "a\xe2\x98\xba"
	 "b",
	 true, true},
	{"a[^a]b",
	 "a\xe2\x98\xba"
	 "b",
	 true, true},
	{"a??b",
	 "a\xe2\x98\xba"
	 "b",
	 false, false},
	{"[a-\xce\xb6]*", "\xce\xb1", true, true},
	{"*[a-\xce\xb6]", "A", false, false},
	{"a?b", "a/b", false, false},
	{"a*b", "a/b", false, false},
	{"a[^x]b", "a/b", false, true}, /* part 10, 2 */
	{"[\\]a]", "]", true, true},
	{"[\\-]", "-", true, true},
	{"[x\\-]", "x", true, true},
	{"[x\\-]", "-", true, true},
	{"[x\\-]", "z", false, false},
	{"[\\-x]", "x", true, true},
	{"[]a]", "]", false, false}, /* broken */
	{"[-]", "-", false, false},
	{"[x-]", "x", false, false},
	{"[-x]", "x", false, false},
	{"[a-b-c]", "a", false, false},
	{"[", "a", false, false},
	{"[^", "a", false, false},
	{"[^bc", "a", false, false},
	{"a[", "a", false, false},
	{"a[", "ab", false, false},
	{"\\", "a", false, false},
	{"*x", "xxx", true, true},
	{"**", "ab", true, true},
	{"**", "a/b", false, false},
	{"//", "//", true, true},
	{"", "", true, true},
	{"", "a", false, false},
};

TEST(globs_match_as_in_go)
{
	for (size_t i = 0; i < ARRAY_LEN(globs); i++) {
		struct str pattern = str_of(globs[i].pattern), text = str_of(globs[i].text);
		bool strict = path_glob_matches(pattern, text, false);
		bool compat = path_glob_matches(pattern, text, true);
		if (strict != globs[i].strict || compat != globs[i].compat)
			test_fail(__FILE__, __LINE__, "'%s' on '%s': strict %d, compat %d",
				  globs[i].pattern, globs[i].text, strict, compat);
	}
}

TEST(broken_globs_are_told)
{
	static const struct {
		const char *pattern;
		bool is_good;
	} cases[] = {
		{"a*[b-c]\\*?", true},
		{"]", true},
		{"a-b", true},
		{"[\\]]", true},
		{"[^\\^]", true},
		{"foo[", false},
		{"[]", false},
		{"[]a]", false},
		{"[a-]", false},
		{"[-a]", false},
		{"a\\", false},
		{"[a", false},
		{"[a\\", false},
		{"*[", false},
		{"[^]", false},
		{"[a-b-c]", false},
		{"\xff"
		 "A/*",
		 true},
		{"\\\xff"
		 "A",
		 false},
		{"[\xff"
		 "A]",
		 true},
		{"[\xff"
		 "A-z]",
		 false},
		{"[a-\xff"
		 "A]",
		 false},
		{"[\\\xff"
		 "A]",
		 false},
		{"[a\xff"
		 "A\\]]",
		 true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if ((path_glob_fault(str_of(cases[i].pattern)) == NULL) != cases[i].is_good)
			CHECK_STR(cases[i].pattern, cases[i].is_good ? "good" : "bad");
}

static enum match regex_try(const char *pattern, const char *text)
{
	autobuf struct buf translated = {0};
	const char *why;
	char fault[256];

	if (!regex_translate(str_of(pattern), &translated, &why))
		test_fail(__FILE__, __LINE__, "'%s': %s", pattern, why);
	struct regex *regex = regex_new(buf_str(&translated), fault);
	if (!regex)
		test_fail(__FILE__, __LINE__, "'%s': %s", pattern, fault);
	enum match match = regex_matches(regex, str_of(text), NULL);
	regex_free(regex);
	return match;
}

TEST(expressions_match_as_in_re2)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"admin", "notadminx", true},
		{"^admin$", "admin", true},
		{"^admin$", "admin\n", false}, /* $ is the very end */
		{"^admin\\z", "admin", true},
		{"(?i)ADMIN", "admin", true},
		{"(?i:A)b", "ab", true},
		{"(?i:A)b", "aB", false},
		{"^(?P<first>a+)(?:b|c){2,3}$", "aabcb", true},
		{"^\\d+$", "12", true},
		{"^\\d+$", "1\xd9\xa1", false}, /* ASCII only */
		{"^.$", "\xe2\x98\xba", true},
		{"^\\pL+$",
		 "\xc3\xa9"
		 "a",
		 true},
		{"^\\p{Greek}$", "\xce\xb1", true},
		{"^\\PL$", "1", true},
		{"^[[:alpha:]_]+$", "ab_", true},
		{"^[^[:alpha:]]+$", "12", true},
		{"^[]a]+$", "]a", true},
		{"^[^]a]+$", "bc", true},
		{"^[a-c-]+$", "a-c", true},
		{"^[\\d-z]+$", "1-z", true},
		{"^[\\w.]+$", "a.b", true},
		{"^[[]$", "[", true},
		{"^\\x61\\x{62}\\143\\0$", "abc", false},
		{"^\\x61\\x{62}\\143$", "abc", true},
		{"^\\Qa.b\\E+$", "a.bb", true},
		{"^\\Qa.b", "axb", false},
		{"^a{,2}$", "a{,2}", true}, /* no repeat: text */
		{"^a{2}$", "aa", true},
		{"^a{x}$", "a{x}", true},
		{"^a}$", "a}", true},
		{"^a]$", "a]", true},
		{"a\\vb", "a\vb", true},
		{"^a\\vb", "a\nb", false},
		{"^#a b$", "#a b", true},
		{"^(a|b)*?c", "ababc", true},
		{"a.b", "a\nb", false},
		{"(?s)a.b", "a\nb", true},
		{"(?m)^b$", "a\nb\nc", true},
		{"\\bfoo\\b", "a foo b", true},
		{"^a\\-b\\/c\\_$", "a-b/c_", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum match match = regex_try(cases[i].pattern, cases[i].text);
		if (match != (cases[i].matches ? MATCH_YES : MATCH_NO))
			test_fail(__FILE__, __LINE__, "'%s' on '%s': %d", cases[i].pattern,
				  cases[i].text, match);
	}
}

TEST(what_re2_does_not_have_is_refused)
{
	static const struct {
		const char *pattern, *fault;
	} cases[] = {
		{"(a)\\1", "back-references"},
		{"(?P<n>a)\\k<n>", "escape"},
		{"\\g1", "escape"},
		{"(?P<n>a)(?P=n)", "look-around"},
		{"a(?=b)", "look-around"},
		{"a(?!b)", "look-around"},
		{"(?<=a)b", "look-around"},
		{"(?<!a)b", "look-around"},
		{"(?>a)", "atomic"},
		{"(?R)", "recursion"},
		{"(?1)", "recursion"},
		{"(?(1)a)", "conditions"},
		{"(?#a)", "not supported"},
		{"(?|a)", "not supported"},
		{"(?x)a", "not supported"},
		{"(?C1)a", "not supported"},
		{"(*UTF)a", "repeat"},
		{"(*LIMIT_MATCH=9)a", "repeat"},
		{"a*+", "repeat"},
		{"a++", "repeat"},
		{"a?+", "repeat"},
		{"a**", "repeat"},
		{"a{2}{3}", "repeat"},
		{"a{2}+", "repeat"},
		{"*a", "repeat"},
		{"a|*", "repeat"},
		{"(+)", "repeat"},
		{"a{1001}", "1000"},
		{"a{3,2}", "backwards"},
		{"a\\", "backslash"},
		{"\\K", "escape"},
		{"\\X", "escape"},
		{"\\R", "escape"},
		{"\\C", "escape"},
		{"\\Z", "escape"},
		{"\\G", "escape"},
		{"\\N", "escape"},
		{"\\h", "escape"},
		{"\\8", "back-references"},
		{"\\x{110000}", "escape"},
		{"\\x{d800}", "escape"},
		{"\\x1", "escape"},
		{"\\p{", "escape"},
		{"[a", "class"},
		{"[\\b]", "escape"},
		{"[a-\\d]", "class"},
		{"\\E", "escape"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		const char *why = NULL;
		if (regex_translate(str_of(cases[i].pattern), &out, &why) ||
		    !strstr(why, cases[i].fault))
			test_fail(__FILE__, __LINE__, "'%s': %s", cases[i].pattern, why);
	}
	static const char *const by_the_engine[] = {
		"a)", "(a", "[z-a]", "\\p{Nothing}", "[[:nothing:]]", "(?P<n>a)(?P<n>b)"};
	for (size_t i = 0; i < ARRAY_LEN(by_the_engine); i++) {
		autobuf struct buf out = {0};
		const char *why = NULL;
		char fault[256] = "";
		CHECK(regex_translate(str_of(by_the_engine[i]), &out, &why));
		CHECK(regex_new(buf_str(&out), fault) == NULL);
		CHECK(*fault);
	}
}

TEST(endless_expressions_end_in_time)
{
	static const char *const patterns[] = {
		"^(a+)+$",           "^(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$",
		"(a*)*(b*)*(c*)*$x",
	};
	char text[256];

	memset(text, 'a', sizeof(text) - 2);
	text[sizeof(text) - 2] = '!';
	text[sizeof(text) - 1] = 0;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		int64_t start = clock_monotonic_ns();
		CHECK(regex_try(patterns[i], text) != MATCH_YES);
		CHECK(clock_monotonic_ns() - start < NS_PER_SEC / 2); /* sanitizers included */
	}
	CHECK_INT(regex_try("^(a+)+$", text), MATCH_BOUND);
}

TEST(quoted_text_means_itself)
{
	char all[256];
	size_t n = 0;
	for (int i = 1; i < 128; i++)
		all[n++] = (char)i;
	all[n] = 0;

	autobuf struct buf quoted = {0};
	char fault[256];
	buf_puts(&quoted, "^");
	regex_quote(&quoted, str_of(all));
	buf_puts(&quoted, "\xc3\xa9$");
	struct regex *regex = regex_new(buf_str(&quoted), fault);
	CHECK(regex != NULL);
	all[n++] = '\xc3';
	all[n++] = '\xa9';
	all[n] = 0;
	CHECK_INT(regex_matches(regex, str_of(all), NULL), MATCH_YES);
	regex_free(regex);

	autobuf struct buf glob = {0};
	regex_quote(&glob, str_of("*?[a-z]\\x"));
	CHECK(path_glob_matches(buf_str(&glob), STR("*?[a-z]\\x"), false));
	CHECK(!path_glob_matches(buf_str(&glob), STR("aaa\\x"), false));
}

static void address(const char *text, struct sockaddr_storage *ret_ip)
{
	memset(ret_ip, 0, sizeof(*ret_ip));
	ret_ip->ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	void *bytes = ret_ip->ss_family == AF_INET
			      ? (void *)&((struct sockaddr_in *)ret_ip)->sin_addr
			      : (void *)&((struct sockaddr_in6 *)ret_ip)->sin6_addr;
	CHECK_INT(inet_pton(ret_ip->ss_family, text, bytes), 1);
}

TEST(addresses_are_in_their_ranges)
{
	static const struct {
		const char *range, *ip;
		int has; /* -1: no range */
	} cases[] = {
		{"10.0.0.1", "10.0.0.1", 1},
		{"10.0.0.1", "10.0.0.2", 0},
		{"10.0.0.0/8", "10.255.3.4", 1},
		{"10.0.0.77/8", "10.255.3.4", 1},
		{"10.0.0.0/8", "11.0.0.1", 0},
		{"10.0.0.0/31", "10.0.0.1", 1},
		{"10.0.0.0/31", "10.0.0.2", 0},
		{"0.0.0.0/0", "1.2.3.4", 1},
		{"0.0.0.0/0", "::1", 0},
		{"::/0", "1.2.3.4", 0},
		{"::/0", "::ffff:1.2.3.4", 0},
		{"::/0", "2001:db8::1", 1},
		{"2001:db8::/32", "2001:db8:1::1", 1},
		{"2001:db8::/33", "2001:db8:8000::1", 0},
		{"2001:db8::1", "2001:db8::1", 1},
		{"10.0.0.0/8", "::ffff:10.1.2.3", 1},
		{"::ffff:10.0.0.0/104", "10.1.2.3", 1},
		{"::ffff:10.0.0.1", "10.0.0.1", 1},
		{"::ffff:10.0.0.1", "10.0.0.2", 0},
		{"10.0.0.0/33", "10.0.0.1", -1},
		{"::/129", "::1", -1},
		{"10.0.0", "10.0.0.1", -1},
		{"10.0.0.1/", "10.0.0.1", -1},
		{"10.0.0.1/+8", "10.0.0.1", -1},
		{"10.0.0.0/8/8", "10.0.0.1", -1},
		{"localhost", "10.0.0.1", -1},
		{"", "10.0.0.1", -1},
		{"fe80::1%eth0", "fe80::1", -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct address_range range;
		struct sockaddr_storage ip;
		address(cases[i].ip, &ip);
		int has = -1;
		if (address_range_parse(str_of(cases[i].range), &range))
			has = address_range_has(&range, &ip);
		if (has != cases[i].has)
			test_fail(__FILE__, __LINE__, "'%s' in '%s': %d", cases[i].ip,
				  cases[i].range, has);
	}
	struct address_range any;
	CHECK(address_range_parse(STR("0.0.0.0/0"), &any));
	CHECK(!address_range_has(&any, NULL));
}
