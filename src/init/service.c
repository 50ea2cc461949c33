/* service.c - one service: its states, and what each step between them does.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The table is in transition.c. Copies report changes; once a turn they are looked at together, and
 * what they come to is the event that the service hears. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "ini/limits.h"
#include "init/cron.h"
#include "init/limits.h"
#include "init/machine.h"
#include "init/ready.h"
#include "init/stats.h"

#include "base/banned.h"

static void service_set_reason(struct service *service, const char *fmt, va_list args)
	printf_like(2, 0);

static void service_set_reason(struct service *service, const char *fmt, va_list args)
{
	vsnprintf(service->reason, sizeof(service->reason), fmt, args);
}

void service_explain(struct service *service, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	service_set_reason(service, fmt, args);
	va_end(args);
}

void service_changed(struct service *service)
{
	events_later(service->supervisor->events, &service->review);
}

/* ---- steps ---- */

static void begin_copies(struct service *service)
{
	copies_launch_all(service);
	service_changed(service);
}

static void before_start_done(struct service *service, struct slot *slot, bool good)
{
	(void)slot;
	if (service->state != SERVICE_STARTING)
		return;
	if (good)
		begin_copies(service);
	else
		service_hear(service, SERVICE_REFUSED, "its hook before_start refused");
}

static void begin(struct service *service)
{
	demand_stop(service);
	service->woken = false;
	service->end_failed = false;
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->gave_up = false;
	service->is_launching = true;
	switch (hook_start(service, NULL, HOOK_BEFORE_START, 0, 0, before_start_done)) {
	case HOOK_IS_NONE: begin_copies(service); break;
	case HOOK_IS_BAD: before_start_done(service, NULL, false); break;
	case HOOK_RUNS: break;
	}
}

static void after_start_done(struct service *service, struct slot *slot, bool good)
{
	(void)slot;
	if (!good && service_state_is_active(service->state) && service->state != SERVICE_STOPPING)
		service_hear(service, SERVICE_REFUSED, "its hook after_start refused");
}

static void say_up(struct service *service, enum service_state before)
{
	if (before == SERVICE_BACKOFF)
		return;
	semaphore_make(service);
	supervisor_tell(service, EVENT_START, 0, 0, NULL);
	supervisor_tell(service, EVENT_READY, 0, 0, NULL);
	if (hook_start(service, NULL, HOOK_AFTER_START, 0, 0, after_start_done) == HOOK_IS_BAD)
		after_start_done(service, NULL, false);
}

/* What a service needs is wanted with it. One that only waits for the next activity on its sockets
 * has not forgotten how often it failed. */
static void enqueue(struct service *service, enum service_state before)
{
	for (struct slot *slot = service->slots; slot && !service_state_is_active(before);
	     slot = slot->next)
		slot->history = (struct restart_history){0};
	service->need_failed = false;
	semaphore_remove(service);
	for (size_t i = 0; i < service->spec->n_edges && service->targets; i++) {
		struct service *target = service->targets[i];
		if (target && service->spec->edges[i].needed && target->state == SERVICE_STOPPED &&
		    !target->wanted)
			service_start(target, "another service needs it");
	}
	if (service->spec->on_demand) {
		int error = demand_wait(service);
		service_explain(service, "waits for activity on its sockets");
		if (error) {
			say(LOG_ERROR, service->spec->name, "its sockets cannot be watched: %s",
			    strerror(-error));
			service->woken = true; /* better up than never */
		}
	}
	supervisor_advance(service->supervisor);
}

static void stop_copies(struct service *service)
{
	copies_stop(service);
	service_changed(service);
}

static void before_stop_done(struct service *service, struct slot *slot, bool good)
{
	(void)slot;
	(void)good; /* circus runs it and goes on */
	if (service->state == SERVICE_STOPPING)
		stop_copies(service);
}

