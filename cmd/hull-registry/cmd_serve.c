/* cmd_serve.c - hull-registry serve, check, version.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/config.h"
#include "service/service.h"

#include "base/log.h"

#include "tool.h"

#include "base/banned.h"

struct config_opts {
	const char *config;
};

static const struct opt config_opts[] = {
	{'c', "config", OPT_STRING, offsetof(struct config_opts, config), "FILE",
	 "The configuration (default \"" DEFAULT_CONFIG "\")"},
	{0},
};

static int serve_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct tool *tool = context;
	struct service_options options = {
		.env = tool->env,
		.log_is_json = tool->log_is_json,
		.is_debug = tool->debug,
	};

	if (tool_config(((struct config_opts *)opts)->config, argc, argv, &options.config_path,
			err))
		return -1;
	return service_run(&options, err);
}

static int check_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct tool *tool = context;
	autoconfig struct registry_config config = {0};
	const char *path = NULL;

	if (tool_config(((struct config_opts *)opts)->config, argc, argv, &path, err) ||
	    registry_config_read(path, tool->env, &config, err))
		return -1;
	for (size_t i = 0; i < config.warnings.n; i++)
		log_warn("%s", config.warnings.items[i]);
	return tool_printf(err, "%s: good\n", path);
}

static int version_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return tool_print("hull-registry version " HULL_VERSION "\n", err);
}

const struct command cmd_serve = {
	.name = "serve",
	.args = "[FILE]",
	.summary = "Serve until SIGTERM",
	.details =
		"FILE is a hull-registry.yml(5), or the reference registry's configuration "
		"(version: 0.1).\nSIGHUP or a changed file is a reload: certificates, users, rules "
		"and limits are taken over\nwithout dropping a connection.",
	.opts = config_opts,
	.opts_size = sizeof(struct config_opts),
	.max_args = 1,
	.run = serve_run,
};
const struct command cmd_check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "Read the configuration, tell what is wrong with it, and end",
	.opts = config_opts,
	.opts_size = sizeof(struct config_opts),
	.max_args = 1,
	.run = check_run,
};
const struct command cmd_version = {
	.name = "version",
	.args = "",
	.summary = "Print the version",
	.run = version_run,
};
