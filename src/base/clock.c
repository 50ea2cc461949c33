/* clock.c - reading and writing times: RFC 3339, Docker's words, Go's durations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/civil.h"
#include "base/err.h"

#include "base/banned.h"

static int64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

void clock_format_rfc3339(int64_t ns, char out[CLOCK_TEXT_MAX])
{
	int64_t fraction = ns % NS_PER_SEC;
	int64_t seconds = ns / NS_PER_SEC;
	if (fraction < 0) {
		fraction += NS_PER_SEC;
		seconds--;
	}
	struct civil at = civil_of(seconds);
	size_t len =
		(size_t)snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", (int)at.year,
				 at.month, at.day, at.hour, at.minute, at.second);
	if (fraction) {
		len += (size_t)snprintf(out + len, CLOCK_TEXT_MAX - len, ".%09d", (int)fraction);
		while (out[len - 1] == '0')
			len--;
	}
	out[len++] = 'Z';
	out[len] = '\0';
}

/* A fixed-width number at the front of `rest`, followed by `end` (0: anything). */
static bool cut_number(struct str *rest, size_t width, char end, int max, int *ret_number)
{
	uint64_t number;
	size_t len = width + (end ? 1 : 0);
	if (rest->len < len || (end && (rest->ptr[width] | 0x20) != (end | 0x20)))
		return false;
	if (!str_to_u64((struct str){rest->ptr, width}, &number) || number > (uint64_t)max)
		return false;
	*rest = (struct str){rest->ptr + len, rest->len - len};
	*ret_number = (int)number;
	return true;
}

/* ".123" in nanoseconds; digits behind the ninth are dropped. */
static bool cut_fraction(struct str *rest, int64_t *ret_ns)
{
	*ret_ns = 0;
	if (rest->len == 0 || rest->ptr[0] != '.')
		return true;
	int64_t unit = NS_PER_SEC / 10;
	size_t i = 1;
	for (; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++) {
		*ret_ns += (rest->ptr[i] - '0') * unit;
		unit /= 10;
	}
	*rest = (struct str){rest->ptr + i, rest->len - i};
	return i > 1;
}

/* "Z" or "+01:30", the rest of the text, in seconds east. */
static bool parse_offset(struct str text, int *ret_seconds)
{
	if (str_is(text, "Z") || str_is(text, "z")) {
		*ret_seconds = 0;
		return true;
	}
	if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-'))
		return false;
	int hours, minutes, sign = text.ptr[0] == '-' ? -1 : 1;
	text = (struct str){text.ptr + 1, text.len - 1};
	if (!cut_number(&text, 2, ':', 23, &hours) || !cut_number(&text, 2, 0, 59, &minutes))
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool tm_is_real(const struct tm *tm)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = tm->tm_year + 1900;
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (tm->tm_mon < 0 || tm->tm_mday < 1)
		return false;
	return tm->tm_mday <= days[tm->tm_mon] + (tm->tm_mon == 1 && is_leap);
}

