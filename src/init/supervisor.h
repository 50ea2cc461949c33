/* supervisor.h - the running services: what the rest of the module may see and ask.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/entry.h"
#include "init/events.h"
#include "init/listeners.h"
#include "init/logs.h"
#include "init/notify.h"
#include "init/probe.h"
#include "init/restart.h"

/* Of one service; its copies have states of their own (slot.h). */
enum service_state {
	SERVICE_STOPPED,
	SERVICE_WAITING,  /* for what it needs */
	SERVICE_STARTING, /* hooks and processes; not ready yet */
	SERVICE_RUNNING,  /* ready */
	SERVICE_RELOADING,
	SERVICE_BACKOFF, /* every copy waits for its next try */
	SERVICE_STOPPING,
	SERVICE_FAILED, /* gave up */
	SERVICE_DONE,   /* a job, or restart = never: ended well */
	SERVICE_STATE_COUNT
};

enum slot_state {
	SLOT_EMPTY,
	SLOT_HOOK,     /* before_spawn runs */
	SLOT_STARTING, /* process there, not ready */
	SLOT_RUNNING,
	SLOT_STOPPING, /* signal sent */
	SLOT_KILLED,   /* KILL sent */
	SLOT_DRAINING, /* ended; its last output and its group are being cleared */
	SLOT_BACKOFF,
	SLOT_STATE_COUNT
};

struct service;
struct supervisor;

struct slot { /* one copy */
	struct service *service;
	struct slot *next;
	int wid; /* smallest free from 1 */
	enum slot_state state;
	struct child child; /* child.pid 0: no process */
	struct timer timer; /* of the state: ready_timeout, stop_timeout, back-off */
	struct timer age;   /* max_age, watchdog's in ready.c */
	int64_t started_ns;
	struct restart_history history;
	struct log_stream out, errors;
	struct readiness *readiness; /* ready.c: how it tells that it is ready and healthy */
	bool surplus;         /* to be stopped: fewer copies are wanted, or a reload replaces it */
	int last_status;      /* exit status of the run before, -1: none */
	char status_text[80]; /* STATUS= of sd_notify */
};

struct service {
	struct supervisor *supervisor;
	const struct service_spec *spec;
	enum service_state state;
	bool wanted;  /* up is what the operator or the boot asked for */
	bool healthy; /* or has no health probe */
	int copies;   /* wanted number */
	struct slot *slots;
	size_t n_running; /* slots in SLOT_RUNNING */
	uint64_t restarts, spawns;
	int64_t changed_ns;
	char reason[160]; /* why it is where it is: for `explain` */
	struct service *next;
	/* cron */
	struct timer schedule;
	int64_t next_run; /* seconds since 1970; -1: never */
};

enum event_kind { /* what observers hear; names as circus publishes them */
		  EVENT_SPAWN,
		  EVENT_REAP, /* number: exit status, negative for signals */
		  EVENT_KILL, /* number: the signal */
		  EVENT_START,
		  EVENT_STOP,
		  EVENT_ADD,
		  EVENT_REMOVE,
		  EVENT_UPDATED,
		  EVENT_RELOAD,
		  EVENT_READY,
		  EVENT_UNHEALTHY,
		  EVENT_HOOK_SUCCESS,
		  EVENT_HOOK_FAILURE,
		  EVENT_STATE /* service state changed */
};
struct event {
	enum event_kind kind;
	const struct service *service;
	pid_t pid; /* 0: none */
	int number;
	const char *text; /* of hooks: the name; else NULL */
};
struct observer {
	struct observer *next;
	void (*heard)(struct observer *observer, const struct event *event);
};

struct supervisor {
	struct events *events;
	const struct entry *entry;
	struct model *model;
	struct service *services; /* in start order */
	size_t n_services;
	struct logs *logs;
	struct notify *notify; /* NULL: no socket could be made */
	struct listeners listeners;
	struct observer *observers;
	struct service *main; /* NULL: none */
	bool stopping;
	int exit_status;
	int64_t began_ns;
};

/* Boot is done by then. Starts everything and returns when all has ended: the exit status. */
struct supervise_options {
	const struct entry *entry;
	const char *file; /* for reload; NULL: no reload */
	bool is_circus;   /* circusd: signals as it takes them (HUP reloads) */
	bool with_control;
	/* Blocking work in a child before any service starts; its status != 0 is ours. NULL: none.
	 */
	int (*boot)(const struct model *model, void *arg);
	void *boot_arg;
};
int supervise(struct model *model, const struct supervise_options *options);

/* ---- for control, probes, cron and health ---- */
struct service *supervisor_find(struct supervisor *supervisor, const char *name); /* no case */
void supervisor_observe(struct supervisor *supervisor, struct observer *observer);
void supervisor_unobserve(struct supervisor *supervisor, struct observer *observer);
void supervisor_stop(struct supervisor *supervisor, const char *why); /* all, then exit */
bool supervisor_is_ready(const struct supervisor *supervisor);        /* every wanted service is */
bool supervisor_is_healthy(const struct supervisor *supervisor);

void service_start(struct service *service, const char *why);
void service_stop(struct service *service, const char *why);
void service_restart(struct service *service, const char *why);
void service_reload(struct service *service, enum reload_kind kind);
int service_scale(struct service *service, int copies); /* -ENOMEM, -EINVAL (singleton) */
/* Signals every copy, or the one of `pid` (0: all). -ESRCH. */
int service_signal(struct service *service, pid_t pid, int signal, bool children, bool recursive);
int service_kill(struct service *service, pid_t pid, int signal, int64_t stop_timeout_ns);
/* Also for reload: a service that runs by the spec of another model. NULL: no memory. */
struct service *supervisor_add(struct supervisor *supervisor, const struct service_spec *spec);
/* Stops it unless `keep` (then its processes are forgotten) and removes it when it has stopped. */
void supervisor_remove(struct supervisor *supervisor, struct service *service, bool keep);
void service_replace_spec(struct service *service, const struct service_spec *spec);
const char *service_state_name(enum service_state state); /* "running" */

/* ---- from readiness (ready.c) to the state machine ---- */
void slot_is_ready(struct slot *slot);
void slot_not_ready(struct slot *slot, const char *why); /* the time is up: counts as a failure */
void slot_health(struct slot *slot, bool good, const char *why);
