/* logs.h - from the pipes of children to stdout and files, losing nothing and blocking never.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sink is where lines go; services that name the same target share it, and so do two names of
 * one file. A stream is one child's pipe. A sink that cannot take more pauses its streams
 * (LOG_BLOCK: the child waits in its write, we never do) or drops whole lines and counts them
 * (LOG_DROP: "[hull-init: N lines dropped]" stands where they would have been).
 *
 * What survives a program and still holds its pipe is a leftover: log_stream_finish takes all that
 * is there and hands the pipe over to `logs`, which goes on reading it under the same name until
 * the last holder has closed it. Of more than LIMIT_LOG_LEFTOVERS the oldest is closed, and said.
 *
 * SIGPIPE must be blocked or ignored. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ini/model.h"
#include "init/events.h"
#include "init/log_lines.h"

struct logs; /* all sinks, the shared buffers */
struct log_sink;
struct log_ring;

int logs_open(struct events *events, bool utc, struct logs **ret_logs);
void logs_close(struct logs *logs); /* writes what is left, within LIMIT_LOG_CLOSE; NULL is fine */
/* The sink of a spec; opened on first use, which is the only time that memory is asked for: call
 * it for every spec before services run. -errno when the file cannot be opened or there is no
 * memory. The spec's texts are copied. LOG_INHERIT and LOG_TO_NULL have none: NULL.
 * Of two specs for one file the first says when it is rotated, or the last of a reload. */
int logs_sink(struct logs *logs, const struct log_spec *spec, struct log_sink **ret_sink);
void logs_reopen(struct logs *logs);        /* files by name again, as after logrotate */
void logs_sweep(struct logs *logs);         /* after a reload: closes sinks that nobody uses */
void logs_clock_jumped(struct logs *logs);  /* when the clock was set: which periods are over */
bool logs_pending(const struct logs *logs); /* bytes wait for a sink to take them */

struct log_stream { /* zeroed: closed */
	struct watch watch;
	struct timer rest; /* set instead of the watch while a busy pipe fills */
	int64_t read_ns;   /* the last time that bytes came */
	unsigned n_quick;  /* reads in a row that came one upon another */
	struct logs *logs; /* NULL: closed, or no pipe */
	struct log_sink *sink;
	const struct log_spec *spec; /* borrowed, as are the names */
	const char *service;
	const char *stream; /* "stdout" or "stderr" */
	pid_t pid;        /* of the child, for the formats that show it: set it once it is known */
	int fd;           /* -1: ended, or no pipe */
	bool is_paused;   /* the sink is full */
	bool is_skipping; /* the line that is being dropped goes on */
	bool is_mid_line; /* raw: what went out last had no newline */
	unsigned n_full;  /* reads in a row that filled the buffer */
	struct log_carry carry;
	uint64_t dropped; /* lines, since the last marker */
	struct log_ring *ring;
	struct log_stream *next; /* of the sink */
	/* `tail -f`: every whole line as the program wrote it, without its newline; or NULL */
	void (*tap)(struct log_stream *stream, const char *line, size_t len);
};
/* A pipe, or for LOG_INHERIT our own descriptor, for LOG_TO_NULL -1: *ret_child_fd is the child's
 * end (close-on-exec, the caller closes it, and may fchown it, so that a program under
 * another user can open /dev/stdout). The rest of the struct is set from the arguments; a tap and
 * the pid come later. */
int log_stream_open(struct log_stream *stream, struct logs *logs, const struct log_spec *spec,
		    const char *service, const char *name, int *ret_child_fd);
/* Another spec or another name for a stream that is open (a reload): where its next line goes.
 * -errno: it is as it was, but for the borrowed texts. */
int log_stream_replace(struct log_stream *stream, const struct log_spec *spec, const char *service);
/* The child has ended: reads what is there (never waits for a grandchild that holds the other end),
 * gives the last line its newline, leaves the stream closed and zeroed. */
void log_stream_finish(struct log_stream *stream);
/* The last lines that went through a service's streams as the programs wrote them, for `tail`: at
 * most `size` bytes, whole lines unless one alone is longer. Returns their number. */
size_t logs_recent(struct logs *logs, const char *service, char *out, size_t size);
