/* logs.c - all sinks and what they share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/logs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "init/logs_private.h"

#include "base/banned.h"

void *log_map(size_t size)
{
	void *ptr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return ptr == MAP_FAILED ? NULL : ptr;
}

void log_unmap(void *ptr, size_t size)
{
	if (ptr)
		munmap(ptr, size);
}

/* ---- the last lines ---- */

static struct log_ring *ring_find(struct logs *logs, const char *service)
{
	struct log_ring *ring = logs->rings;

	while (ring && strcmp(ring->service, service) != 0)
		ring = ring->next;
	return ring;
}

struct log_ring *log_ring_get(struct logs *logs, const char *service)
{
	struct log_ring *ring = ring_find(logs, service);
	size_t len = strlen(service);

	if (!ring) {
		ring = calloc(1, sizeof(*ring) + len + 1);
		if (!ring)
			return NULL;
		memcpy(ring->service, service, len + 1);
		ring->next = logs->rings;
		logs->rings = ring;
	}
	ring->n_streams++;
	return ring;
}

void log_ring_unref(struct log_ring *ring)
{
	if (ring)
		ring->n_streams--;
}

void log_ring_put(struct log_ring *ring, const char *text, size_t len)
{
	if (!ring || (!ring->bytes && !(ring->bytes = log_map(LIMIT_LOG_RECENT))))
		return;
	if (len > LIMIT_LOG_RECENT) {
		ring->end += len - LIMIT_LOG_RECENT;
		text += len - LIMIT_LOG_RECENT;
		len = LIMIT_LOG_RECENT;
	}
	size_t at = ring->end % LIMIT_LOG_RECENT;
	size_t first = len < LIMIT_LOG_RECENT - at ? len : LIMIT_LOG_RECENT - at;
	memcpy(ring->bytes + at, text, first);
	memcpy(ring->bytes, text + first, len - first);
	ring->end += len;
}

size_t logs_recent(struct logs *logs, const char *service, char *out, size_t size)
{
	const struct log_ring *ring = ring_find(logs, service);

	if (!ring || !ring->bytes || !size)
		return 0;
	size_t there = ring->end < LIMIT_LOG_RECENT ? ring->end : LIMIT_LOG_RECENT;
	size_t len = there < size ? there : size;
	size_t start = ring->end - len;
	for (size_t i = 0; i < len; i++)
		out[i] = ring->bytes[(start + i) % LIMIT_LOG_RECENT];
	if (start == 0 || (len < there && ring->bytes[(start - 1) % LIMIT_LOG_RECENT] == '\n'))
		return len;
	const char *newline = memchr(out, '\n', len);
	if (!newline || newline == out + len - 1)
		return len;
	size_t cut = (size_t)(newline + 1 - out);
	memmove(out, out + cut, len - cut);
	return len - cut;
}

/* ---- sinks ---- */

/* Names of our own descriptors: opened, they would be other descriptions of the same. */
static enum log_target target_of(const struct log_spec *spec)
{
	static const struct {
		const char *path;
		enum log_target target;
	} names[] = {
		{"/dev/stdout", LOG_TO_STDOUT},     {"/dev/stderr", LOG_TO_STDERR},
		{"/dev/fd/1", LOG_TO_STDOUT},       {"/dev/fd/2", LOG_TO_STDERR},
		{"/proc/self/fd/1", LOG_TO_STDOUT}, {"/proc/self/fd/2", LOG_TO_STDERR},
	};

	for (size_t i = 0; spec->target == LOG_TO_FILE && i < ARRAY_LEN(names); i++) {
		if (text_eq(spec->path, names[i].path))
			return names[i].target;
	}
	return spec->target;
}

static struct log_sink *sink_find(const struct logs *logs, const struct log_spec *spec)
{
	struct log_sink *sink = logs->sinks;

	while (sink && (sink->spec.target != spec->target ||
			(spec->target == LOG_TO_FILE && !text_eq(sink->path, spec->path))))
		sink = sink->next;
	return sink;
}

/* Another name of a file that is open already. */
static struct log_sink *sink_twin(const struct logs *logs, const struct log_sink *of)
{
	struct log_sink *sink = logs->sinks;

	if (of->outlet.kind != OUTLET_FILE || of->spec.target != LOG_TO_FILE)
		return NULL;
	while (sink &&
	       (sink->spec.target != LOG_TO_FILE || sink->dev != of->dev || sink->ino != of->ino))
		sink = sink->next;
	return sink;
}

int logs_sink(struct logs *logs, const struct log_spec *spec, struct log_sink **ret_sink)
{
	struct log_spec wanted = *spec;

	*ret_sink = NULL;
	wanted.target = target_of(spec);
	if (wanted.target == LOG_INHERIT || wanted.target == LOG_TO_NULL)
		return 0;
	struct log_sink *sink = sink_find(logs, &wanted);
	if (!sink) {
		int error = log_sink_open(logs, &wanted, &sink);
		if (error)
			return error;
		struct log_sink *twin = sink_twin(logs, sink);
		if (twin) {
			log_sink_close(sink);
			sink = twin;
		} else {
			sink->next = logs->sinks;
			logs->sinks = sink;
		}
	}
	*ret_sink = sink;
	return 0;
}

void logs_reopen(struct logs *logs)
{
	for (struct log_sink *sink = logs->sinks; sink; sink = sink->next)
		log_sink_reopen(sink);
}

