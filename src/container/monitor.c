/* monitor.c - the small process beside each running container: parent, memory, undertaker.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   begin ─▶ run ─▶ (first process ends, output drained) ─▶ restart wanted? ─no─▶ clean up ─▶ end
 *             ▲                                                │yes
 *             └──────────── wait (back-off) ◀──────────────────┘
 *
 * It is forked, not executed: it must know everything already. It holds nothing of its client but
 * the descriptors that were given, and goes on without it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/proc.h"
#include "container/limits.h"
#include "container/monitor_private.h"

#include "base/banned.h"

#define EXIT_ENGINE 125
#define NS_PER_MS   1000000

/* ---- what is kept for readers ---- */

static char *now_text(void)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_rfc3339(clock_now_ns(), text);
	return xstrdup(text);
}

static void text_replace(char **text, char *with)
{
	free(*text);
	*text = with;
}

static void state_publish(struct monitor *monitor, const char *status, bool durable)
{
	struct container *container = monitor->container;
	autoerr struct err err = {0};

	text_replace(&container->state.status, xstrdup(status));
	if (state_write(container->dirfd, &container->state,
			durable && !container->record.remove && !container->record.is_volatile,
			&err))
		log_debug("container %s: %s", container->record.name, err_text(&err));
}

static void exit_publish(const struct monitor *monitor)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", monitor->exit_code);

	if (ftruncate(monitor->exit_fd, 0) || pwrite(monitor->exit_fd, text, (size_t)len, 0) != len)
		log_debug("container %s: its exit status is lost", monitor->container->record.name);
}

/* ---- events ---- */

static struct restart_policy policy_of(const struct container *container)
{
	return (struct restart_policy){.name = container->record.restart,
				       .max = container->record.restart_max};
}

static bool will_restart(const struct monitor *monitor)
{
	const struct container *container = monitor->container;
	struct restart_policy policy = policy_of(container);

	return !monitor->owner_is_gone &&
	       restart_wanted(&policy, monitor->exit_code, container->state.restart_count,
			      container_is_marked(container, FILE_STOPPED));
}

/* Output may still be in the pipes; whoever else holds their writing ends is not waited for. */
static int on_drained(struct loop_source *source, void *arg, struct err *err)
{
	struct monitor *monitor = arg;

	loop_remove(source);
	monitor->timer = NULL;
	if (streams_are_blocked(monitor))
		return loop_add_timer(monitor->loop, LIMIT_DRAIN_MS, on_drained, monitor,
				      &monitor->timer, err);
	loop_stop(monitor->loop);
	return 0;
}

static int run_ended(struct monitor *monitor, int status, struct err *err)
{
	struct run_state *state = &monitor->container->state;

	monitor->has_ended = true;
	monitor->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	state->exit_code = monitor->exit_code;
	state->oom_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
			    launch_was_oom_killed(monitor->container);
	state->pid = state->pid_start = 0;
	text_replace(&state->finished_at, now_text());
	container_mark(monitor->container, FILE_PAUSED, false);
	exit_publish(monitor);
	state_publish(monitor, will_restart(monitor) ? "restarting" : "exited", true);
	if (streams_have_ended(monitor)) {
		loop_stop(monitor->loop);
		return 0;
	}
	return loop_add_timer(monitor->loop, LIMIT_DRAIN_MS, on_drained, monitor, &monitor->timer,
			      err);
}

static void reap_strays(const struct monitor *monitor)
{
	siginfo_t child;

	for (;;) {
		child.si_pid = 0;
		if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) || !child.si_pid ||
		    child.si_pid == monitor->pid)
			return;
		waitpid(child.si_pid, NULL, 0);
	}
}

static int on_pid(struct loop_source *source, int fd, uint32_t events, void *arg, struct err *err)
{
	struct monitor *monitor = arg;
	int status = 0;

	loop_remove(source);
	if (waitpid(monitor->pid, &status, 0) != monitor->pid)
		status = W_EXITCODE(255, 0); /* not our child: nobody can tell */
	monitor->pid = 0;
	reap_strays(monitor);
	return run_ended(monitor, status, err);
}

static int on_signal(int signal, void *arg, struct err *err)
{
	struct monitor *monitor = arg;

	if (signal == SIGCHLD)
		reap_strays(monitor);
	else if (signal == SIGTERM && !monitor->pid &&
		 container_is_marked(monitor->container, FILE_STOPPED))
		loop_stop(monitor->loop); /* out of the back-off */
	return 0;
}

static int on_channel(struct loop_source *source, int fd, uint32_t events, void *arg,
		      struct err *err)
{
	struct monitor *monitor = arg;
	struct channel_message message;

