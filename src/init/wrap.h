/* wrap.h - PID 1 for one program: reaps, forwards, waits, and ends as it ended.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No memory, no loop of events, no files, and no libc: this path stays in a few pages, and on its
 * way to the program nothing else is set up. When the program has ended, PID 1's own end would kill
 * whatever else still runs; so that gets TERM first and time to save what it has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ini/signal_name.h"
#include "init/entry.h"

enum wrap_dialect { WRAP_NATIVE, WRAP_TINI, WRAP_DUMB_INIT, WRAP_DIALECT_COUNT };

#define WRAP_EXIT_STATUSES 256

struct wrap {
	enum wrap_dialect dialect; /* of messages, and of statuses when nothing can be started */
	const char *const *argv;
	char **env; /* pointers are replaced: LISTEN_PID */
	struct entry entry;
	bool to_group;     /* signals go to the program's whole group */
	bool new_session;  /* setsid and the terminal (dumb-init), else a group and tcsetpgrp (tini)
			    */
	bool single_child; /* dumb-init -c: no group of its own */
	bool suspends;     /* TSTP, TTIN and TTOU stop us as well (dumb-init) */
	bool subreaper;    /* when not PID 1 */
	bool keep_fds;     /* inherited descriptors go on to the program */
	bool warn_reaped;  /* tini -w */
	int64_t rest_ns;   /* how long what is left may take when the program has ended; 0: nothing
			      is sent, nothing waited for. It counts from the stop signal as well:
			      WRAP_STOP_NS is for everything */
	int death_signal;  /* when our parent dies we get this; 0: none */
	uint8_t rewrite[SIGNAL_RTMAX + 1];            /* signal to signal; 0 drops it */
	uint64_t zero_exits[WRAP_EXIT_STATUSES / 64]; /* exit statuses that become 0 */
	int verbosity;
};
void wrap_defaults(struct wrap *wrap, enum wrap_dialect dialect);
int wrap_run(struct wrap *wrap); /* the exit status */

/* The whole of a call: by the name that stands in argv[0] and the options in front of the program.
 * The exit status, or -1: the words are for another part of hull-init, which also tells what was
 * wrong with them. */
int wrap_call(int argc, char **argv, char **env);
