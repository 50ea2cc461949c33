/* prepare.c - the model, its boot, another user and another program.
 * SPDX-License-Identifier: Apache-2.0 */
#include "prepare.h"

#include <errno.h>
#include <unistd.h>

#include "runner/boot.h"
#include "runner/environment.h"
#include "runner/login.h"

#include "base/banned.h"

void tell(const struct err *err)
{
	fprintf(stderr, "hull-init: %s\n", err_text(err));
}

const char *default_file(const struct init_context *context)
{
	const char *file = environment_get(context->env, STR("HULL_INIT_FILE"));

	return file && *file ? file : NULL;
}

int load_model(const struct init_context *context, const char *file, struct model **ret_model,
	       struct err *err)
{
	struct load_options options = {
		.file = file ? file : default_file(context),
		.env = context->env,
	};

	return model_load(&options, ret_model, err);
}

int prepare_model(const struct init_context *context, const char *file, struct model **ret_model,
		  struct err *err)
{
	automodel struct model *model = NULL;

	if (load_model(context, file, &model, err) || boot_stand_in(model, err))
		return -1;
	*ret_model = steal(&model);
	return 0;
}

static int status_of(const struct err *err)
{
	switch (err->kind) {
	case ERR_INPUT: return EXIT_WRONG;
	case ERR_EXISTS: return 1;
	default: return EXIT_SYSTEM;
	}
}

static int prepare(const struct model *model,
		   int (*boot)(const struct model *model, struct err *err))
{
	autoerr struct err err = {0};

	if (boot_check_user(model, &err)) {
		tell(&err);
		return 1;
	}
	if (!boot(model, &err))
		return 0;
	tell(&err);
	return status_of(&err);
}

int prepare_users(const struct model *model)
{
	return prepare(model, boot_accounts);
}

int prepare_boot(const struct model *model, void *arg)
{
	(void)arg;
	return prepare(model, boot_run);
}

int become_user(const char *user, struct strlist *env, struct err *err)
{
	const char *missing;
	struct ids ids;

	if (!user)
		return 0;
	if (ids_find(user, NULL, NULL, &ids, &missing))
		return err_set(err, ERR_MISSING, "No such user: %s", user);
	login_env(&ids, env);
	return login_become(&ids, err);
}

int exec_words(char *const *words, const struct strlist *env)
{
	environ = (char **)strlist_argv(env);
	execvp(words[0], words);
	int cause = errno;
	fprintf(stderr, "hull-init: %s: %s\n", words[0], strerror(cause));
	return cause == ENOENT || cause == ENOTDIR ? 127 : 126;
}
