/* test_request.c - requests, good and hostile.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "init/limits.h"
#include "testing/test.h"

#define MAX 64

struct line {
	char text[1024];
	struct json_node nodes[MAX];
	const char *problem;
	int n;
};

static void read_line(struct line *line, const char *text)
{
	snprintf(line->text, sizeof(line->text), "%s", text);
	line->problem = NULL;
	line->n = json_read(line->text, strlen(line->text), line->nodes, MAX, &line->problem);
}

TEST(what_is_no_json_is_refused_with_its_reason)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"", "not a value"},
		{"   ", "not a value"},
		{"{", "an object's name is a text"},
		{"{}}", "something stands behind the value"},
		{"{} {}", "something stands behind the value"},
		{"[1,]", "not a value"},
		{"{\"a\":1,}", "an object's name is a text"},
		{"{\"a\" 1}", "a ':' is missing"},
		{"{\"a\":1 \"b\":2}", "a ',' or a closing bracket is missing"},
		{"{a:1}", "an object's name is a text"},
		{"{'a':1}", "an object's name is a text"},
		{"[1 2]", "a ',' or a closing bracket is missing"},
		{"[1}", "a ',' or a closing bracket is missing"},
		{"nul", "not a value"},
		{"True", "not a value"},
		{"NaN", "not a value"},
		{"Infinity", "not a value"},
		{"01", "not a value"},
		{"-", "not a value"},
		{"+1", "not a value"},
		{".5", "not a value"},
		{"1.", "not a value"},
		{"1e", "not a value"},
		{"1e+", "not a value"},
		{"0x10", "something stands behind the value"},
		{"\"abc", "a text without its end"},
		{"\"abc\\", "a text without its end"},
		{"\"a\\x\"", "an unknown escape"},
		{"\"a\nb\"", "a control character in a text"},
		{"\"a\tb\"", "a control character in a text"},
		{"\"\\u12\"", "a \\u needs four hexadecimal digits"},
		{"\"\\u12g4\"", "a \\u needs four hexadecimal digits"},
		{"\"\\u0000\"", "a text with a zero byte"},
		{"\"\\ud83d\"", "half a surrogate pair"},
		{"\"\\ude00\"", "half a surrogate pair"},
		{"\"\\ud83d\\u0041\"", "half a surrogate pair"},
		{"\"\xff\"", "a text that is not UTF-8"},
		{"\"\xc0\x80\"", "a text that is not UTF-8"},
		{"\"\xed\xa0\x80\"", "a text that is not UTF-8"},
		{"{\"a\":1,\"b\":[2,3],\"a\":4}", "a name twice in one object"},
		{"{\"a\":1,\"\\u0061\":4}", "a name twice in one object"},
		{"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested too deeply"},
		{"/* */ 1", "not a value"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line line;
		read_line(&line, cases[i].text);
		CHECK_INT(line.n, -1);
		CHECK_STR(line.problem, cases[i].problem);
	}
}

TEST(texts_are_unescaped_in_place)
{
	struct line line;
	read_line(&line, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0041\\u00e9\\u20ac\\ud83d\\ude00.\"");
	CHECK_INT(line.n, 1);
	CHECK_STR(json_text(line.nodes), "\"\\/\b\f\n\r\t A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.");
}

TEST(members_are_found_behind_nested_ones)
{
	struct line line;
	int64_t number;
	read_line(&line, " {\"a\":{\"b\":[1,{\"c\":2}],\"d\":{}},\"e\":-17,\"f\":[],\"g\":\"x\"} ");
	CHECK(line.n > 0);
	CHECK_INT(line.nodes[0].n, 4);
	CHECK(json_integer(json_member(line.nodes, "e"), &number));
	CHECK_INT(number, -17);
	CHECK_STR(json_text(json_member(line.nodes, "g")), "x");
	CHECK(!json_member(line.nodes, "b"));
	CHECK(!json_first(json_member(line.nodes, "f")));
	const struct json_node *inner = json_member(json_member(line.nodes, "a"), "b");
	CHECK_INT(inner->n, 2);
	CHECK(json_member(json_next(inner, json_first(inner)), "c"));
	CHECK(!json_next(inner, json_next(inner, json_first(inner))));
	CHECK(!json_member(NULL, "a"));
	CHECK(!json_member(json_member(line.nodes, "g"), "a"));
}

