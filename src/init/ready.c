/* ready.c - how a copy tells that it is ready, healthy and alive: sd_notify, newline, probes, dog.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   begin -> not ready -> ready [-> health probes, watchdog] -> end
 *               `-> late: slot_not_ready
 *
 * One probe serves both: until the copy is ready it asks for that, later for its health. */
#include "init/ready_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "init/say.h"

/* The first tries come quickly and slow down to the interval: most programs need a few ms. */
#define FIRST_TRY_NS      (NS_PER_SEC / 100)
/* Between health probes before the first good one within health_start. */
#define START_INTERVAL_NS NS_PER_SEC
/* Between the end of the readiness descriptor without a newline and our verdict: a program that
 * ends has its own story to tell first. */
#define CLOSED_GRACE_NS   NS_PER_SEC

static bool wants_probe(const struct service_spec *spec)
{
	return spec->ready == READY_PROBE || spec->health.kind != PROBE_NONE;
}

/* ---- verdicts ---- */

void readiness_because(struct readiness *readiness, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(readiness->reason, sizeof(readiness->reason), fmt, args);
	va_end(args);
}

void readiness_decide(struct readiness *readiness, enum verdict verdict)
{
	if (readiness->verdict == VERDICT_NOT_READY)
		return;
	readiness->verdict = verdict;
	timer_after(events_of(readiness), &readiness->told, 0);
}

static void close_pipe(struct readiness *readiness)
{
	watch_stop(events_of(readiness), &readiness->pipe);
	if (readiness->pipe.fd >= 0)
		close(readiness->pipe.fd);
	readiness->pipe.fd = -1;
}

void readiness_feed_dog(struct readiness *readiness)
{
	bool can_speak = readiness->slot->service->supervisor->notify;
	if (readiness->is_ready && can_speak && readiness->dog_ns > 0)
		timer_after(events_of(readiness), &readiness->dog, readiness->dog_ns);
	else
		timer_cancel(events_of(readiness), &readiness->dog);
}

static void become_ready(struct readiness *readiness)
{
	struct events *events = events_of(readiness);
	timer_cancel(events, &readiness->late);
	timer_cancel(events, &readiness->again);
	if (readiness->probe)
		probe_cancel(readiness->probe);
	close_pipe(readiness);
	readiness->is_ready = true;
	readiness->failures = 0;
	readiness->began_ns = events_now(events);
	readiness->reason[0] = '\0';
	readiness_feed_dog(readiness);
	if (readiness->probe && spec_of(readiness)->health.kind != PROBE_NONE)
		timer_after(events, &readiness->again, 0);
	slot_is_ready(readiness->slot); /* may end us */
}

static void tell_verdict(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, told);
	enum verdict verdict = readiness->verdict;
	readiness->verdict = VERDICT_NONE;
	if (!readiness->running)
		return;
	if (verdict == VERDICT_NOT_READY)
		slot_not_ready(readiness->slot, readiness->reason);
	else if (!readiness->is_ready)
		become_ready(readiness);
}

static void is_late(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, late);
	double seconds = (double)(events_now(events_of(readiness)) - readiness->began_ns) / 1e9;
	char last[sizeof(readiness->reason)];
	memcpy(last, readiness->reason, sizeof(last));
	if (readiness->stopping)
		readiness_because(readiness, "said that it stops and did not");
	else
		readiness_because(readiness, "not ready after %.3gs%s%s", seconds,
				  *last ? ": " : "", last);
	slot_not_ready(readiness->slot, readiness->reason);
}

static void dog_barks(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, dog);
	readiness_because(readiness, "watchdog: no sign of life for %gs",
			  (double)readiness->dog_ns / 1e9);
	slot_not_ready(readiness->slot, readiness->reason);
}

/* ---- probes ---- */

static int64_t try_interval(const struct readiness *readiness)
{
	const struct service_spec *spec = spec_of(readiness);
	int64_t interval = spec->ready_interval > 0 ? spec->ready_interval : NS_PER_SEC;
	if (spec->ready_probe.kind == PROBE_COMMAND || readiness->failures > 16)
		return interval;
	int64_t ramp = FIRST_TRY_NS << readiness->failures;
	return ramp < interval ? ramp : interval;
}

