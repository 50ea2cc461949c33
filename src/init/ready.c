/* ready.c - how a copy tells that it is ready, healthy and alive: sd_notify, newline, probes, dog.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   begin -> not ready -> ready [-> health probes, watchdog] -> end
 *               `-> late: slot_not_ready
 *
 * One probe serves both: until the copy is ready it asks for that, later for its health. */
#include "init/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/str.h"
#include "init/say.h"
#include "init/stats.h"

/* The first tries come quickly and slow down to the interval: most programs need a few ms. */
#define FIRST_TRY_NS      (NS_PER_SEC / 100)
/* Between health probes before the first good one within health_start. */
#define START_INTERVAL_NS NS_PER_SEC
/* Between the end of the readiness descriptor without a newline and our verdict: a program that
 * ends has its own story to tell first. */
#define CLOSED_GRACE_NS   NS_PER_SEC
/* Steps from a sender up to us. */
#define ANCESTORS_MAX     64

enum verdict { VERDICT_NONE, VERDICT_READY, VERDICT_NOT_READY };

struct readiness {
	struct slot *slot;
	struct probe *probe; /* NULL: the spec has none */
	struct watch pipe;   /* of READY_DESCRIPTOR; fd -1: none */
	struct timer late;   /* ready_timeout; stop_timeout behind STOPPING=1 */
	struct timer again;  /* the next probe */
	struct timer dog;
	struct timer told; /* the verdict goes to the state machine out of the loop */
	enum verdict verdict;
	bool running, is_ready, heard_ready, stopping;
	bool was_good; /* a health probe of this run was */
	bool is_bad;   /* slot_health(false) was the last word */
	int failures;  /* health probes in a row; tries of readiness */
	int64_t began_ns, dog_ns;
	pid_t main_pid;
	char reason[sizeof(((struct probe *)NULL)->reason)];
};

static const struct service_spec *spec_of(const struct readiness *readiness)
{
	return readiness->slot->service->spec;
}

static struct events *events_of(const struct readiness *readiness)
{
	return readiness->slot->service->supervisor->events;
}

static bool wants_probe(const struct service_spec *spec)
{
	return spec->ready == READY_PROBE || spec->health.kind != PROBE_NONE;
}

static void printf_like(2, 3) because(struct readiness *readiness, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(readiness->reason, sizeof(readiness->reason), fmt, args);
	va_end(args);
}

/* ---- verdicts ---- */

static void decide(struct readiness *readiness, enum verdict verdict)
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

static void feed_dog(struct readiness *readiness)
{
	if (readiness->is_ready && readiness->dog_ns > 0)
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
	feed_dog(readiness);
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
		because(readiness, "said that it stops and did not");
	else
		because(readiness, "not ready after %.3gs%s%s", seconds, *last ? ": " : "", last);
	slot_not_ready(readiness->slot, readiness->reason);
}

