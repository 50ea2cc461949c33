/* slot.c - one copy of a service: from its spawn to what is done about its end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Its states and events are the table of transition.c; here is what each step does. The end of a
 * process is seen while its pid is still held (the rest of its group is killed then, unless it is
 * stopping in good order), and answered when the turn ends, when the pid is given back. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "init/limits.h"
#include "init/machine.h"
#include "init/ready.h"

#include "base/banned.h"

#define KILL_AGAIN_NS \
	INT64_C(1000000000) /* of a process that KILL has not ended: it forked, or hangs */
#define SHORTAGE_NS INT64_C(100000000)

static void child_ended(struct child *child, int wait_status, const struct rusage *usage);
static void state_late(struct timer *timer);
static void age_reached(struct timer *timer);
static void settle_later(struct later *later);

/* ---- made and freed ---- */

static int free_wid(const struct service *service)
{
	int wid = 1;

	for (const struct slot *slot = service->slots; slot;) {
		if (slot->wid == wid) {
			wid++;
			slot = service->slots;
		} else {
			slot = slot->next;
		}
	}
	return wid;
}

struct slot *slot_new(struct service *service)
{
	struct slot *slot = calloc(1, sizeof(*slot));
	bool failed;

	if (!slot)
		return NULL;
	slot->service = service;
	slot->child.ended = child_ended;
	slot->timer.fire = state_late;
	slot->age.fire = age_reached;
	slot->settle.run = settle_later;
	slot->last_status = -1;
	slot->hooks = hooks_new(service->spec, &failed);
	slot->readiness = readiness_new(slot);
	if (failed || !slot->readiness) {
		slot_free(slot);
		return NULL;
	}
	slot->wid = free_wid(service);
	struct slot **end = &service->slots;
	while (*end)
		end = &(*end)->next;
	*end = slot;
	return slot;
}

void slot_free(struct slot *slot)
{
	struct events *events = slot->service->supervisor->events;

	assert(slot->state == SLOT_EMPTY && !slot->settle.active);
	timer_cancel(events, &slot->timer);
	timer_cancel(events, &slot->age);
	hooks_free(events, slot->hooks);
	readiness_free(slot->readiness);
	free(slot);
}

/* ---- small words ---- */

static struct events *events_of(const struct slot *slot)
{
	return slot->service->supervisor->events;
}

static const char *name_of(const struct slot *slot)
{
	return slot->service->spec->name;
}

static double draw(void)
{
	uint32_t bits;

	random_bytes(&bits, sizeof(bits));
	return bits / 4294967296.0;
}

static struct scope scope_of(const struct slot *slot)
{
	pid_t pid = slot->child.pid;

	return (struct scope){
		.kind = slot->service->spec->kill,
		.pid = pid,
		.group = !pid         ? slot->group
			 : slot->lead ? slot->lead
				      : pid,
		.mark = slot->mark,
	};
}

static void close_streams(struct slot *slot)
{
	log_stream_finish(&slot->out);
	log_stream_finish(&slot->errors);
}

/* ---- start ---- */

static void before_spawn_done(struct service *service, struct slot *slot, bool good)
{
	(void)service;
	slot_hear(slot, good ? SLOT_ALLOWED : SLOT_REFUSED);
}

static void prepare(struct slot *slot)
{
	timer_cancel(events_of(slot), &slot->timer);
	slot->stop_asked = slot->fault = slot->spawn_failed = slot->short_of = false;
	slot->gave_up = slot->again = slot->well = slot->unhealthy = false;
	switch (hook_start(slot->service, slot, HOOK_BEFORE_SPAWN, 0, 0, before_spawn_done)) {
	case HOOK_IS_NONE: slot_hear(slot, SLOT_ALLOWED); break;
	case HOOK_IS_BAD: slot_hear(slot, SLOT_REFUSED); break;
	case HOOK_RUNS: break;
	}
}

static void after_spawn_done(struct service *service, struct slot *slot, bool good)
{
	(void)service;
	if (good)
		return;
	slot->gave_up = true;
	slot_stop(slot, 0, -1);
}

static void set_age(struct slot *slot)
{
	const struct service_spec *spec = slot->service->spec;
	bool ends = spec->kind != SERVICE_DAEMON;
	int64_t age = ends ? spec->timeout : spec->max_age;

	if (age <= 0)
		return;
	if (!ends)
		age += (int64_t)((double)spec->max_age_variance * draw());
	timer_after(events_of(slot), &slot->age, age);
}

