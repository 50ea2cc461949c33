/* cmd_manage.c - hull-init manage [FILE]: boots, then runs the services of an init file.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/log.h"
#include "ini/load.h"
#include "init/supervisor.h"
#include "runner/boot.h"
#include "runner/launch.h"

#include "prepare.h"

#include "base/banned.h"

struct manage_opts {
	bool no_boot, no_control, strict;
};

static const struct opt opts[] = {
	{0, "no-boot", OPT_FLAG, offsetof(struct manage_opts, no_boot), NULL,
	 "Make no users, directories and files first, and wait for nothing"},
	{0, "no-control", OPT_FLAG, offsetof(struct manage_opts, no_control), NULL,
	 "Open no control socket"},
	{0, "strict", OPT_FLAG, offsetof(struct manage_opts, strict), NULL,
	 "Take unknown keys of a circus file for errors"},
	{0},
};

/* A fork less where nothing is declared. */
static bool has_boot(const struct model *model)
{
	return model->n_users || model->n_groups || model->n_dirs || model->n_copies ||
	       model->n_templates || model->n_keys || model->n_waits ||
	       model->init.users_from_env || launch_has_first_start(model);
}

static int manage_run(void *context, void *opts_given, int argc, char **argv, struct err *err)
{
	struct init_context *init = context;
	const struct manage_opts *given = opts_given;
	struct load_options load = {
		.file = argc ? argv[0] : default_file(init),
		.env = init->env,
		.strict = given->strict,
	};
	struct model *model;

	if (model_load(&load, &model, err))
		return -1;
	for (size_t i = 0; i < model->warnings.n; i++)
		log_warn("%s", model->warnings.items[i]);
	if (!model->n_services && model->vocabulary == VOCABULARY_NATIVE) {
		model_free(model);
		return err_set(err, ERR_INPUT, "'%s' has no service: there is nothing to run",
			       load.file ? load.file : INIT_FILE);
	}
	if (boot_stand_in(model, err)) {
		model_free(model);
		return -1;
	}
	entry_protect(&init->entry);
	struct supervise_options options = {
		.entry = &init->entry,
		.file = model->file,
		.is_circus = model->vocabulary == VOCABULARY_CIRCUS,
		.with_control = !given->no_control,
		.prepare = boot_stand_in,
		.boot = given->no_boot || !has_boot(model) ? NULL : prepare_boot,
	};
	int status = supervise(model, &options);
	model_free(model);
	return status;
}

const struct command cmd_manage = {
	.name = "manage",
	.args = "[FILE]",
	.summary = "Run the services of an init file (default: " INIT_FILE ")",
	.details =
		"First everything that the file declares is made: groups and users, directories,\n"
		"copies, templates, keys; then its waits are waited for. Services start in the order\n"
		"that they need each other. TERM, INT or QUIT stops them in the reverse order; twice\n"
		"shortens that to a second, three times kills. HUP reads the file again, USR1 opens\n"
		"the logs anew, USR2 tells the states to the log. The exit status is the one of the\n"
		"service with 'main = yes', else 0.\n",
	.opts = opts,
	.opts_size = sizeof(struct manage_opts),
	.needs = COMMAND_IS_INIT,
	.max_args = 1,
	.error_status = EXIT_SYSTEM,
	.run = manage_run,
};
