/* log_rotate.c - when a log file is closed, and under which name it is kept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "init/time_text.h"

#include "base/banned.h"

#define DAY INT64_C(86400)

static const struct {
	int64_t seconds;
	size_t suffix_len; /* of YYYYMMDDhhmmss */
} periods[] = {
	[LOG_NEVER] = {0, 14},   [LOG_SECOND] = {1, 14}, [LOG_MINUTE] = {60, 12},
	[LOG_HOUR] = {3600, 10}, [LOG_DAY] = {DAY, 8},   [LOG_WEEK] = {7 * DAY, 8},
};

/* ---- time ---- */

static int64_t period_seconds(const struct log_spec *spec)
{
	int count = spec->period_count > 0 ? spec->period_count : 1;

	return periods[spec->period].seconds * count;
}

static bool ends_at_midnight(const struct log_spec *spec)
{
	return spec->period == LOG_WEEK || (spec->period == LOG_DAY && spec->at_midnight);
}

/* Seconds since 1970 of the local time `local`, counted as if it were UTC. Twice, because the
 * offset that holds there is not the one that holds here. */
static int64_t from_local(const struct zone *zone, int64_t local)
{
	int64_t at = local;

	for (int i = 0; zone && i < 2; i++)
		at = local - zone_offset(zone, at);
	return at;
}

static int64_t to_local(const struct zone *zone, int64_t at)
{
	return at + (zone ? zone_offset(zone, at) : 0);
}

static int64_t day_of(int64_t local)
{
	return local / DAY - (local % DAY < 0);
}

int64_t log_period_end(const struct log_spec *spec, const struct zone *zone, int64_t from)
{
	if (!ends_at_midnight(spec))
		return from + period_seconds(spec);

	int64_t days = spec->period_count > 0 ? spec->period_count : 1;
	int64_t day = day_of(to_local(zone, from));

	if (spec->period == LOG_WEEK) { /* 1970-01-01 was a Thursday: 3 from Monday */
		int64_t weekday = (day + 3) % 7;
		/* The midnight that ends the day named, as circus and Python count. */
		days = (spec->weekday - weekday + 7) % 7 + 1 + 7 * (days - 1);
	}
	return from_local(zone, (day + days) * DAY);
}

size_t log_period_suffix(const struct log_spec *spec, const struct zone *zone, int64_t end,
			 char out[LOG_SUFFIX_MAX])
{
	int64_t length = period_seconds(spec);
	int64_t local = ends_at_midnight(spec) ? to_local(zone, end) - length
					       : to_local(zone, end - length);
	struct time_point at = {.second = local};

	time_text(out, periods[spec->period].suffix_len + 1, "%Y%m%d%H%M%S", &at);
	return strlen(out);
}

/* ---- names ---- */

static bool numbered(char out[PATH_MAX], const char *path, int number)
{
	int len = number ? snprintf(out, PATH_MAX, "%s.%d", path, number)
			 : snprintf(out, PATH_MAX, "%s", path);

	return len > 0 && len < PATH_MAX;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

int log_rotate_by_size(const char *path, int keep)
{
	char from[PATH_MAX], to[PATH_MAX];
	int top = 1;

	/* Only up to the first gap: a rotation that was cut short leaves one. */
	for (; top < keep; top++) {
		if (!numbered(to, path, top))
			return -ENAMETOOLONG;
		if (!is_there(to))
			break;
	}
	for (int i = top; i > 0; i--) {
		if (!numbered(from, path, i - 1) || !numbered(to, path, i))
			return -ENAMETOOLONG;
		if (rename(from, to))
			return -errno;
	}
	return 0;
}

/* ---- what goes ---- */

struct kept {
	size_t count;
	char oldest[NAME_MAX + 1];
};

static bool is_digits(const char *text, size_t len)
{
	return strspn(text, "0123456789") >= len;
}

/* BASE.SUFFIX or BASE.SUFFIX.N with a suffix of this length. */
static bool is_kept_name(const char *name, struct str base, size_t suffix_len)
{
	if (strncmp(name, base.ptr, base.len) != 0 || name[base.len] != '.')
		return false;
	const char *suffix = name + base.len + 1;
	if (strnlen(suffix, suffix_len) < suffix_len || !is_digits(suffix, suffix_len))
		return false;
	const char *number = suffix + suffix_len;
	return !*number ||
	       (*number == '.' && number[1] && is_digits(number + 1, strlen(number + 1)));
}

/* SUFFIX, then SUFFIX.1 … SUFFIX.9, SUFFIX.10. */
static bool is_older(const char *a, const char *b, size_t stem)
{
	int order = strncmp(a, b, stem);

	if (order)
		return order < 0;
	return strlen(a) != strlen(b) ? strlen(a) < strlen(b) : strcmp(a, b) < 0;
}

/* One pass over the directory. readdir(3) would allocate. */
static int kept_find(int dir, struct str base, size_t suffix_len, struct kept *ret_kept)
{
	char entries[4096] __attribute__((aligned(8)));
	size_t stem = base.len + 1 + suffix_len;

	*ret_kept = (struct kept){0};
	if (lseek(dir, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		long n = syscall(SYS_getdents64, dir, entries, sizeof(entries));
		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (long at = 0; at < n;) {
			const struct dirent *entry = (const struct dirent *)(entries + at);
			at += entry->d_reclen;
			if (!is_kept_name(entry->d_name, base, suffix_len))
				continue;
			if (!ret_kept->count++ || is_older(entry->d_name, ret_kept->oldest, stem))
				snprintf(ret_kept->oldest, sizeof(ret_kept->oldest), "%s",
					 entry->d_name);
		}
	}
}

static void oldest_remove(const char *path, size_t suffix_len, int keep)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct kept kept;

	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	autoclose int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	while (!kept_find(dir, str_of(name), suffix_len, &kept) && kept.count > (size_t)keep) {
		if (unlinkat(dir, kept.oldest, 0))
			return;
	}
}

int log_rotate_by_time(const char *path, const char *suffix, int keep)
{
	char stem[PATH_MAX], to[PATH_MAX];
	int len = snprintf(stem, sizeof(stem), "%s.%s", path, suffix);

	if (len < 0 || len >= (int)sizeof(stem))
		return -ENAMETOOLONG;
	for (int i = 0;; i++) {
		if (!numbered(to, stem, i))
			return -ENAMETOOLONG;
		if (!is_there(to))
			break;
	}
	if (rename(path, to))
		return -errno;
	if (keep > 0)
		oldest_remove(path, strlen(suffix), keep);
	return 0;
}
