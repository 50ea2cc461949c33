/* test_schedule.c - when a time table runs next, by cases and against a walk over every minute.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/schedule.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ini/parse.h"
#include "testing/test.h"

#include "base/banned.h"

static const char new_york[] = "EST5EDT,M3.2.0,M11.1.0";
static const char paris[] = "CET-1CEST,M3.5.0,M10.5.0/3";
static const char sydney[] = "AEST-10AEDT,M10.1.0,M4.1.0/3";
static const char lord_howe[] = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
static const char nuuk[] = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";

struct schedule_case {
	const char *table;
	const char *zone; /* NULL: UTC */
	const char *after;
	const char *next[4]; /* one after the other; "": never */
};

static const struct schedule_case cases[] = {
	{"* * * * *",
	 NULL,
	 "2026-01-01T00:00:00Z",
	 {"2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"}},
	{"* * * * *", NULL, "2025-12-31T23:59:59Z", {"2026-01-01T00:00:00Z"}},
	{"*/15 * * * *", NULL, "2026-01-01T00:50:01Z", {"2026-01-01T01:00:00Z"}},
	{"0 0 1 1 *", NULL, "2026-01-01T00:00:00Z", {"2027-01-01T00:00:00Z"}},
	{"59 23 31 12 *",
	 NULL,
	 "2026-01-01T00:00:00Z",
	 {"2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"}},
	/* sparse tables */
	{"0 0 29 2 *",
	 NULL,
	 "2026-01-01T00:00:00Z",
	 {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
	{"0 0 29 2 *", NULL, "2096-02-29T00:00:00Z", {"2104-02-29T00:00:00Z"}},
	{"30 4 31 * *",
	 NULL,
	 "2026-01-31T04:30:00Z",
	 {"2026-03-31T04:30:00Z", "2026-05-31T04:30:00Z"}},
	{"@reboot", NULL, "2026-01-01T00:00:00Z", {""}},
	/* either the day of the month or that of the week, when both are restricted */
	{"0 0 13 * 5",
	 NULL,
	 "2026-02-01T00:00:00Z",
	 {"2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"}},
	{"0 0 13 * *",
	 NULL,
	 "2026-02-01T00:00:00Z",
	 {"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z"}},
	{"0 0 * * 7", NULL, "2026-02-01T00:00:00Z", {"2026-02-08T00:00:00Z"}},
	/* seconds */
	{"*/20 * * * * *",
	 NULL,
	 "2026-01-01T00:00:00Z",
	 {"2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-01T00:01:00Z"}},
	{"5 30 12 * * *", NULL, "2026-01-01T12:30:05Z", {"2026-01-02T12:30:05Z"}},
	/* skipped: 2026-03-08 02:00 is 03:00 in New York, 07:00 UTC */
	{"30 2 * * *",
	 new_york,
	 "2026-03-07T12:00:00Z",
	 {"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
	{"0,20,40 2 * * *",
	 new_york,
	 "2026-03-08T06:59:59Z",
	 {"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"}},
	{"30 2 * * *", new_york, "2026-03-08T07:00:00Z", {"2026-03-09T06:30:00Z"}},
	{"0 3 * * *",
	 new_york,
	 "2026-03-08T00:00:00-05:00",
	 {"2026-03-08T07:00:00Z", "2026-03-09T07:00:00Z"}},
	{"7 * * * *", new_york, "2026-03-08T06:07:00Z", {"2026-03-08T07:07:00Z"}},
	/* twice: 2026-11-01 01:00 to 02:00 in New York, from 05:00 and from 06:00 UTC */
	{"30 1 * * *",
	 new_york,
	 "2026-11-01T00:00:00Z",
	 {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
	{"30 1 * * *", new_york, "2026-11-01T06:10:00Z", {"2026-11-02T06:30:00Z"}},
	{"30 * * * *",
	 new_york,
	 "2026-11-01T05:00:00Z",
	 {"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"}},
	{"0 2 * * *", new_york, "2026-11-01T05:00:00Z", {"2026-11-01T07:00:00Z"}},
	{"30 2 * * *",
	 paris,
	 "2026-03-28T12:00:00Z",
	 {"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
	{"30 2 * * *",
	 paris,
	 "2026-10-24T12:00:00Z",
	 {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
	{"30 2 * * *",
	 sydney,
	 "2026-10-03T00:00:00Z",
	 {"2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"}},
	{"30 2 * * *",
	 sydney,
	 "2026-04-04T00:00:00Z",
	 {"2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"}},
	/* half an hour */
	{"15 2 * * *",
	 lord_howe,
	 "2026-10-03T00:00:00Z",
	 {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
	{"45 1 * * *",
	 lord_howe,
	 "2026-04-04T12:00:00Z",
	 {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
	/* over midnight: 2026-03-28 23:00 is the 29th 00:00 */
	{"30 23 28 3 *",
	 nuuk,
	 "2026-03-01T00:00:00Z",
	 {"2026-03-29T01:00:00Z", "2027-03-29T00:30:00Z"}},
	{"0 0 * * *",
	 nuuk,
	 "2026-03-28T12:00:00Z",
	 {"2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"}},
};

static int64_t seconds_of(const char *text)
{
	int64_t ns;
	if (!clock_parse_rfc3339(str_of(text), &ns))
		test_fail(__FILE__, __LINE__, "'%s' is no time", text);
	return ns / NS_PER_SEC;
}

TEST(tables_run_at_their_times)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct schedule_case *c = &cases[i];
		autoerr struct err err = {0};
		struct cron_table table;
		CHECK_OK(parse_cron(c->table, &table, &err), &err);
		struct zone *zone = c->zone ? zone_of_rule(c->zone) : NULL;
		CHECK(!c->zone || zone);
		int64_t at = seconds_of(c->after);
		for (size_t k = 0; k < ARRAY_LEN(c->next) && c->next[k]; k++) {
			at = schedule_next(&table, zone, at);
			char got[CLOCK_TEXT_MAX] = "";
			if (at >= 0)
				clock_format_rfc3339(at * NS_PER_SEC, got);
			if (!text_eq(got, c->next[k]))
				test_fail(__FILE__, __LINE__,
					  "'%s' in %s, run %zu after %s: %s, not %s", c->table,
					  c->zone ? c->zone : "UTC", k + 1, c->after, got,
					  c->next[k]);
		}
		zone_close(zone);
	}
}

TEST(what_never_comes_is_never)
{
	struct cron_table table = {.seconds = 1,
				   .minutes = 1,
				   .hours = 1,
				   .days = 1U << 31,
				   .months = 1U << 2,
				   .weekdays = 0x7f,
				   .weekdays_any = true};
	CHECK_INT(schedule_next(&table, NULL, 0), -1);
	CHECK_INT(schedule_next(&(struct cron_table){0}, NULL, 0), -1);
	table.days = 2;
	CHECK(schedule_next(&table, NULL, 0) > 0);
	CHECK_INT(schedule_next(&table, NULL, INT64_MAX), -1);
	CHECK_INT(schedule_next(&table, NULL, INT64_MIN), -1);
}

/* ---- against a walk over every minute ---- */

static bool matches_at(const struct cron_table *table, int64_t wall)
{
	struct tm tm;
	time_t seconds = (time_t)wall;
	gmtime_r(&seconds, &tm);
	bool of_month = table->days >> tm.tm_mday & 1, of_week = table->weekdays >> tm.tm_wday & 1;
	bool day =
		table->days_any || table->weekdays_any ? of_month && of_week : of_month || of_week;
	return day && table->minutes >> tm.tm_min & 1 && table->hours >> tm.tm_hour & 1 &&
	       table->months >> (tm.tm_mon + 1) & 1;
}

/* The rule told once more, without any of the reckoning: -1 when nothing comes in `n` minutes. */
static int64_t walk(const struct cron_table *table, const struct zone *zone, int64_t after, int n)
{
	bool follows = table->hours == 0xffffff || table->minutes == ((uint64_t)1 << 60) - 1;
	int64_t at = after - after % 60 + 60;
	for (int i = 0; i < n; i++, at += 60) {
		int64_t wall = at + zone_offset(zone, at);
		for (int64_t skipped = at + zone_offset(zone, at - 1); skipped < wall;
		     skipped += 60)
			if (!follows && matches_at(table, skipped))
				return at;
		bool seen = false;
		for (int64_t past = at - 60; past > at - 10800; past -= 60)
			seen = seen || past + zone_offset(zone, past) == wall;
		if (matches_at(table, wall) && (follows || !seen))
			return at;
	}
	return -1;
}

static uint64_t random_bits(int from, int to, int mean)
{
	uint64_t bits = 0;
	if (rand() % 3 == 0)
		return (((uint64_t)1 << (to + 1)) - 1) & ~(((uint64_t)1 << from) - 1);
	while (!bits)
		for (int i = from; i <= to; i++)
			bits |= (uint64_t)(rand() % (to - from + 1) < mean) << i;
	return bits;
}

TEST(random_tables_run_when_a_walk_says)
{
	static const char *const zones[] = {new_york, paris, sydney, lord_howe, nuuk, "UTC0"};
	srand(20260301);
	for (int i = 0; i < 100; i++) {
		struct zone *zone = zone_of_rule(zones[rand() % (int)ARRAY_LEN(zones)]);
		struct cron_table table = {
			.seconds = 1,
			.minutes = random_bits(0, 59, 4),
			.hours = (uint32_t)random_bits(0, 23, 4),
			.days = (uint32_t)random_bits(1, 31, 10),
			.months = (uint16_t)random_bits(1, 12, 6),
			.weekdays = (uint8_t)random_bits(0, 6, 2),
		};
		table.days_any = table.days == 0xfffffffe;
		table.weekdays_any = table.weekdays == 0x7f;
		/* Half of the starts lie in the two days before a change of the clock. */
		int64_t after = 1767225600 + (int64_t)rand() % 100000000;
		struct zone_span span = zone_span_at(zone, after);
		if (rand() % 2 && span.end != INT64_MAX)
			after = span.end - rand() % (2 * 86400);
		for (int run = 0; run < 4; run++) {
			int64_t want = walk(&table, zone, after, 4 * 1440);
			int64_t got = schedule_next(&table, zone, after);
			if (want < 0 && (got < 0 || got > after + INT64_C(4) * 86400))
				break;
			if (got != want)
				test_fail(__FILE__, __LINE__,
					  "table %d, run %d after %lld: %lld, not %lld", i, run,
					  (long long)after, (long long)got, (long long)want);
			after = got;
		}
		zone_close(zone);
	}
}
