/* cmd_pause.c - hull pause and hull unpause: all processes of a container stand still, or go on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"

#include "base/banned.h"

static int set_paused(struct container *container, void *arg, struct err *err)
{
	const bool *pause = arg;

	return container_pause(container, *pause, err);
}

static int pause_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	bool pause = true;

	return containers_each(hull, argc, argv, set_paused, &pause, err);
}

static int unpause_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	bool pause = false;

	return containers_each(hull, argc, argv, set_paused, &pause, err);
}

const struct command cmd_pause = {
	.name = "pause",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Halt all processes of containers",
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = pause_run,
};

const struct command cmd_unpause = {
	.name = "unpause",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Let halted containers go on",
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = unpause_run,
};
