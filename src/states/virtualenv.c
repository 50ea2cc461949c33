/* virtualenv.c - a virtual environment of Python, made and filled by its own programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/virtualenv.h"

#include <fcntl.h>

#include "base/beneath.h"
#include "base/strlist.h"
#include "states/program.h"
#include "value/list.h"

#include "base/banned.h"

struct venv_args {
	struct str venv_bin, python, user, cwd, index_url, extra_index_url, requirements, proxy;
	bool system_site_packages, clear, pip_upgrade, pre_releases, no_deps, use_vt;
	struct list *pip_pkgs;
};

#define ROW(arg_name, arg_type, field)                      \
	{                                                   \
		.name = (arg_name), .type = (arg_type),     \
		.offset = offsetof(struct venv_args, field) \
	}

static const struct state_arg venv_arg_rows[] = {
	ROW("venv_bin", ARG_STR, venv_bin),
	ROW("python", ARG_STR, python),
	ROW("user", ARG_STR, user),
	{.name = "runas",
	 .type = ARG_STR,
	 .offset = offsetof(struct venv_args, user),
	 .alias_of = "user"},
	ROW("cwd", ARG_STR, cwd),
	ROW("index_url", ARG_STR, index_url),
	ROW("extra_index_url", ARG_STR, extra_index_url),
	ROW("requirements", ARG_STR, requirements),
	ROW("proxy", ARG_STR, proxy),
	ROW("system_site_packages", ARG_BOOL, system_site_packages),
	ROW("clear", ARG_BOOL, clear),
	ROW("pip_upgrade", ARG_BOOL, pip_upgrade),
	ROW("pre_releases", ARG_BOOL, pre_releases),
	ROW("no_deps", ARG_BOOL, no_deps),
	ROW("pip_pkgs", ARG_LIST, pip_pkgs),
	ROW("use_vt", ARG_BOOL, use_vt),
	{.name = "distribute", .type = ARG_IGNORED},
	{.name = "use_wheel", .type = ARG_IGNORED},
	{.name = "no_use_wheel", .type = ARG_IGNORED},
	{.name = "never_download", .type = ARG_IGNORED},
	{.name = "pip_download", .type = ARG_IGNORED},
	{.name = "pip_download_cache", .type = ARG_IGNORED},
	{.name = "download_cache", .type = ARG_IGNORED},
	{.name = "pip_exists_action", .type = ARG_IGNORED},
	{0},
};

static const char *word(struct state_call *call, struct str text)
{
	return text.len ? heap_strdup(call->heap, text) : NULL;
}

static struct command_options options_of(struct state_call *call)
{
	const struct venv_args *args = call->args;

	return (struct command_options){
		.runas = word(call, args->user),
		.cwd = word(call, args->cwd),
		.timeout_ms = -1,
		.use_vt = args->use_vt,
	};
}

static int run(struct state_call *call, const struct strlist *words,
	       struct command_outcome *ret_said, struct err *err)
{
	struct command_options options = options_of(call);

	return program_run(call->world, (const char *const *)strlist_argv(words), &options,
			   ret_said, err);
}

static bool exists(struct state_call *call)
{
	autoclose int fd = -1;
	autoerr struct err err = {0};
	autofree char *python = xasprintf("%s/bin/python", call->name);

	return !beneath_open(call->world->rootfd, python, O_PATH, 0, &fd, &err);
}

/* virtualenv(1) where it is, else Python's own module. */
static void create_words(struct state_call *call, struct strlist *words)
{
	const struct venv_args *args = call->args;
	const char *python = word(call, args->python);

	if (args->venv_bin.len || program_find(call->world, "virtualenv")) {
		strlist_add(words, args->venv_bin.len ? word(call, args->venv_bin) : "virtualenv");
		if (python)
			strlist_addf(words, "--python=%s", python);
	} else {
		strlist_add(words, python ? python : "python3");
		strlist_add(words, "-m");
		strlist_add(words, "venv");
	}
	if (args->system_site_packages)
		strlist_add(words, "--system-site-packages");
	if (args->clear)
		strlist_add(words, "--clear");
	strlist_add(words, call->name);
}

