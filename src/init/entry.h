/* entry.h - what a process finds at its start and what its children are to find.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Kept from the start, for children: as if we had not been there. */
struct entry {
	uint64_t mask;    /* blocked signals, bit signal-1 */
	uint64_t ignored; /* signals that were ignored and whose disposition we changed: CHLD. What
			     else was ignored still is: nobody sets other dispositions to
			     SIG_IGN or SIG_DFL, for blocked signals need none */
	bool is_init;     /* getpid() == 1 */
	int oom_score;    /* INT_MIN: unknown, ours was not changed */
};
/* First thing in main: descriptors 0-2 exist (/dev/null, or none to be had), all signals blocked
 * but the synchronous ones, SIGCHLD default, TTOU and TTIN ignored by the mask alone; subreaper
 * when asked for and not PID 1. */
void entry_take(struct entry *ret_entry, bool subreaper);
/* For a command that is to be an ordinary program: mask and dispositions as they were. */
void entry_leave(const struct entry *entry);
/* The out-of-memory killer shall take our children first (oom_score_adj -900), if it lets us;
 * spawn_start gives children what we had. */
void entry_protect(struct entry *entry);
/* A TERM is not to wait until thousands of dying processes have had their turns: asks for the
 * lowest real-time priority (sched(7)), where that is allowed, else for short turns, soon
 * (sched_setattr(2), "sched_runtime", Linux 6.12: needs no rights). For one that only reaps and
 * forwards; not inherited by children. */
void entry_hurry(void);
/* Signals that PID 1 blocks and reads: all but those that a fault of its own raises. */
uint64_t entry_blocked(void);
