/* test_log_rotate.c - periods, names, and which files stay.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_rotate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/strlist.h"
#include "testing/test.h"

#include "base/banned.h"

static int64_t at(const char *text)
{
	int64_t ns;

	CHECK(clock_parse_rfc3339(str_of(text), &ns));
	return ns / NS_PER_SEC;
}

TEST(a_period_ends_and_names_its_start)
{
	static const struct {
		const char *name;
		struct log_spec spec;
		const char *from, *end, *suffix;
	} cases[] = {
		{"second",
		 {.period = LOG_SECOND},
		 "2026-01-02T12:04:05Z",
		 "2026-01-02T12:04:06Z",
		 "20260102120405"},
		{"30 seconds",
		 {.period = LOG_SECOND, .period_count = 30},
		 "2026-01-02T12:04:05Z",
		 "2026-01-02T12:04:35Z",
		 "20260102120405"},
		{"minute",
		 {.period = LOG_MINUTE, .period_count = 1},
		 "2026-01-02T12:04:05Z",
		 "2026-01-02T12:05:05Z",
		 "202601021204"},
		{"6 hours",
		 {.period = LOG_HOUR, .period_count = 6},
		 "2026-01-02T22:04:05Z",
		 "2026-01-03T04:04:05Z",
		 "2026010222"},
		{"day",
		 {.period = LOG_DAY},
		 "2026-01-02T12:04:05Z",
		 "2026-01-03T12:04:05Z",
		 "20260102"},
		{"midnight",
		 {.period = LOG_DAY, .at_midnight = true},
		 "2026-01-02T12:04:05Z",
		 "2026-01-03T00:00:00Z",
		 "20260102"},
		{"third midnight",
		 {.period = LOG_DAY, .at_midnight = true, .period_count = 3},
		 "2026-01-02T00:00:00Z",
		 "2026-01-05T00:00:00Z",
		 "20260102"},
		{"Friday's end on a Friday",
		 {.period = LOG_WEEK, .weekday = 4},
		 "2026-01-02T12:04:05Z",
		 "2026-01-03T00:00:00Z",
		 "20251227"},
		{"Thursday's end on a Friday",
		 {.period = LOG_WEEK, .weekday = 3},
		 "2026-01-02T12:04:05Z",
		 "2026-01-09T00:00:00Z",
		 "20260102"},
		{"Sunday's end on a Friday",
		 {.period = LOG_WEEK, .weekday = 6},
		 "2026-01-02T12:04:05Z",
		 "2026-01-05T00:00:00Z",
		 "20251229"},
	};
	char suffix[LOG_SUFFIX_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t end = log_period_end(&cases[i].spec, NULL, at(cases[i].from));
		if (end != at(cases[i].end))
			test_fail(__FILE__, __LINE__, "%s: ends %lld later", cases[i].name,
				  (long long)(end - at(cases[i].from)));
		log_period_suffix(&cases[i].spec, NULL, end, suffix);
		CHECK_STR(suffix, cases[i].suffix);
	}
}

TEST(midnight_is_the_zones_when_its_clock_changes)
{
	static const struct {
		const char *from, *end, *suffix;
	} cases[] = {
		{"2026-01-02T12:00:00Z", "2026-01-03T05:00:00Z", "20260102"},
		{"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "20260308"}, /* 23 hours */
		{"2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "20261101"}, /* 25 hours */
	};
	struct log_spec spec = {.period = LOG_DAY, .at_midnight = true};
	struct zone *zone = zone_open("EST5EDT,M3.2.0,M11.1.0");
	char suffix[LOG_SUFFIX_MAX];

	CHECK(zone);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t end = log_period_end(&spec, zone, at(cases[i].from));
		CHECK_INT(end, at(cases[i].end));
		log_period_suffix(&spec, zone, end, suffix);
		CHECK_STR(suffix, cases[i].suffix);
	}
	zone_close(zone);
}

