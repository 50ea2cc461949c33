/* cmd_rm.c - hull rm: containers and what they wrote.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"

#include "base/banned.h"

struct rm_opts {
	bool force, volumes;
};

static const struct opt rm_opts[] = {
	{'f', "force", OPT_FLAG, offsetof(struct rm_opts, force), NULL, "Kill those that run"},
	{'v', "volumes", OPT_FLAG, offsetof(struct rm_opts, volumes), NULL,
	 "Remove their anonymous volumes, too"},
	{'l', "link", OPT_UNSUPPORTED, 0, NULL, "there are no links between containers"},
	{0},
};

static int rm_one(struct container *container, void *arg, struct err *err)
{
	const struct rm_opts *opts = arg;

	return container_remove(container, opts->force, opts->volumes, err);
}

static int rm_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	return containers_each(hull, argc, argv, rm_one, opts, err);
}

const struct command cmd_rm = {
	.name = "rm",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Remove containers",
	.opts = rm_opts,
	.opts_size = sizeof(struct rm_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = rm_run,
};
