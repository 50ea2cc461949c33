/* hooks.c - commands that are run around the life of a service, each in a process with a time
 * limit. SPDX-License-Identifier: Apache-2.0
 *
 * Their environment is the one of everything with HULL_HOOK, HULL_SERVICE, HULL_PID, HULL_NUMBER
 * (a signal, or an exit status) and HULL_WID. Their output is PID 1's own. */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "init/limits.h"
#include "init/machine.h"

#include "base/banned.h"

static const char *const hook_names[HOOK_COUNT] = {
	[HOOK_BEFORE_START] = "before_start",   [HOOK_AFTER_START] = "after_start",
	[HOOK_BEFORE_SPAWN] = "before_spawn",   [HOOK_AFTER_SPAWN] = "after_spawn",
	[HOOK_BEFORE_STOP] = "before_stop",     [HOOK_AFTER_STOP] = "after_stop",
	[HOOK_BEFORE_SIGNAL] = "before_signal", [HOOK_AFTER_SIGNAL] = "after_signal",
	[HOOK_BEFORE_REAP] = "before_reap",     [HOOK_AFTER_REAP] = "after_reap",
};

static struct hook_run *run_of(struct service *service, struct slot *slot, enum hook_kind kind)
{
	struct hook_run *runs = slot ? slot->hooks : service->hooks;

	return runs ? &runs[kind] : NULL;
}

struct hook_run *hooks_new(const struct service_spec *spec, bool *ret_failed)
{
	bool has_one = false;

	for (int kind = 0; kind < HOOK_COUNT; kind++)
		has_one |= spec->hooks[kind].words.n > 0;
	struct hook_run *runs = has_one ? calloc(HOOK_COUNT, sizeof(*runs)) : NULL;
	*ret_failed = has_one && !runs;
	return runs;
}

static bool one_runs(const struct hook_run *runs)
{
	for (int kind = 0; runs && kind < HOOK_COUNT; kind++)
		if (runs[kind].child.pid > 0)
			return true;
	return false;
}

bool hooks_run(const struct service *service)
{
	bool found = one_runs(service->hooks);

	for (const struct slot *slot = service->slots; slot && !found; slot = slot->next)
		found = one_runs(slot->hooks);
	return found;
}

bool hook_is_running(const struct service *service, enum hook_kind kind)
{
	return service->hooks && service->hooks[kind].child.pid > 0;
}

static void follow(struct hook_run **hooks, const struct service_spec *spec)
{
	bool failed = false;

	if (!*hooks)
		*hooks = hooks_new(spec, &failed);
	if (failed)
		say(LOG_ERROR, spec->name, "no memory for its hooks, ignoring");
}

void hooks_follow(struct service *service)
{
	follow(&service->hooks, service->spec);
	for (struct slot *slot = service->slots; slot; slot = slot->next)
		follow(&slot->hooks, service->spec);
}

static void kill_runs(const struct hook_run *runs)
{
	for (int kind = 0; runs && kind < HOOK_COUNT; kind++)
		if (runs[kind].child.pid > 0)
			kill(-runs[kind].child.pid, SIGKILL);
}

void hooks_kill(struct service *service)
{
	kill_runs(service->hooks);
	for (const struct slot *slot = service->slots; slot; slot = slot->next)
		kill_runs(slot->hooks);
}

static void stop_run(struct events *events, struct hook_run *run)
{
	if (run->child.pid > 0)
		child_forget(events, &run->child);
	timer_cancel(events, &run->timer);
}

void hooks_free(struct events *events, struct hook_run *hooks)
{
	for (int kind = 0; hooks && kind < HOOK_COUNT; kind++)
		stop_run(events, &hooks[kind]);
	free(hooks);
}

void hook_cancel(struct service *service, struct slot *slot, enum hook_kind kind)
{
	struct hook_run *run = run_of(service, slot, kind);

	if (!run || run->child.pid <= 0)
		return;
	kill(-run->child.pid, SIGKILL);
	stop_run(service->supervisor->events, run);
}

