/* cmd.c - finding commands by name and telling what they take.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/strlist.h"

#include "base/banned.h"

const struct cmd *cmd_find(const char *name)
{
	for (const struct cmd *const *it = commands; *it; it++)
		if (text_eq((*it)->name, name))
			return *it;
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (!alias->group && text_eq(alias->name, name))
			return alias->cmd;
	return NULL;
}

const struct cmd *cmd_find_in_group(const char *group, const char *name)
{
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (text_eq(alias->group, group) && text_eq(alias->name, name))
			return alias->cmd;
	return NULL;
}

bool cmd_is_group(const char *name)
{
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (alias->group && text_eq(alias->group, name))
			return true;
	return false;
}

void cmd_help(const struct cmd *cmd, struct buf *buf)
{
	buf_printf(buf, "Usage: hull %s%s%s%s\n\n%s\n", cmd->name, cmd->opts ? " [OPTIONS]" : "",
		   cmd->args[0] ? " " : "", cmd->args, cmd->summary);
	if (cmd->details)
		buf_printf(buf, "\n%s\n", cmd->details);
	if (cmd->opts) {
		buf_putc(buf, '\n');
		opt_usage(cmd->opts, buf);
	}
}

static void list_groups(struct buf *buf)
{
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (alias->group_summary)
			buf_printf(buf, "  %-11s %s\n", alias->group, alias->group_summary);
}

void cmd_overview(struct buf *buf)
{
	buf_puts(buf, "Usage: hull [OPTIONS] COMMAND\n\n"
		      "Build, launch and serve full-system container images, without a daemon\n\n"
		      "Commands:\n");
	for (const struct cmd *const *it = commands; *it; it++)
		if (!(*it)->is_hidden)
			buf_printf(buf, "  %-11s %s\n", (*it)->name, (*it)->summary);
	buf_puts(buf, "\nGroups (the same commands under docker's longer names):\n");
	list_groups(buf);
	buf_putc(buf, '\n');
	opt_usage(hull_global_opts, buf);
	buf_puts(buf, "\nRun 'hull COMMAND --help' for more about a command.\n");
}

void cmd_group_help(const char *group, struct buf *buf)
{
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (alias->group_summary && text_eq(alias->group, group))
			buf_printf(buf, "Usage: hull %s COMMAND\n\n%s\n\nCommands:\n", group,
				   alias->group_summary);
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++)
		if (text_eq(alias->group, group))
			buf_printf(buf, "  %-11s %s\n", alias->name, alias->cmd->summary);
	buf_printf(buf, "\nRun 'hull %s COMMAND --help' for more about a command.\n", group);
}

int cmd_unknown(const char *group, const char *name, struct err *err)
{
	autostrlist struct strlist names = {0};

	for (const struct cmd *const *it = commands; !group && *it; it++)
		strlist_add(&names, (*it)->name);
	for (const struct cmd_alias *alias = command_aliases; alias->cmd; alias++) {
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
