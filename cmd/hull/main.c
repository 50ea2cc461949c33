/* main.c - hull: global options, the command's table, its exit status.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/proc.h"

#include "cmd.h"
#include "output.h"

#include "base/banned.h"

#define DEFAULT_ROOT "/var/lib/hull"

struct global_opts {
	const char *root, *runtime, *storage_driver, *log_format;
	bool debug, help, version;
};

const struct opt hull_global_opts[] = {
	{0, "root", OPT_STRING, offsetof(struct global_opts, root), "DIR",
	 "Where images and containers are kept (HULL_ROOT, default \"" DEFAULT_ROOT "\")"},
	{0, "runtime", OPT_STRING, offsetof(struct global_opts, runtime), "NAME",
	 "OCI runtime: auto, crun, runc or a path (HULL_RUNTIME)"},
	{0, "storage-driver", OPT_STRING, offsetof(struct global_opts, storage_driver), "NAME",
	 "Snapshots: auto, overlay or copy (HULL_STORAGE_DRIVER)"},
	{0, "log-format", OPT_STRING, offsetof(struct global_opts, log_format), "FORMAT",
	 "Messages as text or json"},
	{'D', "debug", OPT_FLAG, offsetof(struct global_opts, debug), NULL,
	 "Tell what is being done"},
	{'h', "help", OPT_FLAG, offsetof(struct global_opts, help), NULL, "Print this help"},
	{'v', "version", OPT_FLAG, offsetof(struct global_opts, version), NULL,
	 "Print the version"},
	{0},
};

int hull_need_engine(struct hull *hull, struct err *err)
{
	if (hull->engine_is_open)
		return 0;
	if (geteuid() != 0)
		return err_set(err, ERR_DENIED,
			       "this needs root's rights (mounts, namespaces and file owners)");
	if (engine_open(hull->root, hull->runtime, hull->storage_driver, &hull->engine, err))
		return -1;
	hull->engine_is_open = true;
	return 0;
}

/* The words as they were given, before parsing moves them. */
static void remember_words(void *context, int argc, char **argv)
{
	struct hull *hull = context;
	for (int i = 0; i < argc; i++)
		strlist_add(&hull->words, argv[i]);
}

static int open_what_is_needed(void *context, const struct command *command, struct err *err)
{
	return command->needs == CMD_NEEDS_NOTHING ? 0 : hull_need_engine(context, err);
}

const struct program hull_program = {
	.name = "hull",
	.summary = "Build, launch and serve full-system container images, without a daemon",
	.groups_title = "Groups (the same commands under docker's longer names)",
	.commands = commands,
	.aliases = command_aliases,
	.opts = hull_global_opts,
	.begins = remember_words,
	.ready = open_what_is_needed,
};

static const char *from_env(const char *given, const char *variable, const char *fallback)
{
	const char *env = getenv(variable);
	if (given)
		return given;
	return env && env[0] ? env : fallback;
}

static int parse_globals(struct hull *hull, int argc, char **argv, struct global_opts *globals,
			 int *ret_n_used, struct err *err)
{
	if (opt_parse(hull_global_opts, OPT_STOP_AT_ARG, argc, argv, globals, ret_n_used, err))
		return -1;
	hull->root = from_env(globals->root, "HULL_ROOT", DEFAULT_ROOT);
	hull->runtime = from_env(globals->runtime, "HULL_RUNTIME", NULL);
	hull->storage_driver = from_env(globals->storage_driver, "HULL_STORAGE_DRIVER", NULL);
	hull->debug = globals->debug;
	hull->log_format = globals->log_format ? globals->log_format : "text";
	if (!text_eq(hull->log_format, "text") && !text_eq(hull->log_format, "json"))
		return err_set(err, ERR_INPUT, "--log-format is 'text' or 'json', not '%s'",
			       hull->log_format);
	log_set(hull->debug ? LOG_DEBUG : LOG_INFO, text_eq(hull->log_format, "json"));
	return 0;
}

static int dispatch(struct hull *hull, int argc, char **argv, const struct command **ret_command,
		    struct err *err)
{
	struct global_opts globals = {0};
	autobuf struct buf help = {0};
	int n_used = 0;

	if (parse_globals(hull, argc, argv, &globals, &n_used, err))
		return -1;
	if (globals.version)
		return output_text("hull version " HULL_VERSION "\n", err);
	argc -= n_used;
	argv += n_used;
	int status = globals.help ? command_tell(&hull_program, argc, argv, &help, err)
				  : command_dispatch(&hull_program, hull, argc, argv, ret_command,
						     &help, err);
	if (status == 0 && help.len)
		return output_text(buf_text(&help), err);
	return status;
}

/* Whoever closed our output wants no more of it, and no word about that: head(1). */
static bool reader_is_gone(const struct err *err)
{
	return err->sys_errno == EPIPE && ferror(stdout);
}

int main(int argc, char **argv)
{
	struct hull hull = {0};
	const struct command *command = NULL;
	autoerr struct err err = {0};

	signal(SIGPIPE, SIG_IGN);
	/* A diff holds a descriptor for each lower layer at each depth of the tree: take what this
	 * process may have. */
	proc_raise_descriptor_limit();
	int status = dispatch(&hull, argc - 1, argv + 1, &command, &err);
	if (status >= 0 && output_flush(&err))
		status = -1;
	if (status < 0 && reader_is_gone(&err)) {
		status = 128 + SIGPIPE;
	} else if (status < 0) {
		status =
			hull.error_status ? hull.error_status : command_error_status(command, &err);
		log_error("%s", err_text(&err));
	}
	if (hull.engine_is_open)
		engine_done(&hull.engine);
	strlist_done(&hull.words);
	return status;
}