/* "name=content name=content", sorted; a file holds the name it was made under. */
static void files_show(int dir, struct buf *out)
{
	struct strlist names = {0};
	struct err err = {0};

	CHECK_OK(dir_list(dir, ".", &names, &err), &err);
	for (size_t i = 0; i < names.n; i++) {
		autobuf struct buf text = {0};
		CHECK_OK(file_read_at(dir, names.items[i], 0, &text, &err), &err);
		buf_printf(out, "%s%s=%s", i ? " " : "", names.items[i], buf_text(&text));
	}
	strlist_done(&names);
}

static void files_make(int dir, const char *list)
{
	struct str rest = str_of(list);

	while (rest.len) {
		autofree char *name = str_dup(str_cut(&rest, ' '));
		autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CHECK(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name));
	}
}

TEST(by_size_numbers_move_up)
{
	static const struct {
		const char *files;
		int keep;
		const char *want;
	} cases[] = {
		{"log", 1, "log.1=log"},
		{"log log.1", 1, "log.1=log"},
		{"log log.1", 3, "log.1=log log.2=log.1"},
		{"log log.1 log.2 log.3", 3, "log.1=log log.2=log.1 log.3=log.2"},
		/* a rotation that was killed: the gap is filled and no file goes */
		{"log log.2 log.3", 3, "log.1=log log.2=log.2 log.3=log.3"},
		{"log log.1 log.3", 3, "log.1=log log.2=log.1 log.3=log.3"},
		{"log other log.1x", 2, "log.1=log log.1x=log.1x other=other"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		const char *path;
		int dir = test_dir(&path);
		autofree char *log = path_join(path, "log");
		files_make(dir, cases[i].files);
		CHECK_INT(log_rotate_by_size(log, cases[i].keep), 0);
		files_show(dir, &out);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}

TEST(by_time_the_oldest_go)
{
	static const struct {
		const char *files, *suffix;
		int keep;
		const char *want;
	} cases[] = {
		{"log", "20260102", 0, "log.20260102=log"},
		{"log log.20260101", "20260102", 0, "log.20260101=log.20260101 log.20260102=log"},
		{"log log.20251230 log.20251231 log.20260101", "20260102", 2,
		 "log.20260101=log.20260101 log.20260102=log"},
		/* a taken name: nothing is written over */
		{"log log.20260102", "20260102", 0, "log.20260102=log.20260102 log.20260102.1=log"},
		{"log log.20260102 log.20260102.1", "20260102", 2,
		 "log.20260102.1=log.20260102.1 log.20260102.2=log"},
		/* names of somebody else */
		{"log log.2026 log.20260101.gz log.2026010x log2.20260101", "20260102", 1,
		 "log.2026=log.2026 log.20260101.gz=log.20260101.gz log.20260102=log "
		 "log.2026010x=log.2026010x log2.20260101=log2.20260101"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf out = {0};
		const char *path;
		int dir = test_dir(&path);
		autofree char *log = path_join(path, "log");
		files_make(dir, cases[i].files);
		CHECK_INT(log_rotate_by_time(log, cases[i].suffix, cases[i].keep), 0);
		files_show(dir, &out);
		CHECK_STR(buf_text(&out), cases[i].want);
	}
}

TEST(more_files_than_one_read_of_the_directory_go)
{
	autobuf struct buf list = {0}, out = {0};
	const char *path;
	int dir = test_dir(&path);
	autofree char *log = path_join(path, "log");

	buf_puts(&list, "log");
	for (int i = 0; i < 300; i++)
		buf_printf(&list, " log.%08d", 20000000 + i);
	files_make(dir, buf_text(&list));
	CHECK_INT(log_rotate_by_time(log, "20260102", 2), 0);
	files_show(dir, &out);
	CHECK_STR(buf_text(&out), "log.20000299=log.20000299 log.20260102=log");
}
