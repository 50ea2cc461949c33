/* boot.c - the steps before anything starts, in their order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/boot.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "init/say.h"
#include "runner/accounts.h"
#include "runner/files.h"
#include "runner/keys.h"
#include "runner/launch.h"
#include "runner/wait.h"

#include "base/banned.h"

static const char *const *env_of(const struct model *model)
{
	return (const char *const *)model->env;
}

int boot_check_user(const struct model *model, struct err *err)
{
	struct user_spec user;
	bool found;

	if (!model->init.users_from_env)
		return 0;
	return user_from_env(env_of(model), &model->init, &user, &found, err);
}

static int ensure_all(const struct model *model, struct accounts *accounts,
		      const struct user_spec *asked_for, struct err *err)
{
	for (size_t i = 0; i < model->n_groups; i++)
		if (accounts_ensure_group(accounts, &model->groups[i], err))
			return -1;
	if (asked_for && accounts_ensure_user(accounts, asked_for, err))
		return -1;
	for (size_t i = 0; i < model->n_users; i++)
		if (accounts_ensure_user(accounts, &model->users[i], err))
			return -1;
	return accounts_save(accounts, err);
}

static int edit_accounts(const struct model *model, const struct user_spec *asked_for,
			 struct err *err)
{
	struct accounts *accounts;
	autoclose int root = -1;

	if (dir_open_at(AT_FDCWD, "/", &root, err) || accounts_open(root, &accounts, err))
		return -1;
	int result = ensure_all(model, accounts, asked_for, err);
	accounts_close(accounts);
	return result;
}

int boot_accounts(const struct model *model, struct err *err)
{
	struct user_spec user;
	bool found = false;

	if (model->init.users_from_env &&
	    user_from_env(env_of(model), &model->init, &user, &found, err))
		return -1;
	if (!found && !model->n_groups && !model->n_users)
		return 0;
	say(LOG_DEBUG, "boot", "users and groups");
	if (!edit_accounts(model, found ? &user : NULL, err))
		return 0;
	if (err->kind != ERR_DENIED)
		return -1;
	say(LOG_WARN, "boot", "users and groups stay as they are: %s", err_text(err));
	err_clear(err);
	return 0;
}

static int make_dirs(const struct model *model, struct err *err)
{
	for (size_t i = 0; i < model->n_dirs; i++) {
		say(LOG_DEBUG, "boot", "directory '%s'", model->dirs[i].path);
		if (files_make_dir(&model->dirs[i], err))
			return -1;
	}
	return 0;
}

static int copy_files(const struct model *model, struct err *err)
{
	for (size_t i = 0; i < model->n_copies; i++) {
		say(LOG_DEBUG, "boot", "copy '%s'", model->copies[i].dest);
		if (files_copy(&model->copies[i], err))
			return -1;
	}
	return 0;
}

/* A variable that is missing is found before anything is made, where the template is there already;
 * copies may bring others. */
static int check_templates(const struct model *model, struct err *err)
{
	for (size_t i = 0; i < model->n_templates; i++) {
		autobuf struct buf text = {0};
		if (!access(model->templates[i].source, F_OK) &&
		    files_template_fill(&model->templates[i], env_of(model), &text, err))
			return -1;
	}
	return 0;
}

/* All of them are filled before the first is written. */
static int fill_templates(const struct model *model, struct err *err)
{
	autofree struct buf *texts = xcalloc(model->n_templates + 1, sizeof(*texts));
	int result = 0;

	for (size_t i = 0; !result && i < model->n_templates; i++)
		result = files_template_fill(&model->templates[i], env_of(model), &texts[i], err);
	for (size_t i = 0; !result && i < model->n_templates; i++) {
		say(LOG_DEBUG, "boot", "template '%s'", model->templates[i].dest);
		result = files_template_put(&model->templates[i], env_of(model), &texts[i], err);
	}
	for (size_t i = 0; i < model->n_templates; i++)
		buf_done(&texts[i]);
	return result;
}

static int import_keys(const struct model *model, struct err *err)
{
	autoclose int root = -1;

	if (!model->n_keys)
		return 0;
	if (dir_open_at(AT_FDCWD, "/", &root, err))
		return -1;
	for (size_t i = 0; i < model->n_keys; i++) {
		autobuf struct buf report = {0};
		if (keys_import(root, &model->keys[i], &report, err))
			return err_wrap(err, "keys of '%s'", model->keys[i].user);
		struct str rest = buf_str(&report);
		while (rest.len) {
			struct str line = str_cut(&rest, '\n');
			say(str_starts(line, STR("fail")) ? LOG_WARN : LOG_INFO, "keys", "%.*s",
			    STR_ARG(line));
		}
	}
	return 0;
}

static int wait_for_all(const struct model *model, struct err *err)
{
	for (size_t i = 0; i < model->n_waits; i++) {
		say(LOG_DEBUG, "boot", "wait '%s'", model->waits[i].probe.text);
		if (wait_for(&model->waits[i], env_of(model), NULL, err))
			return -1;
	}
	return 0;
}

int boot_run(const struct model *model, struct err *err)
{
	static int (*const steps[])(const struct model *, struct err *) = {
		boot_check_user, check_templates, boot_accounts, make_dirs,
		copy_files,      fill_templates,  import_keys,   wait_for_all,
	};

	launch_first_start(model);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i](model, err))
			return -1;
	return 0;
}
