/* test_cron.c - time tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"
#include "testing/test.h"

#include "base/banned.h"

#define ALL(n)     ((UINT64_C(1) << (n)) - 1)
#define BIT(n)     (UINT64_C(1) << (n))
#define ALL_DAYS   (ALL(32) & ~UINT64_C(1))
#define ALL_MONTHS (ALL(13) & ~UINT64_C(1))

TEST(cron_fields_are_sets)
{
	static const struct {
		const char *text;
		uint64_t seconds, minutes, hours, days, months, weekdays;
	} cases[] = {
		{"* * * * *", 1, ALL(60), ALL(24), ALL_DAYS, ALL_MONTHS, ALL(7)},
		{"*/5 * * * * *", 0x84210842108421 & ALL(60), ALL(60), ALL(24), ALL_DAYS,
		 ALL_MONTHS, ALL(7)},
		{"0 0 1 1 0", 1, 1, 1, 2, 2, 1},
		{"0 0 1 1 7", 1, 1, 1, 2, 2, 1},
		{"1,2,59 0 1 jan sun", 1, BIT(1) | BIT(2) | BIT(59), 1, 2, 2, 1},
		{"0 9-17/4 ? DEC Mon-Fri", 1, 1, BIT(9) | BIT(13) | BIT(17), ALL_DAYS, BIT(12),
		 0x3e},
		{"0 22-2 * * fri-mon", 1, 1, BIT(22) | BIT(23) | 7, ALL_DAYS, ALL_MONTHS,
		 BIT(5) | BIT(6) | 3},
		{"50/5 * * * *", 1, BIT(50) | BIT(55), ALL(24), ALL_DAYS, ALL_MONTHS, ALL(7)},
		{"0 0 * * mon-7", 1, 1, 1, ALL_DAYS, ALL_MONTHS, 0x7f},
		{"0 0 * nov-feb *", 1, 1, 1, ALL_DAYS, BIT(11) | BIT(12) | BIT(1) | BIT(2), 0x7f},
		{" 0\t0  1 * * ", 1, 1, 1, 2, ALL_MONTHS, 0x7f},
		{"@hourly", 1, 1, ALL(24), ALL_DAYS, ALL_MONTHS, 0x7f},
		{"@Daily", 1, 1, 1, ALL_DAYS, ALL_MONTHS, 0x7f},
		{"@midnight", 1, 1, 1, ALL_DAYS, ALL_MONTHS, 0x7f},
		{"@weekly", 1, 1, 1, ALL_DAYS, ALL_MONTHS, 1},
		{"@monthly", 1, 1, 1, 2, ALL_MONTHS, 0x7f},
		{"@yearly", 1, 1, 1, 2, 2, 0x7f},
		{"@annually", 1, 1, 1, 2, 2, 0x7f},
		{"0 0 29 2 *", 1, 1, 1, BIT(29), BIT(2), 0x7f},
		{"0 0 31 2 mon", 1, 1, 1, BIT(31), BIT(2), 2},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct cron_table table;
		CHECK_OK(parse_cron(cases[i].text, &table, &err), &err);
		bool is_same = table.seconds == cases[i].seconds &&
			       table.minutes == cases[i].minutes && table.hours == cases[i].hours &&
			       table.days == cases[i].days && table.months == cases[i].months &&
			       table.weekdays == cases[i].weekdays && !table.at_boot;
		if (!is_same)
			test_fail(__FILE__, __LINE__, "'%s': %llx %llx %x %x %x %x", cases[i].text,
				  (unsigned long long)table.seconds,
				  (unsigned long long)table.minutes, table.hours, table.days,
				  table.months, table.weekdays);
	}
}

TEST(a_star_in_front_leaves_days_to_the_other_field)
{
	static const struct {
		const char *text;
		bool days_any, weekdays_any;
	} cases[] = {{"0 0 * * *", true, true},
		     {"0 0 1 * mon", false, false},
		     {"0 0 */2 * mon", true, false},
		     {"0 0 1 * ?", false, true}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct cron_table table;
		CHECK_OK(parse_cron(cases[i].text, &table, &err), &err);
		CHECK_INT(table.days_any, cases[i].days_any);
		CHECK_INT(table.weekdays_any, cases[i].weekdays_any);
	}
}

TEST(reboot_is_no_time)
{
	autoerr struct err err = {0};
	struct cron_table table;
	CHECK_OK(parse_cron("@reboot", &table, &err), &err);
	CHECK(table.at_boot);
	CHECK_INT(table.hours, 0);
}

TEST(cron_errors_name_the_field)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"60 * * * *", "the minute '60' is not from 0 to 59"},
		{"* 24 * * *", "the hour '24' is not from 0 to 23"},
		{"* * 0 * *", "the day of the month '0' is not from 1 to 31"},
		{"* * * 13 *", "the month '13' is not from 1 to 12"},
		{"* * * * 8", "the day of the week '8' is not from 0 to 6"},
		{"* * * foo *", "the month 'foo' is no number and no name"},
		{"x * * * *", "the minute 'x' is no number"},
		{"1,,2 * * * *", "the minute '1,,2' has an empty part"},
		{"*/0 * * * *", "the minute '*/0' has a step that is not from 1 to 59"},
		{"*/x * * * *", "the minute '*/x' has a step that is not from 1 to 59"},
		{"1- * * * *", "the minute '' is no number"},
		{"61 * * * * *", "the second '61' is not from 0 to 59"},
		{"0 0 31 4,6 *", "'0 0 31 4,6 *': that day never comes"},
		{"0 0 30 2 *", "'0 0 30 2 *': that day never comes"},
		{"* * *", "'* * *' has 3 fields instead of 5 (minute hour day month weekday) or 6 "
			  "(with seconds in front)"},
		{"@dayly", "'@dayly' is no name of a time table, nearest '@daily'"},
		{"", "'' has 0 fields instead of 5 (minute hour day month weekday) or 6 "
		     "(with seconds in front)"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct cron_table table;
		CHECK(parse_cron(cases[i].text, &table, &err));
		CHECK_STR(err_text(&err), cases[i].error);
	}
}
