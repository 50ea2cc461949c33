/* schedule.c - when is the next time, local time and its jumps included.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Local time is a line of its own, "seconds since 1970 of the clock on the wall": the fields are
 * searched there. The zone's spans of one offset then say which real second that is: a time between
 * two spans was skipped, a time that the span before had as well comes for the second time. */
#include "init/schedule.h"

#include "base/civil.h"
#include "base/mem.h"
#include "init/limits.h"

#include "base/banned.h"

enum { DAY = 86400, ALL_HOURS = 0xffffff };
#define ALL_MINUTES (((uint64_t)1 << 60) - 1)

static bool day_matches(const struct cron_table *table, const struct civil *day, int weekday)
{
	bool of_month = table->days >> day->day & 1;
	bool of_week = table->weekdays >> weekday & 1;
	/* crontab(5): when both are restricted, either is enough. "*" has all its bits, "*" with a
	 * step has some and still restricts together with the other. */
	return table->days_any || table->weekdays_any ? of_month && of_week : of_month || of_week;
}

/* The lowest bit of `set` from `from` on; -1: none. */
static int next_bit(uint64_t set, int from)
{
	uint64_t left = from < 64 ? set >> from << from : 0;
	return left ? __builtin_ctzll(left) : -1;
}

/* The first second of a day, from `from` on; -1: none on this day. */
static int next_in_day(const struct cron_table *table, int from)
{
	int hour = from / 3600, minute = from / 60 % 60, second = from % 60;
	int first_minute = next_bit(table->minutes, 0), first_second = next_bit(table->seconds, 0);
	if (first_minute < 0 || first_second < 0)
		return -1;
	if (table->hours >> hour & 1) {
		if (table->minutes >> minute & 1) {
			int found = next_bit(table->seconds, second);
			if (found >= 0)
				return hour * 3600 + minute * 60 + found;
		}
		int found = next_bit(table->minutes, minute + 1);
		if (found >= 0)
			return hour * 3600 + found * 60 + first_second;
	}
	int found = next_bit(table->hours, hour + 1);
	return found < 0 ? -1 : found * 3600 + first_minute * 60 + first_second;
}

/* The first matching second of the wall's clock at or after `from`, before `limit`. */
static int64_t next_on_wall(const struct cron_table *table, int64_t from, int64_t limit)
{
	struct civil at = civil_of(from);
	int in_day = at.hour * 3600 + at.minute * 60 + at.second;
	int64_t days = civil_days(at.year, at.month, at.day);
	while (days * DAY < limit) {
		if (!(table->months >> at.month & 1)) {
			days += (int64_t)civil_month_length(at.year, at.month) - at.day + 1;
		} else {
			int found = day_matches(table, &at, civil_weekday(days))
					    ? next_in_day(table, in_day)
					    : -1;
			if (found >= 0)
				return days * DAY + found;
			days++;
		}
		in_day = 0;
		at = civil_of(days * DAY);
	}
	return limit;
}

/* Up to where the clock on the wall has been before this span began. */
static int64_t wall_seen(const struct zone *zone, int64_t start)
{
	int64_t seen = INT64_MIN;
	for (int64_t at = start; at != INT64_MIN && at > start - (int64_t)2 * DAY;) {
		struct zone_span before = zone_span_at(zone, at - 1);
		if (at + before.offset > seen)
			seen = at + before.offset;
		at = before.start;
	}
	return seen;
}

bool schedule_follows_clock(const struct cron_table *table)
{
	return (table->hours & ALL_HOURS) == ALL_HOURS ||
	       (table->minutes & ALL_MINUTES) == ALL_MINUTES;
}

int64_t schedule_next(const struct cron_table *table, const struct zone *zone, int64_t after)
{
	if (table->at_boot || after < -LIMIT_CIVIL_SECONDS / 2 || after > LIMIT_CIVIL_SECONDS / 2)
		return -1;
	bool follows_clock = schedule_follows_clock(table);
	int64_t limit = after + (int64_t)LIMIT_CRON_YEARS * 366 * DAY;
	struct zone_span span = zone_span_at(zone, after);
	int64_t from = after + 1 + span.offset;
	if (!follows_clock && wall_seen(zone, span.start) > from)
		from = wall_seen(zone, span.start);
	int64_t wall = next_on_wall(table, from, limit);
	while (wall < limit) {
		if (span.end == INT64_MAX || wall < span.end + span.offset)
			return wall - span.offset;
		struct zone_span next = zone_span_at(zone, span.end);
		int64_t begins = span.end + next.offset;
		if (follows_clock)
			wall = next_on_wall(table, begins, limit);
		else if (wall < begins)
			return span.end; /* skipped: made up for at once */
		span = next;
	}
	return -1;
}
