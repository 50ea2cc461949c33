/* transition.c - states and events of services and of their copies: where each event leads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/transition.h"

#include "base/mem.h"

#include "base/banned.h"

/* In the rows below: "stays" has nothing to do, what is not named cannot happen. */
#define STAYS(state)                   \
	{                              \
		state, SERVICE_NOTHING \
	}

static const struct service_step service_steps[SERVICE_STATE_COUNT][SERVICE_EVENT_COUNT] =
	{
		[SERVICE_STOPPED] =
			{
				[SERVICE_ASKED_UP] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_ASKED_DOWN] = STAYS(SERVICE_STOPPED),
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_STOPPED),
			},
		[SERVICE_WAITING] =
			{
				[SERVICE_ASKED_UP] = STAYS(SERVICE_WAITING),
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPED, SERVICE_LEAVE},
				[SERVICE_NEEDS_MET] = {SERVICE_STARTING, SERVICE_BEGIN},
				[SERVICE_NEEDS_FAILED] = {SERVICE_FAILED, SERVICE_LEAVE},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_WAITING),
			},
		[SERVICE_STARTING] =
			{
				[SERVICE_ASKED_UP] = STAYS(SERVICE_STARTING),
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPING, SERVICE_END},
				[SERVICE_REFUSED] = {SERVICE_STOPPING, SERVICE_END_FAILED},
				[SERVICE_CAME_UP] = {SERVICE_RUNNING, SERVICE_SAY_UP},
				[SERVICE_FELL] = STAYS(SERVICE_STARTING),
				[SERVICE_PAUSED] = {SERVICE_BACKOFF, SERVICE_NOTHING},
				[SERVICE_IDLED] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_GAVE_UP] = {SERVICE_FAILED, SERVICE_REST},
				[SERVICE_ENDED] = {SERVICE_DONE, SERVICE_REST},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_STARTING),
			},
		[SERVICE_RUNNING] =
			{
				[SERVICE_ASKED_UP] = STAYS(SERVICE_RUNNING),
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPING, SERVICE_END},
				[SERVICE_REFUSED] = {SERVICE_STOPPING, SERVICE_END_FAILED},
				[SERVICE_CAME_UP] = STAYS(SERVICE_RUNNING),
				[SERVICE_FELL] = {SERVICE_STARTING, SERVICE_NOTHING},
				[SERVICE_PAUSED] = {SERVICE_BACKOFF, SERVICE_NOTHING},
				[SERVICE_IDLED] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_GAVE_UP] = {SERVICE_FAILED, SERVICE_REST},
				[SERVICE_ENDED] = {SERVICE_DONE, SERVICE_REST},
				[SERVICE_ASKED_RELOAD] = {SERVICE_RELOADING, SERVICE_ROLL},
			},
		[SERVICE_RELOADING] =
			{
				[SERVICE_ASKED_UP] = STAYS(SERVICE_RELOADING),
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPING, SERVICE_END},
				[SERVICE_REFUSED] = {SERVICE_STOPPING, SERVICE_END_FAILED},
				[SERVICE_CAME_UP] = STAYS(SERVICE_RELOADING),
				[SERVICE_FELL] = STAYS(SERVICE_RELOADING),
				[SERVICE_PAUSED] = {SERVICE_BACKOFF, SERVICE_NOTHING},
				[SERVICE_IDLED] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_GAVE_UP] = {SERVICE_FAILED, SERVICE_REST},
				[SERVICE_ENDED] = {SERVICE_DONE, SERVICE_REST},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_RELOADING),
				[SERVICE_RELOADED] = {SERVICE_RUNNING, SERVICE_NOTHING},
			},
		[SERVICE_BACKOFF] =
			{
				[SERVICE_ASKED_UP] = {SERVICE_STARTING, SERVICE_TRY_NOW},
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPING, SERVICE_END},
				[SERVICE_REFUSED] = {SERVICE_STOPPING, SERVICE_END_FAILED},
				[SERVICE_CAME_UP] = {SERVICE_RUNNING, SERVICE_SAY_UP},
				[SERVICE_FELL] = {SERVICE_STARTING, SERVICE_NOTHING},
				[SERVICE_PAUSED] = STAYS(SERVICE_BACKOFF),
				[SERVICE_IDLED] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_GAVE_UP] = {SERVICE_FAILED, SERVICE_REST},
				[SERVICE_ENDED] = {SERVICE_DONE, SERVICE_REST},
				[SERVICE_ASKED_RELOAD] = {SERVICE_STARTING, SERVICE_TRY_NOW},
			},
		[SERVICE_STOPPING] =
			{
				[SERVICE_ASKED_UP] = {SERVICE_STOPPING, SERVICE_START_BEHIND},
				[SERVICE_ASKED_DOWN] = STAYS(SERVICE_STOPPING),
				[SERVICE_REFUSED] = STAYS(SERVICE_STOPPING),
				[SERVICE_GAVE_UP] = {SERVICE_FAILED, SERVICE_REST},
				[SERVICE_ENDED] = {SERVICE_STOPPED, SERVICE_REST},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_STOPPING),
			},
		[SERVICE_FAILED] =
			{
				[SERVICE_ASKED_UP] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPED, SERVICE_NOTHING},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_FAILED),
			},
		[SERVICE_DONE] =
			{
				[SERVICE_ASKED_UP] = {SERVICE_WAITING, SERVICE_ENQUEUE},
				[SERVICE_ASKED_DOWN] = {SERVICE_STOPPED, SERVICE_NOTHING},
				[SERVICE_ASKED_RELOAD] = STAYS(SERVICE_DONE),
			},
};

