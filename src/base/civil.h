/* civil.h - days and dates of the Gregorian calendar, before 1970 and after.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A count of days says how many lie between it and 1970-01-01. Seconds within 48 bits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct civil {
	int64_t year;
	int month, day; /* from 1 */
	int hour, minute, second;
};

int64_t civil_days(int64_t year, int month, int day);
struct civil civil_of(int64_t seconds); /* since 1970, of the same clock */
int64_t civil_seconds(const struct civil *civil);
int civil_weekday(int64_t days); /* 0: Sunday */
bool civil_is_leap(int64_t year);
int civil_month_length(int64_t year, int month);
