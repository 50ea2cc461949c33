/* cmd_shell.c - hull-init shell: bash as a user of the image.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "init/ids.h"
#include "prepare.h"
#include "runner/environment.h"

#include "base/banned.h"

struct shell_opts {
	const char *file;
};
static const struct opt shell_opts[] = {
	{'f', "file", OPT_STRING, offsetof(struct shell_opts, file), "FILE",
	 "Read FILE instead of " INIT_FILE},
	{0},
};

static const char *default_user(const struct model *model)
{
	const char *name = environment_get((const char *const *)model->env, STR("USER_NAME"));

	if (name && *name)
		return name;
	if (model->init.users_from_env && model->init.default_user)
		return model->init.default_user;
	return "root";
}

/* bash, else what passwd(5) says, else sh. */
static char *shell_of(const char *user)
{
	static const char *const bashes[] = {"/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"};
	const char *missing;
	struct ids ids;

	for (size_t i = 0; i < ARRAY_LEN(bashes); i++)
		if (!access(bashes[i], X_OK))
			return xstrdup(bashes[i]);
	if (!ids_find(user, NULL, NULL, &ids, &missing) && !access(ids.shell, X_OK))
		return xstrdup(ids.shell);
	return xstrdup("/bin/sh");
}

static int shell_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct shell_opts *shell = opts;
	automodel struct model *model = NULL;
	autostrlist struct strlist env = {0}, words = {0};

	if (prepare_model(context, shell->file, &model, err))
		return -1;
	int status = prepare_users(model);
	if (status)
		return status;
	const char *user = argc ? argv[0] : default_user(model);
	strlist_take(&words, shell_of(user));
	for (const char **each = model->env; each && *each; each++)
		strlist_add(&env, *each);
	if (become_user(user, &env, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		fprintf(stderr, "%s\n", err_text(err));
		err_clear(err);
		return 1;
	}
	return exec_words(words.items, &env);
}

const struct command cmd_shell = {
	.name = "shell",
	.args = "[USER]",
	.summary = "Run a shell as USER, the image's user or root",
	.details = "The status is the shell's. USER may be a number.",
	.opts = shell_opts,
	.opts_size = sizeof(struct shell_opts),
	.opt_flags = OPT_STOP_AT_ARG,
	.max_args = 1,
	.run = shell_run,
};
