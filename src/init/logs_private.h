/* logs_private.h - what the files of the logs share: all sinks and the shared buffers.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/log_format.h"
#include "init/log_sink.h"
#include "init/logs.h"

struct log_ring { /* the last lines of a service */
	struct log_ring *next;
	unsigned n_streams;
	char *bytes; /* LIMIT_LOG_RECENT, mapped when first used */
	size_t end;  /* of all bytes ever put */
	char service[];
};
struct log_ring *log_ring_get(struct logs *logs, const char *service);  /* NULL: no memory */
void log_ring_put(struct log_ring *ring, const char *text, size_t len); /* NULL ring is fine */
void log_ring_unref(struct log_ring *ring);

struct log_leftover {
	struct log_stream stream; /* logs NULL: free */
	struct log_spec spec;
	uint64_t number; /* the oldest goes first */
	char service[LIMIT_LOG_NAME + 1];
	char time_format[LIMIT_LOG_TIME];
	char color[16];
};

#define SPARE_CARRIES 4

struct logs {
	struct events *events;
	bool utc;
	struct zone *zone;
	struct log_clock clock;
	struct log_sink *sinks;
	struct log_ring *rings;
	char *chunk; /* LIMIT_LOG_CHUNK: what was read */
	char *batch; /* LIMIT_LOG_BATCH + LIMIT_LOG_LONGEST: what is to be written */
	struct timer idle;
	bool was_busy; /* since the timer was set */
	char *spare_carries[SPARE_CARRIES];
	struct log_leftover *leftovers; /* LIMIT_LOG_LEFTOVERS, mapped */
	size_t n_leftovers;
	uint64_t leftover_number;
};

/* Whole pages that cost nothing until they are touched. NULL: no memory. */
void *log_map(size_t size);
void log_unmap(void *ptr, size_t size);

/* More than a page of the shared buffers is in use: a second of quiet gives it back. */
void logs_busy(struct logs *logs);

/* ---- log_flow.c ---- */
/* One that drops its lines may always; one that waits needs room for all that a batch can be. */
bool log_stream_may_write(const struct log_stream *stream);
/* Lines into batches as long as the sink has room; what then is left stays in *rest. */
void log_stream_take(struct log_stream *stream, struct str *rest);
void log_stream_send(struct log_stream *stream, const char *text, size_t len);
void log_stream_end(struct log_stream *stream); /* a newline for a line that gets no more */
void log_stream_tell_dropped(struct log_stream *stream);
void log_stream_hold(struct log_stream *stream, struct str rest);
void log_stream_take_held(struct log_sink *sink); /* goes on with it */
void log_carry_release(struct logs *logs, struct log_carry *carry);

/* ---- log_stream.c ---- */
void log_sink_block(struct log_sink *sink);        /* pauses its streams */
void log_stream_resume(struct log_stream *stream); /* its sink takes again */
void log_stream_read(struct log_stream *stream);   /* all that is there */
void log_stream_close(struct log_stream *stream);  /* drops what is unread */
