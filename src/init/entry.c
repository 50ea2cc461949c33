/* entry.c - what a process finds at its start and what its children are to find.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/entry.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "init/decimal.h"
#include "init/raw.h"
#include "init/signal_set.h"

#include "base/banned.h"

#define SLICE_NS          100000 /* the shortest that the scheduler takes */
#define RESET_ON_FORK     1      /* SCHED_FLAG_RESET_ON_FORK: linux/sched.h, which musl hides */
#define ORDINARY          0      /* SCHED_OTHER, without flags */
#define ROUND_ROBIN       2      /* SCHED_RR */
#define OOM_SCORE_OF_INIT (-900) /* killed after whatever else is in the container */

uint64_t entry_blocked(void)
{
	return ~(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) |
		 SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGSYS) |
		 SIGNAL_BIT(SIGABRT));
}

/* Or a socket of ours becomes somebody's stdout. One poll tells of all three. */
static void open_standard_streams(void)
{
	struct pollfd streams[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
	struct timespec at_once = {0};
	long n = raw5(SYS_ppoll, streams, 3, &at_once, NULL, SIGNALS_SET_BYTES);

	if (n == 0)
		return;
	for (int fd = 0; fd < 3; fd++) /* the lowest free number is the one that is missing */
		if (n < 0 || streams[fd].revents & POLLNVAL)
			if (raw2(SYS_fcntl, fd, F_GETFD) < 0)
				raw4(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
}

void entry_take(struct entry *ret_entry, bool subreaper)
{
	uint64_t blocked = entry_blocked();
	struct signal_action before = {0}, action = {.handler = SIG_DFL};

	ret_entry->mask = 0;
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, &ret_entry->mask, SIGNALS_SET_BYTES);
	/* Ignored is inherited through exec, and then the kernel reaps for us: nobody would learn
	 * that the program has ended. */
	raw4(SYS_rt_sigaction, SIGCHLD, &action, &before, SIGNALS_SET_BYTES);
	ret_entry->ignored = before.handler == SIG_IGN ? SIGNAL_BIT(SIGCHLD) : 0;
	ret_entry->oom_score = INT_MIN;
	ret_entry->is_init = raw0(SYS_getpid) == 1;
	if (subreaper && !ret_entry->is_init)
		raw5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	open_standard_streams();
}

void entry_leave(const struct entry *entry)
{
	struct signal_action action = {.handler = SIG_IGN};

	if (entry->ignored & SIGNAL_BIT(SIGCHLD))
		raw4(SYS_rt_sigaction, SIGCHLD, &action, NULL, SIGNALS_SET_BYTES);
	raw4(SYS_rt_sigprocmask, SIG_SETMASK, &entry->mask, NULL, SIGNALS_SET_BYTES);
}

struct scheduling { /* struct sched_attr of the kernel's uapi, its first version */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void entry_hurry(void)
{
	long level = raw2(SYS_getpriority, PRIO_PROCESS, 0); /* 20 - nice */
	struct scheduling first = {.size = sizeof(first),
				   .policy = ROUND_ROBIN,
				   .flags = RESET_ON_FORK,
				   .priority = 1};
	struct scheduling soon = {.size = sizeof(soon),
				  .flags = RESET_ON_FORK,
				  .nice = (int32_t)(20 - level),
				  .runtime = SLICE_NS};

	/* Children of one that was preferred, or has another policy, would lose that too; and those
	 * of a real-time process lose its level. */
	if (raw1(SYS_sched_getscheduler, 0) != ORDINARY || level <= 0 || level > 20)
		return;
	if (level != 20 || raw3(SYS_sched_setattr, 0, &first, 0))
		raw3(SYS_sched_setattr, 0, &soon, 0);
}

void entry_protect(struct entry *entry)
{
	char text[DECIMAL_BYTES + 2] = "";
	int fd = (int)raw4(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	long n = raw3(SYS_read, fd, text, sizeof(text) - 1);
	if (n > 0) {
		int score = (int)decimal_parse(text);

		n = (long)decimal_format(OOM_SCORE_OF_INIT, text);
		if (score > OOM_SCORE_OF_INIT && raw3(SYS_write, fd, text, n) == n)
			entry->oom_score = score;
	}
	raw1(SYS_close, fd);
}
