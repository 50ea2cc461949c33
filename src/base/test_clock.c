/* test_clock.c - times and durations as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdlib.h>

#include "base/err.h"

#include "testing/test.h"

TEST(the_clocks_run)
{
	int64_t before = clock_monotonic_ns();
	CHECK(before > 0 && clock_monotonic_ns() >= before);
	CHECK(clock_now_ns() > 1600000000 * NS_PER_SEC);
}

TEST(times_are_written_without_needless_digits)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{NS_PER_SEC / 2, "1970-01-01T00:00:00.5Z"},
		{1, "1970-01-01T00:00:00.000000001Z"},
		{-1, "1969-12-31T23:59:59.999999999Z"},
		{-NS_PER_SEC, "1969-12-31T23:59:59Z"},
		{1767323045600000000, "2026-01-02T03:04:05.6Z"},
		{951782400 * NS_PER_SEC, "2000-02-29T00:00:00Z"},
		{INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
		{INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CLOCK_TEXT_MAX];
		int64_t ns;
		clock_format_rfc3339(cases[i].ns, text);
		CHECK_STR(text, cases[i].text);
		CHECK(clock_parse_rfc3339(str_of(text), &ns));
		CHECK_INT(ns, cases[i].ns);
	}
}

TEST(times_are_read_with_any_offset_and_fraction)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t ns;
	} cases[] = {
		{"1970-01-01T01:30:00+01:30", true, 0},
		{"1969-12-31T22:00:00-02:00", true, 0},
		{"1970-01-01t00:00:00z", true, 0},
		{"1970-01-01T00:00:00.25+00:00", true, 250000000},
		{"1970-01-01T00:00:00.1234567899Z", true, 123456789},
		{"1970-01-01T00:00:60Z", true, 60 * NS_PER_SEC},
		{"2024-02-29T00:00:00Z", true, 1709164800 * NS_PER_SEC},
		{"2023-02-29T00:00:00Z", false, 0},
		{"1900-02-29T00:00:00Z", false, 0},
		{"1970-00-01T00:00:00Z", false, 0},
		{"1970-13-01T00:00:00Z", false, 0},
		{"1970-01-00T00:00:00Z", false, 0},
		{"1970-04-31T00:00:00Z", false, 0},
		{"1970-01-01T24:00:00Z", false, 0},
		{"1970-01-01T00:60:00Z", false, 0},
		{"1970-01-01T00:00:61Z", false, 0},
		{"1970-01-01T00:00:00.Z", false, 0},
		{"1970-01-01T00:00:00", false, 0},
		{"1970-01-01T00:00:00+0100", false, 0},
		{"1970-01-01T00:00:00+24:00", false, 0},
		{"1970-01-01T00:00:00Z ", false, 0},
		{"1970-01-01 00:00:00Z", false, 0},
		{"70-01-01T00:00:00Z", false, 0},
		{"0001-01-01T00:00:00Z", false,
		 0}, /* Go's zero time: before what 64 bits of ns hold */
		{"9999-01-01T00:00:00Z", false, 0},
		{"", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ns = 42;
		if (clock_parse_rfc3339(str_of(cases[i].text), &ns) != cases[i].ok)
			test_fail(__FILE__, __LINE__, "'%s'", cases[i].text);
		CHECK_INT(ns, cases[i].ok ? cases[i].ns : 42);
	}
}

#define MINUTE ((int64_t)60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

TEST(ages_are_told_as_docker_tells_them)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{-5, "Less than a second"},
		{0, "Less than a second"},
		{1, "1 second"},
		{59, "59 seconds"},
		{60, "About a minute"},
		{119, "About a minute"},
		{120, "2 minutes"},
		{59 * MINUTE, "59 minutes"},
		{60 * MINUTE, "About an hour"},
		{89 * MINUTE, "About an hour"},
		{90 * MINUTE, "2 hours"},
		{47 * HOUR, "47 hours"},
		{2 * DAY, "2 days"},
		{13 * DAY, "13 days"},
		{14 * DAY, "2 weeks"},
		{59 * DAY, "8 weeks"},
		{60 * DAY, "2 months"},
		{729 * DAY, "24 months"},
		{730 * DAY, "2 years"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CLOCK_TEXT_MAX];
		clock_human_duration(cases[i].seconds * NS_PER_SEC, text);
		CHECK_STR(text, cases[i].text);
	}
}

TEST(durations)
{
	static const int64_t ms = 1000000, minute = 60 * NS_PER_SEC, hour = 3600 * NS_PER_SEC;
	const struct {
		const char *text;
		bool ok;
		int64_t ns;
	} cases[] = {
		{"300ms", true, 300 * ms},
		{"1.5h", true, 90 * minute},
		{"2h45m", true, 165 * minute},
		{"1h2m3s4ms5us6ns", true, hour + 2 * minute + 3 * NS_PER_SEC + 4 * ms + 5006},
		{"5\xc2\xb5s", true, 5000},
		{"5\xce\xbcs", true, 5000},
		{"-1.5s", true, -1500 * ms},
		{"+2s", true, 2 * NS_PER_SEC},
		{".5s", true, 500 * ms},
		{"1.s", true, NS_PER_SEC},
		{"0", true, 0},
		{"10", true, 10 * NS_PER_SEC},
		{"1.5", true, 1500 * ms},
		{"9223372036s", true, 9223372036 * NS_PER_SEC},
		{"9223372037s", false, 0},
		{"2562048h", false, 0},
		{"99999999999999999999s", false, 0},
		{"9223372036s9223372036s", false, 0},
		{"", false, 0},
		{"-", false, 0},
		{".", false, 0},
		{".s", false, 0},
		{"s", false, 0},
		{"1x", false, 0},
		{"1h30", false, 0},
		{"1 s", false, 0},
		{"1d", false, 0},
		{"1h-2m", false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ns = 42;
		if (clock_parse_duration(str_of(cases[i].text), &ns) != cases[i].ok)
			test_fail(__FILE__, __LINE__, "'%s'", cases[i].text);
		CHECK_INT(ns, cases[i].ok ? cases[i].ns : 42);
	}
}

TEST(source_date_epoch_counts_only_when_it_is_a_number)
{
	static const struct {
		const char *text;
		int result;
		int64_t ns;
	} cases[] = {
		{NULL, 0, -1},         {"", 0, -1},
		{"0", 0, 0},           {"1700000000", 0, 1700000000 * NS_PER_SEC},
		{"-1", -1, 0},         {"yesterday", -1, 0},
		{"9223372037", -1, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		int64_t ns = 42;
		if (cases[i].text)
			setenv("SOURCE_DATE_EPOCH", cases[i].text, 1);
		else
			unsetenv("SOURCE_DATE_EPOCH");
		CHECK_INT(clock_source_date_epoch(&ns, &err), cases[i].result);
		CHECK_INT(ns, cases[i].result ? 42 : cases[i].ns);
		CHECK_INT(err.kind, cases[i].result ? ERR_INPUT : ERR_NONE);
	}
	unsetenv("SOURCE_DATE_EPOCH");
}