/* For want of what others hold: that is no failure of this program. */
static bool is_shortage(const struct spawn_failure *failure)
{
	return failure->error == EMFILE || failure->error == ENFILE ||
	       (!strcmp(failure->step, "fork") &&
		(failure->error == EAGAIN || failure->error == ENOMEM));
}

static void say_no_start(struct slot *slot, const struct spawn_failure *failure)
{
	const struct service_spec *spec = slot->service->spec;
	const char *program = spec->executable ? spec->executable
			      : spec->words.n  ? spec->words.items[0]
					       : "nothing";
	const char *cause = spawn_error_text(failure->error);

	if (!cause)
		cause = strerror(failure->error);
	service_explain(slot->service, "'%s' cannot be started: %s: %s", program, failure->step,
			cause);
	if (slot->short_of && slot->short_told) /* ten times a second is nobody's wish */
		return;
	say(slot->short_of ? LOG_WARN : LOG_ERROR, name_of(slot), "%s%s", slot->service->reason,
	    slot->short_of ? ", retrying" : "");
	slot->short_told = slot->short_of;
}

static void spawn(struct slot *slot)
{
	struct service *service = slot->service;
	struct spawn_failure failure = {.step = "spawn"};
	int error = slot_spawn(slot, &failure);

	slot->started_ns = events_now(events_of(slot));
	slot->lead = 0;
	if (error) {
		if (!failure.error)
			failure.error = -error;
		slot->spawn_failed = true;
		slot->short_of = is_shortage(&failure);
		slot->last_status = service->last_status = spawn_exit_status(&failure);
		say_no_start(slot, &failure);
		slot_hear(slot, SLOT_NO_START);
		return;
	}
	slot->short_told = false;
	service->spawns++;
	say(LOG_DEBUG, name_of(slot), "started, pid %d", (int)slot->child.pid);
	supervisor_tell(service, EVENT_SPAWN, slot->child.pid, 0, NULL);
	set_age(slot);
	readiness_begin(slot->readiness);
	if (hook_start(service, slot, HOOK_AFTER_SPAWN, slot->child.pid, 0, after_spawn_done) ==
	    HOOK_IS_BAD)
		after_spawn_done(service, slot, false);
	if (service->spec->ready == READY_STARTED && slot->state == SLOT_STARTING)
		slot_hear(slot, SLOT_CAME_UP);
}

static void say_up(struct slot *slot)
{
	if (slot->service->spec->ready != READY_STARTED)
		say(LOG_INFO, name_of(slot), "ready");
}

/* ---- stop ---- */

static int stop_signal(const struct slot *slot)
{
	return slot->stop_signal ? slot->stop_signal : slot->service->spec->stop_signal;
}

/* circus asks the process to stop and leaves the others to it; its KILL goes to all. */
static bool asks_one_alone(const struct slot *slot)
{
	return slot->service->supervisor->model->vocabulary == VOCABULARY_CIRCUS &&
	       stop_signal(slot) != SIGKILL;
}

static void send_stop(struct slot *slot)
{
	const struct service_spec *spec = slot->service->spec;
	pid_t pid = slot->child.pid;
	int signal = stop_signal(slot);

	if (pid <= 0)
		return;
	supervisor_tell(slot->service, EVENT_KILL, pid, signal, NULL);
	struct scope scope = scope_of(slot);
	if (asks_one_alone(slot))
		scope.kind = KILL_PROCESS;
	if (scope_stop(&scope, signal, spec->stop_children))
		return;
	hook_start(slot->service, slot, HOOK_AFTER_SIGNAL, pid, signal, NULL);
}

static void before_signal_done(struct service *service, struct slot *slot, bool good)
{
	(void)service;
	if (slot->state != SLOT_STOPPING)
		return;
	if (good)
		send_stop(slot);
	else
		say(LOG_INFO, name_of(slot), "hook before_signal suppressed the stop signal");
}

