/* logs.h - from the pipes of children to stdout and files, losing nothing and blocking never.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sink is where lines go; services that name the same target share it. A stream is one child's
 * pipe. A sink that cannot take more pauses its streams (LOG_BLOCK) or drops whole lines and counts
 * them (LOG_DROP). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ini/model.h"
#include "init/events.h"

struct logs; /* all sinks, the shared buffer */
struct log_sink;

int logs_open(struct events *events, bool utc, struct logs **ret_logs);
void logs_close(struct logs *logs); /* writes what is left, within a second */
/* The sink of a spec; opened on first use. -errno when the file cannot be opened. */
int logs_sink(struct logs *logs, const struct log_spec *spec, struct log_sink **ret_sink);
void logs_reopen(struct logs *logs); /* files by name again */
bool logs_pending(const struct logs *logs);

struct log_stream { /* zeroed: closed */
	struct watch watch;
	struct logs *logs;
	struct log_sink *sink;
	const struct log_spec *spec;
	const char *service; /* borrowed */
	const char *stream;  /* "stdout" or "stderr" */
	pid_t pid;
	bool paused, skipping;
	char *carry; /* LIMIT_LOG_LINE bytes; mapped when first needed */
	size_t n_carry;
	uint64_t dropped;        /* lines */
	struct log_stream *next; /* of the sink */
	void (*tap)(struct log_stream *stream, const char *line,
		    size_t len); /* `tail -f`; or NULL */
};
/* A pipe: *ret_child_fd is the child's end (close-on-exec, the caller closes it). The rest of the
 * struct is set from the arguments. log_stream_pid tells the pid once it is known. */
int log_stream_open(struct log_stream *stream, struct logs *logs, const struct log_spec *spec,
		    const char *service, const char *name, int *ret_child_fd);
/* The child has ended: reads what is there (never waits for a grandchild that holds the other end),
 * writes the last line with a newline, closes. */
void log_stream_finish(struct log_stream *stream);
/* The last lines that went through a service's streams, for `tail`: at most `size` bytes. */
size_t logs_recent(struct logs *logs, const char *service, char *out, size_t size);