static void end(struct service *service)
{
	struct events *events = service->supervisor->events;

	timer_cancel(events, &service->pace);
	service->is_launching = false;
	service->rolling_slot = NULL;
	hook_cancel(service, NULL, HOOK_BEFORE_START);
	if (hook_start(service, NULL, HOOK_BEFORE_STOP, 0, 0, before_stop_done) != HOOK_RUNS)
		stop_copies(service);
}

static void rest(struct service *service)
{
	struct supervisor *supervisor = service->supervisor;

	timer_cancel(supervisor->events, &service->pace);
	service->is_launching = false;
	service->healthy = service->spec->health.kind == PROBE_NONE;
	semaphore_remove(service);
	hook_start(service, NULL, HOOK_AFTER_STOP, 0, 0, NULL);
	supervisor_tell(service, EVENT_STOP, 0, 0, NULL);
	if (service == supervisor->main && service->state != SERVICE_STOPPED &&
	    !supervisor->stopping)
		supervisor_stop(supervisor, "the main service has ended");
	if (service->spec->kind == SERVICE_CRON && !supervisor->stopping)
		cron_service_ended(service);
	if (service->start_behind && !supervisor->stopping) {
		service->start_behind = false;
		service_start(service, "restarted");
	}
}

static void try_now(struct service *service)
{
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		if (slot->state == SLOT_BACKOFF)
			slot_hear(slot, SLOT_ASKED_UP);
	copies_launch_all(service);
}

static void enter(struct service *service, enum service_state next)
{
	service->state = next;
	service->changed_ns = events_now(service->supervisor->events);
	supervisor_tell(service, EVENT_STATE, 0, (int)next, NULL);
	supervisor_advance(service->supervisor);
}

static void act(struct service *service, enum service_action action, enum service_state before)
{
	switch (action) {
	case SERVICE_ENQUEUE: enqueue(service, before); break;
	case SERVICE_BEGIN: begin(service); break;
	case SERVICE_SAY_UP: say_up(service, before); break;
	case SERVICE_END: end(service); break;
	case SERVICE_END_FAILED:
		service->end_failed = true;
		end(service);
		break;
	case SERVICE_TRY_NOW: try_now(service); break;
	case SERVICE_START_BEHIND: service->start_behind = true; break;
	case SERVICE_ROLL: roll_begin(service); break;
	case SERVICE_LEAVE: demand_stop(service); break;
	case SERVICE_REST: rest(service); break;
	case SERVICE_CANNOT:
	case SERVICE_NOTHING:
	case SERVICE_ACTION_COUNT: break;
	}
}

void service_hear(struct service *service, enum service_event event, const char *fmt, ...)
{
	enum service_state before = service->state;
	struct service_step step = service_step(before, event);

	if (step.action == SERVICE_CANNOT) {
		say(LOG_ERROR, service->spec->name, "cannot happen: it is %s and %s",
		    service_state_name(before), service_event_name(event));
		return;
	}
	if (fmt) {
		va_list args;
		va_start(args, fmt);
		service_set_reason(service, fmt, args);
		va_end(args);
	}
	if (step.next != before) {
		/* A copy that gave up has said so. */
		bool is_news = step.next == SERVICE_FAILED &&
			       (event != SERVICE_GAVE_UP || service->end_failed);
		say(is_news ? LOG_ERROR : LOG_DEBUG, service->spec->name, "%s: %s",
		    service_state_name(step.next), service->reason);
		enter(service, step.next);
		if (before == SERVICE_RELOADING)
			roll_end(service);
	}
	act(service, step.action, before);
}

/* ---- what its copies come to ---- */

struct census {
	size_t running; /* ready */
	size_t pending; /* on their way, up or down */
	size_t paused;
	size_t gave_up;
	bool has_process;
};

static struct census count_copies(const struct service *service)
{
	struct census census = {0};

