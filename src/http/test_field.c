/* test_field.c - the values of fields: what is understood, what is not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/field.h"

#include "testing/test.h"

TEST(a_range_is_whole_part_or_outside)
{
	static const struct {
		const char *value;
		uint64_t size;
		enum range_state state;
		uint64_t start, len;
	} cases[] = {
		{"bytes=0-0", 10, RANGE_PART, 0, 1},
		{"bytes=2-4", 10, RANGE_PART, 2, 3},
		{"bytes=2-", 10, RANGE_PART, 2, 8},
		{"bytes=9-9", 10, RANGE_PART, 9, 1},
		{"bytes=0-99", 10, RANGE_PART, 0, 10},
		{"bytes=0-99999999999999999999", 10, RANGE_PART, 0, 10},
		{"bytes=-3", 10, RANGE_PART, 7, 3},
		{"bytes=-30", 10, RANGE_PART, 0, 10},
		{"bytes=-99999999999999999999", 10, RANGE_PART, 0, 10},
		{"BYTES= 1-1 ", 10, RANGE_PART, 1, 1},
		{"bytes=10-", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=10-20", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=99999999999999999999-", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=-0", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=0-", 0, RANGE_OUTSIDE, 0, 0},
		{"bytes=-1", 0, RANGE_WHOLE, 0, 0},
		{"", 10, RANGE_WHOLE, 0, 0},
		{"bytes", 10, RANGE_WHOLE, 0, 0},
		{"bytes=", 10, RANGE_WHOLE, 0, 0},
		{"bytes=5", 10, RANGE_WHOLE, 0, 0},
		{"bytes=-", 10, RANGE_WHOLE, 0, 0},
		{"bytes=4-2", 10, RANGE_OUTSIDE, 0, 0},
		{"bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0},
		{"bytes=a-b", 10, RANGE_WHOLE, 0, 0},
		{"bytes=0x1-", 10, RANGE_WHOLE, 0, 0},
		{"bytes=1--2", 10, RANGE_WHOLE, 0, 0},
		{"bytes=+1-2", 10, RANGE_WHOLE, 0, 0},
		{"lines=1-2", 10, RANGE_WHOLE, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t start = 0;
		uint64_t len = 0;
		enum range_state state =
			range_parse(str_of(cases[i].value), cases[i].size, &start, &len);
		if (state != cases[i].state || start != cases[i].start || len != cases[i].len)
			test_fail(__FILE__, __LINE__, "'%s': %d, %ju+%ju", cases[i].value, state,
				  (uintmax_t)start, (uintmax_t)len);
	}
	CHECK_INT(range_parse((struct str){0}, 1, NULL, NULL), RANGE_WHOLE);
}

TEST(an_upload_says_which_bytes_it_brings)
{
	static const char *const bad[] = {
		"",      "-",    "1-",     "-1",        "5-4",   "a-b",   "0-99999999999999999999",
		"0-1/x", "0-1/", "bytes ", "bytes=0-1", "0 - 1", "0-1-2", "bytes */10",
		"+0-1",
	};
	uint64_t start = 7;
	uint64_t end = 7;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (content_range_parse(str_of(bad[i]), &start, &end))
			test_fail(__FILE__, __LINE__, "'%s' is taken", bad[i]);
	CHECK(start == 7 && end == 7);
	CHECK(content_range_parse(STR("0-0"), &start, &end));
	CHECK(start == 0 && end == 0);
	CHECK(content_range_parse(STR("10-18446744073709551615"), &start, &end));
	CHECK(start == 10 && end == UINT64_MAX);
	CHECK(content_range_parse(STR("bytes 3-4/5"), &start, &end));
	CHECK(start == 3 && end == 4);
	CHECK(content_range_parse(STR("Bytes 5-6/*"), &start, &end));
	CHECK(start == 5 && end == 6);
}

