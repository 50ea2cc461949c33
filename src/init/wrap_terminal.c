/* wrap_terminal.c - the terminal goes to the program, and comes back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The program's group (or its session) is the foreground, so Ctrl-C and Ctrl-Z reach it from the
 * kernel, not through us. TTOU is blocked in us, so that neither this nor a message stops us. */
#include <signal.h>
#include <sys/ioctl.h>

#include "init/raw.h"
#include "init/wrap_private.h"

#include "base/banned.h"

/* A session leader that leaves its terminal gets HUP and CONT for it, from itself. Those are not
 * the program's; others of that name that came meanwhile stay. */
static void drain_handoff(const struct run *run)
{
	uint64_t set = SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGCONT);
	struct timespec at_once = {0};
	siginfo_t info = {0};
	long signal;
	bool others[2] = {false, false};

	while ((signal = raw4(SYS_rt_sigtimedwait, &set, &info, &at_once, SIGNALS_SET_BYTES)) > 0) {
		if (info.si_code == SI_KERNEL || info.si_pid == run->self)
			wrap_say(run->wrap, SAY_HANDOFF, NULL, signal, 0);
		else
			others[signal == SIGCONT] = true;
	}
	if (others[0])
		raw2(SYS_kill, run->self, SIGHUP);
	if (others[1])
		raw2(SYS_kill, run->self, SIGCONT);
}

/* Someone else's foreground is not ours to give. In a name space of its own a group from outside
 * reads as 0, and so does the terminal's: then they are taken for the same. */
void wrap_terminal_prepare(struct run *run)
{
	pid_t group = -1;

	if (run->wrap->single_child || raw3(SYS_ioctl, 0, TIOCGPGRP, &group) ||
	    group != raw1(SYS_getpgid, 0))
		return;
	if (!run->wrap->new_session) {
		run->has_terminal = true;
		run->terminal_group = group;
		return;
	}
	/* Only who leads the session can free the terminal for another one. */
	if (raw1(SYS_getsid, 0) != run->self || raw3(SYS_ioctl, 0, TIOCNOTTY, 0))
		return;
	run->has_terminal = true;
	drain_handoff(run);
}

void wrap_terminal_suspend(struct run *run)
{
	/* Nobody above PID 1 could continue it: an orphaned group is not stopped either. */
	if (run->wrap->entry.is_init) {
		raw2(SYS_kill, -run->program, SIGCONT);
		return;
	}
	raw2(SYS_kill, run->self, SIGSTOP);
}

void wrap_terminal_continue(struct run *run)
{
	pid_t group = -1;

	if (run->has_terminal && !run->wrap->new_session &&
	    raw3(SYS_ioctl, 0, TIOCGPGRP, &group) == 0 && group == raw1(SYS_getpgid, 0))
		raw3(SYS_ioctl, 0, TIOCSPGRP, &run->program);
}

/* Or the next command of the script that started us finds itself in the background. */
void wrap_terminal_return(struct run *run)
{
	pid_t group = -1;

	if (run->has_terminal && run->terminal_group > 0 &&
	    raw3(SYS_ioctl, 0, TIOCGPGRP, &group) == 0 && group == run->program)
		raw3(SYS_ioctl, 0, TIOCSPGRP, &run->terminal_group);
}
