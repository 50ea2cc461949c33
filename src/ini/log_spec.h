/* log_spec.h - where the output of a service goes, and in which form.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_target {
	LOG_TO_STDOUT,
	LOG_TO_STDERR,
	LOG_TO_FILE,
	LOG_TO_NULL,
	LOG_INHERIT, /* no pipe: the child writes to our own descriptor */
};
enum log_format {
	LOG_RAW,    /* bytes as they come */
	LOG_PREFIX, /* "name | text" */
	LOG_STAMP,  /* "2026-01-02T03:04:05.678901Z name | text" */
	LOG_JSON,   /* {"time":…,"service":…,"pid":…,"stream":…,"line":…} */
	LOG_CIRCUS, /* time_format: "TIME [PID] | text" */
};
enum log_overflow { LOG_BLOCK, LOG_DROP }; /* the child waits, or lines are dropped and counted */
enum log_period { LOG_NEVER, LOG_SECOND, LOG_MINUTE, LOG_HOUR, LOG_DAY, LOG_WEEK };

struct log_spec {
	enum log_target target;
	const char *path; /* LOG_TO_FILE */
	enum log_format format;
	const char *time_format; /* LOG_CIRCUS: strftime and %f; NULL: %Y-%m-%d %H:%M:%S */
	enum log_overflow overflow;
	/* Rotate before the file grows beyond; 0: never. Lines stay whole: only one that is longer
	 * than this makes a longer file. Never with keep 0, as with circus and Python: nothing is
	 * thrown away that nobody asked to be. */
	uint64_t max_bytes;
	bool below_max; /* circus' files stay below: what would reach it goes into the next one */
	/* Rotated files kept: PATH.1 … PATH.N by size; by time PATH.SUFFIX, and 0 keeps all. With
	 * both, time gives the names. */
	int keep;
	enum log_period period;
	int period_count;    /* every N periods */
	int weekday;         /* LOG_WEEK: 0 Monday … 6 */
	bool at_midnight;    /* LOG_DAY: at local midnight, not every 24 hours from the start */
	bool utc;            /* times of rotation and time_format */
	bool follow_renames; /* WatchedFileStream: reopen when another file has the name */
	const char *color;   /* FancyStdoutStream: a name, or "random"; NULL: none */
};
