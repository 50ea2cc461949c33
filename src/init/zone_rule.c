/* zone_rule.c - the TZ variable's rule and what follows from it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/zone_rule.h"

#include <assert.h>

#include "base/civil.h"

#include "base/banned.h"

/* ---- the text ---- */

static bool skip(struct str *rest, char c)
{
	if (!rest->len || *rest->ptr != c)
		return false;
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	return true;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* At least three letters, or <letters, digits and signs>. What it says is nobody's concern here. */
static bool skip_name(struct str *rest)
{
	bool quoted = skip(rest, '<');
	size_t n = 0;
	while (n < rest->len &&
	       (is_alpha(rest->ptr[n]) ||
		(quoted && (is_digit(rest->ptr[n]) || rest->ptr[n] == '+' || rest->ptr[n] == '-'))))
		n++;
	*rest = (struct str){rest->ptr + n, rest->len - n};
	return n >= 3 && (!quoted || skip(rest, '>'));
}

static bool take_number(struct str *rest, int max, int *ret_value)
{
	int value = 0;
	size_t n = 0;
	for (; n < rest->len && n < 4 && is_digit(rest->ptr[n]); n++)
		value = value * 10 + (rest->ptr[n] - '0');
	if (!n || value > max)
		return false;
	*rest = (struct str){rest->ptr + n, rest->len - n};
	*ret_value = value;
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *rest, int max_hours, int *ret_seconds)
{
	int sign = skip(rest, '-') ? -1 : 1;
	if (sign == 1)
		skip(rest, '+');
	int hours, minutes = 0, seconds = 0;
	if (!take_number(rest, max_hours, &hours))
		return false;
	if (skip(rest, ':')) {
		if (!take_number(rest, 59, &minutes))
			return false;
		if (skip(rest, ':') && !take_number(rest, 59, &seconds))
			return false;
	}
	*ret_seconds = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

/* Jn | n | Mm.w.d, then [/time] */
static bool take_day(struct str *rest, struct zone_day *ret_day)
{
	struct zone_day day = {.kind = DAY_OF_YEAR, .time = 2 * 3600};
	bool ok;
	if (skip(rest, 'M')) {
		day.kind = DAY_OF_WEEK;
		ok = take_number(rest, 12, &day.month) && day.month && skip(rest, '.') &&
		     take_number(rest, 5, &day.week) && day.week && skip(rest, '.') &&
		     take_number(rest, 6, &day.day);
	} else if (skip(rest, 'J')) {
		day.kind = DAY_JULIAN;
		ok = take_number(rest, 365, &day.day) && day.day;
	} else {
		ok = take_number(rest, 365, &day.day);
	}
	if (ok && skip(rest, '/'))
		ok = take_time(rest, 167, &day.time);
	*ret_day = day;
	return ok;
}

bool zone_rule_parse(struct str text, struct zone_rule *ret_rule)
{
	struct zone_rule rule = {0};
	int west;
	if (!skip_name(&text) || !take_time(&text, 24, &west))
		return false;
	rule.offset = -west;
	if (text.len) {
		if (!skip_name(&text))
			return false;
		rule.has_summer = true;
		rule.summer_offset = rule.offset + 3600;
		if (text.len && *text.ptr != ',') {
			if (!take_time(&text, 24, &west))
				return false;
			rule.summer_offset = -west;
		}
		/* POSIX leaves a rule that is not given to the system; all take the one of the
		 * United States. */
		if (!text.len)
			text = STR(",M3.2.0,M11.1.0");
		if (!skip(&text, ',') || !take_day(&text, &rule.begin) || !skip(&text, ',') ||
		    !take_day(&text, &rule.end))
			return false;
	}
	if (text.len)
		return false;
	*ret_rule = rule;
	return true;
}

/* ---- its times ---- */

/* Local seconds since 1970 of the change in that year. */
static int64_t day_in_year(const struct zone_day *day, int64_t year)
{
	int64_t first = civil_days(year, 1, 1);
	int64_t days;
	if (day->kind == DAY_OF_WEEK) {
		first = civil_days(year, day->month, 1);
		days = first + (day->day - civil_weekday(first) + 7) % 7 +
		       INT64_C(7) * (day->week - 1);
		if (days >= first + civil_month_length(year, day->month))
			days -= 7;
	} else if (day->kind == DAY_JULIAN) { /* the 29th of February is never counted */
		days = first + day->day - 1 + (civil_is_leap(year) && day->day >= 60);
	} else {
		days = first + day->day;
	}
	return days * 86400 + day->time;
}

/* The last change up to `at` begins the span, the first behind it ends it. Of two at the same time
 * the later year's counts: a summer that lasts all year ends when it begins. */
static void consider(struct zone_span *span, int64_t at, int64_t change, int offset)
{
	if (change > at) {
		span->end = change < span->end ? change : span->end;
	} else if (change >= span->start) {
		span->start = change;
		span->offset = offset;
	}
}

/* A day's time reaches a week out of its year. */
enum { YEARS_AROUND = 2 };

struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t at)
{
	struct zone_span span = {INT64_MIN, INT64_MAX, rule->offset};
	int64_t year = civil_of(at).year;
	if (!rule->has_summer)
		return span;
	for (int64_t y = year - YEARS_AROUND; y <= year + YEARS_AROUND; y++) {
		consider(&span, at, day_in_year(&rule->begin, y) - rule->offset,
			 rule->summer_offset);
		consider(&span, at, day_in_year(&rule->end, y) - rule->summer_offset, rule->offset);
	}
	assert(span.start != INT64_MIN && span.end != INT64_MAX);
	return span;
}
