/* cmd_kill.c - hull kill: a signal to the first process of containers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"

#include "base/banned.h"

struct kill_opts {
	const char *signal;
};

static const struct opt kill_opts[] = {
	{'s', "signal", OPT_STRING, offsetof(struct kill_opts, signal), "SIGNAL",
	 "Signal by name or number (default \"KILL\")"},
	{0},
};

static int kill_one(struct container *container, void *arg, struct err *err)
{
	const struct kill_opts *opts = arg;

	return container_kill(container, opts->signal, err);
}

static int kill_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	return containers_each(hull, argc, argv, kill_one, opts, err);
}

const struct command cmd_kill = {
	.name = "kill",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Send a signal to running containers",
	.opts = kill_opts,
	.opts_size = sizeof(struct kill_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = kill_run,
};
