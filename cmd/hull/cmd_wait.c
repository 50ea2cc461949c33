/* cmd_wait.c - hull wait: until containers stop; prints their exit statuses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct wait_opts {
	const char *condition;
};

static const struct opt wait_opts[] = {
	{0, "condition", OPT_STRING, offsetof(struct wait_opts, condition), "CONDITION",
	 "not-running (default), next-exit or removed"},
	{0},
};

static int wait_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct wait_opts *opts = opts_ptr;

	for (int i = 0; i < argc; i++) {
		cleanup(container_closep) struct container *container = NULL;
		int exit_code;
		if (container_find(&hull->engine, argv[i], &container, err) ||
		    container_wait(container, opts->condition, &exit_code, err))
			return -1;
		autofree char *line = xasprintf("%d\n", exit_code);
		if (output_text(line, err) || output_flush(err))
			return -1;
	}
	return 0;
}

const struct command cmd_wait = {
	.name = "wait",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Wait until containers stop, then print their exit statuses",
	.opts = wait_opts,
	.opts_size = sizeof(struct wait_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = wait_run,
};