TEST(more_values_than_there_is_room_for_are_refused)
{
	struct line line = {.text = "[1,2,3,4]"};
	CHECK_INT(json_read(line.text, strlen(line.text), line.nodes, 4, &line.problem), -1);
	CHECK_STR(line.problem, "too many values");
	struct line fits = {.text = "[1,2,3,4]"};
	CHECK_INT(json_read(fits.text, strlen(fits.text), fits.nodes, 5, &fits.problem), 5);
}

TEST(numbers_are_whole_or_seconds)
{
	static const struct {
		const char *text;
		bool is_whole;
		int64_t ns; /* -1: none */
	} cases[] = {
		{"0", true, 0},
		{"5", true, 5000000000},
		{"1.5", false, 1500000000},
		{"\"2.25\"", false, 2250000000},
		{"-1", true, -1},
		{"9223372036854775807", true, -1},
		{"9223372036854775808", false, -1},
		{"1e3", false, 1000000000000},
		{"1e99", false, -1},
		{"\"\"", false, -1},
		{"\"5s\"", false, -1},
		{"\"inf\"", false, -1},
		{"\"nan\"", false, -1},
		{"true", false, -1},
		{"null", false, -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line line;
		int64_t number = 0, ns = -1;
		read_line(&line, cases[i].text);
		CHECK_INT(line.n, 1);
		CHECK_INT(json_integer(line.nodes, &number), cases[i].is_whole);
		CHECK_INT(json_seconds(line.nodes, &ns), cases[i].ns >= 0);
		CHECK_INT(ns, cases[i].ns);
	}
}

TEST(a_request_has_a_command_and_properties)
{
	struct json_node nodes[MAX];
	struct request request;
	const char *problem;
	char text[] = "{\"command\":\"start\",\"id\":\"7f\",\"msg_type\":\"cast\",\"properties\":{"
		      "\"name\":\"web\"}}";
	CHECK_INT(request_read(text, strlen(text), nodes, MAX, &request, &problem), REQUEST_FINE);
	CHECK_STR(request.command, "start");
	CHECK_STR(json_text(request.id), "7f");
	CHECK(request.is_cast);
	CHECK_STR(json_text(json_member(request.properties, "name")), "web");
}

TEST(a_request_that_is_none_says_why)
{
	static const struct {
		const char *text;
		enum request_fault fault;
		const char *problem;
	} cases[] = {
		{"nothing", REQUEST_NOT_JSON, "not a value"},
		{"[1]", REQUEST_MESSAGE, "a request is an object"},
		{"{}", REQUEST_MESSAGE, "'command' is missing"},
		{"{\"command\":1}", REQUEST_MESSAGE, "'command' is missing"},
		{"{\"command\":\"x\",\"id\":[1]}", REQUEST_MESSAGE, "'id' is a text or a number"},
		{"{\"command\":\"x\",\"properties\":[]}", REQUEST_MESSAGE,
		 "'properties' is an object"},
		{"{\"command\":\"x\",\"properties\":null}", REQUEST_FINE, NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct json_node nodes[MAX];
		struct request request;
		char text[128];
		const char *problem = NULL;
		snprintf(text, sizeof(text), "%s", cases[i].text);
		CHECK_INT(request_read(text, strlen(text), nodes, MAX, &request, &problem),
			  cases[i].fault);
		CHECK_STR(problem, cases[i].problem);
	}
}

TEST(an_id_that_is_too_long_is_refused)
{
	char text[LIMIT_CONTROL_ID + 64], id[LIMIT_CONTROL_ID + 2];
	struct json_node nodes[MAX];
	struct request request;
	const char *problem;
	memset(id, 'x', sizeof(id));
	id[LIMIT_CONTROL_ID + 1] = '\0';
	snprintf(text, sizeof(text), "{\"command\":\"x\",\"id\":\"%s\"}", id);
	CHECK_INT(request_read(text, strlen(text), nodes, MAX, &request, &problem),
		  REQUEST_MESSAGE);
	CHECK(!request.id);
}
