/* supervise.c - the life of PID 1: boot, services up, services down, the exit status.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "init/control.h"
#include "init/cron.h"
#include "init/health.h"
#include "init/machine.h"
#include "init/ready.h"
#include "init/reload.h"
#include "init/trim.h"

#include "base/banned.h"

#define STATUS_REFUSED 1
#define STATUS_SYSTEM  111
/* After the start: nobody is to wait for page faults then, and a second of more memory hurts
 * nobody. */
#define TRIM_NS        INT64_C(1000000000)

/* ---- what the loop tells ---- */

static void orphan_ended(void *arg, pid_t pid, int wait_status)
{
	struct supervisor *supervisor = arg;

	(void)pid;
	(void)wait_status;
	if (supervisor->n_lingering)
		events_later(supervisor->events, &supervisor->linger);
}

/* Whoever they were, a copy that reads the files included: they may have been the last. */
static void children_reaped(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->phase >= PHASE_REST)
		supervisor_advance(supervisor);
}

static void check_lingering(struct later *later)
{
	struct supervisor *supervisor = container_of(later, struct supervisor, linger);

	for (struct service *at = supervisor->services; at; at = at->next)
		for (struct slot *slot = at->slots; slot; slot = slot->next)
			slot_check_rest(slot);
}

static void clock_jumped(void *arg)
{
	struct supervisor *supervisor = arg;

	say(LOG_INFO, NULL, "the clock was set");
	logs_clock_jumped(supervisor->logs);
	cron_clock_jumped(supervisor);
}

static void go_on(struct later *later)
{
	supervisor_go_on(container_of(later, struct supervisor, advance));
}

static void gate_opens(struct timer *timer)
{
	supervisor_advance(container_of(timer, struct supervisor, gate));
}

/* ---- up ---- */

static void fail(struct supervisor *supervisor, int status)
{
	supervisor->exit_status = status;
	shutdown_begin(supervisor, supervisor->model->init.stop_timeout);
}

static int open_sockets(struct supervisor *supervisor)
{
	const struct socket_spec *failed = NULL;
	int error = listeners_open(supervisor->model, NULL, &supervisor->listeners, &failed);

	if (error)
		say(LOG_ERROR, NULL, "socket '%s' cannot be bound: %s", failed ? failed->name : "?",
		    strerror(-error));
	return error;
}

/* Sinks are opened before services run: a program's first line meets an open file. */
static void open_sinks(struct supervisor *supervisor, const struct service_spec *spec)
{
	const struct log_spec *specs[] = {&spec->out, &spec->errors};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct log_sink *sink;
		int error = logs_sink(supervisor->logs, specs[i], &sink);
		if (error)
			say(LOG_ERROR, spec->name, "its log '%s' cannot be opened: %s",
			    specs[i]->path ? specs[i]->path : "?", strerror(-error));
	}
}

static bool wants_notify(const struct model *model)
{
	for (size_t i = 0; i < model->n_services; i++)
		if (model->services[i].ready == READY_NOTIFY || model->services[i].watchdog > 0)
			return true;
	return false;
}

void supervisor_watch_clock(struct supervisor *supervisor, const struct service_spec *spec)
{
	bool has_times = spec->kind == SERVICE_CRON || spec->out.period != LOG_NEVER ||
			 spec->errors.period != LOG_NEVER;
	int error = has_times ? events_watch_clock(supervisor->events) : 0;

	if (error)
		say(LOG_WARN, spec->name, "jumps of the clock will not be seen: %s, ignoring",
		    strerror(-error));
}

static int open_parts(struct supervisor *supervisor)
{
	struct model *model = supervisor->model;
	int error = logs_open(supervisor->events, model->init.utc, &supervisor->logs);

	if (error)
		return error;
	if (wants_notify(model)) {
		error = readiness_listen(supervisor);
		if (error)
			say(LOG_WARN, NULL, "no socket for sd_notify: %s, ignoring",
			    strerror(-error));
	}
	for (size_t i = 0; i < model->n_services; i++) {
		open_sinks(supervisor, &model->services[i]);
		if (!supervisor_add(supervisor, &model->services[i]))
			return -ENOMEM;
	}
	supervisor_resolve(supervisor);
	return 0;
}

static void open_doors(struct supervisor *supervisor)
{
	int error = supervisor->options->with_control
			    ? control_open(supervisor, &supervisor->control)
			    : 0;

	if (error)
		say(LOG_WARN, NULL, "no control socket: %s, ignoring", strerror(-error));
	settings_open_health(supervisor);
}

