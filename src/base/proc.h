/* proc.h - starting a child, feeding it, hearing what it says, and knowing how it ended.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct proc_options {
	char *const *argv;   /* argv[0] is looked up in PATH unless it holds a slash */
	char *const *env;    /* NULL: ours */
	const char *cwd;     /* NULL: ours */
	int fd_stdin;        /* -1: /dev/null; else duplicated (0 keeps ours) */
	int fd_stdout;       /* -1: /dev/null */
	int fd_stderr;       /* -1: /dev/null */
	const int *keep_fds; /* become 3, 4, … in the child */
	size_t n_keep_fds;
	bool new_session; /* setsid */
	int death_signal; /* the child's when we die; 0: none */
	/* Runs in the child right before exec (after fork: async-signal-safe calls only);
	 * not 0: errno tells why, and proc_start fails with it. */
	int (*before_exec)(void *arg);
	void *before_exec_arg;
	/* Of proc_run alone: told what comes on stdout (1) and stderr (2) as it comes. */
	void (*heard)(void *arg, int stream, struct str bytes);
	void *heard_arg;
	pid_t *ret_pid;  /* of proc_run: who it was; NULL: nobody asks */
	int *ret_signal; /* of proc_run: what ended it, 0: its own exit; NULL: nobody asks */
};

/* Returns once the child has become the program (so before_exec must not wait for the caller), or
 * reports why it could not. ERR_MISSING: no such program; ERR_DENIED: not executable. The signal
 * mask is empty and no signal is ignored in it. All descriptors above stderr but keep_fds are
 * closed. */
int proc_start(const struct proc_options *options, pid_t *ret_pid, struct err *err) must_check;
/* ret_status: exit status, or 128 + signal. */
int proc_wait(pid_t pid, int *ret_status, struct err *err) must_check;
/* Runs to the end with `input` on stdin; collects stdout and stderr, each bounded by its buffer's
 * max (more is read and dropped: `overflowed`). Either may be NULL: then it goes to the option's
 * descriptor, where 0 means ours. Grandchildren that keep the streams open are not waited for.
 * timeout_ms: -1 for none; when it passes the child (its whole group when it has a new_session) is
 * killed, ERR_LIMIT. */
int proc_run(const struct proc_options *options, struct str input, struct buf *ret_out,
	     struct buf *ret_errors, int timeout_ms, int *ret_status, struct err *err) must_check;
/* The program's path as PATH finds it, or ERR_MISSING. */
int proc_find(const char *name, char **ret_path, struct err *err) must_check;
/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat): with the pid it
 * names a process for good. ERR_MISSING when it is gone. */
int proc_start_time(pid_t pid, uint64_t *ret_ticks, struct err *err) must_check;
bool proc_is_alive(pid_t pid, uint64_t start_ticks); /* same pid, same start, not a zombie */
/* This process may open as many files as the hard limit lets it: more than the soft one, which is
 * for those who use select(2). */
void proc_raise_descriptor_limit(void);
