/* time_text.c - a time by the letters of strftime(3).
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/time_text.h"

#include <string.h>

#include "base/civil.h"
#include "init/text.h"

#include "base/banned.h"

enum { SHORT_NAME = 3 };
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				       "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January",   "February", "March",    "April",
				     "May",       "June",     "July",     "August",
				     "September", "October",  "November", "December"};

struct moment {
	const struct time_point *at;
	struct civil civil; /* local */
	int weekday;        /* 0: Sunday */
	int day;            /* of the year, from 0 */
};

struct number {
	int64_t value;
	int width;
	char pad; /* 0: none */
};

/* ISO 8601: a week belongs to the year that has its Thursday. */
static int64_t iso_year(const struct moment *moment, int *ret_week)
{
	int thursday = moment->day + 3 - (moment->weekday + 6) % 7;
	int64_t year = moment->civil.year;

	if (thursday < 0) {
		year--;
		thursday += 365 + civil_is_leap(year);
	} else if (thursday >= 365 + civil_is_leap(year)) {
		thursday -= 365 + civil_is_leap(year);
		year++;
	}
	*ret_week = thursday / 7 + 1;
	return year;
}

/* false: the letter stands for no number. */
static bool number_of(char letter, const struct moment *moment, struct number *ret)
{
	const struct civil *civil = &moment->civil;
	int day = moment->day, weekday = moment->weekday;
	int week;
	int64_t year = iso_year(moment, &week), value;

	switch (letter) {
	case 'C': value = civil->year / 100; break;
	case 'd':
	case 'e': value = civil->day; break;
	case 'f': value = moment->at->micros; break;
	case 'g': value = year % 100; break;
	case 'G': value = year; break;
	case 'H':
	case 'k': value = civil->hour; break;
	case 'I':
	case 'l': value = (civil->hour + 11) % 12 + 1; break;
	case 'j': value = day + 1; break;
	case 'm': value = civil->month; break;
	case 'M': value = civil->minute; break;
	case 's': value = moment->at->second; break;
	case 'S': value = civil->second; break;
	case 'u': value = (weekday + 6) % 7 + 1; break;
	case 'U': value = (day + 7 - weekday) / 7; break;
	case 'V': value = week; break;
	case 'w': value = weekday; break;
	case 'W': value = (day + 7 - (weekday + 6) % 7) / 7; break;
	case 'y': value = civil->year % 100; break;
	case 'Y': value = civil->year; break;
	default: return false;
	}
	*ret = (struct number){
		.value = value,
		.width = strchr("GYsuw", letter) ? 1
			 : letter == 'j'         ? 3
			 : letter == 'f'         ? 6
						 : 2,
		.pad = strchr("ekl", letter) ? ' ' : '0',
	};
	return true;
}

static void put_number(struct text *text, struct number number, int flag)
{
	int pad = flag == '-' ? 0 : flag == '_' ? ' ' : flag == '0' ? '0' : number.pad;

	if (pad == '0')
		text_add(text, "%0*lld", number.width, (long long)number.value);
	else
		text_add(text, "%*lld", pad ? number.width : 0, (long long)number.value);
}

/* "+0130"; of a name the minutes only where there are any. */
static void put_offset(struct text *text, int offset, bool is_name)
{
	int minutes = (offset < 0 ? -offset : offset) / 60;

	if (is_name && !offset) {
		text_add(text, "UTC");
		return;
	}
	text_add(text, "%c%02d", offset < 0 ? '-' : '+', minutes / 60);
	if (!is_name || minutes % 60)
		text_add(text, "%02d", minutes % 60);
}

static void put_name(struct text *text, const char *name, bool is_short)
{
	text_add(text, "%.*s", is_short ? SHORT_NAME : (int)strlen(name), name);
}

/* What other letters say together; NULL: nothing. */
static const char *letters_of(char letter)
{
	switch (letter) {
	case 'c': return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x': return "%m/%d/%y";
	case 'F': return "%Y-%m-%d";
	case 'r': return "%I:%M:%S %p";
	case 'R': return "%H:%M";
	case 'T':
	case 'X': return "%H:%M:%S";
	default: return NULL;
	}
}

/* false: not known. */
static bool put_words(struct text *text, char letter, const struct moment *moment)
{
	bool is_afternoon = moment->civil.hour >= 12;

	switch (letter) {
	case 'a':
	case 'A': put_name(text, weekdays[moment->weekday], letter == 'a'); return true;
	case 'b':
	case 'h':
	case 'B': put_name(text, months[moment->civil.month - 1], letter != 'B'); return true;
	case 'n': text_add(text, "\n"); return true;
	case 'p': text_add(text, is_afternoon ? "PM" : "AM"); return true;
	case 'P': text_add(text, is_afternoon ? "pm" : "am"); return true;
	case 't': text_add(text, "\t"); return true;
	case 'z':
	case 'Z': put_offset(text, moment->at->offset, letter == 'Z'); return true;
	case '%': text_add(text, "%%"); return true;
	default: return false;
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): one step deep, letters_of stands for letters alone */
static void put_all(struct text *text, const char *format, const struct moment *moment, bool *lasts)
{
	while (*format) {
		size_t n = strcspn(format, "%");
		text_add(text, "%.*s", (int)n, format);
		format += n;
		if (!*format)
			return;
		const char *at = format + 1;
		int flag = *at && strchr("-_0", *at) ? *at++ : 0;
		at += *at && strchr("EO", *at);
		const char *letters = letters_of(*at);
		struct number number;
		if (letters)
			put_all(text, letters, moment, lasts);
		else if (number_of(*at, moment, &number))
			put_number(text, number, flag);
		else if (!put_words(text, *at, moment))
			text_add(text, "%.*s", (int)(at + !!*at - format), format);
		*lasts &= *at != 'f';
		format = at + !!*at;
	}
}

bool time_text(char *out, size_t size, const char *format, const struct time_point *at)
{
	struct text text = {.at = out, .size = size};
	struct civil civil = civil_of(at->second + at->offset);
	int64_t today = civil_days(civil.year, civil.month, civil.day);
	struct moment moment = {
		.at = at,
		.civil = civil,
		.weekday = civil_weekday(today),
		.day = (int)(today - civil_days(civil.year, 1, 1)),
	};
	bool lasts = true;

	*out = '\0';
	put_all(&text, format, &moment, &lasts);
	return lasts;
}