TEST(an_entity_tag_is_found_in_a_list)
{
	static const struct {
		const char *list;
		bool matches;
	} cases[] = {
		{"\"sha256:ab\"", true},
		{"W/\"sha256:ab\"", true},
		{"*", true},
		{" * ", true},
		{"\"x\", \"sha256:ab\"", true},
		{"\"a,b\" ,, \"sha256:ab\" ", true},
		{"\"a\\\",\"sha256:ab\"", true},
		{"sha256:ab", true},
		{"", false},
		{"\"sha256:a\"", false},
		{"\"sha256:abc\"", false},
		{"\"x,sha256:ab\"", false},
		{"\"*\"", false},
		{"\"SHA256:AB\"", false},
		{"\"sha256:ab", false},
		{"w/\"sha256:ab\"", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (etag_matches(str_of(cases[i].list), STR("sha256:ab")) != cases[i].matches)
			test_fail(__FILE__, __LINE__, "'%s'", cases[i].list);
	CHECK(!etag_matches(STR("\"\""), STR("")));
}

TEST(accept_takes_a_type_by_its_closest_range)
{
	static const struct {
		const char *accept;
		bool takes;
	} cases[] = {
		{"", true},
		{"  ", true},
		{"*/*", true},
		{"application/*", true},
		{"application/json", true},
		{"Application/JSON", true},
		{"text/html, application/json;q=0.1", true},
		{"application/json ; charset=utf-8", true},
		{"application/json;x=\"a,b;q=0\"", true},
		{"application/json;q=0.001", true},
		{"*/*;q=0, application/json", true},
		{"application/json, */*;q=0", true},
		{"application/json;v=1;q=0, application/json", true},
		{"text/html", false},
		{"text/*", false},
		{"*", false},
		{"application", false},
		{"application/jso", false},
		{"application/json2", false},
		{"*/*;q=0", false},
		{"*/*; Q = 0.000", false},
		{"*/*, application/json;q=0", false},
		{"*/*, application/*;q=0.0", false},
		{"application/json;q=0., */*", false},
		{",,;", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (accept_takes(str_of(cases[i].accept), "application/json") != cases[i].takes)
			test_fail(__FILE__, __LINE__, "'%s'", cases[i].accept);
	CHECK(accept_takes((struct str){0}, "a/b"));
}

TEST(basic_credentials_are_cut_at_the_first_colon)
{
	static const char *const bad[] = {
		"",
		"Basic",
		"Basic ",
		"Basic YTpi=",
		"Basic YTpi YTpi",
		"Basic YQ==",     /* a */
		"Basic YTpiAA==", /* a:b and a NUL */
		"Basic YQpiOmM=", /* a, a line feed, b:c */
		"Basic /zpi",     /* a user that is not UTF-8 */
		"Bearer YTpi",
		"BasicYTpi",
		"Basic\tYTpi",
	};
	autobuf struct buf user = {0};
	autobuf struct buf password = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (basic_parse(str_of(bad[i]), &user, &password))
			test_fail(__FILE__, __LINE__, "'%s' is taken", bad[i]);
	CHECK_INT(user.len + password.len, 0);
	CHECK(basic_parse(STR("Basic dXNlcjpwYXNzOndvcmQ="), &user, &password));
	CHECK_STR(buf_text(&user), "user");
	CHECK_STR(buf_text(&password), "pass:word");
	CHECK(basic_parse(STR("bASIC   Og=="), &user, &password));
	CHECK_STR(buf_text(&user), "user");
}

TEST(a_bearer_token_has_the_bytes_of_one)
{
	CHECK(str_is(bearer_parse(STR("Bearer a.b-c_d~e+f/g==")), "a.b-c_d~e+f/g=="));
	CHECK(str_is(bearer_parse(STR("bearer  x")), "x"));
	CHECK(!bearer_parse(STR("Bearer")).ptr);
	CHECK(!bearer_parse(STR("Bearer ")).ptr);
	CHECK(!bearer_parse(STR("Bearer ==")).ptr);
	CHECK(!bearer_parse(STR("Bearer a b")).ptr);
	CHECK(!bearer_parse(STR("Bearer a\"b")).ptr);
	CHECK(!bearer_parse(STR("Bearer a=b")).ptr);
	CHECK(!bearer_parse(STR("Basic YTpi")).ptr);
	CHECK(!bearer_parse((struct str){0}).ptr);
}

TEST(dates_are_those_of_the_specification)
{
	char text[HTTP_DATE_MAX];

	http_date(784111777, text);
	CHECK_STR(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	http_date(0, text);
	CHECK_STR(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date(1709208000, text);
	CHECK_STR(text, "Thu, 29 Feb 2024 12:00:00 GMT");
	http_date(INT64_MAX, text);
	CHECK_STR(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	http_date(-1, text);
	CHECK_STR(text, "Thu, 01 Jan 1970 00:00:00 GMT");
}
