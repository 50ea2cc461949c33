/* shutdown.c - the end: services in reverse order, then whatever is left, within one time limit.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "base/clock.h"
#include "init/machine.h"

#include "base/banned.h"

/* Behind the KILL nothing but the kernel can take time. */
#define LAST_WAIT_NS NS_PER_SEC
#define SHORTENED_NS NS_PER_SEC /* the stop was asked for twice */
#define MIN_TOTAL_NS INT64_C(1)

static bool is_over(const struct service *service)
{
	return !service_state_is_active(service->state) && service->state != SERVICE_WAITING;
}

/* Nobody who started after it is still there. */
static bool may_stop(const struct supervisor *supervisor, const struct service *service)
{
	for (const struct service *at = supervisor->services; at; at = at->next)
		for (size_t i = 0; at->targets && i < at->spec->n_edges; i++)
			if (at->targets[i] == service && at != service && !is_over(at))
				return false;
	return true;
}

static void finish(struct supervisor *supervisor)
{
	const struct service *main_service = supervisor->main;

	/* What made us stop tells more than how main answered to its TERM. */
	if (main_service && main_service->last_status >= 0 && !supervisor->exit_status)
		supervisor->exit_status = main_service->last_status;
	events_stop(supervisor->events, supervisor->exit_status);
}

void shutdown_check_rest(struct supervisor *supervisor)
{
	if (supervisor->phase >= PHASE_REST && !events_has_children(supervisor->events))
		finish(supervisor);
}

static void begin_rest(struct supervisor *supervisor)
{
	supervisor->phase = PHASE_REST;
	if (!events_has_children(supervisor->events)) {
		finish(supervisor);
		return;
	}
	scope_signal_all(SIGTERM);
}

static void kill_everything(struct supervisor *supervisor)
{
	supervisor->phase = PHASE_KILL;
	for (struct service *at = supervisor->services; at; at = at->next) {
		hooks_kill(at);
		/* Those without a process too: none may come out of its back-off now. */
		for (struct slot *slot = at->slots; slot; slot = slot->next)
			slot_kill(slot);
	}
	scope_signal_all(SIGKILL);
	timer_after(supervisor->events, &supervisor->deadline, LAST_WAIT_NS);
}

static void time_is_up(struct timer *timer)
{
	struct supervisor *supervisor = container_of(timer, struct supervisor, deadline);

	if (supervisor->phase == PHASE_KILL) {
		say(LOG_ERROR, NULL, "some processes cannot be ended even by KILL");
		finish(supervisor);
		return;
	}
	say(LOG_WARN, NULL, "not everything stopped in time: the rest is killed");
	kill_everything(supervisor);
	supervisor_advance(supervisor);
}

void shutdown_begin(struct supervisor *supervisor, int64_t total_ns)
{
	supervisor->stopping = true;
	supervisor->phase = PHASE_DOWN;
	supervisor->deadline.fire = time_is_up;
	timer_cancel(supervisor->events, &supervisor->gate);
	timer_after(supervisor->events, &supervisor->deadline,
		    total_ns > 0 ? total_ns : MIN_TOTAL_NS);
	for (struct service *at = supervisor->services; at; at = at->next)
		timer_cancel(supervisor->events, &at->schedule);
	supervisor_advance(supervisor);
}

void supervisor_stop(struct supervisor *supervisor, const char *why)
{
	if (supervisor->stopping)
		return;
	say(LOG_INFO, NULL, "stopping: %s", why);
	shutdown_begin(supervisor, supervisor->model->init.stop_timeout);
}

void shutdown_shorten(struct supervisor *supervisor)
{
	int64_t soon = events_now(supervisor->events) + SHORTENED_NS;

	if (supervisor->phase == PHASE_KILL)
		return;
	if (supervisor->n_stop_signals > 2) {
		say(LOG_WARN, NULL, "asked to stop for the third time: everything is killed");
		kill_everything(supervisor);
		supervisor_advance(supervisor);
	} else if (supervisor->deadline.due_ns > soon) {
		say(LOG_INFO, NULL, "asked to stop once more: one second is left");
		timer_set(supervisor->events, &supervisor->deadline, soon);
	}
}

/* Something has changed: the next ones may stop, or it was the last. */
void shutdown_advance(struct supervisor *supervisor)
{
	bool all_over = true;

	if (supervisor->phase >= PHASE_REST) {
		shutdown_check_rest(supervisor);
		return;
	}
	for (struct service *at = supervisor->services; at; at = at->next) {
		if (at->state == SERVICE_WAITING ||
		    (service_state_is_active(at->state) && at->state != SERVICE_STOPPING &&
		     may_stop(supervisor, at)))
			service_stop(at, "everything is stopped");
		all_over = all_over && is_over(at) && !hooks_run(at);
	}
	if (all_over)
		begin_rest(supervisor);
}
