/* civil.c - days and dates of the Gregorian calendar.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"

/* Years begin in March here, so that the leap day is the last one; 400 of them are one era. */
enum { DAYS_IN_ERA = 146097, EPOCH_IN_ERAS = 719468 /* days from 0000-03-01 to 1970-01-01 */ };

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t civil_days(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int month_of_year = (month + 9) % 12;
	int64_t day_of_year = (153 * month_of_year + 2) / 5 + day - 1;
	return era * DAYS_IN_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_IN_ERAS;
}

struct civil civil_of(int64_t seconds)
{
	int64_t days = floor_div(seconds, 86400);
	int rest = (int)(seconds - days * 86400);
	int64_t shifted = days + EPOCH_IN_ERAS;
	int64_t era = floor_div(shifted, DAYS_IN_ERA);
	int64_t day_of_era = shifted - era * DAYS_IN_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / (DAYS_IN_ERA - 1)) /
			      365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int month_of_year = (int)((5 * day_of_year + 2) / 153);
	int month = month_of_year < 10 ? month_of_year + 3 : month_of_year - 9;
	return (struct civil){
		.year = year_of_era + era * 400 + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * month_of_year + 2) / 5 + 1),
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
	};
}

int64_t civil_seconds(const struct civil *civil)
{
	int in_day = civil->hour * 3600 + civil->minute * 60 + civil->second;
	return civil_days(civil->year, civil->month, civil->day) * 86400 + in_day;
}

int civil_weekday(int64_t days)
{
	return (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

bool civil_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_length(int64_t year, int month)
{
	static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return lengths[month - 1] + (month == 2 && civil_is_leap(year));
}
