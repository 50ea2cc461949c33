/* log_format.h - what a line of a service looks like in a log.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What stands before and behind the text is the same for all the lines of one read: it is built
 * once a read, and a line costs two copies. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "ini/log_spec.h"
#include "init/limits.h"
#include "init/log_lines.h"
#include "init/zone.h"

struct log_clock { /* "now" as text; what lasts a second is kept */
	const struct zone *zone;
	int64_t now_ns;      /* since 1970: log_clock_set */
	int64_t iso_second;  /* of `iso`; 0: not yet */
	char iso[28];        /* "2026-01-02T03:04:05.678901Z" */
	const char *format;  /* of `text` */
	int64_t text_second; /* of `text`; 0: not yet */
	bool text_utc;
	char text[LIMIT_LOG_TIME];
};
void log_clock_set(struct log_clock *clock, int64_t now_ns);

struct log_head {
	char text[LIMIT_LOG_HEAD];
	size_t len;
	struct str tail; /* newline included; static */
	bool is_raw, is_json;
};
struct log_origin {
	const char *service, *stream; /* "web", "stdout" */
	pid_t pid;
};
void log_head_make(struct log_head *head, const struct log_spec *spec,
		   const struct log_origin *origin, struct log_clock *clock);
/* Writes the whole line, LIMIT_LOG_LONGEST at most; returns its length. A raw piece gets no
 * newline.
 */
size_t log_format_line(const struct log_head *head, const struct log_line *line, char *out);

/* The inside of a JSON string (RFC 8259): quotes, backslashes and control bytes escaped, what is
 * no UTF-8 replaced by U+FFFD. out: 6 * len bytes. */
size_t log_escape_json(struct str text, char *out);