	if (!channel_receive(fd, &message)) {
		streams_detach(monitor);
		return 0;
	}
	if (message.type == CHANNEL_RESIZE) {
		monitor->container->rows = message.rows;
		monitor->container->columns = message.columns;
		if (monitor->terminal >= 0)
			terminal_resize(monitor->terminal, message.rows, message.columns);
	}
	return 0;
}

static int on_owner(struct loop_source *source, int fd, uint32_t events, void *arg, struct err *err)
{
	struct monitor *monitor = arg;
	char byte;

	if (!(events & (EPOLLHUP | EPOLLERR)) && read(fd, &byte, 1) > 0)
		return 0;
	loop_remove(source);
	monitor->owner_is_gone = true;
	if (monitor->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, monitor->pidfd, SIGKILL, NULL, 0);
	return 0;
}

/* ---- the life ---- */

static int run_begin(struct monitor *monitor, struct err *err)
{
	struct container *container = monitor->container;
	struct runtime_stdio stdio;
	struct loop_source *source;
	int exit_code = EXIT_ENGINE;
	uint64_t start = 0;

	monitor->exit_code = EXIT_ENGINE;
	monitor->has_ended = false;
	if (dir_make_all(AT_FDCWD, container->run_dir, 0700, err))
		return -1;
	if (streams_open(monitor, &stdio, err))
		return -1;
	if (launch_start(container, &stdio, &monitor->pid, &exit_code, err)) {
		monitor->exit_code = exit_code;
		return -1;
	}
	monitor->began_ms = clock_monotonic_ns() / NS_PER_MS;
	monitor->pidfd = (int)syscall(SYS_pidfd_open, monitor->pid, 0);
	if (monitor->pidfd < 0)
		return err_sys(err, "watching the container's first process");
	if (proc_start_time(monitor->pid, &start, err) || streams_begin(monitor, err) ||
	    loop_add_fd(monitor->loop, monitor->pidfd, EPOLLIN, on_pid, monitor, &source, err))
		return -1;
	container->state.pid = monitor->pid;
	container->state.pid_start = (int64_t)start;
	container->state.exit_code = 0;
	container->state.oom_killed = false;
	text_replace(&container->state.error, NULL);
	text_replace(&container->state.started_at, now_text());
	state_publish(monitor, "running", false);
	return 0;
}

static void run_end(struct monitor *monitor)
{
	autoerr struct err err = {0};

	streams_close(monitor);
	loop_remove(monitor->timer);
	monitor->timer = NULL;
	if (monitor->pidfd >= 0)
		close(steal_fd(&monitor->pidfd));
	if (launch_cleanup(monitor->container, &err))
		log_debug("container %s: %s", monitor->container->record.name, err_text(&err));
}

/* A run that could not begin, or whose loop broke: nothing of it may stay. */
static void run_abandon(struct monitor *monitor, const struct err *err)
{
	struct container *container = monitor->container;
	bool never_ran = !container->state.started_at;

	if (monitor->pid > 0) {
		kill(monitor->pid, SIGKILL);
		waitpid(monitor->pid, NULL, 0);
	}
	monitor->pid = 0;
	container->state.pid = container->state.pid_start = 0;
	container->state.exit_code = monitor->exit_code;
	text_replace(&container->state.error, xstrdup(err_text(err)));
	exit_publish(monitor);
	/* docker's: what never ran is still only created, with the reason beside. */
	state_publish(monitor, never_ran ? "created" : "exited", true);
}

static void tell_exited(struct monitor *monitor)
{
	if (monitor->channel >= 0)
		channel_send(monitor->channel,
			     &(struct channel_message){.type = CHANNEL_EXITED,
						       .value = monitor->exit_code});
	streams_detach(monitor);
}

static int on_back_off_over(struct loop_source *source, void *arg, struct err *err)
{
	struct monitor *monitor = arg;

	loop_remove(source);
	monitor->timer = NULL;
	loop_stop(monitor->loop);
	return 0;
}

/* Waits; false when somebody asked for the stop meanwhile. */
static bool back_off(struct monitor *monitor, struct err *err)
{
	monitor->delay_ms = restart_delay_ms(monitor->delay_ms,
					     clock_monotonic_ns() / NS_PER_MS - monitor->began_ms);
	if (loop_add_timer(monitor->loop, monitor->delay_ms, on_back_off_over, monitor,
			   &monitor->timer, err))
		return false;
	if (loop_run(monitor->loop, err))
		return false;
	loop_remove(monitor->timer); /* woken by a signal */
	monitor->timer = NULL;
	return !container_is_marked(monitor->container, FILE_STOPPED) && !monitor->owner_is_gone;
}

