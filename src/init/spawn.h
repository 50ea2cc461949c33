/* spawn.h - a child made with vfork's speed, all of its state set by raw system calls.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The child's memory is ours until exec: nothing in it allocates. Order: session or group,
 * terminal, descriptors, limits, nice, oom, umask, directory, bounding set, groups, gid, uid,
 * capabilities, no_new_privs, death signal, mask and dispositions as at our own entry, exec.
 * (Descriptors come before the limits: a small RLIMIT_NOFILE must not forbid their numbers.)
 * PATH is the child's own; ENOEXEC runs /bin/sh.
 *
 * A child that somebody stops before its exec is continued, and killed when that goes on or its
 * program cannot be reached for half a minute: its parent waits for the exec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ini/model.h"
#include "init/entry.h"

enum spawn_group { SPAWN_SESSION, SPAWN_GROUP, SPAWN_SAME };

struct spawn {
	const char *const *argv;
	const char *const *env;
	const char *file;    /* NULL: argv[0]; by PATH unless it holds a slash */
	const char *cwd;     /* NULL: ours */
	const int *from_dir; /* instead of cwd: an open directory of ours; NULL: none */
	enum spawn_group group;
	bool foreground; /* its group gets the terminal of descriptor 0, or its session takes it */
	bool set_ids;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
	int umask, nice, oom_score; /* as in service_spec */
	const struct rlimit_spec
		*rlimits; /* a hard one that may not be raised is as near as it may */
	size_t n_rlimits;
	bool no_new_privileges;
	uint64_t keep_capabilities;    /* UINT64_MAX: all that the uid leaves; else not one more */
	uint64_t ambient_capabilities; /* of those, kept over the change of ids and the exec */
	int stdio[3];                  /* descriptors of ours; -1: /dev/null */
	const int *pass_fds;
	const int *pass_as; /* numbers in the child; NULL: 3, 4, … */
	size_t n_pass_fds;  /* LIMIT_PASSED_FDS */
	bool keep_fds;      /* what is open without close-on-exec stays open */
	char *pid_texts[2]; /* where the child writes its own pid in decimal: LISTEN_PID=,
			       WATCHDOG_PID=; NULL: nowhere */
	int death_signal;   /* to the child when we die; 0: none */
	const struct entry *entry;
};

struct spawn_failure {
	const char *step; /* "exec", "interpreter", "setuid", "chdir", …; static */
	int error;        /* errno */
};
/* 0 and *ret_pid, or -errno with *ret_failure. EAGAIN of the clone itself has step "fork". */
int spawn_start(const struct spawn *spawn, pid_t *ret_pid, struct spawn_failure *ret_failure);
/* 127 for what is not there, 126 for what may not run. */
int spawn_exit_status(const struct spawn_failure *failure);
/* strerror for the errors that an exec has, without libc's tables; NULL: another one. */
const char *spawn_error_text(int error);