static void dog_barks(struct timer *timer)
{
	struct readiness *readiness = container_of(timer, struct readiness, dog);
	because(readiness, "watchdog: no sign of life for %gs", (double)readiness->dog_ns / 1e9);
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
	because(readiness, "%s", readiness->probe->reason);
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
		because(readiness, "%s", probe->reason);
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
	because(readiness, "descriptor %d was closed without a newline",
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
	case READY_STARTED: decide(readiness, VERDICT_READY); break;
	case READY_NOTIFY:
		because(readiness, "no READY=1 yet");
		if (readiness->heard_ready) /* before we knew of the process */
			decide(readiness, VERDICT_READY);
		break;
	case READY_DESCRIPTOR:
		because(readiness, "no newline on descriptor %d yet", spec->ready_fd);
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

/* ---- whose is a datagram ---- */

static bool is_of_slot(const struct slot *slot, pid_t pid)
{
	return pid > 0 && slot->child.pid > 0 &&
	       (slot->child.pid == pid || (slot->readiness && slot->readiness->main_pid == pid));
}

static struct slot *slot_of_pid(struct supervisor *supervisor, pid_t pid)
{
	for (struct service *service = supervisor->services; service; service = service->next) {
		for (struct slot *slot = service->slots; slot; slot = slot->next) {
			if (is_of_slot(slot, pid))
				return slot;
		}
	}
	return NULL;
}

struct slot *readiness_slot_of(struct supervisor *supervisor, pid_t sender)
{
	struct slot *slot = slot_of_pid(supervisor, sender);
	if (slot)
		return slot;
	/* works without /proc; the session and its first process have one number */
	pid_t session = getsid(sender), ours = getpid();
	if (session > 0 && (slot = slot_of_pid(supervisor, session)))
		return slot;
	pid_t pid = sender;
	for (int i = 0; i < ANCESTORS_MAX && pid > 1 && pid != ours; i++) {
		if (process_parent(pid, &pid))
			break;
		slot = slot_of_pid(supervisor, pid);
		if (slot)
			return slot;
	}
	return NULL;
}

/* ---- what it says ---- */

static int64_t ns_of_us(uint64_t us)
{
	return us > INT64_MAX / 1000 ? INT64_MAX : (int64_t)us * 1000;
}

static void heard_status(struct slot *slot, const char *text)
{
	size_t len = strnlen(text, sizeof(slot->status_text) - 1);
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--; /* not amidst a character */
	bool is_utf8 = text_is_utf8((struct str){text, len});
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool show = c >= 0x20 && c != 0x7f && (is_utf8 || c < 0x80);
		slot->status_text[i] = '?';
		if (show)
			slot->status_text[i] = text[i];
	}
	slot->status_text[len] = '\0';
}

/* A program may only name one of its own. */
static void heard_main_pid(struct readiness *readiness, uint64_t number)
{
	struct slot *slot = readiness->slot;
	pid_t pid = number > 1 && number <= INT_MAX ? (pid_t)number : 0;
	if (pid == slot->child.pid)
		readiness->main_pid = 0;
	else if (pid && readiness_slot_of(slot->service->supervisor, pid) == slot)
		readiness->main_pid = pid;
	else
		say(LOG_WARN, slot->service->spec->name,
		    "MAINPID=%llu is none of its processes, ignoring", (unsigned long long)number);
}

/* Never earlier than it would be without. */
static void extend(struct readiness *readiness, struct timer *timer, int64_t ns)
{
	int64_t now = events_now(events_of(readiness));
	int64_t due = ns > INT64_MAX - now ? INT64_MAX : now + ns;
	if (timer->active && timer->due_ns < due)
		timer_set(events_of(readiness), timer, due);
}

static void heard_stopping(struct readiness *readiness)
{
	if (!readiness->running || readiness->stopping)
		return;
	readiness->stopping = true;
	timer_cancel(events_of(readiness), &readiness->again);
	if (readiness->probe)
		probe_cancel(readiness->probe);
	if (spec_of(readiness)->stop_timeout > 0)
		timer_after(events_of(readiness), &readiness->late,
			    spec_of(readiness)->stop_timeout);
}

void readiness_heard(struct readiness *readiness, const struct notify_message *message)
{
	struct slot *slot = readiness->slot;
	const char *name = spec_of(readiness)->name;
	switch (message->what) {
	case NOTIFY_READY:
		readiness->heard_ready = true;
		if (readiness->running && spec_of(readiness)->ready == READY_NOTIFY)
			decide(readiness, VERDICT_READY);
		break;
	case NOTIFY_RELOADING: say(LOG_INFO, name, "reloads"); break;
	case NOTIFY_STOPPING: heard_stopping(readiness); break;
	case NOTIFY_STATUS: heard_status(slot, message->text); break;
	case NOTIFY_ERRNO:
		if (message->number && message->number < INT_MAX)
			say(LOG_WARN, name, "tells of an error: %s",
			    strerror((int)message->number));
		break;
	case NOTIFY_MAINPID: heard_main_pid(readiness, message->number); break;
	case NOTIFY_WATCHDOG: feed_dog(readiness); break;
	case NOTIFY_WATCHDOG_FAIL:
		if (readiness->running) {
			because(readiness, "watchdog: the program itself asked for it");
			decide(readiness, VERDICT_NOT_READY);
		}
		break;
	case NOTIFY_WATCHDOG_USEC:
		readiness->dog_ns = ns_of_us(message->number);
		feed_dog(readiness);
		break;
	case NOTIFY_EXTEND_USEC:
		extend(readiness, &readiness->late, ns_of_us(message->number));
		if (slot->state == SLOT_STOPPING)
			extend(readiness, &slot->timer, ns_of_us(message->number));
		break;
	}
}
