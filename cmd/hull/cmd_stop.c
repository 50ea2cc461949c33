/* cmd_stop.c - hull stop and hull restart: the stop signal, a while, then SIGKILL.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"

#include "base/banned.h"

struct stop_opts {
	int64_t timeout_ns;
	bool timeout_given;
};

static const struct opt stop_opts[] = {
	{'t', "time", OPT_DURATION, offsetof(struct stop_opts, timeout_ns), "SECONDS",
	 "How long to wait before SIGKILL (default: the container's --stop-timeout, else 10)",
	 offsetof(struct stop_opts, timeout_given)},
	{0, "timeout", OPT_DURATION, offsetof(struct stop_opts, timeout_ns), "SECONDS",
	 "The same as --time", offsetof(struct stop_opts, timeout_given)},
	{0},
};

static int stop_one(struct container *container, void *arg, struct err *err)
{
	const struct stop_opts *opts = arg;

	return container_stop(container, opts->timeout_given ? opts->timeout_ns : -1, err);
}

static int restart_one(struct container *container, void *arg, struct err *err)
{
	static const struct start_options start = {0};
	int exit_code;

	return stop_one(container, arg, err) || container_start(container, &start, &exit_code, err)
		       ? -1
		       : 0;
}

static int stop_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	return containers_each(hull, argc, argv, stop_one, opts, err);
}

static int restart_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	return containers_each(hull, argc, argv, restart_one, opts, err);
}

const struct command cmd_stop = {
	.name = "stop",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Stop running containers",
	.opts = stop_opts,
	.opts_size = sizeof(struct stop_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = stop_run,
};

const struct command cmd_restart = {
	.name = "restart",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Stop containers and start them again",
	.opts = stop_opts,
	.opts_size = sizeof(struct stop_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = restart_run,
};
