/* log_line.h - the container's log: docker's json-file lines, written and read back.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}
 *
 * A line of output longer than LIMIT_LOG_LINE_BYTES becomes several records; only the last ends in
 * "\n". JSON holds Unicode only: a byte that is not UTF-8 is written as the lone surrogate \udcXX
 * (XX its value, 80 to ff), which other readers show as U+FFFD and which we turn back into the
 * byte. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "container/limits.h"

enum log_stream { LOG_STDOUT, LOG_STDERR, N_LOG_STREAMS };

struct log_line {
	int64_t time_ns;
	enum log_stream stream;
	struct buf text; /* freed by log_line_done */
};
void log_line_format(struct buf *out, struct str text, enum log_stream stream, int64_t time_ns);
/* One record without its newline. False: it is none (a torn write). `line` is reused. */
bool log_line_parse(struct str record, struct log_line *line);
void log_line_done(struct log_line *line);

/* The writer's side: pieces of output come in, whole lines go to the file. A failed write (full
 * disk) loses records, never the container. */
struct log_writer {
	int fd;
	struct {
		size_t len;
		char text[LIMIT_LOG_LINE_BYTES];
	} partial[N_LOG_STREAMS];
};
struct log_writer *log_writer_new(int fd); /* take */
void log_writer_add(struct log_writer *writer, enum log_stream stream, const char *data,
		    size_t len);
void log_writer_free(struct log_writer *writer); /* writes unfinished lines; NULL is fine */
