/* log_sink.c - where lines go: an outlet, what waits for it, and when its file is rotated.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/log_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "init/log_rotate.h"
#include "init/logs_private.h"
#include "init/say.h"

#include "base/banned.h"

static bool is_file(const struct log_sink *sink)
{
	return sink->spec.target == LOG_TO_FILE && sink->outlet.kind == OUTLET_FILE;
}

static const char *sink_name(const struct log_sink *sink)
{
	return sink->spec.target == LOG_TO_FILE     ? sink->path
	       : sink->spec.target == LOG_TO_STDOUT ? "stdout"
						    : "stderr";
}

static const struct zone *sink_zone(const struct log_sink *sink)
{
	return sink->spec.utc ? NULL : sink->logs->zone;
}

/* ---- what waits ---- */

bool log_sink_has_room(const struct log_sink *sink, size_t len)
{
	return sink->pending_end - sink->pending_start + len <= LIMIT_LOG_PENDING;
}

static void pending_put(struct log_sink *sink, const char *text, size_t len)
{
	if (!len)
		return;
	if (sink->pending_end + len > LIMIT_LOG_PENDING) {
		size_t waiting = sink->pending_end - sink->pending_start;
		memmove(sink->pending, sink->pending + sink->pending_start, waiting);
		sink->pending_start = 0;
		sink->pending_end = waiting;
	}
	memcpy(sink->pending + sink->pending_end, text, len);
	sink->pending_end += len;
}

static void pending_clear(struct log_sink *sink)
{
	/* An idle sink holds no pages. */
	if (sink->pending_end)
		madvise(sink->pending, LIMIT_LOG_PENDING, MADV_DONTNEED);
	sink->pending_start = sink->pending_end = 0;
}

static void wait_for_outlet(struct log_sink *sink)
{
	struct events *events = sink->logs->events;

	if (sink->writable.active || sink->retry.active)
		return;
	if (sink->is_failing || sink->outlet.kind == OUTLET_FILE ||
	    watch_start(events, &sink->writable, sink->outlet.fd, EPOLLOUT))
		timer_after(events, &sink->retry, LIMIT_LOG_RETRY * NS_PER_SEC);
}

static void wait_no_more(struct log_sink *sink)
{
	watch_stop(sink->logs->events, &sink->writable);
	timer_cancel(sink->logs->events, &sink->retry);
}

/* ---- the file behind the name ---- */

/* Of a file that was written to last at `from`. No period ends later than one that begins now: the
 * clock may have been ahead. */
static void period_set(struct log_sink *sink, int64_t from)
{
	int64_t now = clock_now_ns() / NS_PER_SEC;

	sink->period_end = 0;
	if (is_file(sink) && sink->spec.period != LOG_NEVER)
		sink->period_end =
			log_period_end(&sink->spec, sink_zone(sink), from < now ? from : now);
}

void log_sink_clock_jumped(struct log_sink *sink)
{
	int64_t before = sink->period_end;

	/* Set forward it is over now, and the next line finds it so. */
	period_set(sink, INT64_MAX);
	if (before < sink->period_end)
		sink->period_end = before;
}

static void file_learn(struct log_sink *sink)
{
	struct stat st;

	sink->is_mid_line = false;
	if (fstat(sink->outlet.fd, &st))
		return;
	sink->size = (uint64_t)st.st_size;
	sink->dev = st.st_dev;
	sink->ino = st.st_ino;
	period_set(sink, st.st_size ? (int64_t)st.st_mtime : INT64_MAX);
}

/* The file of that name from now on; the one that is open stays when that fails. */
static int file_open_again(struct log_sink *sink)
{
	struct log_outlet outlet;
	int error = log_outlet_file(&outlet, sink->path);

	if (error)
		return error;
	wait_no_more(sink);
	log_outlet_close(&sink->outlet);
	sink->outlet = outlet;
	file_learn(sink);
	if (log_sink_is_waiting(sink))
		wait_for_outlet(sink);
	return 0;
}

static bool file_is_ours(const struct log_sink *sink)
{
	struct stat st;

	return !stat(sink->path, &st) && st.st_dev == sink->dev && st.st_ino == sink->ino;
}

static void cannot_rotate(struct log_sink *sink, int error)
{
	if (!sink->cannot_rotate)
		say(LOG_WARN, NULL, "rotating '%s': %s, it goes on growing", sink_name(sink),
		    strerror(-error));
	sink->cannot_rotate = true;
	sink->not_before = events_now(sink->logs->events) + LIMIT_LOG_RETRY * NS_PER_SEC;
}

/* Renames and opens. A file that somebody else has renamed meanwhile is theirs: then only the name
 * is opened again. */
