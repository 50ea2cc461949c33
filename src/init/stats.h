/* stats.h - what a process uses, from /proc when it is there.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_stats {
	pid_t pid, parent, session;
	char state;
	uint64_t rss, vms;     /* bytes */
	uint64_t cpu_ticks;    /* user and system */
	uint64_t waited_ticks; /* the same of children that it waited for */
	uint64_t start_ticks;
	int nice;
	uid_t uid; /* effective; (uid_t)-1: not told */
	char command[64];
};
/* -ESRCH: no such process; -ENOENT: no /proc, or one of another PID namespace. */
int process_stats(pid_t pid, struct process_stats *ret_stats);
int process_parent(pid_t pid, pid_t *ret_parent);
/* The text of /proc/PID/stat, proc_pid_stat(5); uid is left 0. false: it is none. */
bool process_stats_parse(const char *text, struct process_stats *ret_stats);
uint64_t process_ticks_per_second(void);
/* Children of a process, direct or all (itself not): their number, at most `max`; -ENOENT: no
 * /proc. */
int process_children(pid_t pid, bool all, pid_t *ret_pids, size_t max);