static bool create(struct state_call *call, struct outcome *outcome)
{
	const struct venv_args *args = call->args;
	autostrlist struct strlist words = {0};
	autostrlist struct strlist ask = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	cleanup(command_outcome_done) struct command_outcome version = {0};
	autoerr struct err err = {0};

	create_words(call, &words);
	if (run(call, &words, &said, &err)) {
		outcome_fail(outcome, "Failed to create virtualenv: %s", err_text(&err));
		return false;
	}
	if (said.retcode) {
		outcome_fail(outcome, "%s", program_complaint(call->heap, &said));
		return false;
	}
	strlist_addf(&ask, "%s/bin/python", call->name);
	strlist_add(&ask, "-V");
	if (run(call, &ask, &version, &err))
		err_clear(&err);
	outcome_change(call->heap, outcome, "new", value_text(call->heap, buf_str(&version.out)));
	outcome_say(outcome,
		    args->clear ? "Cleared existing virtualenv" : "Created new virtualenv");
	return true;
}

/* ---- packages ---- */

static bool freeze(struct state_call *call, struct strlist *ret_packages, struct outcome *outcome)
{
	autostrlist struct strlist words = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autoerr struct err err = {0};

	strlist_addf(&words, "%s/bin/pip", call->name);
	strlist_add(&words, "freeze");
	if (run(call, &words, &said, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	strlist_split(ret_packages, buf_str(&said.out), '\n');
	return true;
}

static void pip_words(struct state_call *call, struct strlist *words)
{
	const struct venv_args *args = call->args;
	const struct {
		struct str value;
		const char *option;
	} pairs[] = {
		{args->index_url, "--index-url"},
		{args->extra_index_url, "--extra-index-url"},
		{args->proxy, "--proxy"},
		{args->requirements, "--requirement"},
	};

	strlist_addf(words, "%s/bin/pip", call->name);
	strlist_add(words, "install");
	if (args->pip_upgrade)
		strlist_add(words, "--upgrade");
	if (args->pre_releases)
		strlist_add(words, "--pre");
	if (args->no_deps)
		strlist_add(words, "--no-deps");
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (!pairs[i].value.len)
			continue;
		strlist_add(words, pairs[i].option);
		strlist_add_str(words, pairs[i].value);
	}
	for (size_t i = 0; args->pip_pkgs && i < args->pip_pkgs->n; i++)
		if (args->pip_pkgs->items[i].kind == VALUE_STRING)
			strlist_add_str(words, value_bytes(args->pip_pkgs->items[i]));
}

static struct value missing_in(struct heap *heap, const struct strlist *all,
			       const struct strlist *from)
{
	struct list *list = list_new(heap, 0);

	for (size_t i = 0; i < all->n; i++)
		if (!strlist_has(from, all->items[i]))
			list_push(heap, list, value_cstr(heap, all->items[i]));
	return list->n ? value_of_list(list) : value_literal("");
}

static void install(struct state_call *call, struct outcome *outcome)
{
	autostrlist struct strlist words = {0};
	autostrlist struct strlist before = {0};
	autostrlist struct strlist after = {0};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autoerr struct err err = {0};

	pip_words(call, &words);
	if (!freeze(call, &before, outcome))
		return;
	if (run(call, &words, &said, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	if (said.retcode)
		outcome_fail(outcome, "%s\n%s", buf_text(&said.out), buf_text(&said.errors));
	if (!freeze(call, &after, outcome))
		return;
	struct value new = missing_in(call->heap, &after, &before);
	struct value old = missing_in(call->heap, &before, &after);
	if (new.kind == VALUE_LIST || old.kind == VALUE_LIST)
		outcome_change_pair(call->heap, outcome, "packages", old, new);
}

static void managed(struct state_call *call, struct outcome *outcome)
{
	const struct venv_args *args = call->args;
	bool has = exists(call);

	if (call->is_test) {
		if (has && !args->clear)
			outcome_say(outcome, "Virtualenv %s is already created", call->name);
		else
			outcome_pending(outcome, "Virtualenv %s is set to be %s", call->name,
					has ? "cleared" : "created");
		return;
	}
	if (has && !args->clear)
		outcome_say(outcome, "virtualenv exists");
	else if (!create(call, outcome))
		return;
	if (args->requirements.len || args->pip_pkgs)
		install(call, outcome);
}

const struct state_def virtualenv_managed_def = {
	.name = "virtualenv.managed",
	.args = venv_arg_rows,
	.args_size = sizeof(struct venv_args),
	.apply = managed,
};
