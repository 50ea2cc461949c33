/* stop.c - stopping, killing and pausing: always the first process, by a pidfd, never by number.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

#define NS_PER_MS      1000000
#define SETTLE_POLL_NS (5L * NS_PER_MS)

static int not_running(const struct container *container, const char *doing, struct err *err)
{
	return err_set(err, ERR_EXISTS, "cannot %s container '%s': it is not running", doing,
		       container->record.name);
}

/* True when the process ended in time; timeout_ms < 0: for ever. */
static bool await_end(int pidfd, int64_t timeout_ms)
{
	struct pollfd item = {.fd = pidfd, .events = POLLIN};
	int64_t until = clock_monotonic_ns() / NS_PER_MS + timeout_ms;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : until - clock_monotonic_ns() / NS_PER_MS;
		if (timeout_ms >= 0 && left < 0)
			left = 0;
		int n = poll(&item, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n > 0)
			return true;
		if ((n < 0 && errno != EINTR) || (n == 0 && left <= INT32_MAX))
			return false;
	}
}

static int send_signal(const struct container *container, int pidfd, int signal, struct err *err)
{
	if (!syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) || errno == ESRCH)
		return 0;
	return err_sys(err, "sending signal %d to container '%s'", signal, container->record.name);
}

static int64_t stop_timeout_ms(const struct container *container, int64_t timeout_ns)
{
	if (timeout_ns >= 0)
		return timeout_ns / NS_PER_MS;
	if (container->record.stop_timeout_given)
		return container->record.stop_timeout_ns < 0
			       ? -1
			       : container->record.stop_timeout_ns / NS_PER_MS;
	return (int64_t)STOP_TIMEOUT_SECONDS * 1000;
}

static int kill_and_wait(struct container *container, int pidfd, struct err *err)
{
	if (send_signal(container, pidfd, SIGKILL, err))
		return -1;
	if (!await_end(pidfd, LIMIT_KILL_WAIT_MS))
		return err_set(err, ERR_SYSTEM,
			       "container '%s' does not end %d seconds after SIGKILL",
			       container->record.name, LIMIT_KILL_WAIT_MS / 1000);
	return 0;
}

/* From here on its end is meant: no restart. A monitor in its back-off is woken. */
static void announce_stop(struct container *container)
{
	container_mark(container, FILE_STOPPED, true);
	if (container->state.monitor_pid <= 0)
		return;
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)container->state.monitor_pid, 0);
	if (fd >= 0 && container_has_monitor(container))
		syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0);
	if (fd >= 0)
		close(fd);
}

static int end_process(struct container *container, int64_t timeout_ms, struct err *err)
{
	autoclose int pidfd = container_pidfd(container);
	int signal = SIGTERM;

	if (pidfd < 0)
		return 0; /* between two runs, or just gone */
	if (signal_parse(container->record.stop_signal, &signal, err))
		return -1;
	if (timeout_ms != 0) {
		if (send_signal(container, pidfd, signal, err))
			return -1;
		if (await_end(pidfd, timeout_ms))
			return 0;
	}
	return kill_and_wait(container, pidfd, err);
}

enum container_state container_settled_state(struct container *container)
{
	enum container_state state = container_state(container, NULL);

	while (state != CONTAINER_RUNNING && state != CONTAINER_PAUSED &&
	       state != CONTAINER_RESTARTING && container_has_monitor(container)) {
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_POLL_NS}, NULL);
		state = container_state(container, NULL);
	}
	return state;
}

int container_stop(struct container *container, int64_t timeout_ns, struct err *err)
{
	enum container_state state = container_settled_state(container);

	if (state == CONTAINER_CREATED || state == CONTAINER_EXITED || state == CONTAINER_DEAD)
		return 0;
	announce_stop(container);
	if (state == CONTAINER_PAUSED && container_pause(container, false, err))
		return -1;
	if (end_process(container, stop_timeout_ms(container, timeout_ns), err))
		return -1;
	return container_await_monitor(container, NULL, err);
}

/* docker: what ends the container for sure, or asks it to end as stop would, is no reason to
 * restart it. */
static bool means_stop(const struct container *container, int signal)
{
	autoerr struct err ignored = {0};
	int stop_signal;

	return signal == SIGKILL ||
	       (!signal_parse(container->record.stop_signal, &stop_signal, &ignored) &&
		signal == stop_signal);
}

int container_kill(struct container *container, const char *signal, struct err *err)
{
	enum container_state state = container_state(container, NULL);
	int number = SIGKILL;

	if (signal && signal_parse(signal, &number, err))
		return -1;
	autoclose int pidfd = container_pidfd(container);
	if (pidfd < 0 && state != CONTAINER_RESTARTING)
		return not_running(container, "kill", err);
	if (means_stop(container, number))
		announce_stop(container);
	if (state == CONTAINER_PAUSED && number == SIGKILL &&
	    container_pause(container, false, err))
		return -1;
	if (pidfd < 0 || number != SIGKILL)
		return pidfd < 0 ? 0 : send_signal(container, pidfd, number, err);
	if (kill_and_wait(container, pidfd, err))
		return -1;
	return container_await_monitor(container, NULL, err);
}

int container_pause(struct container *container, bool pause, struct err *err)
{
	enum container_state state = container_state(container, NULL);
	struct runtime runtime = {0};

	if (state != CONTAINER_RUNNING && state != CONTAINER_PAUSED)
		return not_running(container, pause ? "pause" : "unpause", err);
	if ((state == CONTAINER_PAUSED) == pause)
		return err_set(err, ERR_EXISTS, "container '%s' is %s", container->record.name,
			       pause ? "already paused" : "not paused");
	if (launch_runtime(container, &runtime, err))
		return -1;
	int failed = runtime.driver->pause(&runtime, container->record.id, pause, err);
	runtime_done(&runtime);
	if (!failed)
		container_mark(container, FILE_PAUSED, pause);
	return failed;
}
