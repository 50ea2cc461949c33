/* test_zone.c - zone files and rules; what they say is compared with the host's libc.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/zone.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/io.h"
#include "testing/test.h"

#include "base/banned.h"

static int64_t utc(int64_t year, int month, int day, int hour, int minute)
{
	return civil_seconds(&(struct civil){year, month, day, hour, minute, 0});
}

TEST(dates_are_those_of_the_calendar)
{
	for (int64_t at = -200000000000; at < 400000000000; at += INT64_C(86400) * 97 + 12345) {
		struct tm tm;
		time_t libc = (time_t)at;
		gmtime_r(&libc, &tm);
		struct civil got = civil_of(at);
		CHECK_INT(got.year, tm.tm_year + 1900);
		CHECK_INT(got.month, tm.tm_mon + 1);
		CHECK_INT(got.day, tm.tm_mday);
		CHECK_INT(got.hour * 3600 + got.minute * 60 + got.second,
			  tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
		CHECK_INT(civil_seconds(&got), at);
		CHECK_INT(civil_weekday(civil_days(got.year, got.month, got.day)), tm.tm_wday);
	}
	CHECK_INT(civil_month_length(2000, 2), 29);
	CHECK_INT(civil_month_length(2100, 2), 28);
	CHECK_INT(civil_month_length(2024, 2), 29);
	CHECK_INT(civil_month_length(2023, 4), 30);
}

TEST(rules_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"",
		"E5",
		"EST",
		"EST25",
		"EST5:60",
		"EST5:30:61",
		"<EST5EDT",
		"<E>5",
		"5",
		"EST5EDT,",
		"EST5EDT,M3.2.0",
		"EST5EDT,M3.2.0,",
		"EST5EDT,M13.2.0,M11.1.0",
		"EST5EDT,M0.2.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0",
		"EST5EDT,M3.0.0,M11.1.0",
		"EST5EDT,M3.2.7,M11.1.0",
		"EST5EDT,J0,J365",
		"EST5EDT,J1,J366",
		"EST5EDT,0,366",
		"EST5EDT,M3.2.0/168,M11.1.0",
		"EST5EDT,M3.2.0,M11.1.0 ",
		"EST5EDT4x",
		"EST99999999999999999999",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct zone *zone = zone_of_rule(bad[i]);
		if (zone)
			test_fail(__FILE__, __LINE__, "'%s' is taken for a rule", bad[i]);
	}
}

static void set_libc(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static int64_t libc_offset(int64_t at)
{
	struct tm tm;
	time_t seconds = (time_t)at;
	localtime_r(&seconds, &tm);
	return tm.tm_gmtoff;
}

/* Walks through a century; where an offset changes, to the second. */
static void compare_with_libc(const char *tz, const struct zone *zone, int64_t from, int64_t to)
{
	set_libc(tz);
	for (int64_t at = from; at < to; at += INT64_C(86400) * 3 + 4321) {
		if (zone_offset(zone, at) != libc_offset(at))
			test_fail(__FILE__, __LINE__, "TZ=%s at %lld: %d, libc has %lld", tz,
				  (long long)at, zone_offset(zone, at), (long long)libc_offset(at));
		struct zone_span span = zone_span_at(zone, at);
		CHECK(span.start <= at && at < span.end);
		int64_t edges[] = {span.start, span.start > from ? span.start - 1 : from, span.end,
				   span.end - 1};
		for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
			if (edges[i] < from || edges[i] > to)
				continue;
			if (zone_offset(zone, edges[i]) != libc_offset(edges[i]))
				test_fail(__FILE__, __LINE__, "TZ=%s at its change %lld: %d", tz,
					  (long long)edges[i], zone_offset(zone, edges[i]));
		}
	}
	unsetenv("TZ");
}

TEST(rules_say_what_libc_says)
{
	static const char *const rules[] = {
		"UTC0",
		"CST6",
		"<+0330>-3:30",
		"<-1112>11:12:13",
		"EST5EDT,M3.2.0,M11.1.0",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"AEST-10AEDT,M10.1.0,M4.1.0/3",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"NST3:30NDT2:30,M3.2.0/0:01,M11.1.0/0:01",
		"IST-2IDT,M3.4.4/26,M10.5.0",
		"EET-2EEST,J59/1,J60/2:30:15",
		"EET-2EEST,59,300/24",
	};
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct zone *zone = zone_of_rule(rules[i]);
		CHECK(zone != NULL);
		compare_with_libc(rules[i], zone, utc(1971, 1, 1, 0, 0), utc(2037, 1, 1, 0, 0));
		zone_close(zone);
	}
}

TEST(summer_all_year_has_no_gap)
{
	struct zone *zone = zone_of_rule("XXX3EDT4,0/0,J365/23"); /* RFC 9636, 3.3.2 */
	for (int64_t at = 0; at < utc(2100, 1, 1, 0, 0); at += INT64_C(3600) * 5)
		CHECK_INT(zone_offset(zone, at), -14400);
	zone_close(zone);
}

TEST(a_rule_holds_far_away)
{
	struct zone *zone = zone_of_rule("CET-1CEST,M3.5.0,M10.5.0/3");
	CHECK_INT(zone_offset(zone, utc(100000, 7, 1, 0, 0)), 7200);
	CHECK_INT(zone_offset(zone, utc(-5000, 1, 1, 0, 0)), 3600);
	CHECK(zone_offset(zone, INT64_MAX) >= 3600);
	CHECK(zone_offset(zone, INT64_MIN) >= 3600);
	zone_close(zone);
}

