/* main.c - hull-init: by the name it is called, by its first word, or PID 1 of a program.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "init/wrap.h"

#include "prepare.h"

#include "base/banned.h"

/* One a line, so that two new commands do not meet in a line. */
/* clang-format off */
static const struct command *const commands[] = {
	&cmd_check,
	&cmd_ctl,
	&cmd_daemon,
	&cmd_dump,
	&cmd_launch,
	&cmd_manage,
	&cmd_shell,
	&cmd_start,
	&cmd_template,
	&cmd_wait,
	NULL,
};

static const struct persona {
	const char *name;
	int (*run)(struct init_context *context, int argc, char **argv);
} personas[] = {
	{"circusctl", persona_circusctl},
	{"circusd", persona_circusd},
	{"launch", persona_launch},
	{"launch.sh", persona_launch},
	{"dumb-init", persona_dumb_init},
	{"tini", persona_tini},
	{"tini-static", persona_tini},
	{0},
};
/* clang-format on */

static const struct command_alias aliases[] = {{0}};

static const struct program init_program = {
	.name = "hull-init",
	.summary = "PID 1, launcher and supervisor of a container, in one static file",
	.usage = "hull-init [OPTIONS] -- PROGRAM [ARG...]\n"
		 "       hull-init [FILE]\n"
		 "       hull-init COMMAND",
	.commands = commands,
	.aliases = aliases,
};

/* Signals wait in the mask for those who read them; other commands end by Ctrl-C as programs do. */
static int ready(void *context, const struct command *command, struct err *err)
{
	struct init_context *init = context;

	(void)err;
	if (!(command->needs & COMMAND_IS_INIT))
		entry_leave(&init->entry);
	return 0;
}

static bool is_file(const char *word)
{
	return strchr(word, '/') || text_ends(word, ".ini");
}

static int tell_all(const struct program *program, struct init_context *context, struct buf *help,
		    struct err *err)
{
	if (command_tell(program, 0, NULL, help, err))
		return -1;
	declared_help(context, help);
	return 0;
}

static int dispatch(struct init_context *context, int argc, char **argv,
		    const struct command **ret_command, struct buf *help, struct err *err)
{
	struct program program = init_program;
	struct opt opts[32];
	char manage[] = "manage", *words[] = {manage, NULL, NULL};
	bool wants_help = false;

	program.ready = ready;
	program.opts = wrap_opts(opts, ARRAY_LEN(opts));
	if (argc > 1 && argv[1][0] == '-') {
		int result = wrap_tell(argc, argv, &wants_help, help, err);

		return result == 0 && wants_help ? tell_all(&program, context, help, err) : result;
	}
	if (argc == 2 && text_eq(argv[1], "help"))
		return tell_all(&program, context, help, err);
	if (argc > 1 && !is_file(argv[1]) && !text_eq(argv[1], "help") &&
	    !command_find(&program, argv[1]))
		return declared_run(context, &program, argc - 1, argv + 1, err);
	if (argc > 1 && !is_file(argv[1]))
		return command_dispatch(&program, context, argc - 1, argv + 1, ret_command, help,
					err);
	if (argc > 2)
		return err_set(err, ERR_INPUT, "one file is managed: '%s' is too much", argv[2]);
	words[1] = argc > 1 ? argv[1] : NULL;
	return command_dispatch(&program, context, words[1] ? 2 : 1, words, ret_command, help, err);
}

int main(int argc, char **argv)
{
	struct init_context context = {.env = (const char *const *)environ};
	const struct command *command = NULL;
	autobuf struct buf help = {0};
	autoerr struct err err = {0};

	int status = wrap_call(argc, argv, environ);
	if (status >= 0)
		return status;
	entry_take(&context.entry, true);
	for (const struct persona *persona = personas; argc && persona->name; persona++)
		if (text_eq(path_base(argv[0]), persona->name))
			return persona->run(&context, argc, argv);
	status = dispatch(&context, argc, argv, &command, &help, &err);
	if (status == 0 && help.len)
		fputs(buf_text(&help), stdout);
	if (status < 0) {
		fprintf(stderr, "hull-init: %s\n", err_text(&err));
		status = err.kind == ERR_INPUT ? EXIT_WRONG : EXIT_SYSTEM;
	}
	return status;
}
