/* test_head.c - request heads: what is read, where it may be cut, and every refusal.
 * SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include "base/buf.h"
#include "testing/test.h"

#define MAX_FIELDS 8

struct outcome {
	enum head_state state;
	struct http_head head;
	struct http_field fields[MAX_FIELDS];
	size_t len;
	const char *why;
};

/* All at once when step is 0, else that many bytes more each time. */
static void parse(struct str text, size_t step, struct outcome *got)
{
	size_t scanned = 0;
	size_t len = step ? 0 : text.len;

	*got = (struct outcome){.state = HEAD_PARTIAL};
	do {
		if (step)
			len = len + step < text.len ? len + step : text.len;
		got->state = head_parse((struct str){text.ptr, len}, got->fields, MAX_FIELDS,
					&scanned, &got->head, &got->len, &got->why);
	} while (got->state == HEAD_PARTIAL && len < text.len);
}

static void check_text(struct str got, const char *want)
{
	autofree char *text = str_dup(got);

	CHECK_STR(text, want);
}

static const char whole[] = "PUT /v2/a/manifests/1?x=%20 HTTP/1.1\r\n"
			    "Host: registry.example:5000\r\n"
			    "content-length:42\r\n"
			    "X-Empty:\r\n"
			    "Accept: \t a/b, c/d;q=0.5 \t\r\n"
			    "ACCEPT: \xc3\xa4\r\n"
			    "Expect: 100-Continue\r\n"
			    "\r\n"
			    "the body";

static void check_whole(const struct outcome *got)
{
	CHECK_INT(got->state, HEAD_DONE);
	CHECK_INT(got->len, sizeof(whole) - sizeof("the body"));
	CHECK_INT(got->head.method, HTTP_PUT);
	check_text(got->head.method_text, "PUT");
	check_text(got->head.target, "/v2/a/manifests/1?x=%20");
	check_text(got->head.host, "registry.example:5000");
	CHECK_INT(got->head.minor, 1);
	CHECK(got->head.keep_alive);
	CHECK(got->head.expects_continue);
	CHECK_INT(got->head.body_length, 42);
	CHECK_INT(got->head.n_fields, 6);
	check_text(got->head.fields[0].name, "Host");
	check_text(head_field(&got->head, "X-EMPTY"), "");
	CHECK(head_field(&got->head, "x-empty").ptr);
	check_text(head_field(&got->head, "accept"), "a/b, c/d;q=0.5");
	CHECK_INT(head_count(&got->head, "Accept"), 2);
	CHECK(!head_field(&got->head, "Accep").ptr);
	CHECK_INT(head_count(&got->head, "Accep"), 0);
}

TEST(a_head_is_read_the_same_wherever_it_is_cut)
{
	struct outcome got;

	for (size_t step = 0; step < sizeof(whole); step++) {
		parse((struct str){whole, sizeof(whole) - 1}, step, &got);
		check_whole(&got);
	}
	for (size_t len = 0; len < sizeof(whole) - sizeof("the body"); len++) {
		parse((struct str){whole, len}, 0, &got);
		CHECK_INT(got.state, HEAD_PARTIAL);
	}
}

TEST(a_list_over_several_fields_is_joined)
{
	autobuf struct buf joined = {0};
	struct outcome got;

	parse((struct str){whole, sizeof(whole) - 1}, 0, &got);
	head_join(&got.head, "Accept", &joined);
	CHECK_STR(buf_text(&joined), "a/b, c/d;q=0.5, \xc3\xa4");
	head_join(&got.head, "Absent", &joined);
	CHECK_STR(buf_text(&joined), "a/b, c/d;q=0.5, \xc3\xa4");
}

#define LINE "GET / HTTP/1.1\r\n"
#define GET  LINE "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define END  "\r\n"

