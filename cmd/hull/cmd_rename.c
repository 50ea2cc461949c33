/* cmd_rename.c - hull rename: another name for a container.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "base/banned.h"

static int rename_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	cleanup(container_closep) struct container *container = NULL;

	if (container_find(&hull->engine, argv[0], &container, err))
		return -1;
	return container_rename(container, argv[1], err);
}

const struct command cmd_rename = {
	.name = "rename",
	.args = "CONTAINER NAME",
	.summary = "Give a container another name",
	.min_args = 2,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = rename_run,
};
