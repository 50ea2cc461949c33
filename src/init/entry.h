/* entry.h - what a process finds at its start and what its children are to find.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Kept from the start, for children: as if we had not been there. */
struct entry {
	uint64_t mask;    /* blocked signals, bit signal-1 */
	uint64_t ignored; /* signals that were ignored */
	bool is_init;     /* getpid() == 1 */
	int oom_score;    /* INT_MIN: unknown */
};
/* First thing in main: descriptors 0-2 exist (/dev/null, or none to be had), all signals blocked
 * but the synchronous ones, SIGCHLD default, TTOU and TTIN ignored by the mask alone; subreaper
 * when not PID 1. */
void entry_take(struct entry *ret_entry, bool subreaper);