bool clock_parse_rfc3339(struct str text, int64_t *ret_ns)
{
	struct tm tm = {0};
	int offset;
	int64_t fraction;
	if (!cut_number(&text, 4, '-', 9999, &tm.tm_year) ||
	    !cut_number(&text, 2, '-', 12, &tm.tm_mon) ||
	    !cut_number(&text, 2, 'T', 31, &tm.tm_mday) ||
	    !cut_number(&text, 2, ':', 23, &tm.tm_hour) ||
	    !cut_number(&text, 2, ':', 59, &tm.tm_min) || /* RFC 3339, 5.7: 60 is a leap second */
	    !cut_number(&text, 2, 0, 60, &tm.tm_sec) || !cut_fraction(&text, &fraction) ||
	    !parse_offset(text, &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!tm_is_real(&tm))
		return false;
	/* The first second that 64 bits of nanoseconds reach starts before them. */
	__int128 ns = ((__int128)timegm(&tm) - offset) * NS_PER_SEC + fraction;
	if (ns < INT64_MIN || ns > INT64_MAX)
		return false;
	*ret_ns = (int64_t)ns;
	return true;
}

#define DAY_HOURS ((int64_t)24)

void clock_human_duration(int64_t ns, char out[CLOCK_TEXT_MAX])
{
	int64_t seconds = ns / NS_PER_SEC, minutes = seconds / 60, hours = (seconds + 1800) / 3600;
	/* go-units, HumanDuration: the first row whose value is below its end. */
	const struct {
		int64_t value, end, per_unit; /* per_unit 0: the text says it without a number */
		const char *text;
	} rows[] = {
		{seconds, 1, 0, "Less than a second"},
		{seconds, 2, 0, "1 second"},
		{seconds, 60, 1, "seconds"},
		{minutes, 2, 0, "About a minute"},
		{minutes, 60, 1, "minutes"},
		{hours, 2, 0, "About an hour"},
		{hours, 48, 1, "hours"},
		{hours, 14 * DAY_HOURS, DAY_HOURS, "days"},
		{hours, 60 * DAY_HOURS, 7 * DAY_HOURS, "weeks"},
		{hours, 730 * DAY_HOURS, 30 * DAY_HOURS, "months"},
		{seconds, INT64_MAX, 365 * DAY_HOURS * 3600, "years"},
	};
	size_t i = 0;
	while (rows[i].value >= rows[i].end)
		i++;
	if (rows[i].per_unit)
		snprintf(out, CLOCK_TEXT_MAX, "%lld %s",
			 (long long)(rows[i].value / rows[i].per_unit), rows[i].text);
	else
		snprintf(out, CLOCK_TEXT_MAX, "%s", rows[i].text);
}

/* The unit at the front of `rest`, in nanoseconds; 0: none. */
static int64_t cut_unit(struct str *rest)
{
	static const struct {
		struct str name;
		int64_t ns;
	} units[] = {
		/* "ms" before "m": the first that fits is taken. */
		{STR("ns"), 1},
		{STR("us"), 1000},
		{STR("\xc2\xb5s"), 1000}, /* micro sign */
		{STR("\xce\xbcs"), 1000}, /* Greek mu */
		{STR("ms"), (int64_t)1000 * 1000},
		{STR("s"), NS_PER_SEC},
		{STR("m"), 60 * NS_PER_SEC},
		{STR("h"), 3600 * NS_PER_SEC},
	};
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!str_starts(*rest, units[i].name))
			continue;
		*rest = (struct str){rest->ptr + units[i].name.len, rest->len - units[i].name.len};
		return units[i].ns;
	}
	return 0;
}

/* "1.5h" at the front of `rest`, added to the sum. A unit may be missing where `bare_unit` is not
 * 0: then the number is the last, and counted in that. */
static bool cut_amount(struct str *rest, int64_t bare_unit, int64_t *sum)
{
	uint64_t whole = 0;
	size_t n = 0;
	while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9')
		n++;
	if (n && !str_to_u64((struct str){rest->ptr, n}, &whole))
		return false;
	*rest = (struct str){rest->ptr + n, rest->len - n};
	bool has_point = rest->len && rest->ptr[0] == '.';
	int64_t billionths, amount, part;
	if (!cut_fraction(rest, &billionths)) {
		bool is_bare_point = has_point && n;
		if (!is_bare_point) /* Go takes "1.s" but not ".s" */
			return false;
		billionths = 0;
	}
	if (!n && !has_point)
		return false;
	int64_t unit = rest->len ? cut_unit(rest) : bare_unit;
	if (unit == 0 || __builtin_mul_overflow(whole, unit, &amount))
		return false;
	part = (int64_t)((__int128)billionths * unit / NS_PER_SEC);
	return !__builtin_add_overflow(amount, part, &amount) &&
	       !__builtin_add_overflow(*sum, amount, sum);
}

bool clock_parse_duration(struct str text, int64_t *ret_ns)
{
	bool is_negative = str_starts(text, STR("-"));
	if (is_negative || str_starts(text, STR("+")))
		text = (struct str){text.ptr + 1, text.len - 1};
	int64_t sum = 0, bare_unit = NS_PER_SEC;
	do {
		if (!cut_amount(&text, bare_unit, &sum))
			return false;
		bare_unit = 0;
	} while (text.len);
	*ret_ns = is_negative ? -sum : sum;
	return true;
}

int clock_source_date_epoch(int64_t *ret_ns, struct err *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;
	int64_t ns = -1;
	if (text && *text) {
		if (!str_to_u64(str_of(text), &seconds) ||
		    __builtin_mul_overflow(seconds, NS_PER_SEC, &ns))
			return err_set(err, ERR_INPUT,
				       "SOURCE_DATE_EPOCH is '%s', not a number of seconds", text);
	}
	*ret_ns = ns;
	return 0;
}
