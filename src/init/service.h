/* service.h - a service and its copies: what they are made of.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ini/model.h"
#include "init/events.h"
#include "init/logs.h"
#include "init/restart.h"
#include "init/transition.h"

struct service;
struct supervisor;
struct cron_job;
struct hook_run;
struct door;

struct slot { /* one copy */
	struct service *service;
	struct slot *next; /* older ones first */
	int wid;           /* smallest free from 1 */
	enum slot_state state;
	struct child child; /* child.pid 0: no process */
	struct timer timer; /* of the state: stop_timeout, back-off, the time of the rest */
	struct timer age;   /* max_age, timeout of a job; the watchdog's is in ready.c */
	struct later settle;
	int64_t started_ns, stop_timeout_ns;
	struct restart_history history;
	struct log_stream out, errors;
	struct readiness *readiness; /* ready.c: how it tells that it is ready and healthy */
	struct hook_run *hooks;      /* HOOK_COUNT of them; NULL: the service has none */
	pid_t group;                 /* of a dead process, while others live on; 0: none */
	pid_t lead;                  /* group of a successor (MAINPID=); 0: its own */
	uint64_t mark;               /* of its processes, for kill = tree */
	int wait_status;
	int stop_signal; /* for this stop; 0: the spec's */
	bool surplus;    /* to be stopped: fewer copies are wanted, or a reload replaces it */
	bool is_due;     /* to be started by its service, one after the other */
	bool stop_asked; /* wins over everything below: its end is no failure */
	bool fault;      /* stopped because it was not what it should be: its end is a failure */
	bool spawn_failed;
	bool short_of;        /* the spawn failed for want of processes, memory or descriptors */
	bool short_told;      /* and that was said */
	bool well, unhealthy; /* its last health probes; neither: not answered yet */
	bool again;           /* up again when it has stopped: its age, a sequential reload */
	bool gave_up;         /* no more tries */
	bool is_fresh;        /* made by an overlapping reload that is not through */
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
	struct cron_job *cron;
	/* control: a bit for each client that waits for it, and that hears its lines */
	uint32_t awaited_by, tailed_by;

	/* ---- of the state machine ---- */
	struct later review;      /* the copies changed */
	struct timer pace;        /* warm-up between two copies */
	struct service **targets; /* of spec->edges; NULL: gone, or nothing to allocate */
	struct hook_run *hooks;   /* as in the slot */
	struct door *doors;       /* on_demand: duplicates of its sockets; NULL: none */
	size_t n_doors;
	enum reload_kind rolling;
	struct slot *rolling_slot; /* sequential: the one that is replaced */
	int last_status;           /* of the last process that ended; -1: none */
	bool start_behind;         /* up again when it has stopped */
	bool end_failed;           /* failed, not stopped, when it has stopped */
	bool need_failed;          /* failed because of a need: tried again when that is up */
	bool woken;                /* on_demand: there is activity */
	bool is_launching;         /* copies are still to be started, with pauses between */
	bool has_semaphore;
	bool is_removed;
};
