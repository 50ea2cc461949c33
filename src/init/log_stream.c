/* log_stream.c - one child's pipe: read, cut into lines, sent to its sink.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "init/logs_private.h"
#include "init/say.h"

#include "base/banned.h"

/* ---- when to read ---- */

static void watch_pause(struct log_stream *stream)
{
	watch_stop(stream->logs->events, &stream->watch);
	timer_cancel(stream->logs->events, &stream->rest);
}

/* A program that writes line by line pays for waking us at each of them as long as we wait for it,
 * and we for reading each of them. So a pipe that has been readable turn after turn is left to fill
 * for a moment; one that then is empty is waited for again. */
static void rest_after(struct log_stream *stream, ssize_t n)
{
	struct events *events = stream->logs->events;
	int64_t now = events_now(events);
	bool is_quick = now - stream->read_ns < LIMIT_LOG_QUICK_NS;

	stream->read_ns = now;
	stream->n_quick = is_quick ? stream->n_quick + 1 : 0;
	if (stream->n_quick < 8 || n == (ssize_t)LIMIT_LOG_CHUNK || !stream->watch.active)
		return;
	watch_stop(events, &stream->watch);
	timer_after(events, &stream->rest, LIMIT_LOG_REST_NS);
}

/* Where epoll has no room for one more, the pipe is looked at now and then. */
static void watch_again(struct log_stream *stream)
{
	struct events *events = stream->logs->events;

	stream->n_quick = 0;
	if (watch_start(events, &stream->watch, stream->fd, EPOLLIN))
		timer_after(events, &stream->rest, LIMIT_LOG_POLL_NS);
}

/* ---- a sink that is full ---- */

void log_sink_block(struct log_sink *sink)
{
	sink->is_blocked = true;
	for (struct log_stream *at = sink->streams; at; at = at->next) {
		if (at->spec->overflow == LOG_DROP)
			continue;
		at->is_paused = true;
		watch_pause(at);
	}
}

/* ---- reading ---- */

static bool is_leftover(const struct log_stream *stream)
{
	const struct log_leftover *first = stream->logs->leftovers;

	return (const char *)stream >= (const char *)first &&
	       (const char *)stream < (const char *)(first + LIMIT_LOG_LEFTOVERS);
}

static void pipe_close(struct log_stream *stream)
{
	if (stream->fd < 0)
		return;
	watch_pause(stream);
	close(stream->fd);
	stream->fd = -1;
}

/* Somebody else has it now. */
static void pipe_forget(struct log_stream *stream)
{
	watch_pause(stream);
	stream->fd = -1;
}

static void sink_leave(struct log_stream *stream)
{
	if (!stream->sink)
		return;
	for (struct log_stream **at = &stream->sink->streams; *at; at = &(*at)->next) {
		if (*at == stream) {
			*at = stream->next;
			break;
		}
	}
	if (stream->sink->held_by == stream)
		stream->sink->held_by = NULL;
	stream->sink = NULL;
}

void log_stream_close(struct log_stream *stream)
{
	struct logs *logs = stream->logs;

	if (!logs)
		return;
	pipe_close(stream);
	sink_leave(stream);
	log_carry_release(logs, &stream->carry);
	log_ring_unref(stream->ring);
	if (is_leftover(stream))
		logs->n_leftovers--;
	*stream = (struct log_stream){0};
}

/* Nothing of it is on its way any more. */
static bool is_done(const struct log_stream *stream)
{
	return stream->fd < 0 && (!stream->sink || (stream->sink->held_by != stream &&
						    !stream->dropped && !stream->carry.len));
}

/* Alone on its sink: then bytes need not wait for their line to be complete. They are read and
 * written, not spliced: splice(2) refuses files with O_APPEND, which copytruncate and a second
 * writer depend on, and the copy is not what takes the time. */
static bool passes_unchanged(const struct log_stream *stream)
{
	return stream->spec->format == LOG_RAW && stream->spec->overflow == LOG_BLOCK &&
	       !stream->tap && !stream->carry.len && stream->sink->streams == stream &&
	       !stream->next;
}