	for (const struct slot *slot = service->slots; slot; slot = slot->next) {
		census.has_process |= slot_has_process(slot);
		if (slot->surplus && slot->state != SLOT_RUNNING)
			continue;
		if (slot->state == SLOT_RUNNING)
			census.running++;
		else if (slot->state == SLOT_BACKOFF)
			census.paused++;
		else if (slot->state != SLOT_EMPTY || slot->is_due || slot->settle.active)
			census.pending++;
		else
			census.gave_up += slot->gave_up;
	}
	return census;
}

static void review_stopping(struct service *service)
{
	if (!copies_are_gone(service))
		return;
	if (service->end_failed)
		service_hear(service, SERVICE_GAVE_UP, NULL);
	else
		service_hear(service, SERVICE_ENDED, NULL);
}

static void review_none_left(struct service *service, const struct census *census)
{
	if (census->gave_up)
		service_hear(service, SERVICE_GAVE_UP, NULL);
	else if (service->spec->on_demand)
		service_hear(service, SERVICE_IDLED, NULL);
	else
		service_hear(service, SERVICE_ENDED, "ended with status %d", service->last_status);
}

static void review(struct later *later)
{
	struct service *service = container_of(later, struct service, review);

	copies_free_surplus(service);
	if (!service_state_is_active(service->state))
		return;
	if (service->state == SERVICE_STOPPING) {
		review_stopping(service);
		return;
	}
	if (service->state == SERVICE_RELOADING)
		roll_review(service);
	struct census census = count_copies(service);
	if (census.has_process && !service->spec->semaphore_on_ready)
		semaphore_make(service);
	/* Behind its hook, and not in the warm-up that follows the last copy. */
	if (service->is_launching && !service->pace.active)
		census.pending++;
	if (!service->copies && !census.running && !census.pending && !census.paused) {
		if (service->state != SERVICE_RUNNING)
			service_hear(service, SERVICE_CAME_UP, "no copy is wanted");
	} else if (!census.running && !census.pending && !census.paused) {
		review_none_left(service, &census);
	} else if (census.running && !census.pending && !census.paused) {
		if (service->state != SERVICE_RUNNING)
			service_hear(service, SERVICE_CAME_UP, "running");
	} else if (!census.running && census.pending) {
		if (service->state != SERVICE_STARTING)
			service_hear(service, SERVICE_FELL, NULL);
	} else if (!census.running && service->state != SERVICE_BACKOFF) {
		service_hear(service, SERVICE_PAUSED, NULL);
	}
}

/* ---- what others ask ---- */

void service_start(struct service *service, const char *why)
{
	if (service->supervisor->stopping || service->is_removed)
		return;
	service->wanted = true;
	service_hear(service, SERVICE_ASKED_UP, "%s", why);
}

void service_stop(struct service *service, const char *why)
{
	service->wanted = false;
	service->start_behind = false;
	service->need_failed = false;
	service_hear(service, SERVICE_ASKED_DOWN, "%s", why);
}

void service_restart(struct service *service, const char *why)
{
	if (service_state_is_active(service->state)) {
		service_stop(service, why);
		service->wanted = true;
		service->start_behind = true;
	} else {
		service_stop(service, why);
		service_start(service, why);
	}
}

int service_scale(struct service *service, int copies)
{
	int n_now = 0;

	if (copies < 0 || copies > LIMIT_COPIES || (service->spec->singleton && copies > 1))
		return -EINVAL;
	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		n_now += !slot->surplus;
	if (service->state == SERVICE_RELOADING && service->rolling == RELOAD_OVERLAP) {
		service->copies = copies; /* two generations are there: when one has gone */
		supervisor_tell(service, EVENT_UPDATED, 0, copies, NULL);
		return 0;
	}
	if (n_now < copies && copies_make(service, (size_t)(copies - n_now)))
		return -ENOMEM;
	service->copies = copies;
	for (; n_now > copies; n_now--) {
		struct slot *slot = copies_oldest(service);
		slot_stop(slot, 0, -1);
		slot->surplus = true;
	}
	if (service_state_is_active(service->state) && service->state != SERVICE_STOPPING &&
	    !hook_is_running(service, HOOK_BEFORE_START))
		copies_launch_new(service);
	supervisor_tell(service, EVENT_UPDATED, 0, copies, NULL);
	service_changed(service);
	return 0;
}