void logs_clock_jumped(struct logs *logs)
{
	for (struct log_sink *sink = logs->sinks; sink; sink = sink->next)
		log_sink_clock_jumped(sink);
}

bool logs_pending(const struct logs *logs)
{
	const struct log_sink *sink = logs->sinks;

	while (sink && !log_sink_is_waiting(sink) && !sink->held_by)
		sink = sink->next;
	return sink != NULL;
}

/* ---- beginning and end ---- */

/* A burst is over: its pages go back. */
static void release_pages(struct timer *timer)
{
	struct logs *logs = container_of(timer, struct logs, idle);

	if (logs->was_busy) {
		logs->was_busy = false;
		timer_after(logs->events, timer, NS_PER_SEC);
		return;
	}
	madvise(logs->chunk, LIMIT_LOG_CHUNK, MADV_DONTNEED);
	madvise(logs->batch, LIMIT_LOG_BATCH + LIMIT_LOG_LONGEST, MADV_DONTNEED);
}

void logs_busy(struct logs *logs)
{
	logs->was_busy = true;
	if (!logs->idle.active)
		timer_after(logs->events, &logs->idle, NS_PER_SEC);
}

int logs_open(struct events *events, bool utc, struct logs **ret_logs)
{
	struct logs *logs = calloc(1, sizeof(*logs));

	if (!logs)
		return -ENOMEM;
	logs->events = events;
	logs->utc = utc;
	logs->chunk = log_map(LIMIT_LOG_CHUNK);
	logs->batch = log_map(LIMIT_LOG_BATCH + LIMIT_LOG_LONGEST);
	logs->leftovers = log_map(LIMIT_LOG_LEFTOVERS * sizeof(*logs->leftovers));
	if (!logs->chunk || !logs->batch || !logs->leftovers) {
		logs_close(logs);
		return -ENOMEM;
	}
	logs->idle.fire = release_pages;
	logs->zone = utc ? NULL : zone_open(NULL);
	logs->clock.zone = logs->zone;
	*ret_logs = logs;
	return 0;
}

/* Everything that can be read and written now. true: bytes still wait for an outlet. */
static bool write_rest(struct logs *logs)
{
	bool is_waiting = false;

	for (struct log_sink *sink = logs->sinks; sink; sink = sink->next) {
		if (log_sink_is_waiting(sink) || sink->is_blocked)
			log_sink_flush(sink);
		for (struct log_stream *at = sink->streams; at; at = at->next)
			log_stream_read(at);
		is_waiting |= log_sink_is_waiting(sink) && !sink->is_failing;
	}
	return is_waiting;
}

/* Until one of them can be written. */
static void wait_for_outlets(const struct logs *logs, int64_t left_ns)
{
	struct pollfd fds[16];
	nfds_t n = 0;

	for (const struct log_sink *sink = logs->sinks; sink && n < ARRAY_LEN(fds);
	     sink = sink->next) {
		if (log_sink_is_waiting(sink) && !sink->is_failing)
			fds[n++] = (struct pollfd){.fd = sink->outlet.fd, .events = POLLOUT};
	}
	poll(fds, n, (int)(left_ns / 1000000) + 1);
}

static void write_until(struct logs *logs, int64_t deadline)
{
	int64_t now;

	while (write_rest(logs) && (now = clock_monotonic_ns()) < deadline)
		wait_for_outlets(logs, deadline - now);
}

static void sinks_free(struct logs *logs)
{
	while (logs->sinks) {
		struct log_sink *sink = logs->sinks;
		while (sink->streams)
			log_stream_close(sink->streams);
		logs->sinks = sink->next;
		log_sink_close(sink);
	}
}

static void rings_free(struct logs *logs, bool only_unused)
{
	for (struct log_ring **at = &logs->rings; *at;) {
		struct log_ring *ring = *at;
		if (only_unused && ring->n_streams) {
			at = &ring->next;
			continue;
		}
		*at = ring->next;
		log_unmap(ring->bytes, LIMIT_LOG_RECENT);
		free(ring);
	}
}

void logs_sweep(struct logs *logs)
{
	for (struct log_sink **at = &logs->sinks; *at;) {
		struct log_sink *sink = *at;
		if (sink->streams || log_sink_is_waiting(sink)) {
			at = &sink->next;
			continue;
		}
		*at = sink->next;
		log_sink_close(sink);
	}
	rings_free(logs, true);
}

void logs_close(struct logs *logs)
{
	if (!logs)
		return;
	int64_t deadline = clock_monotonic_ns() + LIMIT_LOG_CLOSE * NS_PER_SEC;
	write_until(logs, deadline);
	for (struct log_sink *sink = logs->sinks; sink; sink = sink->next) {
		for (struct log_stream *at = sink->streams; at; at = at->next)
			log_stream_end(at);
	}
	write_until(logs, deadline);
	timer_cancel(logs->events, &logs->idle);
	sinks_free(logs);
	rings_free(logs, false);
	for (int i = 0; i < SPARE_CARRIES; i++)
		log_unmap(logs->spare_carries[i], LIMIT_LOG_LINE);
	log_unmap(logs->chunk, LIMIT_LOG_CHUNK);
	log_unmap(logs->batch, LIMIT_LOG_BATCH + LIMIT_LOG_LONGEST);
	log_unmap(logs->leftovers, LIMIT_LOG_LEFTOVERS * sizeof(*logs->leftovers));
	zone_close(logs->zone);
	free(logs);
}