/* One that is always full may have a bigger pipe: fewer turns for us, fewer waits for the child. */
static void pipe_grow(struct log_stream *stream, bool is_full)
{
	stream->n_full = is_full ? stream->n_full + 1 : 0;
	if (stream->n_full == 4)
		fcntl(stream->fd, F_SETPIPE_SZ, (int)LIMIT_LOG_PIPE);
}

/* Bytes read; 0: the last holder has closed it; -EAGAIN: nothing there, or no room for it. */
static ssize_t read_once(struct log_stream *stream)
{
	if (!log_stream_may_write(stream)) {
		log_sink_block(stream->sink);
		return -EAGAIN;
	}
	ssize_t n = read(stream->fd, stream->logs->chunk, LIMIT_LOG_CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (n <= 0) {
		log_stream_end(stream);
		pipe_close(stream);
		return 0;
	}
	struct str rest = {stream->logs->chunk, (size_t)n};
	log_ring_put(stream->ring, rest.ptr, rest.len);
	if (rest.len > 4096)
		logs_busy(stream->logs);
	pipe_grow(stream, rest.len == LIMIT_LOG_CHUNK);
	if (passes_unchanged(stream)) {
		log_stream_send(stream, rest.ptr, rest.len);
	} else {
		log_stream_take(stream, &rest);
		if (rest.len)
			log_stream_hold(stream, rest);
	}
	if (!log_stream_may_write(stream))
		log_sink_block(stream->sink);
	return n;
}

static void stream_ready(struct watch *watch, uint32_t events)
{
	struct log_stream *stream = container_of(watch, struct log_stream, watch);

	(void)events;
	ssize_t n = read_once(stream);
	if (n > 0)
		rest_after(stream, n);
	else if (n == 0 && is_leftover(stream) && is_done(stream))
		log_stream_close(stream);
}

static void stream_rested(struct timer *timer)
{
	struct log_stream *stream = container_of(timer, struct log_stream, rest);

	ssize_t n = read_once(stream);
	if (stream->is_paused)
		return;
	if (n > 0)
		timer_after(stream->logs->events, timer,
			    n == (ssize_t)LIMIT_LOG_CHUNK ? 0 : LIMIT_LOG_REST_NS);
	else if (n < 0)
		watch_again(stream);
	else if (is_leftover(stream) && is_done(stream))
		log_stream_close(stream);
}

void log_stream_read(struct log_stream *stream)
{
	size_t total = 0;

	while (stream->fd >= 0 && !stream->is_paused && total < LIMIT_LOG_DRAIN) {
		ssize_t n = read_once(stream);
		if (n <= 0)
			return;
		total += (size_t)n;
	}
}

void log_stream_resume(struct log_stream *stream)
{
	log_stream_tell_dropped(stream);
	if (stream->is_paused) {
		stream->is_paused = false;
		if (stream->fd >= 0)
			watch_again(stream);
	}
	if (is_leftover(stream) && stream->fd < 0)
		log_stream_end(stream);
	if (is_leftover(stream) && is_done(stream))
		log_stream_close(stream);
}

/* ---- opening ---- */

static int direct_open(const char *name, int *ret_child_fd)
{
	int fd = fcntl(text_eq(name, "stderr") ? 2 : 1, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return -errno;
	*ret_child_fd = fd;
	return 0;
}

static void sink_join(struct log_stream *stream, struct log_sink *sink)
{
	stream->sink = sink;
	stream->next = sink->streams;
	sink->streams = stream;
}

/* Watches the pipe, unless the sink is full. */
static void stream_begin(struct log_stream *stream)
{
	stream->watch = (struct watch){.ready = stream_ready};
	stream->rest = (struct timer){.fire = stream_rested};
	stream->is_paused = stream->sink->is_blocked && stream->spec->overflow == LOG_BLOCK;
	if (!stream->is_paused)
		watch_again(stream);
}

static int pipe_open(struct log_stream *stream, int *ret_child_fd)
{
	struct log_sink *sink;
	int ends[2];

	int error = logs_sink(stream->logs, stream->spec, &sink);
	if (error)
		return error;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	stream->fd = ends[0];
	sink_join(stream, sink);
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK)) {
		error = -errno;
		close(ends[1]);
		return error;
	}
	stream_begin(stream);
	stream->ring = log_ring_get(stream->logs, stream->service);
	*ret_child_fd = ends[1];
	return 0;
}