static void file_rotate(struct log_sink *sink)
{
	char suffix[LOG_SUFFIX_MAX];
	int error = 0;

	if (events_now(sink->logs->events) < sink->not_before)
		return;
	if (file_is_ours(sink) && sink->spec.period == LOG_NEVER) {
		error = log_rotate_by_size(sink->path, sink->spec.keep);
	} else if (file_is_ours(sink)) {
		int64_t now = clock_now_ns() / NS_PER_SEC;
		int64_t end = sink->period_end <= now
				      ? sink->period_end
				      : log_period_end(&sink->spec, sink_zone(sink), now);
		log_period_suffix(&sink->spec, sink_zone(sink), end, suffix);
		error = log_rotate_by_time(sink->path, suffix, sink->spec.keep);
	}
	if (!error)
		error = file_open_again(sink);
	if (error)
		cannot_rotate(sink, error);
	else
		sink->cannot_rotate = false;
}

static bool period_is_over(const struct log_sink *sink)
{
	return sink->period_end && clock_now_ns() / NS_PER_SEC >= sink->period_end;
}

/* Others may append to the file, or cut it short. */
static void file_measure(struct log_sink *sink)
{
	struct stat st;

	if (!fstat(sink->outlet.fd, &st))
		sink->size = (uint64_t)st.st_size;
}

static size_t line_len(const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);

	return newline ? (size_t)(newline - text) + 1 : len;
}

/* How much of it goes into the file that is open, which is another one when a rotation was due.
 * Lines stay whole; one that is longer than a file may be has a file of its own. */
static size_t file_part(struct log_sink *sink, const char *text, size_t len)
{
	bool by_size = sink->spec.max_bytes && sink->spec.keep > 0;
	uint64_t max = by_size ? sink->spec.max_bytes - sink->spec.below_max : UINT64_MAX / 2;

	if (sink->is_mid_line && sink->size < max + LIMIT_LOG_LINE) {
		size_t end = line_len(text, len);
		uint64_t room = max + LIMIT_LOG_LINE - sink->size;
		return end < room ? end : (size_t)room;
	}
	if (period_is_over(sink)) {
		if (sink->size)
			file_rotate(sink);
		else
			file_learn(sink);
	}
	if (sink->size + len <= max)
		return len;
	size_t first = line_len(text, len);
	if (sink->size && sink->size + first > max) {
		file_measure(sink);
		if (sink->size && sink->size + first > max)
			file_rotate(sink);
	}
	if (sink->size >= max) /* it could not be rotated */
		return len;
	size_t room = max - sink->size < len ? (size_t)(max - sink->size) : len;
	const char *last = memrchr(text, '\n', room);
	if (last)
		return (size_t)(last - text) + 1;
	return text[first - 1] == '\n' ? first : room;
}

/* ---- writing ---- */

/* Nobody may ever read a pipe that is broken, or a terminal that hung up; of a file, and of what
 * passes, we hope. true: it is thrown away. */
static bool outlet_failed(struct log_sink *sink, int error)
{
	bool may_pass = error == ENOSPC || error == EDQUOT || error == EFBIG || error == ENOMEM ||
			error == ENOBUFS;
	bool is_dead = sink->outlet.is_device && !may_pass;

	if (is_dead) {
		if (!sink->is_dead)
			say(LOG_WARN, NULL, "writing to %s: %s, its lines are thrown away",
			    sink_name(sink), strerror(error));
		sink->is_dead = true;
		sink->not_before = events_now(sink->logs->events) + LIMIT_LOG_RETRY * NS_PER_SEC;
		return true;
	}
	if (!sink->is_failing)
		say(LOG_WARN, NULL, "writing to '%s': %s, retrying", sink_name(sink),
		    strerror(error));
	sink->is_failing = true;
	return false;
}

static void outlet_took(struct log_sink *sink, const char *text, size_t len)
{
	sink->size += len;
	sink->is_mid_line = text[len - 1] != '\n';
	if (!sink->is_failing && !sink->is_dead)
		return;
	say(LOG_INFO, NULL, "writing to '%s' works again", sink_name(sink));
	sink->is_failing = sink->is_dead = false;
}

/* What the outlet takes now. A dead one takes all, and is tried now and then. */
static size_t outlet_put(struct log_sink *sink, const char *text, size_t len)
{
	size_t done = 0;

	if (sink->is_dead && events_now(sink->logs->events) < sink->not_before)
		return len;
	if (sink->spec.follow_renames && is_file(sink) && !sink->is_mid_line && !file_is_ours(sink))
		file_open_again(sink);
	while (done < len) {
		size_t part = is_file(sink) ? file_part(sink, text + done, len - done) : len - done;
		ssize_t n = log_outlet_write(&sink->outlet, text + done, part);
		if (n == -EAGAIN)
			break;
		if (n < 0)
			return outlet_failed(sink, (int)-n) ? len : done;
		outlet_took(sink, text + done, (size_t)n);
		done += (size_t)n;
	}
	return done;
}

