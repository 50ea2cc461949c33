/* filter_time.c - Salt's strftime: dates from numbers and from texts, all in UTC.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The time zone of a container being configured is not known yet; texts without a zone are taken
 * as UTC as well, so that one text gives one result everywhere. */
#include <time.h>

#include "base/civil.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

#define SECONDS_MAX 253402300799 /* the last second of the year 9999, Python's last year */

static bool number_cut(struct str *rest, size_t n_min, size_t n_max, int64_t *ret_number)
{
	size_t n = 0;

	while (n < n_max && n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9')
		n++;
	struct str digits = {rest->ptr, n};
	if (n < n_min || !str_to_i64(digits, ret_number))
		return false;
	*rest = (struct str){rest->ptr + n, rest->len - n};
	return true;
}

static bool sign_cut(struct str *rest, const char *signs)
{
	if (!rest->len || !rest->ptr[0] || !strchr(signs, rest->ptr[0]))
		return false;
	*rest = (struct str){rest->ptr + 1, rest->len - 1};
	return true;
}

/* ":MM", ":SS" and a fraction behind the hours. */
static bool clock_cut(struct str *rest, int64_t clock[3])
{
	if (!number_cut(rest, 1, 2, &clock[0]))
		return false;
	for (size_t i = 1; i < 3 && sign_cut(rest, ":"); i++)
		if (!number_cut(rest, 2, 2, &clock[i]))
			return false;
	int64_t fraction;
	if (sign_cut(rest, ".") && !number_cut(rest, 1, 9, &fraction))
		return false;
	return clock[0] < 24 && clock[1] < 60 && clock[2] < 60;
}

/* "2002-12-25", "2002/12/25", "2002-12-25T10:00[:00][.5][Z|+01:00]". */
static bool date_parse(struct str text, int64_t *ret_seconds)
{
	struct str rest = str_trim(text);
	int64_t year, month, day, clock[3] = {0}, zone[3] = {0};
	bool is_west = false;

	if (!number_cut(&rest, 4, 4, &year) || !sign_cut(&rest, "-/") ||
	    !number_cut(&rest, 1, 2, &month) || !sign_cut(&rest, "-/") ||
	    !number_cut(&rest, 1, 2, &day) || month < 1 || month > 12 || day < 1 ||
	    day > civil_month_length(year, (int)month))
		return false;
	if (sign_cut(&rest, "T ") && !clock_cut(&rest, clock))
		return false;
	if (rest.len && (rest.ptr[0] == '+' || rest.ptr[0] == '-')) {
		is_west = rest.ptr[0] == '-';
		sign_cut(&rest, "+-");
		if (!clock_cut(&rest, zone))
			return false;
	} else {
		sign_cut(&rest, "Z");
	}
	if (rest.len)
		return false;
	struct civil civil = {year,          (int)month,    (int)day,
			      (int)clock[0], (int)clock[1], (int)clock[2]};
	int64_t offset = zone[0] * 3600 + zone[1] * 60;
	*ret_seconds = civil_seconds(&civil) + (is_west ? offset : -offset);
	return true;
}

static int seconds_of(struct heap *heap, struct value v, int64_t *ret_seconds, struct err *err)
{
	double number;

	if (v.kind == VALUE_NONE || (value_is_string(v) && !v.len)) {
		*ret_seconds = (int64_t)time(NULL);
		return 0;
	}
	if (value_is_string(v) && date_parse(value_bytes(v), ret_seconds))
		return 0;
	int is_number = float_of(v, &number, err);
	if (is_number < 0)
		return -1;
	if (!is_number || !(number >= -SECONDS_MAX && number <= SECONDS_MAX)) {
		struct value shown;
		return value_str(heap, v, &shown, err)
			       ? -1
			       : err_set(err, ERR_INPUT,
					 "Unable to parse %.*s: a date is seconds since 1970 or "
					 "YYYY-MM-DD[ HH:MM[:SS]]",
					 STR_ARG(value_bytes(shown)));
	}
	*ret_seconds = (int64_t)number;
	return 0;
}

/* ---- writing ---- */

static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					"Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {"January",   "February", "March",    "April",
					  "May",       "June",     "July",     "August",
					  "September", "October",  "November", "December"};

struct date {
	struct civil civil;
	int64_t seconds;
	int weekday; /* 0: Sunday */
	int yearday; /* from 0 */
};

static struct date date_of(int64_t seconds)
{
	struct civil civil = civil_of(seconds);
	int64_t days = civil_days(civil.year, civil.month, civil.day);

	return (struct date){civil, seconds, civil_weekday(days),
			     (int)(days - civil_days(civil.year, 1, 1))};
}

/* ISO 8601, 3.1.1.23: weeks begin on Mondays, the first one holds the year's first Thursday. */
static void iso_week(const struct date *date, int64_t *ret_year, int *ret_week)
{
	int from_monday = (date->weekday + 6) % 7;
	int64_t thursday =
		civil_days(date->civil.year, date->civil.month, date->civil.day) - from_monday + 3;
	struct civil of = civil_of(thursday * 86400);

	*ret_year = of.year;
	*ret_week = (int)((thursday - civil_days(of.year, 1, 1)) / 7) + 1;
}