static void terminate(struct slot *slot)
{
	int signal = stop_signal(slot);

	readiness_end(slot->readiness);
	timer_cancel(events_of(slot), &slot->age);
	timer_after(events_of(slot), &slot->timer, slot->stop_timeout_ns);
	if (signal == SIGKILL) { /* no hook keeps KILL back */
		send_stop(slot);
		return;
	}
	switch (hook_start(slot->service, slot, HOOK_BEFORE_SIGNAL, slot->child.pid, signal,
			   before_signal_done)) {
	case HOOK_IS_NONE: before_signal_done(slot->service, slot, true); break;
	case HOOK_IS_BAD: before_signal_done(slot->service, slot, false); break;
	case HOOK_RUNS: break;
	}
}

static void kill_all(struct slot *slot)
{
	struct scope scope = scope_of(slot);
	pid_t pid = slot->child.pid;

	if (pid <= 0)
		return;
	say(LOG_WARN, name_of(slot), "pid %d did not stop in time and is killed", (int)pid);
	supervisor_tell(slot->service, EVENT_KILL, pid, SIGKILL, NULL);
	hook_cancel(slot->service, slot, HOOK_BEFORE_SIGNAL);
	scope_signal(&scope, SIGKILL);
	timer_after(events_of(slot), &slot->timer, KILL_AGAIN_NS);
}

/* ---- the end ---- */

/* A program that daemonised and told so by MAINPID goes on as another process, now our child. */
static bool has_successor(struct slot *slot)
{
	pid_t pid = readiness_main_pid(slot->readiness);

	if (pid <= 0 || pid == slot->child.pid || !scope_is_child(pid) ||
	    child_find(events_of(slot), pid))
		return false;
	child_register(events_of(slot), &slot->child, pid);
	pid_t group = getpgid(pid);
	slot->lead = group > 1 && group != getpgrp() ? group : 0;
	say(LOG_INFO, name_of(slot), "goes on as pid %d", (int)pid);
	return true;
}

static void child_ended(struct child *child, int wait_status, const struct rusage *usage)
{
	struct slot *slot = container_of(child, struct slot, child);
	struct service *service = slot->service;
	pid_t pid = child->pid;
	int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;

	(void)usage;
	if (has_successor(slot))
		return;
	slot->wait_status = wait_status;
	slot->last_status = service->last_status = exit_status_of(wait_status);
	hook_start(service, slot, HOOK_BEFORE_REAP, pid, slot->last_status, NULL);
	supervisor_tell(service, EVENT_REAP, pid, signal ? -signal : slot->last_status, NULL);
	if (slot->stop_asked)
		say(LOG_DEBUG, name_of(slot), "pid %d has stopped", (int)pid);
	else if (signal)
		say(LOG_WARN, name_of(slot), "pid %d was ended by signal %d", (int)pid, signal);
	else
		say(exit_is_success(service->spec, wait_status) ? LOG_INFO : LOG_WARN,
		    name_of(slot), "pid %d exited with status %d", (int)pid, slot->last_status);
	slot_hear(slot, SLOT_ENDED);
}

/* Its process is a zombie or was never there. In a stop in good order the others of its scope have
 * what is left of the time: a shell that waited for the real program often dies first. */
static void clear(struct slot *slot, enum slot_state before)
{
	struct events *events = events_of(slot);
	struct scope scope = scope_of(slot);
	pid_t pid = slot->child.pid;

	readiness_end(slot->readiness);
	timer_cancel(events, &slot->age);
	hook_cancel(slot->service, slot, HOOK_BEFORE_SIGNAL);
	slot->child.pid = 0;
	if (pid > 0 && before == SLOT_STOPPING && scope_lives(&scope)) {
		slot->group = scope.group;
		slot->service->supervisor->n_lingering++;
		if (asks_one_alone(slot)) /* who was to ask them is no more */
			scope_stop(&scope, stop_signal(slot), false);
		return;
	}
	timer_cancel(events, &slot->timer);
	if (pid > 0) {
		if (scope.kind != KILL_PROCESS)
			scope_signal(&scope, SIGKILL);
		hook_start(slot->service, slot, HOOK_AFTER_REAP, pid, slot->last_status, NULL);
	}
	events_later(events, &slot->settle);
}

static void end_linger(struct slot *slot)
{
	slot->group = 0;
	slot->service->supervisor->n_lingering--;
	timer_cancel(events_of(slot), &slot->timer);
	events_later(events_of(slot), &slot->settle);
}

