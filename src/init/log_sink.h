/* log_sink.h - where lines go: an outlet, what waits for it, and when its file is rotated.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/events.h"
#include "init/log_format.h"
#include "init/log_outlet.h"
#include "init/logs.h"

struct log_sink {
	struct log_sink *next;
	struct logs *logs;
	struct log_spec
		spec; /* of the first that asked, or of a reload; path is a copy, no other text */
	struct log_outlet outlet;
	struct watch writable; /* while bytes wait */
	struct timer retry;    /* while the outlet fails */
	char *pending;         /* LIMIT_LOG_PENDING, mapped; pages come when they are used */
	size_t pending_start, pending_end;
	bool is_blocked;  /* its LOG_BLOCK streams are paused */
	bool is_failing;  /* said once */
	bool is_dead;     /* nobody reads: bytes are thrown away until the next try */
	bool is_mid_line; /* of the file: no rotation here */
	/* What a blocked stream had read: LIMIT_LOG_CHUNK bytes mapped. Only one can have been
	 * reading, and none reads before this is gone. */
	char *held;
	size_t held_start, held_end;
	struct log_stream *held_by;
	struct log_stream *streams;
	/* of a regular file */
	uint64_t size;
	int64_t period_end;
	dev_t dev;
	ino_t ino;
	bool cannot_rotate; /* said once */
	int64_t not_before; /* the next try of a rotation or of a dead outlet */
	char path[];
};

int log_sink_open(struct logs *logs, const struct log_spec *spec, struct log_sink **ret_sink);
void log_sink_retune(struct log_sink *sink, const struct log_spec *spec); /* its rotation */
void log_sink_clock_jumped(struct log_sink *sink);
void log_sink_close(struct log_sink *sink);
void log_sink_reopen(struct log_sink *sink);
/* Room for `len` more, whatever the outlet says. */
bool log_sink_has_room(const struct log_sink *sink, size_t len);
/* Writes or keeps it. There must be room. */
void log_sink_put(struct log_sink *sink, const char *text, size_t len);
/* As much as can be: whole lines. Returns what was taken. */
size_t log_sink_offer(struct log_sink *sink, const char *text, size_t len);
void log_sink_flush(struct log_sink *sink); /* what waits, as far as the outlet takes it */
static inline bool log_sink_is_waiting(const struct log_sink *sink)
{
	return sink->pending_end > sink->pending_start;
}