static bool is_in_start(const struct readiness *readiness)
{
	return !readiness->was_good && events_now(events_of(readiness)) - readiness->began_ns <
					       spec_of(readiness)->health_start;
}

static int64_t health_interval(const struct readiness *readiness)
{
	int64_t interval = spec_of(readiness)->health_interval;
	if (interval <= 0)
		interval = 10 * NS_PER_SEC;
	if (is_in_start(readiness) && interval > START_INTERVAL_NS)
		return START_INTERVAL_NS;
	return interval;
}

static void health_heard(struct readiness *readiness, bool good)
{
	const struct service_spec *spec = spec_of(readiness);
	if (good) {
		bool is_news = readiness->is_bad || !readiness->was_good;
		readiness->failures = 0;
		readiness->was_good = true;
		readiness->is_bad = false;
		readiness->reason[0] = '\0';
		timer_after(events_of(readiness), &readiness->again, health_interval(readiness));
		if (is_news)
			slot_health(readiness->slot, true, "");
		return;
	}
	readiness_because(readiness, "%s", readiness->probe->reason);
	timer_after(events_of(readiness), &readiness->again, health_interval(readiness));
	if (is_in_start(readiness))
		return;
	int retries = spec->health_retries > 0 ? spec->health_retries : 1;
	if (readiness->failures < retries)
		readiness->failures++;
	say(LOG_DEBUG, spec->name, "health: %s (%d of %d)", readiness->reason, readiness->failures,
	    retries);
	if (readiness->failures >= retries && !readiness->is_bad) {
		readiness->is_bad = true;
		slot_health(readiness->slot, false, readiness->reason); /* may end us */
	}
}

static void probe_done(struct probe *probe, bool good)
{
	struct readiness *readiness = probe->arg;
	if (readiness->is_ready) {
		health_heard(readiness, good);
	} else if (good) {
		become_ready(readiness);
	} else {
		readiness_because(readiness, "%s", probe->reason);
		timer_after(events_of(readiness), &readiness->again, try_interval(readiness));
		readiness->failures++;
	}
}

static void probe_again(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, again);
	const struct service_spec *spec = spec_of(readiness);
	struct probe *probe = readiness->probe;
	probe->arg = readiness;
	probe->done = probe_done;
	probe->user = spec->user;
	probe->group = spec->group;
	probe->cwd = spec->cwd;
	const struct entry *entry = readiness->slot->service->supervisor->entry;
	const char *const *env = (const char *const *)spec->env;
	if (readiness->is_ready)
		probe_start(events_of(readiness), probe, &spec->health, spec->health_timeout, env,
			    entry);
	else
		probe_start(events_of(readiness), probe, &spec->ready_probe, spec->ready_interval,
			    env, entry);
}

/* ---- a newline on a descriptor ---- */

/* s6's way: what stands before the first newline does not matter. */
static void pipe_ready(struct watch *watch, uint32_t events)
{
	struct readiness *readiness = container_of(watch, struct readiness, pipe);
	char text[256];
	ssize_t n = read(watch->fd, text, sizeof(text));
	if (n > 0 && memchr(text, '\n', (size_t)n)) {
		close_pipe(readiness);
		become_ready(readiness);
		return;
	}
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	close_pipe(readiness);
	readiness_because(readiness, "descriptor %d was closed without a newline",
			  spec_of(readiness)->ready_fd);
	int64_t verdict_ns = events_now(events_of(readiness)) + CLOSED_GRACE_NS;
	if (!readiness->late.active || readiness->late.due_ns > verdict_ns)
		timer_set(events_of(readiness), &readiness->late, verdict_ns);
}

static int open_pipe(struct readiness *readiness, int *ret_fd)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	/* of our end alone: the child's is an open file of its own */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	readiness->pipe.ready = pipe_ready;
	readiness->pipe.fd = ends[0];
	*ret_fd = ends[1];
	return 0;
}

/* ---- the life of a run ---- */

