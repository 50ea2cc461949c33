/* transition.h - states and events of services and of their copies: where each event leads.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure tables. Every cell is filled: with a step, with "nothing to do", or with "cannot happen",
 * which the state machine reports and survives. */
#pragma once

#include <stdbool.h>

enum service_state {
	SERVICE_STOPPED,
	SERVICE_WAITING,  /* for what it needs, or for activity on its sockets */
	SERVICE_STARTING, /* hooks and processes; not ready yet */
	SERVICE_RUNNING,  /* ready */
	SERVICE_RELOADING,
	SERVICE_BACKOFF, /* every copy waits for its next try */
	SERVICE_STOPPING,
	SERVICE_FAILED, /* gave up */
	SERVICE_DONE,   /* a job, or restart = never: ended well */
	SERVICE_STATE_COUNT
};
enum service_event {
	SERVICE_ASKED_UP,
	SERVICE_ASKED_DOWN,
	SERVICE_NEEDS_MET,
	SERVICE_NEEDS_FAILED,
	SERVICE_REFUSED, /* a start hook said no */
	SERVICE_CAME_UP, /* every copy is ready */
	SERVICE_FELL,    /* no copy is ready, one is on its way */
	SERVICE_PAUSED,  /* no copy is ready, all wait for their next try */
	SERVICE_IDLED,   /* on demand: no copy is left, the next activity starts one */
	SERVICE_GAVE_UP, /* no copy is left, one of them failed */
	SERVICE_ENDED,   /* no copy is left, all ended well */
	SERVICE_ASKED_RELOAD,
	SERVICE_RELOADED,
	SERVICE_EVENT_COUNT
};
enum service_action {
	SERVICE_CANNOT, /* cannot happen */
	SERVICE_NOTHING,
	SERVICE_ENQUEUE,      /* wait for what it needs */
	SERVICE_BEGIN,        /* hook, then copies */
	SERVICE_SAY_UP,       /* semaphore, hook, dependants */
	SERVICE_END,          /* hook, then stop every copy */
	SERVICE_END_FAILED,   /* the same; failed when that is done */
	SERVICE_TRY_NOW,      /* copies in back-off start at once */
	SERVICE_START_BEHIND, /* up again when it has stopped */
	SERVICE_ROLL,         /* reload */
	SERVICE_LEAVE,        /* out of the queue */
	SERVICE_REST,         /* nothing runs any more */
	SERVICE_ACTION_COUNT
};
struct service_step {
	enum service_state next;
	enum service_action action;
};
struct service_step service_step(enum service_state state, enum service_event event);

enum slot_state {
	SLOT_EMPTY,
	SLOT_HOOK,     /* before_spawn runs */
	SLOT_STARTING, /* process there, not ready */
	SLOT_RUNNING,
	SLOT_STOPPING, /* signal sent */
	SLOT_KILLED,   /* KILL sent */
	SLOT_DRAINING, /* ended; the rest of its group is ending */
	SLOT_BACKOFF,
	SLOT_STATE_COUNT
};
enum slot_event {
	SLOT_ASKED_UP,
	SLOT_ASKED_DOWN,
	SLOT_ASKED_PAUSE, /* the restart decision: later */
	SLOT_ALLOWED,     /* by before_spawn */
	SLOT_REFUSED,
	SLOT_NO_START, /* the spawn failed */
	SLOT_CAME_UP,  /* it is ready */
	SLOT_LATE,     /* the timer of the state */
	SLOT_ENDED,
	SLOT_CLEARED, /* nothing is left of it */
	SLOT_EVENT_COUNT
};
enum slot_action {
	SLOT_CANNOT,
	SLOT_NOTHING,
	SLOT_PREPARE, /* run before_spawn */
	SLOT_SPAWN,
	SLOT_SAY_UP,
	SLOT_TERMINATE, /* stop signal, then LATE */
	SLOT_KILL,
	SLOT_CLEAR,     /* last output, rest of the group, then CLEARED */
	SLOT_KILL_REST, /* of its group */
	SLOT_SETTLE,    /* the restart decision */
	SLOT_PAUSE,     /* back-off timer */
	SLOT_RELEASE,   /* hook or timer given up */
	SLOT_ACTION_COUNT
};
struct slot_step {
	enum slot_state next;
	enum slot_action action;
};
struct slot_step slot_step(enum slot_state state, enum slot_event event);

/* For messages; static. */
const char *service_state_name(enum service_state state); /* "running" */
const char *service_event_name(enum service_event event);
const char *slot_state_name(enum slot_state state);
const char *slot_event_name(enum slot_event event);
/* Processes may be there, or hooks of it run. */
bool service_state_is_active(enum service_state state);
