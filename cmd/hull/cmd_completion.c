/* cmd_completion.c - hull completion bash: the script, made from the same tables that parse.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "output.h"

#include "base/banned.h"

static void list_options(struct buf *out, const struct opt *opts)
{
	for (const struct opt *opt = opts; opt && opt->name; opt++)
		if (opt->type != OPT_UNSUPPORTED)
			buf_printf(out, " --%s", opt->name);
}

static void list_names(struct buf *out)
{
	for (const struct command *const *it = commands; *it; it++)
		if (!(*it)->is_hidden)
			buf_printf(out, " %s", (*it)->name);
	for (const struct command_alias *alias = command_aliases; alias->command; alias++)
		if (!alias->group || alias->group_summary)
			buf_printf(out, " %s", alias->group ? alias->group : alias->name);
}

static void option_cases(struct buf *out)
{
	for (const struct command *const *it = commands; *it; it++) {
		buf_printf(out, "\t%s) words=\"--help", (*it)->name);
		list_options(out, (*it)->opts);
		buf_puts(out, "\" ;;\n");
	}
	for (const struct command_alias *group = command_aliases; group->command; group++) {
		if (!group->group_summary)
			continue;
		buf_printf(out, "\t%s) words=\"", group->group);
		for (const struct command_alias *alias = group;
		     alias->command && text_eq(alias->group, group->group); alias++)
			buf_printf(out, "%s%s", alias == group ? "" : " ", alias->name);
		buf_puts(out, "\" ;;\n");
	}
}

static int completion_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	autobuf struct buf out = {0};

	if (!text_eq(argv[0], "bash"))
		return err_set(err, ERR_INPUT, "completion is made for 'bash', not '%s'", argv[0]);
	buf_puts(&out, "# bash completion for hull; made by `hull completion bash`\n"
		       "_hull()\n{\n"
		       "\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\" words command=\"\" i\n"
		       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		       "\t\tcase \"${COMP_WORDS[i]}\" in\n"
		       "\t\t-*) ;;\n"
		       "\t\t*) command=\"${COMP_WORDS[i]}\"; break ;;\n"
		       "\t\tesac\n"
		       "\tdone\n"
		       "\tcase \"$command\" in\n"
		       "\t\"\") words=\"");
	list_names(&out);
	list_options(&out, hull_global_opts);
	buf_puts(&out, "\" ;;\n");
	option_cases(&out);
	buf_puts(&out, "\tesac\n"
		       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
		       "}\n"
		       "complete -o default -F _hull hull\n");
	return output_text(buf_text(&out), err);
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash",
	.summary = "Print the completion script of a shell",
	.min_args = 1,
	.max_args = 1,
	.run = completion_run,
};