struct readiness *readiness_new(struct slot *slot)
{
	struct readiness *readiness = calloc(1, sizeof(*readiness));
	if (!readiness)
		return NULL;
	readiness->slot = slot;
	readiness->pipe.fd = -1;
	readiness->told.fire = tell_verdict;
	readiness->late.fire = is_late;
	readiness->again.fire = probe_again;
	readiness->dog.fire = dog_barks;
	if (wants_probe(spec_of(readiness)) &&
	    !(readiness->probe = calloc(1, sizeof(*readiness->probe)))) {
		free(readiness);
		return NULL;
	}
	return readiness;
}

void readiness_end(struct readiness *readiness)
{
	struct events *events = events_of(readiness);
	timer_cancel(events, &readiness->late);
	timer_cancel(events, &readiness->again);
	timer_cancel(events, &readiness->dog);
	timer_cancel(events, &readiness->told);
	if (readiness->probe)
		probe_cancel(readiness->probe);
	close_pipe(readiness);
	readiness->running = false;
	readiness->is_ready = false;
}

void readiness_free(struct readiness *readiness)
{
	if (!readiness)
		return;
	readiness_end(readiness);
	free(readiness->probe);
	free(readiness);
}

int readiness_prepare(struct readiness *readiness, int *ret_fd)
{
	readiness_end(readiness);
	readiness->heard_ready = readiness->stopping = false;
	readiness->was_good = readiness->is_bad = false;
	readiness->verdict = VERDICT_NONE;
	readiness->failures = 0;
	readiness->main_pid = 0;
	readiness->dog_ns = spec_of(readiness)->watchdog;
	readiness->reason[0] = '\0';
	*ret_fd = -1;
	if (spec_of(readiness)->ready != READY_DESCRIPTOR)
		return 0;
	return open_pipe(readiness, ret_fd);
}

bool readiness_wants_notify(const struct readiness *readiness, uint64_t *ret_watchdog_us)
{
	const struct service_spec *spec = spec_of(readiness);
	*ret_watchdog_us = (uint64_t)spec->watchdog / 1000;
	return spec->ready == READY_NOTIFY || spec->watchdog > 0;
}

void readiness_begin(struct readiness *readiness)
{
	const struct service_spec *spec = spec_of(readiness);
	struct events *events = events_of(readiness);
	readiness->running = true;
	readiness->began_ns = events_now(events);
	if (spec->ready != READY_STARTED && spec->ready_timeout > 0)
		timer_after(events, &readiness->late, spec->ready_timeout);
	switch (spec->ready) {
	case READY_STARTED: readiness_decide(readiness, VERDICT_READY); break;
	case READY_NOTIFY:
		readiness_because(readiness, "no READY=1 yet");
		/* before we knew of the process; or it has no way to tell */
		if (readiness->heard_ready || !readiness->slot->service->supervisor->notify)
			readiness_decide(readiness, VERDICT_READY);
		break;
	case READY_DESCRIPTOR:
		readiness_because(readiness, "no newline on descriptor %d yet", spec->ready_fd);
		if (readiness->pipe.fd >= 0)
			watch_start(events, &readiness->pipe, readiness->pipe.fd, EPOLLIN);
		break;
	case READY_PROBE: timer_after(events, &readiness->again, 0); break;
	}
}

int readiness_respec(struct readiness *readiness)
{
	const struct service_spec *spec = spec_of(readiness);
	if (wants_probe(spec) && !readiness->probe) {
		readiness->probe = calloc(1, sizeof(*readiness->probe));
		if (!readiness->probe)
			return -ENOMEM;
	}
	if (!readiness->running || !readiness->probe)
		return 0;
	/* what is being asked may point into the old model */
	probe_cancel(readiness->probe);
	timer_cancel(events_of(readiness), &readiness->again);
	if (readiness->is_ready ? spec->health.kind != PROBE_NONE : spec->ready == READY_PROBE)
		timer_after(events_of(readiness), &readiness->again, 0);
	return 0;
}

pid_t readiness_main_pid(const struct readiness *readiness)
{
	return readiness->main_pid;
}

bool readiness_is_bad(const struct readiness *readiness)
{
	return readiness->is_bad;
}

const char *readiness_reason(const struct readiness *readiness)
{
	return readiness->reason;
}