TEST(zone_files_say_what_libc_says)
{
	static const char *const names[] = {
		"Europe/Paris",      "America/New_York",  "Australia/Lord_Howe",
		"Africa/Casablanca", "Europe/Dublin",     "Asia/Kolkata",
		"Pacific/Apia",      "America/Sao_Paulo", "Asia/Tehran",
		"Antarctica/Troll",  "America/Nuuk",      "Asia/Gaza",
		"Pacific/Chatham",   "EST5EDT",           "Etc/UTC",
		"Africa/Monrovia",
	};
	size_t n_compared = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", names[i]);
		if (access(path, R_OK))
			continue;
		struct zone *zone = zone_open(names[i]);
		CHECK(zone_is_known(zone));
		compare_with_libc(names[i], zone, utc(1890, 1, 1, 0, 0), utc(2080, 1, 1, 0, 0));
		zone_close(zone);
		n_compared++;
	}
	if (!n_compared)
		test_skip("no tzdata here");
}

static void put_number(struct buf *buf, int64_t value, size_t n)
{
	for (size_t i = n; i-- > 0;)
		buf_putc(buf, (char)((uint64_t)value >> (8 * i)));
}

/* One block with a change at `at` from -3600 to 7200; counts in the order of the header. */
static void put_block(struct buf *buf, char version, size_t time_size, int64_t at)
{
	buf_puts(buf, "TZif");
	buf_putc(buf, version);
	buf_append(buf, (char[15]){0}, 15);
	int64_t counts[] = {0, 0, 0, 1, 2, 8};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		put_number(buf, counts[i], 4);
	put_number(buf, at, time_size);
	buf_putc(buf, 1);
	put_number(buf, -3600, 4);
	buf_append(buf, "\0\0", 2);
	put_number(buf, 7200, 4);
	buf_append(buf, "\1\4", 2);
	buf_append(buf, "AAA\0BBB", 8);
}

TEST(a_file_of_version_1_is_its_first_block)
{
	autobuf struct buf file = {0};
	put_block(&file, '\0', 4, 1000);
	struct zone *zone = zone_of_file(file.ptr, file.len);
	CHECK(zone != NULL);
	CHECK_INT(zone_offset(zone, 999), -3600);
	CHECK_INT(zone_offset(zone, 1000), 7200);
	CHECK_INT(zone_offset(zone, INT64_MAX), 7200);
	zone_close(zone);
}

TEST(later_versions_are_their_second_block_and_a_rule)
{
	autobuf struct buf file = {0};
	put_block(&file, '3', 4, 1000);
	put_block(&file, '3', 8, 5000000000);
	buf_puts(&file, "\nBBB-2\n");
	struct zone *zone = zone_of_file(file.ptr, file.len);
	CHECK(zone != NULL);
	CHECK_INT(zone_offset(zone, 4999999999), -3600);
	CHECK_INT(zone_offset(zone, 5000000000), 7200);
	CHECK_INT(zone_span_at(zone, 6000000000).start, 5000000000);
	zone_close(zone);
}

TEST(every_shorter_file_is_refused)
{
	autobuf struct buf file = {0};
	put_block(&file, '2', 4, 1000);
	put_block(&file, '2', 8, 1000);
	buf_puts(&file, "\nBBB-2\n");
	for (size_t len = 0; len < file.len; len++) {
		char *cut = xmemdup(file.ptr, len + 1);
		CHECK(zone_of_file(cut, len) == NULL);
		free(cut);
	}
	file.ptr[file.len - 2] = 'x'; /* the rule is none */
	CHECK(zone_of_file(file.ptr, file.len) == NULL);
}

TEST(what_cannot_be_had_is_utc_and_says_so)
{
	static const char *const none[] = {"No/Such_Zone", "../../etc/passwd", "/etc/passwd",
					   ":Nowhere", "/"};
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct zone *zone = zone_open(none[i]);
		CHECK(!zone_is_known(zone));
		CHECK_INT(zone_offset(zone, 1000000000), 0);
		zone_close(zone);
	}
	CHECK(zone_is_known(zone_open("")));
	CHECK(zone_open("UTC") == NULL);
	CHECK_INT(zone_offset(NULL, 5), 0);
}

TEST(a_zone_of_its_own_directory_comes_first)
{
	const char *path;
	int dir = test_dir(&path);
	autobuf struct buf file = {0};
	autoerr struct err err = {0};
	put_block(&file, '\0', 4, 1000);
	CHECK_OK(file_write_at(dir, "Here", file.ptr, file.len, 0644, FILE_NO_SYNC, &err), &err);
	setenv("TZDIR", path, 1);
	struct zone *zone = zone_open("Here");
	unsetenv("TZDIR");
	CHECK_INT(zone_offset(zone, 2000), 7200);
	struct zone *again = zone_ref(zone);
	zone_close(zone);
	CHECK_INT(zone_offset(again, 2000), 7200);
	zone_close(again);
}

TEST(changes_beyond_reckoning_are_none)
{
	static const int64_t times[] = {INT64_MIN, -((int64_t)1 << 59), (int64_t)1 << 60};
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		autobuf struct buf file = {0};
		put_block(&file, '2', 4, 1000);
		put_block(&file, '2', 8, times[i]);
		buf_puts(&file, "\n\n");
		struct zone *zone = zone_of_file(file.ptr, file.len);
		CHECK(zone != NULL);
		CHECK_INT(zone_offset(zone, 0), times[i] < 0 ? 7200 : -3600);
		CHECK(zone_span_at(zone, 0).start == INT64_MIN);
		zone_close(zone);
	}
}