#define REMAINS(state)              \
	{                           \
		state, SLOT_NOTHING \
	}

static const struct slot_step slot_steps[SLOT_STATE_COUNT][SLOT_EVENT_COUNT] =
	{
		[SLOT_EMPTY] =
			{
				[SLOT_ASKED_UP] = {SLOT_HOOK, SLOT_PREPARE},
				[SLOT_ASKED_DOWN] = REMAINS(SLOT_EMPTY),
				[SLOT_ASKED_PAUSE] = {SLOT_BACKOFF, SLOT_PAUSE},
			},
		[SLOT_HOOK] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_HOOK),
				[SLOT_ASKED_DOWN] = {SLOT_EMPTY, SLOT_RELEASE},
				[SLOT_ALLOWED] = {SLOT_STARTING, SLOT_SPAWN},
				[SLOT_REFUSED] = {SLOT_EMPTY, SLOT_RELEASE},
			},
		[SLOT_STARTING] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_STARTING),
				[SLOT_ASKED_DOWN] = {SLOT_STOPPING, SLOT_TERMINATE},
				[SLOT_NO_START] = {SLOT_DRAINING, SLOT_CLEAR},
				[SLOT_CAME_UP] = {SLOT_RUNNING, SLOT_SAY_UP},
				[SLOT_ENDED] = {SLOT_DRAINING, SLOT_CLEAR},
			},
		[SLOT_RUNNING] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_RUNNING),
				[SLOT_ASKED_DOWN] = {SLOT_STOPPING, SLOT_TERMINATE},
				[SLOT_CAME_UP] = REMAINS(SLOT_RUNNING),
				[SLOT_ENDED] = {SLOT_DRAINING, SLOT_CLEAR},
			},
		[SLOT_STOPPING] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_STOPPING),
				[SLOT_ASKED_DOWN] = REMAINS(SLOT_STOPPING),
				[SLOT_CAME_UP] = REMAINS(SLOT_STOPPING),
				[SLOT_LATE] = {SLOT_KILLED, SLOT_KILL},
				[SLOT_ENDED] = {SLOT_DRAINING, SLOT_CLEAR},
			},
		[SLOT_KILLED] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_KILLED),
				[SLOT_ASKED_DOWN] = REMAINS(SLOT_KILLED),
				[SLOT_CAME_UP] = REMAINS(SLOT_KILLED),
				[SLOT_LATE] = {SLOT_KILLED, SLOT_KILL},
				[SLOT_ENDED] = {SLOT_DRAINING, SLOT_CLEAR},
			},
		[SLOT_DRAINING] =
			{
				[SLOT_ASKED_UP] = REMAINS(SLOT_DRAINING),
				[SLOT_ASKED_DOWN] = REMAINS(SLOT_DRAINING),
				[SLOT_CAME_UP] = REMAINS(SLOT_DRAINING),
				[SLOT_LATE] = {SLOT_DRAINING, SLOT_KILL_REST},
				[SLOT_CLEARED] = {SLOT_EMPTY, SLOT_SETTLE},
			},
		[SLOT_BACKOFF] =
			{
				[SLOT_ASKED_UP] = {SLOT_HOOK, SLOT_PREPARE},
				[SLOT_ASKED_DOWN] = {SLOT_EMPTY, SLOT_RELEASE},
				[SLOT_LATE] = {SLOT_HOOK, SLOT_PREPARE},
			},
};

