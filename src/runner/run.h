/* run.h - one program run to its end, as any new program: its signals neither blocked nor ignored.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "init/spawn.h"

/* Its output and errors are ours. *ret_status: the exit status, 128 + N for signal N; -errno with
 * *ret_failure: it never ran. stdin: a descriptor, -1: /dev/null. */
int run_to_end(const char *const *argv, const char *const *env, int fd_stdin, int *ret_status,
	       struct spawn_failure *ret_failure);
