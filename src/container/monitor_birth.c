/* monitor_birth.c - how a forked client becomes a monitor: only what was given stays.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "container/monitor_private.h"

#include "base/banned.h"

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void close_all_but(int *fds, size_t n)
{
	unsigned next = 3;

	qsort(fds, n, sizeof(*fds), by_number);
	for (size_t i = 0; i < n; i++) {
		if (fds[i] < 3)
			continue;
		if ((unsigned)fds[i] > next)
			syscall(SYS_close_range, next, fds[i] - 1, 0);
		next = (unsigned)fds[i] + 1;
	}
	syscall(SYS_close_range, next, ~0u, 0);
}

static int keep_attached(struct monitor *monitor, const struct start_options *start,
			 struct err *err)
{
	const struct record *record = &monitor->container->record;

	for (int i = 0; i < 3 && start->attach; i++) {
		if ((i == 0 && !(start->interactive && record->interactive)) ||
		    (i == 2 && record->tty))
			continue;
		if (relay_own_fd(start->fds[i], i > 0, &monitor->attached[i], err))
			return -1;
	}
	/* Given as it is: it must not be non-blocking for the container. */
	if (monitor->attached[0] >= 0 && !record->tty && !isatty(start->fds[0])) {
		close(monitor->attached[0]);
		monitor->attached[0] = fcntl(start->fds[0], F_DUPFD_CLOEXEC, 3);
	}
	return detach_keys_parse(start->detach_keys, &monitor->detach_keys, err);
}

static int leave_caller(struct monitor *monitor, struct err *err)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return err_sys(err, "opening /dev/null");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	int kept[] = {monitor->channel,     monitor->owner_fd,    monitor->container->dirfd,
		      monitor->attached[0], monitor->attached[1], monitor->attached[2]};
	close_all_but(kept, ARRAY_LEN(kept));
	setsid();
	umask(0022);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	for (int signal = 1; signal < SIGRTMIN; signal++)
		sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	if (chdir("/") || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return err_sys(err, "leaving the caller's surroundings");
	return 0;
}

int monitor_leave_caller(struct monitor *monitor, const struct start_options *start,
			 struct err *err)
{
	return keep_attached(monitor, start, err) || leave_caller(monitor, err) ? -1 : 0;
}
