/* boot_environment.c - a user that cannot be made, by its numbers and in the environment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/boot.h"

#include <unistd.h>

#include "init/ids.h"
#include "init/say.h"
#include "runner/accounts.h"

#include "base/banned.h"

static size_t count(const char **env)
{
	size_t n = 0;

	while (env && env[n])
		n++;
	return n;
}

/* The list with NAME=value at the place of the old one, or at its end. */
static const char **with(struct arena *arena, const char **env, const char *name, const char *value)
{
	size_t n = count(env), len = strlen(name), i = 0;
	const char **list = arena_alloc(arena, (n + 2) * sizeof(*list));

	if (n)
		memcpy(list, env, n * sizeof(*list));
	while (i < n && (strncmp(env[i], name, len) != 0 || env[i][len] != '='))
		i++;
	list[i] = arena_printf(arena, "%s=%s", name, value);
	return list;
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

int boot_stand_in(struct model *model, struct err *err)
{
	struct user_spec user;
	const char *missing;
	struct ids ids;
	bool found;

	if (!model->init.users_from_env || can_edit())
		return 0;
	if (user_from_env((const char *const *)model->env, &model->init, &user, &found, err))
		return -1;
	if (!found || user.uid < 0 || !ids_find(user.name, NULL, NULL, &ids, &missing))
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
