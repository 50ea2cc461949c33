/* wrap_private.h - one wrapped program while it runs.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "init/wrap.h"

/* Of everything from the stop signal on: docker's 10 s, less what our own end needs. */
#define WRAP_STOP_NS     INT64_C(9000000000)
/* For what is left, however late the program itself ended. */
#define WRAP_REST_MIN_NS INT64_C(200000000)

struct run {
	const struct wrap *wrap;
	pid_t self, program;
	bool is_stopped, has_ended;
	bool stop_was_sent; /* TSTP, TTIN or TTOU came to us */
	bool has_terminal;  /* its group was given the terminal */
	bool more_to_reap;
	pid_t terminal_group; /* whose the terminal was before */
	int status;
	int64_t stop_ns;     /* when the first signal that asks for an end came; 0: none yet */
	int64_t told_ns;     /* when the rest gets TERM; 0: it has */
	int64_t deadline_ns; /* of the rest; 0: still the program's time */
};

enum wrap_message {
	SAY_SPAWNED,
	SAY_SESSION,
	SAY_HANDOFF,
	SAY_RECEIVED,
	SAY_FORWARDED,
	SAY_DROPPED,
	SAY_CHILD_EXITED,
	SAY_CHILD_KILLED,
	SAY_ORPHAN,
	SAY_ENDED,
	SAY_REST,
	SAY_REST_KILLED,
	SAY_NO_REAPER,
	SAY_NO_PROGRAM,
	SAY_NO_INTERPRETER,
	SAY_NO_START,
	SAY_COUNT
};
/* In the words of the dialect, when its verbosity lets it. %s is text, %1 and %2 the numbers, %n a
 * signal's name by the first. Dropped when stderr takes nothing: nobody waits for a reader. */
void wrap_say(const struct wrap *wrap, enum wrap_message message, const char *text, long first,
	      long second);

/* Before the program: may it have the terminal, and do we leave it? */
void wrap_terminal_prepare(struct run *run);
/* The program has stopped by the terminal's doing: so do we, for the shell that started us. */
void wrap_terminal_suspend(struct run *run);
/* Our shell has continued us in the foreground: the program gets the terminal again. */
void wrap_terminal_continue(struct run *run);
void wrap_terminal_return(struct run *run); /* to whose it was */
