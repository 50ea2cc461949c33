/* test_time_text.c - times are written as strftime writes them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/time_text.h"

#include <time.h>

#include "base/mem.h"
#include "testing/test.h"

#include "base/banned.h"

#pragma GCC diagnostic ignored "-Wformat-y2k" /* two digits of a year */

TEST(all_letters_say_what_strftime_says)
{
	static const char format[] =
		"%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n"
		" %p %P %r %R %S %t %T %u %U %V %w %W %x %X %y %Y %z %% %"
		"-d %-H %_m %0e %-j %Ex %Od";
	for (int64_t at = 0; at < INT64_C(4102444800); at += 86400 * 5 + 3607) {
		char want[512], got[512];
		time_t second = (time_t)at;
		struct tm tm;
		gmtime_r(&second, &tm);

		time_text(got, sizeof(got), format, &(struct time_point){.second = at});
		strftime(want, sizeof(want), format, &tm);
		CHECK_STR(got, want);
	}
}

TEST(zones_and_fractions_have_their_letters)
{
	static const struct {
		const char *format;
		struct time_point at;
		const char *want;
		bool lasts;
	} cases[] = {
		{"%H:%M %z %Z", {0, 3600, 0}, "01:00 +0100 +01", true},
		{"%F %z %Z", {0, -12600, 0}, "1969-12-31 -0330 -0330", true},
		{"%Z %z", {0, 0, 0}, "UTC +0000", true},
		{"%s", {100, 3600, 0}, "100", true},
		{"%S,%f", {5, 0, 678901}, "05,678901", false},
		{"%f", {5, 0, 7}, "000007", false},
		{"%%f %q %", {0}, "%f %q %", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[64];
		CHECK_INT(time_text(got, sizeof(got), cases[i].format, &cases[i].at),
			  cases[i].lasts);
		CHECK_STR(got, cases[i].want);
	}
}

TEST(what_does_not_fit_is_cut)
{
	char got[9];
	time_text(got, sizeof(got), "%Y%m%d%H%M%S", &(struct time_point){.second = 86400});
	CHECK_STR(got, "19700102");
}
