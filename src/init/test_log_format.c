/* test_log_format.c - what lines look like.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_format.h"

#include "base/clock.h"
#include "testing/test.h"

#include "base/banned.h"

#define NOON (INT64_C(1767355445) * NS_PER_SEC + 678901234) /* 2026-01-02T12:04:05 */

static const char *line_of(const struct log_spec *spec, const char *service, struct log_line line)
{
	static char out[LIMIT_LOG_LONGEST + 1];
	struct log_origin origin = {service, "stdout", 42};
	struct log_clock clock = {0};
	struct log_head head;

	log_clock_set(&clock, NOON);
	log_head_make(&head, spec, &origin, &clock);
	out[log_format_line(&head, &line, out)] = '\0';
	return out;
}

TEST(each_format_has_its_form)
{
	static const struct {
		struct log_spec spec;
		const char *want;
	} cases[] = {
		{{.format = LOG_RAW}, "text\n"},
		{{.format = LOG_PREFIX}, "web | text\n"},
		{{.format = LOG_STAMP}, "2026-01-02T12:04:05.678901Z web | text\n"},
		{{.format = LOG_JSON},
		 "{\"time\":\"2026-01-02T12:04:05.678901Z\",\"service\":\"web\",\"pid\":42,"
		 "\"stream\":\"stdout\",\"line\":\"text\"}\n"},
		{{.format = LOG_CIRCUS}, "2026-01-02 12:04:05 [42] | text\n"},
		{{.format = LOG_CIRCUS, .time_format = "%H.%M"}, "12.04 [42] | text\n"},
		{{.format = LOG_CIRCUS, .time_format = "%S,%f %%f"}, "05,678901 %f [42] | text\n"},
		{{.format = LOG_CIRCUS, .color = "red"},
		 "\033[0;31;40m2026-01-02 12:04:05 [42] | text\033[0m\n"},
		{{.format = LOG_PREFIX, .color = "white"}, "\033[0;37;40mweb | text\033[0m\n"},
		{{.format = LOG_RAW, .color = "red"}, "text\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CHECK_STR(line_of(&cases[i].spec, "web", (struct log_line){STR("text"), false}),
			  cases[i].want);
}

TEST(only_a_raw_piece_has_no_newline)
{
	struct log_spec raw = {.format = LOG_RAW}, prefix = {.format = LOG_PREFIX};

	CHECK_STR(line_of(&raw, "web", (struct log_line){STR("piece"), true}), "piece");
	CHECK_STR(line_of(&prefix, "web", (struct log_line){STR("piece"), true}), "web | piece\n");
}

TEST(a_random_color_stays_with_its_service)
{
	struct log_spec spec = {.format = LOG_PREFIX, .color = "random"};
	char first[64];
	const char *line = line_of(&spec, "web", (struct log_line){STR("x"), false});

	CHECK(strlen(line) < sizeof(first));
	memcpy(first, line, strlen(line) + 1);
	CHECK(first[5] >= '1' && first[5] <= '7');
	CHECK_STR(line_of(&spec, "web", (struct log_line){STR("x"), false}), first);
}

TEST(a_monstrous_name_leaves_the_line_whole)
{
	struct log_spec spec = {.format = LOG_JSON};
	char name[4096];

	memset(name, 1, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	const char *line = line_of(&spec, name, (struct log_line){STR("text"), false});
	CHECK(strstr(line, "\",\"line\":\"text\"}\n"));
}

TEST(the_second_is_kept_and_the_fraction_follows)
{
	struct log_clock clock = {0};
	static const struct {
		int64_t ns;
		const char *want;
	} cases[] = {
		{NOON, "2026-01-02T12:04:05.678901Z"},
		{NOON + 1000, "2026-01-02T12:04:05.678902Z"},
		{NOON + NS_PER_SEC, "2026-01-02T12:04:06.678901Z"},
		{NOON - 678901234, "2026-01-02T12:04:05.000000Z"}, /* the clock was set back */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		log_clock_set(&clock, cases[i].ns);
		CHECK_STR(clock.iso, cases[i].want);
	}
}

TEST(local_time_is_the_zones)
{
	struct zone *zone = zone_open("EST5EDT,M3.2.0,M11.1.0");
	struct log_spec spec = {.format = LOG_CIRCUS, .time_format = "%H:%M %z"};
	struct log_origin origin = {"web", "stdout", 1};
	struct log_clock clock = {.zone = zone};
	struct log_head head;

	CHECK(zone);
	log_clock_set(&clock, NOON);
	log_head_make(&head, &spec, &origin, &clock);
	CHECK(head.len == 18 && !memcmp(head.text, "07:04 -0500 [1] | ", 18));
	spec.utc = true;
	log_head_make(&head, &spec, &origin, &clock);
	CHECK(!memcmp(head.text, "12:04 +0000 [1]", 15));
	zone_close(zone);
}

TEST(json_text_is_escaped)
{
	static const struct {
		struct str text;
		const char *want;
	} cases[] = {
		{STR(""), ""},
		{STR("plain text of more than eight bytes"), "plain text of more than eight bytes"},
		{STR("say \"hi\" \\o/"), "say \\\"hi\\\" \\\\o/"},
		{STR("\t\r\n\b\f"), "\\t\\r\\n\\b\\f"},
		{STR("\0\x01\x1f\x7f"), "\\u0000\\u0001\\u001f\x7f"},
		{STR("\x1b[31mred"), "\\u001b[31mred"},
		{STR("12345678\"12345678"), "12345678\\\"12345678"},
		{STR("1234567\x1f"), "1234567\\u001f"},
		{STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8b"),
		 "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8b"},
		{STR("\xff"), "\xef\xbf\xbd"},
		{STR("a\xc3"), "a\xef\xbf\xbd"},
		{STR("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
		{STR("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
		{STR("\xf5\x80"), "\xef\xbf\xbd\xef\xbf\xbd"},
		{STR("\xe2\x82X"), "\xef\xbf\xbd\xef\xbf\xbdX"},
	};
	char out[256];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = log_escape_json(cases[i].text, out);
		out[len] = '\0';
		CHECK_STR(out, cases[i].want);
	}
}