int log_stream_open(struct log_stream *stream, struct logs *logs, const struct log_spec *spec,
		    const char *service, const char *name, int *ret_child_fd)
{
	*stream = (struct log_stream){.fd = -1};
	if (spec->target == LOG_TO_NULL) {
		*ret_child_fd = -1; /* a spawn takes that for nothing */
		return 0;
	}
	if (spec->target == LOG_INHERIT)
		return direct_open(name, ret_child_fd);
	*stream = (struct log_stream){
		.logs = logs, .spec = spec, .service = service, .stream = name, .fd = -1};
	int error = pipe_open(stream, ret_child_fd);
	if (error)
		log_stream_close(stream);
	return error;
}

/* ---- ending ---- */

static struct log_leftover *leftover_slot(struct logs *logs)
{
	struct log_leftover *oldest = NULL;

	for (size_t i = 0; i < LIMIT_LOG_LEFTOVERS; i++) {
		struct log_leftover *at = &logs->leftovers[i];
		if (!at->stream.logs)
			return at;
		if (!oldest || at->number < oldest->number)
			oldest = at;
	}
	say(LOG_WARN, oldest->service,
	    "the pipe of a program that ended long ago is closed: too many are held open");
	log_stream_close(&oldest->stream);
	return oldest;
}

static const char *text_keep(const char *text, char *out, size_t size)
{
	if (!text)
		return NULL;
	snprintf(out, size, "%s", text);
	return out;
}

/* The pipe and what is on its way go on without their owner. */
static void stream_leave_behind(struct log_stream *stream)
{
	struct logs *logs = stream->logs;
	struct log_sink *sink = stream->sink;
	struct log_leftover *left = leftover_slot(logs);
	bool has_held = sink->held_by == stream;

	watch_pause(stream);
	sink_leave(stream);
	left->stream = *stream;
	left->spec = *stream->spec;
	left->number = ++logs->leftover_number;
	left->stream.tap = NULL;
	left->stream.spec = &left->spec;
	left->spec.time_format =
		text_keep(left->spec.time_format, left->time_format, sizeof(left->time_format));
	left->spec.color = text_keep(left->spec.color, left->color, sizeof(left->color));
	left->stream.service = text_keep(stream->service, left->service, sizeof(left->service));
	left->stream.stream = text_eq(stream->stream, "stderr") ? "stderr" : "stdout";
	logs->n_leftovers++;
	sink_join(&left->stream, sink);
	if (has_held)
		sink->held_by = &left->stream;
	*stream = (struct log_stream){0};
	if (left->stream.fd >= 0)
		stream_begin(&left->stream);
	logs->clock.text_second = 0; /* it goes by the address of a format */
}

void log_stream_finish(struct log_stream *stream)
{
	if (!stream->logs)
		return;
	log_stream_read(stream);
	if (stream->fd >= 0 && !stream->is_paused)
		log_stream_end(stream);
	if (is_done(stream))
		log_stream_close(stream);
	else
		stream_leave_behind(stream);
}

/* Another sink for a stream that lives; what the old one has not taken yet stays with it. */
static void sink_change(struct log_stream *stream, struct log_sink *sink)
{
	struct logs *logs = stream->logs;
	struct log_stream moved = *stream;

	log_stream_end(stream);
	pipe_forget(stream);
	moved.dropped = 0;
	moved.carry = (struct log_carry){0};
	moved.is_skipping = moved.is_mid_line = false;
	moved.ring = log_ring_get(logs, stream->service);
	if (is_done(stream))
		log_stream_close(stream);
	else
		stream_leave_behind(stream);
	*stream = moved;
	sink_join(stream, sink);
}

int log_stream_replace(struct log_stream *stream, const struct log_spec *spec, const char *service)
{
	struct log_sink *sink;

	if (!stream->logs)
		return 0;
	int error = logs_sink(stream->logs, spec, &sink);
	if (!error && !sink)
		error = -EOPNOTSUPP;
	bool is_change = !error && sink != stream->sink;
	if (!error)
		log_sink_retune(sink, spec);
	if (is_change)
		sink_change(stream, sink);
	stream->service = service;
	stream->spec = spec;
	stream->logs->clock.text_second = 0;
	if (is_change && stream->fd >= 0)
		stream_begin(stream);
	return error;
}
