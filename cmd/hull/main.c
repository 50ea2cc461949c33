/* main.c - hull: global options, the command's table, its exit status.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"

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

static int exit_status(const struct hull *hull, const struct err *err, const struct cmd *cmd)
{
	if (hull->error_status)
		return hull->error_status;
	if (cmd && cmd->error_status)
		return cmd->error_status;
	return err->kind == ERR_INPUT ? 2 : 1;
}

static int check_arg_count(const struct cmd *cmd, int n, struct err *err)
{
	autofree char *usage =
		xasprintf("usage: hull %s%s%s%s", cmd->name, cmd->opts ? " [OPTIONS]" : "",
			  cmd->args[0] ? " " : "", cmd->args);

	if (n < cmd->min_args)
		return err_set(err, ERR_INPUT, "'hull %s' needs %s %d argument%s (%s)", cmd->name,
			       cmd->max_args == cmd->min_args ? "exactly" : "at least",
			       cmd->min_args, cmd->min_args == 1 ? "" : "s", usage);
	if (cmd->max_args == 0 && n)
		return err_set(err, ERR_INPUT, "'hull %s' takes no arguments (%s)", cmd->name,
			       usage);
	if (cmd->max_args >= 0 && n > cmd->max_args)
		return err_set(err, ERR_INPUT, "'hull %s' takes at most %d argument%s (%s)",
			       cmd->name, cmd->max_args, cmd->max_args == 1 ? "" : "s", usage);
	return 0;
}

/* --help anywhere among the words that are still ours. */
static bool wants_help(const struct cmd *cmd, int argc, char **argv)
{
	for (int i = 0; i < argc && argv[i][0] == '-' && !text_eq(argv[i], "--"); i++)
		if (text_eq(argv[i], "--help"))
			return true;
	return argc == 1 && cmd->max_args == 0 && text_eq(argv[0], "help");
}

static int run_command(struct hull *hull, const struct cmd *cmd, int argc, char **argv,
		       struct err *err)
{
	if (wants_help(cmd, argc, argv)) {
		autobuf struct buf help = {0};
		cmd_help(cmd, &help);
		return output_text(buf_text(&help), err);
	}

	static const struct opt no_opts[] = {{0}};
	const struct opt *table = cmd->opts ? cmd->opts : no_opts;
	autofree void *opts = xcalloc(1, cmd->opts_size ? cmd->opts_size : 1);
	for (int i = 0; i < argc; i++)
		strlist_add(&hull->words, argv[i]);
	int n_used = 0;
	int status = -1;
	if (!opt_parse(table, cmd->opt_flags, argc, argv, opts, &n_used, err) &&
	    !check_arg_count(cmd, argc - n_used, err) &&
	    (cmd->needs == CMD_NEEDS_NOTHING || !hull_need_engine(hull, err)))
		status = cmd->run(hull, opts, argc - n_used, argv + n_used, err);
	opt_done(table, opts);
	return status;
}

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

/* What `hull help` was asked about: nothing, a command, a group, a command of a group. */
static int print_help(int argc, char **argv, struct err *err)
{
	autobuf struct buf help = {0};
	bool in_group = argc > 1 && cmd_is_group(argv[0]);

	if (argc == 0) {
		cmd_overview(&help);
	} else if (argc == 1 && cmd_is_group(argv[0])) {
		cmd_group_help(argv[0], &help);
	} else {
		const struct cmd *cmd =
			in_group ? cmd_find_in_group(argv[0], argv[1]) : cmd_find(argv[0]);
		if (!cmd)
			return cmd_unknown(in_group ? argv[0] : NULL, argv[in_group], err);
		cmd_help(cmd, &help);
	}
	return output_text(buf_text(&help), err);
}

static int dispatch_in_group(struct hull *hull, int argc, char **argv, const struct cmd **ret_cmd,
			     struct err *err)
{
	if (argc < 2)
		return err_set(err, ERR_INPUT, "'hull %s' needs the name of a command", argv[0]);
	if (text_eq(argv[1], "--help") || text_eq(argv[1], "-h"))
		return print_help(1, argv, err);
	*ret_cmd = cmd_find_in_group(argv[0], argv[1]);
	if (!*ret_cmd)
		return cmd_unknown(argv[0], argv[1], err);
	return run_command(hull, *ret_cmd, argc - 2, argv + 2, err);
}

static int dispatch(struct hull *hull, int argc, char **argv, const struct cmd **ret_cmd,
		    struct err *err)
{
	struct global_opts globals = {0};
	int n_used = 0;

	if (parse_globals(hull, argc, argv, &globals, &n_used, err))
		return -1;
	argc -= n_used;
	argv += n_used;
	if (globals.version)
		return output_text("hull version " HULL_VERSION "\n", err);
	if (globals.help || argc == 0)
		return print_help(argc, argv, err);
	if (text_eq(argv[0], "help"))
		return print_help(argc - 1, argv + 1, err);
	if (cmd_is_group(argv[0]))
		return dispatch_in_group(hull, argc, argv, ret_cmd, err);
	*ret_cmd = cmd_find(argv[0]);
	if (!*ret_cmd)
		return cmd_unknown(NULL, argv[0], err);
	return run_command(hull, *ret_cmd, argc - 1, argv + 1, err);
}

/* Whoever closed our output wants no more of it, and no word about that: head(1). */
static bool reader_is_gone(const struct err *err)
{
	return err->sys_errno == EPIPE && ferror(stdout);
}

/* A diff holds a descriptor for each lower layer at each depth of the tree: take what this process
 * may have. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_debug("the limit of open files stays as it is");
}

int main(int argc, char **argv)
{
	struct hull hull = {0};
	const struct cmd *cmd = NULL;
	autoerr struct err err = {0};

	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	int status = dispatch(&hull, argc - 1, argv + 1, &cmd, &err);
	if (status >= 0 && output_flush(&err))
		status = -1;
	if (status < 0 && reader_is_gone(&err)) {
		status = 128 + SIGPIPE;
	} else if (status < 0) {
		status = exit_status(&hull, &err, cmd);
		log_error("%s", err_text(&err));
	}
	if (hull.engine_is_open)
		engine_done(&hull.engine);
	strlist_done(&hull.words);
	return status;
}
