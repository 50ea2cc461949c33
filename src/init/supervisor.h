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
#include "init/service.h"

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

struct control;
struct reload;
struct health;
struct scratch; /* where a spawn's words and environment are put together: slot_spawn.c */

enum phase {
	PHASE_BOOT,
	PHASE_UP,
	PHASE_DOWN, /* services are stopped, each after those that depend on it */
	PHASE_REST, /* nothing of ours runs; what is left has heard TERM */
	PHASE_KILL, /* and KILL */
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

	/* ---- of the state machine ---- */
	const struct supervise_options *options;
	struct control *control; /* NULL: none */
	struct reload *reload;   /* NULL: nothing was read again yet */
	struct health *health;
	struct scratch *scratch;
	enum phase phase;
	char *pidfile;             /* that was made, a copy; NULL: none */
	int first_umask;           /* the one that we were started with; -1: it still is */
	struct later advance;      /* somebody may go on: waiting ones, or those that are to stop */
	struct timer gate;         /* warm-up between services: none begins while it is set */
	struct service *launching; /* circus: the one whose copies are being started */
	struct timer deadline;     /* of the phase */
	struct timer trim;         /* once, when what is started has been */
	int n_stop_signals;
	size_t n_lingering;  /* copies whose process has ended and whose scope has not */
	struct later linger; /* looks whether it has */
	struct child boot;
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
	/* What was done to the model behind its load, for one that is read again. NULL: nothing. */
	int (*prepare)(struct model *model, struct err *err);
	bool stopped_early_is_well; /* a signal while booting: status 0, else 128 + N */
	/* What the command line says over the file: of each model that is read later, too. NULL:
	 * nothing. */
	void (*adjust)(struct model *model, const void *arg);
	const void *adjust_arg;
};
int supervise(struct model *model, const struct supervise_options *options);

/* ---- for control, probes, cron and health ---- */
struct service *supervisor_find(struct supervisor *supervisor, const char *name); /* no case */
void supervisor_observe(struct supervisor *supervisor, struct observer *observer);
void supervisor_unobserve(struct supervisor *supervisor, struct observer *observer);
void supervisor_stop(struct supervisor *supervisor, const char *why); /* all, then exit */
bool supervisor_is_ready(const struct supervisor *supervisor);        /* every wanted service is */
bool supervisor_is_healthy(const struct supervisor *supervisor);
bool service_is_up(const struct service *service); /* ready, done, or listening on demand */

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

/* ---- from readiness (ready.c) to the state machine ---- */
void slot_is_ready(struct slot *slot);
void slot_not_ready(struct slot *slot, const char *why); /* the time is up: counts as a failure */
void slot_health(struct slot *slot, bool good, const char *why);