static int live(struct monitor *monitor, struct err *err)
{
	for (;;) {
		if (run_begin(monitor, err))
			return -1;
		if (!monitor->told)
			channel_send(monitor->channel,
				     &(struct channel_message){.type = CHANNEL_STARTED,
							       .value = monitor->pid});
		monitor->told = true;
		if (loop_run(monitor->loop, err))
			return -1;
		bool again = will_restart(monitor);
		run_end(monitor);
		if (!again)
			return 0;
		tell_exited(monitor);
		if (!back_off(monitor, err)) {
			state_publish(monitor, "exited", true);
			return err_is_set(err) ? -1 : 0;
		}
		monitor->container->state.restart_count++;
	}
}

/* The caller's store went with its descriptors. */
static int engine_reopen(struct monitor *monitor, struct err *err)
{
	const struct engine *old = monitor->container->engine;

	monitor->engine = *old;
	if (store_open(store_root(old->store), &monitor->engine.store, err))
		return -1;
	monitor->container->engine = &monitor->engine;
	return 0;
}

static void finish(struct monitor *monitor)
{
	struct container *container = monitor->container;
	autoerr struct err err = {0};

	if (monitor->log)
		log_writer_free(monitor->log);
	if (engine_reopen(monitor, &err)) {
		log_debug("container %s: %s", container->record.name, err_text(&err));
		return;
	}
	if (container->record.remove || monitor->owner_is_gone) {
		if (container_destroy(container, true, &err))
			log_debug("container %s: %s", container->record.name, err_text(&err));
		return;
	}
	if (container_unmount(container, &err))
		log_debug("container %s: %s", container->record.name, err_text(&err));
}

/* ---- the beginning ---- */

static int log_open(struct monitor *monitor, struct err *err)
{
	if (monitor->container->record.no_log)
		return 0;
	int fd = openat(monitor->container->dirfd, FILE_LOG,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "opening the container's log");
	monitor->log = log_writer_new(fd);
	return 0;
}

static int watch_all(struct monitor *monitor, struct err *err)
{
	sigset_t signals;
	struct loop_source *source;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT); /* a service manager's group signal is not meant for us */
	sigaddset(&signals, SIGHUP);
	if (loop_new(&monitor->loop, err) ||
	    loop_add_signals(monitor->loop, &signals, on_signal, monitor, err) ||
	    loop_add_fd(monitor->loop, monitor->channel, EPOLLIN, on_channel, monitor,
			&monitor->channel_source, err))
		return -1;
	if (monitor->owner_fd > 0)
		return loop_add_fd(monitor->loop, monitor->owner_fd, EPOLLIN, on_owner, monitor,
				   &source, err);
	return 0;
}

static int begin(struct monitor *monitor, const struct start_options *start, struct err *err)
{
	struct container *container = monitor->container;
	uint64_t start_time = 0;

	if (monitor_leave_caller(monitor, start, err))
		return -1;
	/* The monitor of an earlier run may still be clearing its table. */
	if (lock_file_at(container->dirfd, FILE_EXIT, LOCK_EXCLUSIVE, true, &monitor->exit_fd, NULL,
			 err) ||
	    log_open(monitor, err) || watch_all(monitor, err) ||
	    proc_start_time(getpid(), &start_time, err))
		return -1;
	container->state.monitor_pid = getpid();
	container->state.monitor_start = (int64_t)start_time;
	container->state.restart_count = 0;
	return 0;
}

void monitor_main(const struct monitor_options *options)
{
	struct monitor monitor = {
		.container = options->container,
		.channel = options->channel,
		.owner_fd = options->owner_fd > 0 ? options->owner_fd : -1,
		.exit_fd = -1,
		.attached = {-1, -1, -1},
		.given = {-1, -1, -1},
		.terminal = -1,
		.idle_stdin = -1,
		.pidfd = -1,
		.exit_code = EXIT_ENGINE,
	};
	autoerr struct err err = {0};

	bool has_begun = !begin(&monitor, options->start, &err);
	if (!has_begun || live(&monitor, &err)) {
		if (has_begun) {
			run_abandon(&monitor, &err);
			run_end(&monitor);
		}
		finish(&monitor);
		if (!monitor.told)
			channel_send_error(monitor.channel, monitor.exit_code, &err);
		else
			tell_exited(&monitor);
		_exit(1);
	}
	finish(&monitor);
	tell_exited(&monitor);
	_exit(0);
}