static void kill_rest(struct slot *slot)
{
	struct scope scope = scope_of(slot);

	if (!slot->group)
		return;
	say(LOG_WARN, name_of(slot), "what is left of it did not stop in time and is killed");
	scope_signal(&scope, SIGKILL);
	end_linger(slot);
}

void slot_check_rest(struct slot *slot)
{
	struct scope scope = scope_of(slot);

	if (slot->group && !scope_lives(&scope))
		end_linger(slot);
}

static void settle_later(struct later *later)
{
	slot_hear(container_of(later, struct slot, settle), SLOT_CLEARED);
}

/* ---- what now ---- */

static void give_up(struct slot *slot, const char *why)
{
	struct service *service = slot->service;
	const struct service_spec *spec = service->spec;

	slot->gave_up = true;
	if (!slot->spawn_failed)
		service_explain(service, "%s: exit status %d", why, slot->last_status);
	say(LOG_ERROR, spec->name, "given up: %s", service->reason);
	if (spec->on_limit == ON_LIMIT_EXIT && spec->restart != RESTART_NEVER) {
		service->supervisor->exit_status = slot->last_status > 0 ? slot->last_status : 1;
		supervisor_stop(service->supervisor, "a service that must run was given up");
	}
}

static void decide(struct slot *slot)
{
	struct service *service = slot->service;
	const struct service_spec *spec = service->spec;
	const int failed = 1 << 8; /* exit status 1, whatever it made of its stop */
	int64_t now = events_now(events_of(slot));
	struct restart_input input = {
		.wait_status = slot->fault ? failed : slot->wait_status,
		.spawn_failed = slot->spawn_failed,
		.uptime_ns = now - slot->started_ns,
		.now_ns = now,
		.random = draw(),
	};
	struct restart_output output = restart_decide(spec, &slot->history, &input);

	switch (output.answer) {
	case RESTART_NOW:
		service->restarts++;
		if (!spec->on_demand)
			slot_hear(slot, SLOT_ASKED_UP);
		break;
	case RESTART_LATER:
		service->restarts++;
		if (!slot->spawn_failed)
			service_explain(service, "%s (status %d), next try in %lld ms", output.why,
					slot->last_status, (long long)(output.delay_ns / 1000000));
		slot_hear(slot, SLOT_ASKED_PAUSE);
		timer_after(events_of(slot), &slot->timer, output.delay_ns);
		break;
	case RESTART_DONE: break;
	case RESTART_FAILED: give_up(slot, output.why); break;
	}
}

static void settle(struct slot *slot)
{
	struct service *service = slot->service;
	bool goes_on = service_state_is_active(service->state) &&
		       service->state != SERVICE_STOPPING &&
		       service->supervisor->phase < PHASE_REST;

	close_streams(slot);
	if (!goes_on || slot->surplus) {
		slot->again = false;
	} else if (slot->again) {
		slot_hear(slot, SLOT_ASKED_UP);
	} else if (slot->short_of) {
		slot_hear(slot, SLOT_ASKED_PAUSE);
		timer_after(events_of(slot), &slot->timer, SHORTAGE_NS);
	} else if (!slot->stop_asked) {
		decide(slot);
	}
	service_changed(service);
}

/* ---- the table at work ---- */

static void release(struct slot *slot, enum slot_event event)
{
	hook_cancel(slot->service, slot, HOOK_BEFORE_SPAWN);
	timer_cancel(events_of(slot), &slot->timer);
	if (event == SLOT_REFUSED) {
		slot->gave_up = true;
		service_explain(slot->service, "its hook before_spawn refused");
		say(LOG_ERROR, name_of(slot), "%s", slot->service->reason);
	}
}

void slot_hear(struct slot *slot, enum slot_event event)
{
	enum slot_state before = slot->state;
	struct slot_step step = slot_step(before, event);

	slot->state = step.next;
	slot->service->n_running += (step.next == SLOT_RUNNING) - (before == SLOT_RUNNING);
	switch (step.action) {
	case SLOT_CANNOT:
		say(LOG_ERROR, name_of(slot), "cannot happen: copy %d is %s and %s", slot->wid,
		    slot_state_name(before), slot_event_name(event));
		break;
	case SLOT_NOTHING: return;
	case SLOT_PREPARE: prepare(slot); break;
	case SLOT_SPAWN: spawn(slot); break;
	case SLOT_SAY_UP: say_up(slot); break;
	case SLOT_TERMINATE: terminate(slot); break;
	case SLOT_KILL: kill_all(slot); break;
	case SLOT_CLEAR: clear(slot, before); break;
	case SLOT_KILL_REST: kill_rest(slot); break;
	case SLOT_SETTLE: settle(slot); break;
	case SLOT_PAUSE: break;
	case SLOT_RELEASE: release(slot, event); break;
	case SLOT_ACTION_COUNT: break;
	}
	service_changed(slot->service);
}

