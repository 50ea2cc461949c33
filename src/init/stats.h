/* stats.h - what a process uses, from /proc when it is there.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_stats {
	pid_t pid, parent;
	uint64_t rss, vms;  /* bytes */
	uint64_t cpu_ticks; /* user and system */
	uint64_t start_ticks;
	int nice;
	uid_t uid;
	char command[64];
};
int process_stats(pid_t pid, struct process_stats *ret_stats); /* -ESRCH, -ENOENT: no /proc */
/* Children of a process, direct or all; at most `max`. -errno without /proc. */
int process_children(pid_t pid, bool all, pid_t *ret_pids, size_t max);