void log_sink_put(struct log_sink *sink, const char *text, size_t len)
{
	size_t done = log_sink_is_waiting(sink) ? 0 : outlet_put(sink, text, len);

	pending_put(sink, text + done, len - done);
	if (log_sink_is_waiting(sink))
		wait_for_outlet(sink);
}

size_t log_sink_offer(struct log_sink *sink, const char *text, size_t len)
{
	if (!log_sink_has_room(sink, len)) {
		size_t room = LIMIT_LOG_PENDING - (sink->pending_end - sink->pending_start);
		const char *last = memrchr(text, '\n', room);
		len = last ? (size_t)(last - text) + 1 : 0;
	}
	if (len)
		log_sink_put(sink, text, len);
	return len;
}

static void streams_resume(struct log_sink *sink)
{
	struct log_stream *next;

	for (struct log_stream *at = sink->streams; at; at = next) {
		next = at->next; /* a leftover may end here */
		log_stream_resume(at);
	}
}

void log_sink_flush(struct log_sink *sink)
{
	sink->pending_start += outlet_put(sink, sink->pending + sink->pending_start,
					  sink->pending_end - sink->pending_start);
	wait_no_more(sink);
	if (log_sink_is_waiting(sink)) {
		wait_for_outlet(sink);
		return;
	}
	pending_clear(sink);
	if (sink->is_blocked) {
		sink->is_blocked = false;
		log_stream_take_held(sink);
	}
	if (!sink->is_blocked)
		streams_resume(sink);
}

static void outlet_writable(struct watch *watch, uint32_t events)
{
	(void)events;
	log_sink_flush(container_of(watch, struct log_sink, writable));
}

static void outlet_retry(struct timer *timer)
{
	log_sink_flush(container_of(timer, struct log_sink, retry));
}

/* ---- opening ---- */

static int sink_outlet_open(struct log_sink *sink)
{
	switch (sink->spec.target) {
	case LOG_TO_FILE: return log_outlet_file(&sink->outlet, sink->path);
	case LOG_TO_STDOUT: return log_outlet_inherited(&sink->outlet, 1);
	default: return log_outlet_inherited(&sink->outlet, 2);
	}
}

int log_sink_open(struct logs *logs, const struct log_spec *spec, struct log_sink **ret_sink)
{
	size_t path_size = spec->target == LOG_TO_FILE ? strlen(spec->path) + 1 : 1;
	struct log_sink *sink = calloc(1, sizeof(*sink) + path_size);

	if (!sink)
		return -ENOMEM;
	sink->logs = logs;
	sink->spec = *spec;
	if (spec->target == LOG_TO_FILE)
		memcpy(sink->path, spec->path, path_size);
	sink->spec.path = sink->path;
	sink->spec.time_format = sink->spec.color = NULL;
	sink->spec.utc |= logs->utc;
	sink->writable.ready = outlet_writable;
	sink->retry.fire = outlet_retry;
	sink->pending = log_map(LIMIT_LOG_PENDING);
	sink->held = log_map(LIMIT_LOG_CHUNK);
	int error = sink->pending && sink->held ? sink_outlet_open(sink) : -ENOMEM;
	if (error) {
		log_unmap(sink->pending, LIMIT_LOG_PENDING);
		log_unmap(sink->held, LIMIT_LOG_CHUNK);
		free(sink);
		return error;
	}
	file_learn(sink);
	*ret_sink = sink;
	return 0;
}

void log_sink_retune(struct log_sink *sink, const struct log_spec *spec)
{
	sink->spec.max_bytes = spec->max_bytes;
	sink->spec.below_max = spec->below_max;
	sink->spec.keep = spec->keep;
	sink->spec.period = spec->period;
	sink->spec.period_count = spec->period_count;
	sink->spec.weekday = spec->weekday;
	sink->spec.at_midnight = spec->at_midnight;
	sink->spec.utc = spec->utc || sink->logs->utc;
	sink->spec.follow_renames = spec->follow_renames;
	period_set(sink, INT64_MAX);
}

void log_sink_close(struct log_sink *sink)
{
	wait_no_more(sink);
	log_outlet_close(&sink->outlet);
	log_unmap(sink->pending, LIMIT_LOG_PENDING);
	log_unmap(sink->held, LIMIT_LOG_CHUNK);
	free(sink);
}

void log_sink_reopen(struct log_sink *sink)
{
	if (sink->spec.target != LOG_TO_FILE)
		return;
	if (log_sink_is_waiting(sink))
		log_sink_flush(sink);
	int error = file_open_again(sink);
	if (error)
		say(LOG_WARN, NULL, "opening '%s' again: %s, keeping the old file", sink_name(sink),
		    strerror(-error));
}
