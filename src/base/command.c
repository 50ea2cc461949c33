/* command.c - finding commands by name, telling what they take, and running them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/command.h"

#include "base/strlist.h"

#include "base/banned.h"

const struct command *command_find(const struct program *program, const char *name)
{
	for (const struct command *const *it = program->commands; *it; it++)
		if (text_eq((*it)->name, name))
			return *it;
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (!alias->group && text_eq(alias->name, name))
			return alias->command;
	return NULL;
}

const struct command *command_find_in_group(const struct program *program, const char *group,
					    const char *name)
{
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (text_eq(alias->group, group) && text_eq(alias->name, name))
			return alias->command;
	return NULL;
}

bool command_is_group(const struct program *program, const char *name)
{
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (alias->group && text_eq(alias->group, name))
			return true;
	return false;
}

static void put_usage(const struct program *program, const struct command *command, struct buf *buf)
{
	const char *args = command->args ? command->args : "";

	buf_printf(buf, "%s %s%s%s%s", program->name, command->name,
		   command->opts ? " [OPTIONS]" : "", args[0] ? " " : "", args);
}

void command_help(const struct program *program, const struct command *command, struct buf *buf)
{
	buf_puts(buf, "Usage: ");
	put_usage(program, command, buf);
	buf_printf(buf, "\n\n%s\n", command->summary);
	if (command->details)
		buf_printf(buf, "\n%s\n", command->details);
	if (command->opts) {
		buf_putc(buf, '\n');
		opt_usage(command->opts, buf);
	}
}

void command_overview(const struct program *program, struct buf *buf)
{
	if (program->usage)
		buf_printf(buf, "Usage: %s\n", program->usage);
	else
		buf_printf(buf, "Usage: %s [OPTIONS] COMMAND\n", program->name);
	buf_printf(buf, "\n%s\n\nCommands:\n", program->summary);
	for (const struct command *const *it = program->commands; *it; it++)
		if (!(*it)->is_hidden)
			buf_printf(buf, "  %-11s %s\n", (*it)->name, (*it)->summary);
	if (program->aliases->command)
		buf_printf(buf, "\n%s:\n", program->groups_title);
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (alias->group_summary)
			buf_printf(buf, "  %-11s %s\n", alias->group, alias->group_summary);
	buf_putc(buf, '\n');
	opt_usage(program->opts, buf);
	buf_printf(buf, "\nRun '%s COMMAND --help' for more about a command.\n", program->name);
}

void command_group_help(const struct program *program, const char *group, struct buf *buf)
{
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (alias->group_summary && text_eq(alias->group, group))
			buf_printf(buf, "Usage: %s %s COMMAND\n\n%s\n\nCommands:\n", program->name,
				   group, alias->group_summary);
	for (const struct command_alias *alias = program->aliases; alias->command; alias++)
		if (text_eq(alias->group, group))
			buf_printf(buf, "  %-11s %s\n", alias->name, alias->command->summary);
	buf_printf(buf, "\nRun '%s %s COMMAND --help' for more about a command.\n", program->name,
		   group);
}

int command_unknown(const struct program *program, const char *group, const char *name,
		    struct err *err)
{
	autostrlist struct strlist names = {0};

	for (const struct command *const *it = program->commands; !group && *it; it++)
		strlist_add(&names, (*it)->name);
	for (const struct command_alias *alias = program->aliases; alias->command; alias++) {
		if (text_eq(alias->group, group))
			strlist_add(&names, alias->name);
		else if (!group && alias->group_summary)
			strlist_add(&names, alias->group);
	}
	const char *nearest = str_nearest(name, (const char *const *)strlist_argv(&names));
	return err_set(err, ERR_INPUT, "unknown command '%s%s%s'%s%s%s", group ? group : "",
		       group ? " " : "", name, nearest ? " (did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?)" : "");
}

int command_error_status(const struct command *command, const struct err *err)
{
	if (command && command->error_status)
		return command->error_status;
	return err->kind == ERR_INPUT ? 2 : 1;
}

static int check_arg_count(const struct program *program, const struct command *command, int n,
			   struct err *err)
{
	autobuf struct buf usage = {0};
	const char *of = command->name;

	put_usage(program, command, &usage);
	if (n < command->min_args)
		return err_set(
			err, ERR_INPUT, "'%s %s' needs %s %d argument%s (usage: %s)", program->name,
			of, command->max_args == command->min_args ? "exactly" : "at least",
			command->min_args, command->min_args == 1 ? "" : "s", buf_text(&usage));
	if (command->max_args == 0 && n)
		return err_set(err, ERR_INPUT, "'%s %s' takes no arguments (usage: %s)",
			       program->name, of, buf_text(&usage));
	if (command->max_args >= 0 && n > command->max_args)
		return err_set(err, ERR_INPUT, "'%s %s' takes at most %d argument%s (usage: %s)",
			       program->name, of, command->max_args,
			       command->max_args == 1 ? "" : "s", buf_text(&usage));
	return 0;
}

/* --help anywhere among the words that are still ours. */
static bool wants_help(const struct command *command, int argc, char **argv)
{
	for (int i = 0; i < argc && argv[i][0] == '-' && !text_eq(argv[i], "--"); i++)
		if (text_eq(argv[i], "--help"))
			return true;
	return argc == 1 && command->max_args == 0 && text_eq(argv[0], "help");
}

