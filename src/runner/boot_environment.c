/* boot_environment.c - secrets in files, and the user that cannot be made, in the environment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/boot.h"

#include <unistd.h>

#include "init/ids.h"
#include "init/say.h"
#include "runner/accounts.h"
#include "runner/environment.h"

#include "base/banned.h"

static size_t count(const char **env)
{
	size_t n = 0;

	while (env && env[n])
		n++;
	return n;
}

/* The list with NAME=value at the place of the old one, or at its end; value NULL: without it. */
static const char **with(struct arena *arena, const char **env, const char *name, const char *value)
{
	size_t n = count(env), len = strlen(name), n_kept = 0;
	const char **list = arena_alloc(arena, (n + 2) * sizeof(*list));
	const char *entry = value ? arena_printf(arena, "%s=%s", name, value) : NULL;

	for (size_t i = 0; i < n; i++) {
		bool is_it = !strncmp(env[i], name, len) && env[i][len] == '=';
		if (!is_it)
			list[n_kept++] = env[i];
		else if (entry)
			list[n_kept++] = entry;
		if (is_it)
			entry = NULL;
	}
	if (entry)
		list[n_kept++] = entry;
	return list;
}

static bool is_given(const char *value)
{
	return value && *value;
}

/* As docker-library's file_env: both is an error, the file's variable goes. */
static int apply_file(struct model *model, const char ***env, const char *name, struct err *err)
{
	autofree char *variable = xasprintf("%s_FILE", name);
	const char *const *list = (const char *const *)*env;
	const char *path = environment_get(list, str_of(variable));
	autofree char *value = NULL;

	if (!is_given(path))
		return 0;
	if (is_given(environment_get(list, str_of(name))))
		return err_set(err, ERR_INPUT, "environment variables %s and %s are both set", name,
			       variable);
	if (environment_read_secret(variable, path, &value, err)) {
		err->kind = ERR_INPUT;
		return -1;
	}
	*env = with(&model->arena, with(&model->arena, *env, name, value), variable, NULL);
	return 0;
}

static int apply_files(struct model *model, const char ***env, struct err *err)
{
	for (size_t i = 0; i < model->init.file_variables.n; i++)
		if (apply_file(model, env, model->init.file_variables.items[i], err))
			return -1;
	return 0;
}

static void export_user(struct model *model, const char ***env, const struct user_spec *user)
{
	autofree char *home = xasprintf("/home/%s", user->name);
	const char *const pairs[][2] = {
		{"HOME", access(home, F_OK) ? "/" : home},
		{"USER", user->name},
		{"LOGNAME", user->name},
		{"SHELL", access("/bin/bash", X_OK) ? "/bin/sh" : "/bin/bash"},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		*env = with(&model->arena, *env, pairs[i][0], pairs[i][1]);
}

static void use_numbers(struct model *model, struct service_spec *service,
			const struct user_spec *user)
{
	int64_t gid = user->gid >= 0 ? user->gid : user->uid;

	service->user = arena_printf(&model->arena, "%lld", (long long)user->uid);
	if (!service->group)
		service->group = arena_printf(&model->arena, "%lld", (long long)gid);
	export_user(model, &service->env, user);
}

static bool can_edit(void)
{
	return geteuid() == 0 && access("/etc", W_OK) == 0;
}

/* Nobody to make: then it is as if it had been made, as far as that goes. */
static int stand_in(struct model *model, struct err *err)
{
	struct user_spec user;
	const char *missing;
	struct ids ids;
	bool found;

	if (!model->init.users_from_env || can_edit())
		return 0;
	if (user_from_env((const char *const *)model->env, &model->init, &user, &found, err))
		return -1;
	if (!found || !ids_find(user.name, NULL, NULL, &ids, &missing))
		return 0;
	say(LOG_WARN, "boot", "user '%s' cannot be made here: its numbers are used", user.name);
	for (size_t i = 0; i < model->n_services; i++) {
		struct service_spec *service = &model->services[i];
		if (text_eq(service->user, user.name))
			use_numbers(model, service, &user);
		else if (geteuid() != 0)
			export_user(model, &service->env, &user);
	}
	if (geteuid() != 0)
		export_user(model, &model->env, &user);
	return 0;
}

int boot_file_variables(struct model *model, struct err *err)
{
	if (apply_files(model, &model->env, err))
		return -1;
	for (size_t i = 0; i < model->n_services; i++)
		if (apply_files(model, &model->services[i].env, err))
			return -1;
	return stand_in(model, err);
}
