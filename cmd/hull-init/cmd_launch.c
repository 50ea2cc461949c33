/* cmd_launch.c - hull-init launch.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

static int launch_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	(void)context;
	(void)opts;
	(void)argc;
	(void)argv;
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_launch = {
	.name = "launch",
	.summary = "Start a project: pillar, keys, reconfigure, then its services",
	.max_args = -1,
	.run = launch_run,
};