static int run(const struct program *program, const struct command *command, void *context,
	       int argc, char **argv, struct err *err)
{
	static const struct opt no_opts[] = {{0}};
	const struct opt *table = command->opts ? command->opts : no_opts;
	autofree void *opts = xcalloc(1, command->opts_size ? command->opts_size : 1);
	int n_used = 0, status = -1;

	if (program->begins)
		program->begins(context, argc, argv);
	if (!opt_parse(table, command->opt_flags, argc, argv, opts, &n_used, err) &&
	    !check_arg_count(program, command, argc - n_used, err) &&
	    (!program->ready || !program->ready(context, command, err)))
		status = command->run(context, opts, argc - n_used, argv + n_used, err);
	opt_done(table, opts);
	return status;
}

int command_tell(const struct program *program, int argc, char **argv, struct buf *help,
		 struct err *err)
{
	bool in_group = argc > 1 && command_is_group(program, argv[0]);

	if (argc == 0) {
		command_overview(program, help);
		return 0;
	}
	if (argc == 1 && command_is_group(program, argv[0])) {
		command_group_help(program, argv[0], help);
		return 0;
	}
	const struct command *command = in_group ? command_find_in_group(program, argv[0], argv[1])
						 : command_find(program, argv[0]);
	if (!command)
		return command_unknown(program, in_group ? argv[0] : NULL, argv[in_group], err);
	command_help(program, command, help);
	return 0;
}

int command_dispatch(const struct program *program, void *context, int argc, char **argv,
		     const struct command **ret_command, struct buf *help, struct err *err)
{
	if (argc == 0)
		return command_tell(program, 0, argv, help, err);
	if (text_eq(argv[0], "help"))
		return command_tell(program, argc - 1, argv + 1, help, err);

	bool in_group = command_is_group(program, argv[0]);
	if (in_group && argc < 2)
		return err_set(err, ERR_INPUT, "'%s %s' needs the name of a command", program->name,
			       argv[0]);
	if (in_group && (text_eq(argv[1], "--help") || text_eq(argv[1], "-h")))
		return command_tell(program, 1, argv, help, err);

	const struct command *command = in_group ? command_find_in_group(program, argv[0], argv[1])
						 : command_find(program, argv[0]);
	if (!command)
		return command_unknown(program, in_group ? argv[0] : NULL, argv[in_group], err);
	*ret_command = command;
	argc -= 1 + in_group;
	argv += 1 + in_group;
	if (wants_help(command, argc, argv)) {
		command_help(program, command, help);
		return 0;
	}
	return run(program, command, context, argc, argv, err);
}
