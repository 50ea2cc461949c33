/* cmd_start.c - hull start: containers that were created or stopped run again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"
#include "output.h"

#include "base/banned.h"

struct start_opts {
	bool attach, interactive;
	const char *detach_keys;
};

static const struct opt start_opts[] = {
	{'a', "attach", OPT_FLAG, offsetof(struct start_opts, attach), NULL,
	 "Be its standard output and error, and wait for its end"},
	{'i', "interactive", OPT_FLAG, offsetof(struct start_opts, interactive), NULL,
	 "Be its standard input, too"},
	{0, "detach-keys", OPT_STRING, offsetof(struct start_opts, detach_keys), "KEYS",
	 "Keys that leave the terminal (default \"ctrl-p,ctrl-q\")"},
	{0},
};

static int start_detached(struct container *container, void *arg, struct err *err)
{
	static const struct start_options start = {0};
	int exit_code;

	return container_start(container, &start, &exit_code, err);
}

static int start_attached(struct hull *hull, const struct start_opts *opts, const char *name,
			  struct err *err)
{
	cleanup(container_closep) struct container *container = NULL;
	const struct start_options start = {
		.attach = true, .interactive = opts->interactive, .detach_keys = opts->detach_keys};
	int exit_code;

	if (container_find(&hull->engine, name, &container, err) ||
	    check_input_terminal(container_has_terminal(container), opts->interactive, err))
		return -1;
	if (container_start(container, &start, &exit_code, err))
		return start_failed(hull, exit_code);
	return exit_code;
}

static int start_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct start_opts *opts = opts_ptr;

	if (!opts->attach && !opts->interactive)
		return containers_each(hull, argc, argv, start_detached, NULL, err);
	if (argc > 1)
		return err_set(err, ERR_INPUT, "you can attach to one container only");
	return start_attached(hull, opts, argv[0], err);
}

const struct command cmd_start = {
	.name = "start",
	.args = "CONTAINER [CONTAINER...]",
	.summary = "Start containers that were created or stopped",
	.opts = start_opts,
	.opts_size = sizeof(struct start_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = start_run,
};