static void state_late(struct timer *timer)
{
	slot_hear(container_of(timer, struct slot, timer), SLOT_LATE);
}

static void age_reached(struct timer *timer)
{
	struct slot *slot = container_of(timer, struct slot, age);

	if (slot->service->spec->kind != SERVICE_DAEMON) {
		slot_fail(slot, "its time is up");
	} else if (slot->state == SLOT_RUNNING) {
		say(LOG_INFO, name_of(slot), "pid %d has reached its age and is replaced",
		    (int)slot->child.pid);
		slot_stop(slot, 0, -1);
		slot->again = true;
	}
}

/* ---- what others ask ---- */

void slot_stop(struct slot *slot, int signal, int64_t timeout_ns)
{
	slot->stop_asked = true;
	slot->again = slot->is_due = false;
	slot->stop_signal = signal;
	slot->stop_timeout_ns = timeout_ns >= 0 ? timeout_ns : slot->service->spec->stop_timeout;
	slot_hear(slot, SLOT_ASKED_DOWN);
}

void slot_fail(struct slot *slot, const char *why)
{
	if (slot->state != SLOT_STARTING && slot->state != SLOT_RUNNING)
		return;
	service_explain(slot->service, "%s", why);
	say(LOG_WARN, name_of(slot), "pid %d: %s", (int)slot->child.pid, why);
	slot->fault = true;
	slot->stop_signal = 0;
	slot->stop_timeout_ns = slot->service->spec->stop_timeout;
	slot_hear(slot, SLOT_ASKED_DOWN);
}

void slot_kill(struct slot *slot)
{
	if (slot->state == SLOT_STARTING || slot->state == SLOT_RUNNING)
		slot_stop(slot, SIGKILL, KILL_AGAIN_NS);
	else if (slot->state == SLOT_STOPPING || slot->state == SLOT_DRAINING)
		slot_hear(slot, SLOT_LATE);
	else
		slot_stop(slot, 0, -1);
}

void slot_forget(struct slot *slot)
{
	struct events *events = events_of(slot);

	if (slot->group)
		slot->service->supervisor->n_lingering--;
	slot->group = 0;
	if (slot_has_process(slot))
		child_forget(events, &slot->child);
	readiness_end(slot->readiness);
	timer_cancel(events, &slot->timer);
	timer_cancel(events, &slot->age);
	close_streams(slot);
	slot->service->n_running -= slot->state == SLOT_RUNNING;
	slot->state = SLOT_EMPTY;
}

void slot_is_ready(struct slot *slot)
{
	slot_hear(slot, SLOT_CAME_UP);
}

void slot_not_ready(struct slot *slot, const char *why)
{
	slot_fail(slot, why);
}

void slot_health(struct slot *slot, bool good, const char *why)
{
	struct service *service = slot->service;
	bool all = good;

	if (good ? slot->well : slot->unhealthy)
		return;
	slot->well = good;
	slot->unhealthy = !good;
	for (const struct slot *other = service->slots; other; other = other->next)
		all = all && (other->well || !slot_has_process(other));
	service->healthy = all;
	supervisor_advance(service->supervisor);
	if (good)
		return;
	say(LOG_WARN, name_of(slot), "pid %d is not healthy: %s", (int)slot->child.pid, why);
	supervisor_tell(service, EVENT_UNHEALTHY, slot->child.pid, 0, NULL);
	if (service->spec->on_unhealthy == ON_UNHEALTHY_RESTART) {
		slot_fail(slot, why);
	} else if (service->spec->on_unhealthy == ON_UNHEALTHY_EXIT) {
		service->supervisor->exit_status = 1;
		supervisor_stop(service->supervisor, "a service that must be healthy is not");
	}
}
