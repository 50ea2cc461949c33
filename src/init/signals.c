/* signals.c - what PID 1 does about a signal: stop, reload, reopen, tell, or hand it on.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/signalfd.h>

#include "init/machine.h"
#include "init/reload.h"

#include "base/banned.h"

/* Kernel numbers: libc keeps the first real-time signals for itself. systemd's convention for
 * containers: RTMIN+3 halts. */
#define HALT_SIGNAL 37
#define N_SIGNALS   65

/* Its session, or itself while it has none yet: what is blocked there waits for it. */
static void stop_boot(pid_t pid, int signal)
{
	if (pid > 0 && kill(-pid, signal))
		kill(pid, signal);
}

static void stop(struct supervisor *supervisor, int signal)
{
	supervisor->n_stop_signals++;
	if (supervisor->phase == PHASE_BOOT) {
		supervisor->exit_status =
			supervisor->options->stopped_early_is_well ? 0 : 128 + signal;
		stop_boot(supervisor->boot.pid, supervisor->n_stop_signals > 1 ? SIGKILL : SIGTERM);
		shutdown_begin(supervisor, supervisor->model->init.stop_timeout);
	} else if (supervisor->stopping) {
		shutdown_shorten(supervisor);
	} else {
		supervisor_stop(supervisor, signal == SIGINT ? "interrupted" : "asked by a signal");
	}
}

static void reopen(struct supervisor *supervisor, int signal)
{
	(void)signal;
	say_reopen();
	if (supervisor->logs)
		logs_reopen(supervisor->logs);
	say(LOG_INFO, NULL, "logs are open anew");
}

static void reload(struct supervisor *supervisor, int signal)
{
	if (supervisor->phase != PHASE_UP)
		return;
	if (supervisor->options->is_circus || supervisor->model->vocabulary == VOCABULARY_CIRCUS) {
		reopen(supervisor, signal);
		for (struct service *at = supervisor->services; at; at = at->next)
			service_reload(at, at->spec->reload);
	} else if (!supervisor->options->file) {
		say(LOG_WARN, NULL, "there is no file to read again, ignoring HUP");
	} else {
		int error = reload_start(supervisor, "HUP");
		if (error)
			say(LOG_ERROR, NULL, "not reloaded: %s", strerror(-error));
	}
}

static void dump(struct supervisor *supervisor, int signal)
{
	(void)signal;
	for (const struct service *at = supervisor->services; at; at = at->next) {
		say(LOG_INFO, at->spec->name, "%s (%s), %zu of %d copies, %llu restarts",
		    service_state_name(at->state), at->reason, at->n_running, at->copies,
		    (unsigned long long)at->restarts);
		for (const struct slot *slot = at->slots; slot; slot = slot->next)
			say(LOG_INFO, at->spec->name, "copy %d: %s, pid %d, last status %d",
			    slot->wid, slot_state_name(slot->state), (int)slot->child.pid,
			    slot->last_status);
	}
}

static void ignore(struct supervisor *supervisor, int signal)
{
	(void)supervisor;
	(void)signal;
}

static void hand_on(struct supervisor *supervisor, int signal)
{
	if (supervisor->main)
		service_signal(supervisor->main, 0, signal, false, false);
}

static void (*const reactions[N_SIGNALS])(struct supervisor *supervisor, int signal) = {
	[SIGTERM] = stop,     [SIGINT] = stop,
	[SIGQUIT] = stop,     [SIGPWR] = stop,
	[HALT_SIGNAL] = stop, [SIGHUP] = reload,
	[SIGUSR1] = reopen,   [SIGUSR2] = dump,
	[SIGWINCH] = ignore,  [SIGPIPE] = ignore,
	[SIGCHLD] = ignore,   [SIGXFSZ] = ignore, /* of a write of ours, to a log */
};

void signals_hear(void *arg, const struct signalfd_siginfo *signal)
{
	struct supervisor *supervisor = arg;
	unsigned number = signal->ssi_signo;

	if (number >= N_SIGNALS)
		return;
	if (reactions[number])
		reactions[number](supervisor, (int)number);
	else if (signal->ssi_code !=
		 SI_KERNEL) /* those of the terminal reach its group by itself */
		hand_on(supervisor, (int)number);
}