TEST(what_a_smuggler_would_use_is_refused)
{
	static const struct {
		const char *name;
		struct str text;
		enum head_state state;
		const char *why;
	} cases[] = {
#define BAD(name, text, why) {name, STR(text), HEAD_BAD, why}
		BAD("length and coding",
		    POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" END,
		    "Transfer-Encoding together with Content-Length"),
		BAD("coding and length",
		    POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n" END,
		    "Transfer-Encoding together with Content-Length"),
		BAD("two lengths", POST "Content-Length: 4\r\nContent-Length: 5\r\n" END,
		    "Content-Length is there twice"),
		BAD("two equal lengths", POST "Content-Length: 4\r\ncontent-length: 4\r\n" END,
		    "Content-Length is there twice"),
		BAD("a list of equal lengths", POST "Content-Length: 4, 4\r\n" END,
		    "Content-Length is no number"),
		BAD("no length", POST "Content-Length:\r\n" END, "Content-Length is no number"),
		BAD("a signed length", POST "Content-Length: +4\r\n" END,
		    "Content-Length is no number"),
		BAD("a negative length", POST "Content-Length: -4\r\n" END,
		    "Content-Length is no number"),
		BAD("a hexadecimal length", POST "Content-Length: 0x4\r\n" END,
		    "Content-Length is no number"),
		BAD("a length with a blank", POST "Content-Length: 4 4\r\n" END,
		    "Content-Length is no number"),
		BAD("a length over 63 bits", POST "Content-Length: 9223372036854775808\r\n" END,
		    "Content-Length is no number"),
		BAD("a length over 64 bits", POST "Content-Length: 18446744073709551617\r\n" END,
		    "Content-Length is no number"),
		BAD("coding on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END,
		    "Transfer-Encoding on HTTP/1.0"),
		BAD("two codings",
		    POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n" END,
		    "Transfer-Encoding is there twice"),
		BAD("a continued line", GET "X: a\r\n b\r\n" END, "a field starts with a blank"),
		BAD("a continued line by tab", GET "X: a\r\n\tb\r\n" END,
		    "a field starts with a blank"),
		BAD("a blank before the first field", LINE " Host: a\r\n" END,
		    "a field starts with a blank"),
		BAD("a bare LF", GET "X: a\nY: b\r\n" END, "an LF without its CR"),
		BAD("bare LFs throughout", "GET / HTTP/1.1\nHost: a\n\n", "an LF without its CR"),
		BAD("a bare LF for the empty line", GET "\n", "an LF without its CR"),
		BAD("a bare CR", GET "X: a\rY: b\r\n" END, "a field has a control byte"),
		BAD("a bare CR far behind", GET "X: aaaaaaaaaaaaaaaaaaa\rbbbbbbbbbbbbb\r\n" END,
		    "a field has a control byte"),
		BAD("two CR", GET "X: a\r\r\n" END, "a field has a control byte"),
		BAD("a NUL", GET "X: a\0b\r\n" END, "a field has a control byte"),
		BAD("a DEL",
		    GET "X: aaaaaaaa\x7f"
			"aaaaaaaa\r\n" END,
		    "a field has a control byte"),
		BAD("a NUL in a name", GET "X\0: a\r\n" END,
		    "a field's name has a byte that no name has"),
		BAD("a blank before the colon", POST "Content-Length : 4\r\n" END,
		    "a field's name has a byte that no name has"),
		BAD("a tab before the colon", POST "Transfer-Encoding\t: chunked\r\n" END,
		    "a field's name has a byte that no name has"),
		BAD("no colon", GET "X\r\n" END, "a field has no colon"),
		BAD("no name", GET ": x\r\n" END, "a field has no name"),
		BAD("a name with letters of others", GET "\xc3\xa4: x\r\n" END,
		    "a field's name has a byte that no name has"),
		BAD("no host", LINE END, "Host is missing"),
		BAD("two hosts", GET "Host: a\r\n" END, "Host is there twice"),
		BAD("two hosts on 1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n" END,
		    "Host is there twice"),
		BAD("an empty host", LINE "Host:\r\n" END, "Host is no host"),
		BAD("a host with a blank", LINE "Host: a b\r\n" END, "Host is no host"),
		BAD("a host with a path", LINE "Host: a/b\r\n" END, "Host is no host"),
		BAD("a host with a user", LINE "Host: a@b\r\n" END, "Host is no host"),
		BAD("a list of hosts", LINE "Host: a,b\r\n" END, "Host is no host"),
		BAD("a host with a quote", LINE "Host: a\"b\r\n" END, "Host is no host"),
		BAD("a host of letters of others", LINE "Host: \xc3\xa4\r\n" END,
		    "Host is no host"),
		BAD("a port that is none", LINE "Host: a:b\r\n" END, "Host is no host"),
		BAD("a port too long", LINE "Host: a:123456\r\n" END, "Host is no host"),
		BAD("a port alone", LINE "Host: :80\r\n" END, "Host is no host"),
		BAD("an address that is open", LINE "Host: [::1\r\n" END, "Host is no host"),
		BAD("no address", LINE "Host: []\r\n" END, "Host is no host"),
		BAD("an address and a name", LINE "Host: [::1]a\r\n" END, "Host is no host"),
		BAD("an address in an address", LINE "Host: [[::1]\r\n" END, "Host is no host"),
		BAD("a name with brackets", LINE "Host: a[b]\r\n" END, "Host is no host"),
		BAD("a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("two blanks before the target", "GET  / HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("two blanks behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("a tab in the target", "GET /\ta HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("a tab for a blank", "GET\t/ HTTP/1.1\r\nHost: a\r\n" END,
		    "the request line does not start with a method"),
		BAD("a CR in the target", "GET /\ra HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("a NUL in the target", "GET /\0a HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("bytes over 127 in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n" END,
		    "the target has a byte that no target has"),
		BAD("no target", "GET HTTP/1.1\r\nHost: a\r\n" END,
		    "the request line does not end with a version"),
		BAD("an empty target", "GET  HTTP/1.1\r\nHost: a\r\n" END,
		    "the request line has no target"),
		BAD("HTTP/0.9", "GET /\r\n" END, "the request line does not end with a version"),
		BAD("a blank behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n" END,
		    "the request line does not end with a version"),
		BAD("a version in small letters", "GET / http/1.1\r\nHost: a\r\n" END,
		    "the request line does not end with a version"),
		BAD("a version with more digits", "GET / HTTP/1.10\r\nHost: a\r\n" END,
		    "the request line does not end with a version"),
		BAD("authority form", "GET a:443 HTTP/1.1\r\nHost: a:443\r\n" END,
		    "the target is neither a path nor a URL"),
		BAD("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n" END,
		    "CONNECT is for proxies"),
		BAD("CONNECT to a path", "CONNECT /a HTTP/1.1\r\nHost: a\r\n" END,
		    "CONNECT is for proxies"),
		BAD("* for all methods", "GET * HTTP/1.1\r\nHost: a\r\n" END,
		    "the target is neither a path nor a URL"),
		BAD("a path without a slash", "GET a/b HTTP/1.1\r\nHost: a\r\n" END,
		    "the target is neither a path nor a URL"),
		BAD("another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n" END,
		    "the target is neither a path nor a URL"),
		BAD("a URL with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n" END,
		    "the target's host is no host"),
		BAD("a URL without a host", "GET http:///a HTTP/1.1\r\nHost: a\r\n" END,
		    "the target's host is no host"),
		BAD("a URL without its Host", "GET http://a/ HTTP/1.1\r\n" END, "Host is missing"),
		BAD("a URL with two Hosts", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n" END,
		    "Host is there twice"),
		BAD("a blank before the method", " GET / HTTP/1.1\r\nHost: a\r\n" END,
		    "the request line does not start with a method"),
		BAD("TLS", "\x16\x03\x01", "the request line does not start with a method"),
		BAD("an LF before the method", "\n" GET END,
		    "the request line does not start with a method"),
		BAD("a CR before the method", "\r" GET END, "a CR without its LF"),
		BAD("empty lines for ever", "\r\n\r\n\r\n\r\n\r\n",
		    "too many empty lines in front of the request"),
#undef BAD
		{"another coding", STR(POST "Transfer-Encoding: gzip\r\n" END), HEAD_CODING,
		 "only chunked is understood"},
		{"more codings", STR(POST "Transfer-Encoding: gzip, chunked\r\n" END), HEAD_CODING,
		 "only chunked is understood"},
		{"chunked twice", STR(POST "Transfer-Encoding: chunked, chunked\r\n" END),
		 HEAD_CODING, "only chunked is understood"},
		{"chunked with a parameter", STR(POST "Transfer-Encoding: chunked;a=b\r\n" END),
		 HEAD_CODING, "only chunked is understood"},
		{"chunked in quotes", STR(POST "Transfer-Encoding: \"chunked\"\r\n" END),
		 HEAD_CODING, "only chunked is understood"},
		{"chunked with a vertical tab",
		 STR(POST "Transfer-Encoding: \x0b"
			  "chunked\r\n" END),
		 HEAD_BAD, "a field has a control byte"},
		{"identity", STR(POST "Transfer-Encoding: identity\r\n" END), HEAD_CODING,
		 "only chunked is understood"},
		{"no coding", STR(POST "Transfer-Encoding:\r\n" END), HEAD_CODING,
		 "only chunked is understood"},
		{"HTTP/2 by prior knowledge", STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HEAD_VERSION,
		 "only HTTP/1.1 and HTTP/1.0 are spoken here"},
		{"HTTP/3.1", STR("GET / HTTP/3.1\r\nHost: a\r\n" END), HEAD_VERSION,
		 "only HTTP/1.1 and HTTP/1.0 are spoken here"},
		{"another expectation", STR(POST "Content-Length: 1\r\nExpect: x\r\n" END),
		 HEAD_EXPECT, "only 100-continue is understood"},
		{"too many fields", STR(GET "1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n8:\r\n" END),
		 HEAD_TOO_LARGE, "too many fields"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t step = 0; step < 2; step++) {
			struct outcome got;
			parse(cases[i].text, step, &got);
			if (got.state != cases[i].state)
				test_fail(__FILE__, __LINE__, "%s: state %d", cases[i].name,
					  got.state);
			if (!text_eq(got.why, cases[i].why))
				test_fail(__FILE__, __LINE__, "%s: '%s'", cases[i].name, got.why);
		}
	}
}

TEST(hosts_are_names_and_addresses_with_ports)
{
	static const char *const hosts[] = {
		"a", "a.b-c_d.example", "192.0.2.1:65535", "[::1]", "[2001:db8::1]:443", "a:",
	};

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		autofree char *text = xasprintf(LINE "Host: %s\r\n" END, hosts[i]);
		struct outcome got;
		parse(str_of(text), 0, &got);
		CHECK_INT(got.state, HEAD_DONE);
		check_text(got.head.host, hosts[i]);
	}
}

TEST(targets_come_down_to_origin_form)
{
	static const struct {
		const char *head, *target, *host;
	} cases[] = {
		{"GET http://b:1/v2/?x HTTP/1.1\r\nHost: a\r\n\r\n", "/v2/?x", "b:1"},
		{"GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n", "/", "b"},
		{"OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", "*", "b"},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*", "a"},
		{"GET //a?b HTTP/1.1\r\nHost: a\r\n\r\n", "//a?b", "a"},
		{"GET / HTTP/1.0\r\n\r\n", "/", ""},
		{"GET http://b/ HTTP/1.0\r\n\r\n", "/", "b"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome got;
		parse(str_of(cases[i].head), 0, &got);
		CHECK_INT(got.state, HEAD_DONE);
		check_text(got.head.target, cases[i].target);
		check_text(got.head.host, cases[i].host);
	}
}

TEST(connections_stay_or_close_as_version_and_options_say)
{
	static const struct {
		const char *head;
		bool keep_alive;
	} cases[] = {
		{LINE "Host: a\r\n\r\n", true},
		{LINE "Host: a\r\nConnection: close\r\n\r\n", false},
		{LINE "Host: a\r\nConnection: TE, Close\r\n\r\n", false},
		{LINE "Host: a\r\nConnection: keep-alive\r\nConnection: ,close\r\n\r\n", false},
		{LINE "Host: a\r\nConnection: closed\r\n\r\n", true},
		{LINE "Host: a\r\nConnection:\r\n\r\n", true},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome got;
		parse(str_of(cases[i].head), 0, &got);
		CHECK_INT(got.state, HEAD_DONE);
		if (got.head.keep_alive != cases[i].keep_alive)
			test_fail(__FILE__, __LINE__, "case %zu", i);
	}
}

TEST(a_client_waits_for_100_only_with_a_body_on_1_1)
{
	static const struct {
		const char *head;
		int64_t body_length;
		bool expects;
	} cases[] = {
		{POST "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n", 1, true},
		{POST "Transfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n",
		 HTTP_BODY_CHUNKED, true},
		{POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", 0, false},
		{POST "Expect: 100-continue\r\n\r\n", 0, false},
		{"PUT / HTTP/1.0\r\nContent-Length: 007\r\nExpect: x\r\n\r\n", 7, false},
		{POST "Content-Length: 9223372036854775807\r\n\r\n", INT64_MAX, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct outcome got;
		parse(str_of(cases[i].head), 0, &got);
		CHECK_INT(got.state, HEAD_DONE);
		CHECK_INT(got.head.body_length, cases[i].body_length);
		CHECK_INT(got.head.expects_continue, cases[i].expects);
	}
}

TEST(a_few_empty_lines_in_front_are_passed_over)
{
	struct str text = STR("\r\n\r\n\r\n\r\n" GET END);

	for (size_t step = 0; step < text.len; step++) {
		struct outcome got;
		parse(text, step, &got);
		CHECK_INT(got.state, HEAD_DONE);
		CHECK_INT(got.len, text.len);
		check_text(got.head.method_text, "GET");
	}
}

TEST(methods_are_known_by_their_exact_names)
{
	static const struct {
		const char *text;
		enum http_method method;
	} cases[] = {
		{"GET", HTTP_GET},           {"HEAD", HTTP_HEAD},
		{"POST", HTTP_POST},         {"PUT", HTTP_PUT},
		{"PATCH", HTTP_PATCH},       {"DELETE", HTTP_DELETE},
		{"OPTIONS", HTTP_OPTIONS},   {"get", HTTP_OTHER_METHOD},
		{"GETS", HTTP_OTHER_METHOD}, {"M-SEARCH", HTTP_OTHER_METHOD},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *text = xasprintf("%s / HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].text);
		struct outcome got;
		parse(str_of(text), 0, &got);
		CHECK_INT(got.state, HEAD_DONE);
		CHECK_INT(got.head.method, cases[i].method);
		check_text(got.head.method_text, cases[i].text);
		if (got.head.method != HTTP_OTHER_METHOD)
			CHECK_STR(http_method_text(got.head.method), cases[i].text);
	}
}

TEST(a_long_head_that_trickles_in_is_not_looked_at_again_and_again)
{
	autobuf struct buf text = {0};
	struct http_field fields[MAX_FIELDS];
	struct http_head head;
	size_t scanned = 0;
	size_t len;
	const char *why;

	buf_puts(&text, GET "X: ");
	for (int i = 0; i < 1000; i++) {
		buf_puts(&text, "0123456789");
		CHECK_INT(
			head_parse(buf_str(&text), fields, MAX_FIELDS, &scanned, &head, &len, &why),
			HEAD_PARTIAL);
		CHECK_INT(scanned, text.len);
	}
}
