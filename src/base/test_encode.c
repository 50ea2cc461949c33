/* test_encode.c - hex, base64 and texts made safe.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include <stdlib.h>

#include "testing/test.h"

TEST(hex_goes_there_and_back)
{
	char text[9];
	uint8_t bytes[4];
	hex_encode("\x00\x7f\x80\xff", 4, text);
	CHECK_STR(text, "007f80ff");
	CHECK(hex_decode(STR("007f80FF"), bytes));
	CHECK(memcmp(bytes, "\x00\x7f\x80\xff", 4) == 0);
	CHECK(hex_decode(STR(""), bytes));
}

TEST(wrong_hex_is_refused)
{
	static const char *const cases[] = {"0", "0g", "g0", "0x", " 0", "012"};
	uint8_t bytes[4];
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK(!hex_decode(str_of(cases[i]), bytes));
}

TEST(base64_vectors_of_rfc_4648)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = {{"", ""},
		     {"f", "Zg=="},
		     {"fo", "Zm8="},
		     {"foo", "Zm9v"},
		     {"foob", "Zm9vYg=="},
		     {"fooba", "Zm9vYmE="},
		     {"foobar", "Zm9vYmFy"},
		     {"\xfb\xff\xfe", "+//+"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf coded = {0}, plain = {0};
		base64_encode(&coded, cases[i].plain, strlen(cases[i].plain));
		CHECK_STR(buf_text(&coded), cases[i].coded);
		CHECK(base64_decode(&plain, str_of(cases[i].coded)));
		CHECK_STR(buf_text(&plain), cases[i].plain);
	}
}

TEST(wrong_base64_leaves_the_buffer_alone)
{
	static const char *const cases[] = {
		"Z",    "Zg",   "Zg=",  "Zh==",     "Zm9=",      "=",        "====",
		"Z===", "Zg=a", "=Zg=", "Zg==Zg==", "Zm9v\n   ", "Zm 9v123", "Zm-_",
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		buf_puts(&buf, "kept");
		if (base64_decode(&buf, str_of(cases[i])))
			test_fail(__FILE__, __LINE__, "'%s' was taken", cases[i]);
		CHECK_STR(buf_text(&buf), "kept");
	}
	autobuf struct buf buf = {0};
	CHECK(!base64_decode(&buf, STR("Zm\0v")));
}

TEST(base64url_has_no_padding_and_its_own_last_digits)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = {{"", ""},
		     {"f", "Zg"},
		     {"fo", "Zm8"},
		     {"foo", "Zm9v"},
		     {"foob", "Zm9vYg"},
		     {"fooba", "Zm9vYmE"},
		     {"foobar", "Zm9vYmFy"},
		     {"\xfb\xff\xfe", "-__-"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf coded = {0}, plain = {0};
		base64url_encode(&coded, cases[i].plain, strlen(cases[i].plain));
		CHECK_STR(buf_text(&coded), cases[i].coded);
		CHECK(base64url_decode(&plain, str_of(cases[i].coded)));
		CHECK_STR(buf_text(&plain), cases[i].plain);
	}
}

TEST(wrong_base64url_leaves_the_buffer_alone)
{
	static const char *const cases[] = {
		"Z",    "Zg==", "Zg=", "Zh",   "Zm9",    "Zm9vY",
		"Zm+_", "Zm/_", "=",   "Zm 9", "Zm9v\n", "Z\xc3",
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		buf_puts(&buf, "kept");
		if (base64url_decode(&buf, str_of(cases[i])))
			test_fail(__FILE__, __LINE__, "'%s' was taken", cases[i]);
		CHECK_STR(buf_text(&buf), "kept");
	}
	autobuf struct buf buf = {0};
	CHECK(!base64url_decode(&buf, STR("Zm\0v")));
}

TEST(utf8_is_told_from_other_bytes)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa4", true},
		{"\xe2\x82\xac", true},
		{"\xf0\x9f\x90\xb3", true},
		{"\xf4\x8f\xbf\xbf", true},
		{"\x80", false},     /* a continuation alone */
		{"\xc3", false},     /* cut short */
		{"\xe2\x82", false}, /* cut short */
		{"\xc3"
		 "a",
		 false},                     /* no continuation */
		{"\xc0\x80", false},         /* overlong */
		{"\xe0\x80\xaf", false},     /* overlong */
		{"\xf0\x80\x80\xaf", false}, /* overlong */
		{"\xed\xa0\x80", false},     /* surrogate */
		{"\xf4\x90\x80\x80", false}, /* beyond Unicode */
		{"\xf8\x88\x80\x80\x80", false},
		{"\xff", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_INT(text_is_utf8(str_of(cases[i].text)), cases[i].ok);
}

TEST(hostile_bytes_are_shown_not_obeyed)
{
	static const struct {
		struct str text;
		const char *escaped;
	} cases[] = {
		{STR("plain \xc3\xa4"), "plain \xc3\xa4"},
		{STR("a\x1b[2Jb"), "a\\x1b[2Jb"},
		{STR("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f"},
		{STR("a\0b"), "a\\x00b"},
		{STR("\xff\xc3"), "\\xff\\xc3"},
		{STR("\xc2\x9b"
		     "2J"),
		 "\\xc2\\x9b2J"}, /* C1: the other way to start a sequence */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		text_escape(&buf, cases[i].text);
		CHECK_STR(buf_text(&buf), cases[i].escaped);
	}
}

TEST(html_has_five_special_characters)
{
	autobuf struct buf buf = {0};
	html_escape(&buf, STR("<a href=\"x\">'&'\xc3\xa4</a>"));
	CHECK_STR(buf_text(&buf), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;\xc3\xa4&lt;/a&gt;");
}

TEST(words_for_the_shell)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {{"plain-1.0_x@y%+=:,./", "plain-1.0_x@y%+=:,./"},
		     {"", "''"},
		     {"a b", "'a b'"},
		     {"it's", "'it'\\''s'"},
		     {"$HOME", "'$HOME'"},
		     {"~", "'~'"},
		     {"a\nb", "'a\nb'"},
		     {"*", "'*'"}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf buf = {0};
		shell_quote(&buf, cases[i].text);
		CHECK_STR(buf_text(&buf), cases[i].quoted);
	}
}
