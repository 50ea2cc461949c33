/* cmd_run.c - hull run and hull create: a new container of an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/options.h"
#include "store/images.h"

#include "commands.h"
#include "containers.h"
#include "output.h"

#include "base/banned.h"

static const struct opt run_opts[] = {
	{'d', "detach", OPT_FLAG, offsetof(struct run_opts, container.detach), NULL,
	 "Run in the background and print the container's ID"},
	{0, "detach-keys", OPT_STRING, offsetof(struct run_opts, detach_keys), "KEYS",
	 "Keys that leave the terminal (default \"ctrl-p,ctrl-q\")"},
	{0, "sig-proxy", OPT_FLAG, offsetof(struct run_opts, sig_proxy), NULL,
	 "Pass signals on to the container (default true)",
	 offsetof(struct run_opts, sig_proxy_given)},
	CONTAINER_OPTION_ROWS(struct run_opts, container),
	{0},
};

static const struct opt create_opts[] = {
	CONTAINER_OPTION_ROWS(struct run_opts, container),
	{0},
};

static int create(struct hull *hull, struct run_opts *opts, char **argv,
		  struct container **ret_container, struct err *err)
{
	struct image image = {0};

	if (store_find_image(hull->engine.store, argv[0], &image, err))
		return -1;
	opts->container.image_name = argv[0];
	int failed = container_create(&hull->engine, &opts->container, &image, argv + 1,
				      ret_container, err);
	image_done(&image);
	return failed;
}

static int print_id(const struct container *container, struct err *err)
{
	autofree char *line = xasprintf("%s\n", container_id(container));

	return output_text(line, err);
}

static int run_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	struct run_opts *opts = opts_ptr;
	struct container_options *options = &opts->container;
	cleanup(container_closep) struct container *container = NULL;
	const struct start_options start = {
		.attach = !options->detach,
		.interactive = options->interactive,
		.no_signals = opts->sig_proxy_given && !opts->sig_proxy,
		.detach_keys = opts->detach_keys,
	};
	int exit_code;

	if (start.attach && check_input_terminal(options->tty, options->interactive, err))
		return -1;
	if (create(hull, opts, argv, &container, err))
		return -1;
	if (container_start(container, &start, &exit_code, err)) {
		autoerr struct err second = {0};
		/* The monitor removes what it was told of; it may not have come that far. */
		if (options->remove && container_remove(container, true, true, &second))
			err_clear(&second);
		return start_failed(hull, exit_code);
	}
	if (options->detach)
		return print_id(container, err);
	return exit_code;
}

static int create_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	cleanup(container_closep) struct container *container = NULL;

	if (create(hull, opts, argv, &container, err))
		return -1;
	return print_id(container, err);
}

const struct command cmd_run = {
	.name = "run",
	.args = "IMAGE [COMMAND] [ARG...]",
	.summary = "Make a container of an image and run a command in it",
	.opts = run_opts,
	.opts_size = sizeof(struct run_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.error_status = 125,
	.run = run_run,
};

const struct command cmd_create = {
	.name = "create",
	.args = "IMAGE [COMMAND] [ARG...]",
	.summary = "Make a container of an image without starting it",
	.opts = create_opts,
	.opts_size = sizeof(struct run_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = create_run,
};
