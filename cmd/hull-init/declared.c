/* declared.c - commands that an image declares as [command:NAME].
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "prepare.h"
#include "runner/boot.h"

#include "base/banned.h"

static const struct command_spec *find(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_commands; i++)
		if (text_eq(model->commands[i].name, name))
			return &model->commands[i];
	return NULL;
}

static void words_of(const struct command_spec *spec, int argc, char **argv,
		     struct strlist *ret_words)
{
	for (size_t i = 0; i < spec->words.n; i++)
		strlist_add(ret_words, spec->words.items[i]);
	for (int i = 1; i < argc; i++)
		strlist_add(ret_words, argv[i]);
}

static int run(const struct model *model, const struct command_spec *spec, int argc, char **argv,
	       struct err *err)
{
	autostrlist struct strlist words = {0}, env = {0};
	int status = spec->boot ? prepare_boot(model, NULL) : 0;

	if (status)
		return status;
	words_of(spec, argc, argv, &words);
	for (const char **each = model->env; each && *each; each++)
		strlist_add(&env, *each);
	if (become_user(spec->user, &env, err))
		return -1;
	if (spec->cwd && chdir(spec->cwd))
		return err_sys(err, "directory '%s' of command '%s'", spec->cwd, spec->name);
	return exec_words(words.items, &env);
}

/* -1: ERR_INPUT. */
static int unknown(const struct model *model, const struct program *program, const char *name,
		   struct err *err)
{
	autostrlist struct strlist names = {0};

	for (const struct command *const *it = program->commands; *it; it++)
		strlist_add(&names, (*it)->name);
	for (size_t i = 0; i < model->n_commands; i++)
		strlist_add(&names, model->commands[i].name);
	const char *nearest = str_nearest(name, (const char *const *)strlist_argv(&names));
	return err_set(err, ERR_INPUT, "unknown command '%s'%s%s%s", name,
		       nearest ? " (did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?)" : "");
}

int declared_run(struct init_context *context, const struct program *program, int argc, char **argv,
		 struct err *err)
{
	automodel struct model *model = NULL;

	entry_leave(&context->entry);
	if (load_model(context, NULL, &model, err))
		return -1;
	const struct command_spec *spec = find(model, argv[0]);
	if (!spec)
		return unknown(model, program, argv[0], err);
	return boot_stand_in(model, err) ? -1 : run(model, spec, argc, argv, err);
}

void declared_help(struct init_context *context, struct buf *help)
{
	automodel struct model *model = NULL;
	autoerr struct err err = {0};

	if (load_model(context, NULL, &model, &err)) {
		tell(&err);
		return;
	}
	if (model->n_commands)
		buf_printf(help, "\nCommands of %s:\n", model->file);
	for (size_t i = 0; i < model->n_commands; i++)
		buf_printf(help, "  %-11s %s\n", model->commands[i].name,
			   model->commands[i].help ? model->commands[i].help : "");
}
