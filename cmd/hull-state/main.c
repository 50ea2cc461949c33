/* main.c - hull-state: global options, the tables of commands, the exit status.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/str.h"

#include "tool.h"

#include "base/banned.h"

struct global_opts {
	const char *log_format;
	bool debug, help, version;
};

static const struct opt global_opts[] = {
	{0, "log-format", OPT_STRING, offsetof(struct global_opts, log_format), "FORMAT",
	 "Messages as text or json"},
	{'D', "debug", OPT_FLAG, offsetof(struct global_opts, debug), NULL,
	 "Tell what is being done"},
	{'h', "help", OPT_FLAG, offsetof(struct global_opts, help), NULL, "Print this help"},
	{'v', "version", OPT_FLAG, offsetof(struct global_opts, version), NULL,
	 "Print the version"},
	{0},
};

/* One a line, so that two new commands do not meet in a line. */
/* clang-format off */
static const struct command *const commands[] = {
	&cmd_apply,
	&cmd_check,
	&cmd_archive,
	&cmd_deploy,
	&cmd_deploy_all,
	&cmd_fixperms,
	&cmd_init,
	&cmd_link,
	&cmd_list,
	&cmd_pillar,
	&cmd_render,
	&cmd_report,
	&cmd_reset_perms,
	&cmd_rollback,
	&cmd_run_task,
	&cmd_unlink,
	&cmd_version,
	&cmd_yaml,
	NULL,
};
/* clang-format on */

const struct program state_program = {
	.name = "hull-state",
	.summary = "Configure a system from a pillar, templates and state files",
	.commands = commands,
	.aliases = (const struct command_alias[]){{0}},
	.opts = global_opts,
};

static int dispatch(struct tool *tool, int argc, char **argv, const struct command **ret_command,
		    struct err *err)
{
	struct global_opts globals = {0};
	autobuf struct buf help = {0};
	int n_used = 0;

	if (opt_parse(global_opts, OPT_STOP_AT_ARG, argc, argv, &globals, &n_used, err))
		return -1;
	if (globals.log_format && !text_eq(globals.log_format, "text") &&
	    !text_eq(globals.log_format, "json"))
		return err_set(err, ERR_INPUT, "--log-format is 'text' or 'json', not '%s'",
			       globals.log_format);
	tool->debug = globals.debug;
	tool->log_is_json = text_eq(globals.log_format, "json");
	log_set(tool->debug ? LOG_DEBUG : LOG_INFO, tool->log_is_json);
	if (globals.version)
		return tool_print(STR("hull-state version " HULL_VERSION "\n"), err);
	argc -= n_used;
	argv += n_used;
	int status = globals.help ? command_tell(&state_program, argc, argv, &help, err)
				  : command_dispatch(&state_program, tool, argc, argv, ret_command,
						     &help, err);
	if (status == 0 && help.len)
		return tool_print(buf_str(&help), err);
	return status;
}

/* Called as reset-perms (or reset-perms.py) it is that command: scripts of projects have one word
 * for it. The words are one longer then; the caller frees the array. */
static char **words_of_call(int *argc, char **argv)
{
	static char reset_perms[] = "reset-perms";
	char **words = xcalloc((size_t)*argc + 2, sizeof(*words));
	int n = 0;

	if (*argc && text_starts(path_base(argv[0]), reset_perms))
		words[n++] = reset_perms;
	for (int i = 1; i < *argc; i++)
		words[n++] = argv[i];
	*argc = n;
	return words;
}

int main(int argc, char **argv)
{
	struct tool tool = {.env = environ};
	const struct command *command = NULL;
	autoerr struct err err = {0};

	signal(SIGPIPE, SIG_IGN);
	char **words = words_of_call(&argc, argv);
	int status = dispatch(&tool, argc, words, &command, &err);
	if (status < 0) {
		status = err.kind == ERR_INPUT ? EXIT_USAGE : EXIT_NOT_COMPILED;
		log_error("%s", err_text(&err));
	}
	free(words);
	return status;
}
