/* spawn_private.h - the two halves of a spawn: the parent's and the child's.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <linux/futex.h>

#include "init/spawn.h"

/* On the parent's stack; the child writes here what it came to. */
struct spawn_child {
	const struct spawn *spawn;
	pid_t parent;
	const char *volatile step;
	volatile int error;
	/* Words for /bin/sh, mapped by the child into the memory of both: the parent unmaps. */
	void *volatile words;
	volatile size_t words_bytes;
	/* The child holds a futex for as long as it is on our memory: the kernel marks it with
	 * FUTEX_OWNER_DIED and wakes us at the exec and at the end (get_robust_list(2)). False: the
	 * parent sleeps in the clone, or the child found that the kernel has no such list. */
	volatile bool is_watched;
	uint32_t futex;
	struct robust_list held;
	struct robust_list_head list;
};

/* Runs on a stack of its own; does not return. */
int spawn_child_run(void *spawn_child);
/* Descriptors of the child, -errno. */
int spawn_child_streams(struct spawn_child *child);
/* Becomes the program, or -errno and another step if that tells more than "exec". */
int spawn_child_exec(struct spawn_child *child);