/* What cannot happen leaves the state as it is. */
struct service_step service_step(enum service_state state, enum service_event event)
{
	struct service_step step = service_steps[state][event];

	if (step.action == SERVICE_CANNOT)
		step.next = state;
	return step;
}

struct slot_step slot_step(enum slot_state state, enum slot_event event)
{
	struct slot_step step = slot_steps[state][event];

	if (step.action == SLOT_CANNOT)
		step.next = state;
	return step;
}

static const char *const service_state_names[SERVICE_STATE_COUNT] = {
	[SERVICE_STOPPED] = "stopped",     [SERVICE_WAITING] = "waiting",
	[SERVICE_STARTING] = "starting",   [SERVICE_RUNNING] = "running",
	[SERVICE_RELOADING] = "reloading", [SERVICE_BACKOFF] = "backoff",
	[SERVICE_STOPPING] = "stopping",   [SERVICE_FAILED] = "failed",
	[SERVICE_DONE] = "done",
};
static const char *const service_event_names[SERVICE_EVENT_COUNT] = {
	[SERVICE_ASKED_UP] = "asked to start",
	[SERVICE_ASKED_DOWN] = "asked to stop",
	[SERVICE_NEEDS_MET] = "all it needs is there",
	[SERVICE_NEEDS_FAILED] = "a need failed",
	[SERVICE_REFUSED] = "refused by a hook",
	[SERVICE_CAME_UP] = "came up",
	[SERVICE_FELL] = "fell",
	[SERVICE_PAUSED] = "paused",
	[SERVICE_IDLED] = "idle",
	[SERVICE_GAVE_UP] = "gave up",
	[SERVICE_ENDED] = "ended",
	[SERVICE_ASKED_RELOAD] = "asked to reload",
	[SERVICE_RELOADED] = "reloaded",
};
static const char *const slot_state_names[SLOT_STATE_COUNT] = {
	[SLOT_EMPTY] = "empty",       [SLOT_HOOK] = "hook",         [SLOT_STARTING] = "starting",
	[SLOT_RUNNING] = "running",   [SLOT_STOPPING] = "stopping", [SLOT_KILLED] = "killed",
	[SLOT_DRAINING] = "draining", [SLOT_BACKOFF] = "backoff",
};
static const char *const slot_event_names[SLOT_EVENT_COUNT] = {
	[SLOT_ASKED_UP] = "asked to start",
	[SLOT_ASKED_DOWN] = "asked to stop",
	[SLOT_ASKED_PAUSE] = "asked to wait",
	[SLOT_ALLOWED] = "allowed",
	[SLOT_REFUSED] = "refused by a hook",
	[SLOT_NO_START] = "cannot start",
	[SLOT_CAME_UP] = "came up",
	[SLOT_LATE] = "late",
	[SLOT_ENDED] = "ended",
	[SLOT_CLEARED] = "cleared",
};

const char *service_state_name(enum service_state state)
{
	return service_state_names[state];
}

const char *service_event_name(enum service_event event)
{
	return service_event_names[event];
}

const char *slot_state_name(enum slot_state state)
{
	return slot_state_names[state];
}

const char *slot_event_name(enum slot_event event)
{
	return slot_event_names[event];
}

bool service_state_is_active(enum service_state state)
{
	switch (state) {
	case SERVICE_STARTING:
	case SERVICE_RUNNING:
	case SERVICE_RELOADING:
	case SERVICE_BACKOFF:
	case SERVICE_STOPPING: return true;
	default: return false;
	}
}