/* Conversions that stand for others. */
static const char *whole_of(char letter)
{
	switch (letter) {
	case 'D':
	case 'x': return "%m/%d/%y";
	case 'F': return "%Y-%m-%d";
	case 'R': return "%H:%M";
	case 'T':
	case 'X': return "%H:%M:%S";
	case 'c': return "%a %b %e %H:%M:%S %Y";
	case 'r': return "%I:%M:%S %p";
	default: return NULL;
	}
}

static bool number_write(struct buf *buf, char letter, const struct date *date)
{
	const struct civil *c = &date->civil;
	int64_t iso_year;
	int week, hour12 = c->hour % 12 ? c->hour % 12 : 12;

	iso_week(date, &iso_year, &week);
	switch (letter) {
	case 'C': buf_printf(buf, "%02d", (int)(c->year / 100)); break;
	case 'G': buf_printf(buf, "%d", (int)iso_year); break;
	case 'H': buf_printf(buf, "%02d", c->hour); break;
	case 'I': buf_printf(buf, "%02d", hour12); break;
	case 'M': buf_printf(buf, "%02d", c->minute); break;
	case 'S': buf_printf(buf, "%02d", c->second); break;
	case 'U': buf_printf(buf, "%02d", (date->yearday + 7 - date->weekday) / 7); break;
	case 'V': buf_printf(buf, "%02d", week); break;
	case 'W': buf_printf(buf, "%02d", (date->yearday + 7 - (date->weekday + 6) % 7) / 7); break;
	case 'Y': buf_printf(buf, "%d", (int)c->year); break;
	case 'd': buf_printf(buf, "%02d", c->day); break;
	case 'e': buf_printf(buf, "%2d", c->day); break;
	case 'j': buf_printf(buf, "%03d", date->yearday + 1); break;
	case 'k': buf_printf(buf, "%2d", c->hour); break;
	case 'l': buf_printf(buf, "%2d", hour12); break;
	case 'm': buf_printf(buf, "%02d", c->month); break;
	case 's': buf_printf(buf, "%lld", (long long)date->seconds); break;
	case 'u': buf_printf(buf, "%d", date->weekday ? date->weekday : 7); break;
	case 'w': buf_printf(buf, "%d", date->weekday); break;
	case 'y': buf_printf(buf, "%02d", (int)(c->year % 100)); break;
	default: return false;
	}
	return true;
}

static bool word_write(struct buf *buf, char letter, const struct date *date)
{
	const char *day = day_names[date->weekday], *month = month_names[date->civil.month - 1];

	switch (letter) {
	case '%': buf_putc(buf, '%'); break;
	case 'A': buf_puts(buf, day); break;
	case 'B': buf_puts(buf, month); break;
	case 'P': buf_puts(buf, date->civil.hour < 12 ? "am" : "pm"); break;
	case 'Z': buf_puts(buf, "UTC"); break;
	case 'a': buf_printf(buf, "%.3s", day); break;
	case 'b':
	case 'h': buf_printf(buf, "%.3s", month); break;
	case 'f': buf_puts(buf, "000000"); break;
	case 'n': buf_putc(buf, '\n'); break;
	case 'p': buf_puts(buf, date->civil.hour < 12 ? "AM" : "PM"); break;
	case 't': buf_putc(buf, '\t'); break;
	case 'z': buf_puts(buf, "+0000"); break;
	default: return false;
	}
	return true;
}

/* strftime(3) in the C locale; "%-d" writes a number without its zero, what is unknown stays. */
static void date_write(struct buf *buf, struct str format, const struct date *date)
{
	for (size_t i = 0; i < format.len; i++) {
		if (format.ptr[i] != '%' || i + 1 == format.len) {
			buf_putc(buf, format.ptr[i]);
			continue;
		}
		bool is_bare = format.ptr[i + 1] == '-' && i + 2 < format.len;
		i += 1 + is_bare;
		char letter = format.ptr[i];
		autobuf struct buf number = {0};
		const char *whole = whole_of(letter);
		if (whole) {
			date_write(buf, str_of(whole), date);
		} else if (number_write(&number, letter, date)) {
			size_t zeros = is_bare ? strspn(buf_text(&number), "0 ") : 0;
			zeros -= zeros == number.len;
			buf_puts(buf, buf_text(&number) + zeros);
		} else if (!word_write(buf, letter, date)) {
			buf_puts(buf, is_bare ? "%-" : "%");
			buf_putc(buf, letter);
		}
	}
}

int filter_strftime(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"date", PARAM_REQUIRED}, {"format", PARAM_OPTIONAL}, {NULL}};
	autobuf struct buf text = text_buf();
	struct str format = STR("%Y-%m-%d");
	struct value v[2];
	int64_t seconds;

	if (call_bind(call, "strftime", params, v, err) ||
	    seconds_of(call->heap, v[0], &seconds, err) ||
	    (param_given(v[1]) && value_as_str(v[1], &format, err)))
		return -1;
	struct date date = date_of(seconds);
	date_write(&text, format, &date);
	return text_give(call->heap, &text, ret_value, err);
}