static void signal_children(pid_t pid, int signal, bool recursive)
{
	pid_t below[LIMIT_TREE];
	int n = process_children(pid, recursive, below, LIMIT_TREE);

	for (int i = 0; i < n; i++)
		kill(below[i], signal);
}

int service_signal(struct service *service, pid_t pid, int signal, bool children, bool recursive)
{
	int result = -ESRCH;

	for (struct slot *slot = service->slots; slot; slot = slot->next) {
		pid_t own = slot->child.pid;
		if (own <= 0 || (pid && own != pid))
			continue;
		if (children || recursive)
			signal_children(own, signal, recursive);
		if (!children && kill(own, signal))
			result = -errno;
		else if (result == -ESRCH)
			result = 0;
	}
	return result;
}

int service_kill(struct service *service, pid_t pid, int signal, int64_t stop_timeout_ns)
{
	int result = -ESRCH;

	for (struct slot *slot = service->slots; slot; slot = slot->next) {
		if (!slot_has_process(slot) || (pid && slot->child.pid != pid))
			continue;
		slot_stop(slot, signal, stop_timeout_ns);
		slot->again = true;
		result = 0;
	}
	return result;
}

/* ---- made and freed; the other half is in supervisor.c ---- */

static void pace_over(struct timer *timer)
{
	struct service *service = container_of(timer, struct service, pace);

	if (service->state == SERVICE_RELOADING && service->rolling == RELOAD_SEQUENTIAL)
		roll_review(service);
	copies_launch(service);
	service_changed(service);
}

struct service *service_new(struct supervisor *supervisor, const struct service_spec *spec)
{
	struct service *service = calloc(1, sizeof(*service));
	bool failed;

	if (!service)
		return NULL;
	service->supervisor = supervisor;
	service->spec = spec;
	service->healthy = spec->health.kind == PROBE_NONE;
	service->copies = spec->copies;
	service->next_run = -1;
	service->last_status = -1;
	service->review.run = review;
	service->pace.fire = pace_over;
	service->hooks = hooks_new(spec, &failed);
	service_explain(service, "not started yet");
	if (failed || copies_make(service, (size_t)(spec->copies > 0 ? spec->copies : 0))) {
		service_free(service);
		return NULL;
	}
	return service;
}

void service_free(struct service *service)
{
	if (!service)
		return;
	struct events *events = service->supervisor->events;
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		slot->surplus = true;
	copies_free_surplus(service);
	demand_stop(service);
	timer_cancel(events, &service->pace);
	cron_forget(service);
	hooks_free(events, service->hooks);
	free(service->doors);
	free(service->targets);
	free(service);
}

/* What runs goes on by it; nothing points to the one before any more but `targets`. */
void service_follow_spec(struct service *service, const struct service_spec *spec)
{
	service->spec = spec;
	hooks_follow(service);
	supervisor_watch_clock(service->supervisor, spec);
	for (struct slot *slot = service->slots; slot; slot = slot->next) {
		readiness_respec(slot->readiness);
		if (slot->out.logs)
			log_stream_replace(&slot->out, &spec->out, spec->name);
		if (slot->errors.logs)
			log_stream_replace(&slot->errors, &spec->errors, spec->name);
	}
}

void service_replace_spec(struct service *service, const struct service_spec *spec)
{
	service_follow_spec(service, spec);
	supervisor_resolve(service->supervisor);
	cron_watch(service);
	supervisor_tell(service, EVENT_UPDATED, 0, 0, NULL);
}
