/* wrap.h - PID 1 for one program: reaps, forwards, waits, and ends as it ended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No memory, no loop, no files: this path stays in a few pages. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "init/entry.h"

struct wrap {
	const char *const *argv;
	const char *const *env;
	struct entry entry;
	bool to_group;     /* signals go to the program's whole group */
	bool new_session;  /* setsid and the terminal (dumb-init), else a group and tcsetpgrp (tini)
			    */
	bool single_child; /* dumb-init -c: no group of its own */
	bool kill_rest;    /* TERM, wait, KILL for what is left when the program has ended */
	int64_t rest_ns;   /* how long the rest may take */
	int death_signal;  /* when our parent dies we get this; 0: none */
	uint8_t rewrite[65];    /* signal to signal; 0 drops it */
	uint64_t zero_exits[4]; /* exit statuses that become 0 */
	int verbosity;
	const char *program; /* for messages: "tini", "dumb-init", "hull-init" */
};
void wrap_defaults(struct wrap *wrap);
int wrap_run(const struct wrap *wrap); /* the exit status */
