/* cmd_exec.c - hull exec: one more command in a running container.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "containers.h"

#include "base/banned.h"

static const struct opt exec_opts[] = {
	{'d', "detach", OPT_FLAG, offsetof(struct exec_options, detach), NULL,
	 "Run in the background"},
	{0, "detach-keys", OPT_STRING, offsetof(struct exec_options, detach_keys), "KEYS",
	 "Keys that leave the terminal (default \"ctrl-p,ctrl-q\")"},
	{'e', "env", OPT_LIST, offsetof(struct exec_options, env), "KEY[=VALUE]",
	 "Set an environment variable (without a value: ours)"},
	{0, "env-file", OPT_LIST, offsetof(struct exec_options, env_files), "FILE",
	 "Read environment variables from a file"},
	{'i', "interactive", OPT_FLAG, offsetof(struct exec_options, interactive), NULL,
	 "Keep standard input open"},
	{0, "privileged", OPT_FLAG, offsetof(struct exec_options, privileged), NULL,
	 "Give the command all capabilities"},
	{'t', "tty", OPT_FLAG, offsetof(struct exec_options, tty), NULL, "Give a terminal"},
	{'u', "user", OPT_STRING, offsetof(struct exec_options, user), "USER[:GROUP]",
	 "Run as this user, by name or number"},
	{'w', "workdir", OPT_STRING, offsetof(struct exec_options, workdir), "DIR",
	 "Working directory inside"},
	{0, "preserve-fds", OPT_UNSUPPORTED, 0, NULL, "only the standard streams are passed"},
	{0},
};

static int exec_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct exec_options *options = opts;
	cleanup(container_closep) struct container *container = NULL;
	int exit_code;

	if (!options->detach && check_input_terminal(options->tty, options->interactive, err))
		return -1;
	if (container_find(&hull->engine, argv[0], &container, err))
		return -1;
	if (!container_exec(container, options, argv + 1, &exit_code, err))
		return exit_code;
	/* 126 and 127 are the command's; what is wrong with the call or the container is 1, as in
	 * docker. */
	return exit_code > 125 ? start_failed(hull, exit_code) : -1;
}

const struct command cmd_exec = {
	.name = "exec",
	.args = "CONTAINER COMMAND [ARG...]",
	.summary = "Run a command in a running container",
	.opts = exec_opts,
	.opts_size = sizeof(struct exec_options),
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 2,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = exec_run,
};