static void hook_ended(struct child *child, int wait_status, const struct rusage *usage)
{
	struct hook_run *run = container_of(child, struct hook_run, child);
	struct service *service = run->service;
	bool good = !exit_status_of(wait_status);
	const char *name = hook_names[run->kind];

	(void)usage;
	child->pid = 0;
	timer_cancel(service->supervisor->events, &run->timer);
	if (!good)
		say(LOG_WARN, service->spec->name, "hook %s failed with status %d%s", name,
		    exit_status_of(wait_status),
		    service->spec->hooks[run->kind].ignore_errors ? ", ignoring" : "");
	supervisor_tell(service, good ? EVENT_HOOK_SUCCESS : EVENT_HOOK_FAILURE, 0,
			exit_status_of(wait_status), name);
	supervisor_advance(service->supervisor); /* a stop waits for it */
	if (run->done)
		run->done(service, run->slot,
			  good || service->spec->hooks[run->kind].ignore_errors);
}

static void hook_late(struct timer *timer)
{
	struct hook_run *run = container_of(timer, struct hook_run, timer);

	say(LOG_WARN, run->service->spec->name, "hook %s runs for too long and is killed",
	    hook_names[run->kind]);
	kill(-run->child.pid, SIGKILL);
}

static int spawn_hook(struct hook_run *run, pid_t pid, int number, struct spawn_failure *failure)
{
	struct supervisor *supervisor = run->service->supervisor;
	const struct hook_spec *hook = &run->service->spec->hooks[run->kind];
	char name[64];
	char service[256];
	char pid_text[32];
	char number_text[32];
	char wid_text[32];
	const char *more[] = {name, service, pid_text, number_text, wid_text, NULL};

	snprintf(name, sizeof(name), "HULL_HOOK=%s", hook_names[run->kind]);
	snprintf(service, sizeof(service), "HULL_SERVICE=%s", run->service->spec->name);
	snprintf(pid_text, sizeof(pid_text), "HULL_PID=%d", (int)pid);
	snprintf(number_text, sizeof(number_text), "HULL_NUMBER=%d", number);
	snprintf(wid_text, sizeof(wid_text), "HULL_WID=%d", run->slot ? run->slot->wid : 0);
	struct spawn spawn = {
		.argv = hook->words.items,
		.env = scratch_env(supervisor->scratch, (const char *const *)supervisor->model->env,
				   more),
		.group = SPAWN_SESSION,
		.umask = -1,
		.nice = INT_MIN,
		.oom_score = INT_MIN,
		.keep_capabilities = UINT64_MAX,
		.stdio = {-1, STDOUT_FILENO, STDERR_FILENO},
		.entry = supervisor->entry,
	};
	pid_t child;
	int error = spawn_start(&spawn, &child, failure);
	if (!error)
		child_register(supervisor->events, &run->child, child);
	return error;
}

enum hook_start hook_start(struct service *service, struct slot *slot, enum hook_kind kind,
			   pid_t pid, int number,
			   void (*done)(struct service *service, struct slot *slot, bool good))
{
	struct hook_run *run = run_of(service, slot, kind);
	const struct hook_spec *hook = &service->spec->hooks[kind];
	struct spawn_failure failure = {0};

	if (!run || !hook->words.n || service->supervisor->phase == PHASE_KILL)
		return HOOK_IS_NONE;
	if (run->child.pid > 0) {
		say(LOG_WARN, service->spec->name, "hook %s still runs, ignoring",
		    hook_names[kind]);
		return HOOK_IS_NONE;
	}
	run->service = service;
	run->slot = slot;
	run->kind = kind;
	run->done = done;
	run->child.ended = hook_ended;
	run->timer.fire = hook_late;
	int error = spawn_hook(run, pid, number, &failure);
	if (!error) {
		timer_after(service->supervisor->events, &run->timer, LIMIT_HOOK_NS);
		return HOOK_RUNS;
	}
	say(LOG_WARN, service->spec->name, "hook %s: '%s' cannot be started: %s: %s%s",
	    hook_names[kind], hook->words.items[0], failure.step, strerror(failure.error),
	    hook->ignore_errors ? ", ignoring" : "");
	supervisor_tell(service, EVENT_HOOK_FAILURE, 0, spawn_exit_status(&failure),
			hook_names[kind]);
	return hook->ignore_errors ? HOOK_IS_NONE : HOOK_IS_BAD;
}
