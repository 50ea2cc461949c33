/* test_url.c - decoding paths and forms, walking queries, escaping.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/url.h"

#include "testing/test.h"

TEST(a_target_is_cut_at_its_first_question_mark)
{
	struct str path;
	struct str query;

	url_split(STR("/v2/?a=?"), &path, &query);
	CHECK(str_is(path, "/v2/") && str_is(query, "a=?"));
	url_split(STR("/v2/"), &path, &query);
	CHECK(str_is(path, "/v2/") && query.len == 0);
	url_split(STR("/v2/?"), &path, &query);
	CHECK(str_is(path, "/v2/") && query.len == 0);
}

TEST(paths_are_decoded_once)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} cases[] = {
		{"/", "/"},
		{"", ""},
		{"/v2/library/debian/manifests/12", "/v2/library/debian/manifests/12"},
		{"/v2/a/blobs/sha256%3aab", "/v2/a/blobs/sha256:ab"},
		{"/v2/a/blobs/uploads/", "/v2/a/blobs/uploads/"},
		{"/a+b", "/a+b"},
		{"/%C3%A4", "/\xc3\xa4"},
		{"/%25%32%65", "/%2e"},
		{"/a...b/.c/d..", "/a...b/.c/d.."},
		{"/%", NULL},
		{"/%4", NULL},
		{"/%zz", NULL},
		{"/%+1", NULL},
		{"/a%00b", NULL},
		{"/a%0ab", NULL},
		{"/a%7f", NULL},
		{"/%ff", NULL},
		{"/%c3", NULL},
		{"/%c0%af", NULL},
		{"/%ed%a0%80", NULL},
		{"/a%2fb", NULL},
		{"/a%2Fb", NULL},
		{"/.", NULL},
		{"/..", NULL},
		{"/a/../b", NULL},
		{"/a/./b", NULL},
		{"/a/%2e%2E/b", NULL},
		{"/a/.%2e", NULL},
		{"//", NULL},
		{"//a", NULL},
		{"/a//b", NULL},
		{"/a//", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		buf_puts(&buf, "kept");
		bool taken = url_decode_path(str_of(cases[i].in), &buf);
		if (taken != (cases[i].out != NULL))
			test_fail(__FILE__, __LINE__, "'%s' is %s", cases[i].in,
				  taken ? "taken" : "refused");
		CHECK_STR(buf_text(&buf) + 4, taken ? cases[i].out : "");
	}
}

TEST(in_a_form_plus_is_a_blank)
{
	autobuf struct buf buf = {0};

	CHECK(url_decode_form(STR("a+b%2Bc%20//../%2f"), &buf));
	CHECK_STR(buf_text(&buf), "a b+c //..//");
	CHECK(!url_decode_form(STR("%0d"), &buf));
	CHECK(!url_decode_form(STR("x%f"), &buf));
	CHECK(!url_decode_form(STR("%fe"), &buf));
	CHECK_STR(buf_text(&buf), "a b+c //..//");
}

TEST(pairs_are_walked_in_order)
{
	struct str rest = STR("a=1&&b&=c&d==&");
	struct str name;
	struct str value;
	autobuf struct buf seen = {0};

	while (url_next_pair(&rest, &name, &value))
		buf_printf(&seen, "(%.*s|%.*s)", STR_ARG(name), STR_ARG(value));
	CHECK_STR(buf_text(&seen), "(a|1)(b|)(|c)(d|=)");
	CHECK(!url_next_pair(&rest, &name, &value));
}

TEST(a_query_gives_the_first_value_of_a_name)
{
	struct str query = STR("service=a%20b&scope=x&scope=y&bad=%f&em%70ty=");
	autobuf struct buf buf = {0};

	CHECK_INT(url_query_get(query, "service", &buf), URL_FOUND);
	CHECK_INT(url_query_get(query, "scope", &buf), URL_FOUND);
	CHECK_STR(buf_text(&buf), "a bx");
	CHECK_INT(url_query_get(query, "bad", &buf), URL_BAD);
	CHECK_INT(url_query_get(query, "empty", &buf), URL_FOUND);
	CHECK_INT(url_query_get(query, "scop", &buf), URL_ABSENT);
	CHECK_INT(url_query_get((struct str){0}, "scope", &buf), URL_ABSENT);
	CHECK_STR(buf_text(&buf), "a bx");
}

TEST(what_is_escaped_decodes_to_itself)
{
	autobuf struct buf escaped = {0};
	autobuf struct buf decoded = {0};

	url_escape(&escaped, STR("a b/c:~-._\xc3\xa4&=+%"));
	CHECK_STR(buf_text(&escaped), "a%20b%2Fc%3A~-._%C3%A4%26%3D%2B%25");
	CHECK(url_decode_form(buf_str(&escaped), &decoded));
	CHECK_STR(buf_text(&decoded), "a b/c:~-._\xc3\xa4&=+%");
}
