/* run.c - starting a program and waiting for it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/run.h"

#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "init/restart.h"

#include "base/banned.h"

int run_to_end(const char *const *argv, const char *const *env, int fd_stdin, int *ret_status,
	       struct spawn_failure *ret_failure)
{
	struct entry entry = {.oom_score = INT_MIN};
	struct spawn spawn = {.argv = argv,
			      .env = env,
			      .group = SPAWN_SAME,
			      .umask = -1,
			      .nice = INT_MIN,
			      .oom_score = INT_MIN,
			      .keep_capabilities = UINT64_MAX,
			      .stdio = {fd_stdin, 1, 2},
			      .entry = &entry};
	pid_t pid;
	int status, error = spawn_start(&spawn, &pid, ret_failure);

	if (error)
		return error;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = exit_status_of(status);
	return 0;
}