static void trim(struct timer *timer)
{
	(void)timer;
	trim_code();
}

static void go_up(struct supervisor *supervisor)
{
	int error = open_sockets(supervisor);

	error = error ? error : open_parts(supervisor);
	if (error) {
		say(LOG_ERROR, NULL, "cannot start: %s", strerror(-error));
		fail(supervisor, STATUS_SYSTEM);
		return;
	}
	supervisor->phase = PHASE_UP;
	open_doors(supervisor);
	for (struct service *at = supervisor->services; at; at = at->next)
		if (at->spec->autostart && at->spec->kind != SERVICE_CRON)
			service_start(at, "started with everything");
	cron_start(supervisor);
	supervisor_advance(supervisor);
	timer_after(supervisor->events, &supervisor->trim, TRIM_NS);
}

/* ---- boot ---- */

static void boot_ended(struct child *child, int wait_status, const struct rusage *usage)
{
	struct supervisor *supervisor = container_of(child, struct supervisor, boot);
	int status = exit_status_of(wait_status);

	(void)usage;
	child->pid = 0;
	if (supervisor->stopping)
		supervisor_advance(supervisor);
	else if (status)
		fail(supervisor, status);
	else
		go_up(supervisor);
}

/* Blocking work, and work that allocates: in a process of its own, which a signal may end. */
static int begin_boot(struct supervisor *supervisor)
{
	const struct supervise_options *options = supervisor->options;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		setsid();
		entry_leave(supervisor->entry);
		int status = options->boot(supervisor->model, options->boot_arg);
		fflush(NULL);
		_exit(status);
	}
	supervisor->boot.ended = boot_ended;
	child_register(supervisor->events, &supervisor->boot, pid);
	return 0;
}

/* ---- the whole ---- */

static int open_supervisor(struct supervisor *supervisor)
{
	const struct init_settings *init = &supervisor->model->init;
	struct events_hooks hooks = {
		.signal = signals_hear,
		.orphan = orphan_ended,
		.reaped = children_reaped,
		.clock_jumped = clock_jumped,
		.arg = supervisor,
	};
	int error = say_open(init);

	if (error)
		say(LOG_WARN, NULL, "'%s' cannot be opened: %s, ignoring", init->log_output,
		    strerror(-error));
	error = settings_make_pidfile(supervisor);
	if (error)
		return error;
	settings_set_umask(supervisor);
	supervisor->scratch = scratch_new();
	if (!supervisor->scratch)
		return -ENOMEM;
	return events_open(&supervisor->events, &hooks);
}

static void close_supervisor(struct supervisor *supervisor)
{
	struct service *next;

	control_close(supervisor->control);
	health_close(supervisor->health);
	for (struct service *at = supervisor->services; at; at = next) {
		next = at->next;
		for (struct slot *slot = at->slots; slot; slot = slot->next)
			slot_forget(slot);
		service_free(at);
	}
	logs_close(supervisor->logs); /* behind the streams: it writes what they gave */
	listeners_close(&supervisor->listeners);
	notify_close(supervisor->notify);
	scratch_free(supervisor->scratch);
	if (supervisor->events)
		settings_remove_pidfile(supervisor);
	reload_close(supervisor); /* with the models that all of them were made by */
	events_close(supervisor->events);
}

int supervise(struct model *model, const struct supervise_options *options)
{
	struct supervisor supervisor = {
		.model = model,
		.options = options,
		.entry = options->entry,
		.began_ns = clock_monotonic_ns(),
		.advance = {.run = go_on},
		.linger = {.run = check_lingering},
		.gate = {.fire = gate_opens},
		.trim = {.fire = trim},
		.first_umask = -1,
	};
	if (options->adjust)
		options->adjust(model, options->adjust_arg);
	int error = open_supervisor(&supervisor);

	if (error == -EEXIST) {
		say(LOG_ERROR, NULL, "'%s' names a process that is alive: not started",
		    model->init.pidfile);
		return STATUS_REFUSED;
	}
	if (!error) {
		crash_guard();
		if (options->boot)
			error = begin_boot(&supervisor);
		else
			go_up(&supervisor);
	}
	int status = error ? error : events_run(supervisor.events);
	if (status < 0) {
		say(LOG_ERROR, NULL, "cannot go on: %s", strerror(-status));
		status = STATUS_SYSTEM;
	}
	close_supervisor(&supervisor);
	return status;
}
