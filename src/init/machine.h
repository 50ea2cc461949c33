/* machine.h - the inside of the state machine: what its files ask of each other.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/say.h"
#include "init/scope.h"
#include "init/spawn.h"
#include "init/supervisor.h"

/* ---- slot.c ---- */
struct slot *slot_new(struct service *service); /* the last of its service; NULL: no memory */
void slot_free(struct slot *slot);              /* EMPTY; taken out of its service */
void slot_hear(struct slot *slot, enum slot_event event);
/* On request: signal 0 and timeout -1 for the spec's own. */
void slot_stop(struct slot *slot, int signal, int64_t timeout_ns);
void slot_fail(struct slot *slot, const char *why); /* stops it; counts as a failure */
void slot_forget(struct slot *slot);                /* its process goes on without us */
void slot_kill(struct slot *slot);                  /* no more time */
void slot_check_rest(struct slot *slot);            /* somebody died who may have been in it */
static inline bool slot_has_process(const struct slot *slot)
{
	return slot->child.pid > 0;
}

/* ---- slot_spawn.c ---- */
struct scratch *scratch_new(void); /* NULL: no memory */
void scratch_free(struct scratch *scratch);
/* Of a hook: the environment of everything with more behind it. Until the next call. */
const char *const *scratch_env(struct scratch *scratch, const char *const *env,
			       const char *const *more);
int slot_spawn(struct slot *slot, struct spawn_failure *ret_failure);

/* ---- service.c ---- */
struct service *service_new(struct supervisor *supervisor, const struct service_spec *spec);
void service_free(struct service *service); /* no process is left; taken out of the list */
void service_hear(struct service *service, enum service_event event, const char *fmt, ...)
	printf_like(3, 4);
void service_changed(struct service *service); /* a copy did: looked at when the turn ends */
void service_explain(struct service *service, const char *fmt, ...) printf_like(2, 3);

/* ---- copies.c ---- */
int copies_make(struct service *service, size_t n_more); /* -ENOMEM: none was made */
void copies_launch(struct service *service);             /* those that are due, with pauses */
void copies_launch_all(struct service *service);         /* every one that is empty is due */
void copies_launch_new(struct service *service);         /* those that never ran */
void copies_free_surplus(struct service *service);
bool copies_are_gone(const struct service *service); /* no process, no hook, no timer */
void copies_stop(struct service *service);
struct slot *copies_oldest(const struct service *service); /* not surplus; NULL: none */

/* ---- roll.c ---- */
void roll_begin(struct service *service);
void roll_review(struct service *service);
void roll_end(struct service *service); /* however it ended: one generation, of the wanted number */

/* ---- hooks.c ---- */
enum hook_start { HOOK_IS_NONE, HOOK_RUNS, HOOK_IS_BAD };
struct hook_run {
	struct child child; /* child.pid 0: does not run */
	struct timer timer;
	struct service *service;
	struct slot *slot; /* NULL: of the service */
	enum hook_kind kind;
	void (*done)(struct service *service, struct slot *slot, bool good); /* or NULL */
};
/* done is called from the loop, never from inside. pid and number: of the event, 0: none. */
enum hook_start hook_start(struct service *service, struct slot *slot, enum hook_kind kind,
			   pid_t pid, int number,
			   void (*done)(struct service *service, struct slot *slot, bool good));
struct hook_run *hooks_new(const struct service_spec *spec, bool *ret_failed); /* or NULL */
void hooks_free(struct events *events, struct hook_run *hooks); /* what runs goes on alone */
void hooks_follow(struct service *service);    /* room for those that its new spec has first */
bool hooks_run(const struct service *service); /* one of them, or of its copies */
bool hook_is_running(const struct service *service, enum hook_kind kind); /* of the service */
void hooks_kill(struct service *service);                                 /* no more time */
void hook_cancel(struct service *service, struct slot *slot, enum hook_kind kind);

/* ---- demand.c: services that start at the first activity on their sockets ---- */
struct door {
	struct watch watch;
	struct service *service;
};
int demand_wait(struct service *service); /* -errno: its sockets cannot be watched */
void demand_stop(struct service *service);

/* ---- semaphore.c ---- */
void semaphore_make(struct service *service);
void semaphore_remove(struct service *service); /* also a stale one */

/* ---- supervisor.c, shutdown.c, signals.c ---- */
void supervisor_tell(struct service *service, enum event_kind kind, pid_t pid, int number,
		     const char *text);
void supervisor_advance(struct supervisor *supervisor); /* somebody may go on; at the turn's end */
void supervisor_go_on(struct supervisor *supervisor);
/* Bigger priorities first, as circus has it; then by name for circus, else as in the file. */
bool supervisor_goes_before(const struct supervisor *supervisor, const struct service_spec *a,
			    const struct service_spec *b);
/* As service_replace_spec, told to nobody; `targets` wait for supervisor_resolve. */
void service_follow_spec(struct service *service, const struct service_spec *spec);
void supervisor_resolve(struct supervisor *supervisor); /* names of edges to services */
void shutdown_advance(struct supervisor *supervisor);
void shutdown_check_rest(struct supervisor *supervisor); /* a child has died */
void shutdown_shorten(struct supervisor *supervisor);    /* the stop was asked for once more */
void shutdown_begin(struct supervisor *supervisor, int64_t total_ns);
/* ---- supervise.c ---- */
/* If the service runs at its times. Asking twice is fine. */
void supervisor_watch_clock(struct supervisor *supervisor, const struct service_spec *spec);
/* ---- settings.c ---- */
void settings_open_health(struct supervisor *supervisor);
void settings_set_umask(struct supervisor *supervisor);
int settings_make_pidfile(struct supervisor *supervisor); /* -EEXIST: another one is alive */
void settings_remove_pidfile(struct supervisor *supervisor);
/* [init] has been read again: applies it, and names what waits for a restart. */
void supervisor_follow_model(struct supervisor *supervisor, const struct model *before);
/* ---- pidfile.c, crash.c ---- */
int pidfile_make(const char *path); /* -EEXIST: another one is alive */
void crash_guard(void);             /* a fault of ours ends the others in order */
void signals_hear(void *arg, const struct signalfd_siginfo *signal);
