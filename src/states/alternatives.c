/* alternatives.c - alternatives.*: update-alternatives(1), which keeps the links.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/program.h"
#include "states/settings.h"

#include "base/banned.h"

struct alternatives_args {
	struct str link, path;
	int64_t priority;
};

static const struct state_arg install_args[] = {
	{"link", ARG_STR, offsetof(struct alternatives_args, link), .is_required = true},
	{"path", ARG_STR, offsetof(struct alternatives_args, path), .is_required = true},
	{"priority", ARG_INT, offsetof(struct alternatives_args, priority), .is_required = true},
	{0},
};
static const struct state_arg path_args[] = {
	{"path", ARG_STR, offsetof(struct alternatives_args, path), .is_required = true},
	{0},
};
static const struct state_arg no_args[] = {{0}};

static const char *tool(struct world *world)
{
	return program_find(world, "update-alternatives") ? "update-alternatives" : "alternatives";
}

struct group { /* what `--query NAME` (Debian) or `--display NAME` says */
	bool has_path, is_auto, exists;
	const char *current;
};

/* "NAME - auto mode", "  link currently points to PATH", "PATH - priority 10". */
static void take_line(struct world *world, struct str line, struct str path, struct group *group)
{
	static const char points[] = "link currently points to ";
	struct str trimmed = str_trim(line);

	if (str_ends(trimmed, STR("auto mode")) || str_ends(trimmed, STR("status is auto.")))
		group->is_auto = true;
	if (str_starts(trimmed, STR("link currently points to ")))
		group->current =
			heap_strdup(world->heap, (struct str){trimmed.ptr + strlen(points),
							      trimmed.len - strlen(points)});
	if (path.len && str_starts(line, path) && line.len > path.len && line.ptr[path.len] == ' ')
		group->has_path = true;
}

static int look(struct state_call *call, struct str path, struct group *ret_group, struct err *err)
{
	const char *const words[] = {tool(call->world), "--display", call->name, NULL};
	cleanup(command_outcome_done) struct command_outcome said = {0};
	struct group group = {.current = ""};

	if (program_run(call->world, words, NULL, &said, err))
		return -1;
	group.exists = !said.retcode;
	struct str rest = buf_str(&said.out);
	while (group.exists && rest.len)
		take_line(call->world, str_cut(&rest, '\n'), path, &group);
	*ret_group = group;
	return 0;
}

static bool look_or_fail(struct state_call *call, struct str path, struct group *group,
			 struct outcome *outcome)
{
	autoerr struct err err = {0};

	if (!look(call, path, group, &err))
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

static void install(struct state_call *call, struct outcome *outcome)
{
	const struct alternatives_args *args = call->args;
	const char *path = heap_strdup(call->heap, args->path);
	const char *link = heap_strdup(call->heap, args->link);
	const char *priority = heap_printf(call->heap, "%lld", (long long)args->priority);
	const char *const words[] = {tool(call->world), "--install", link, call->name, path,
				     priority,          NULL};
	struct group group = {0};
	autoerr struct err err = {0};

	if (!look_or_fail(call, args->path, &group, outcome))
		return;
	if (group.has_path) {
		outcome_say(outcome, "Alternative %s for %s is already registered", path,
			    call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Alternative will be set for %s to %s with priority %s",
				call->name, path, priority);
		return;
	}
	if (program_must(call->world, words, NULL, &err) || look(call, args->path, &group, &err) ||
	    !group.has_path) {
		outcome_fail(outcome, "Alternative for %s not installed: %s", call->name,
			     err_text(&err));
		return;
	}
	if (text_eq(group.current, path))
		outcome_say(outcome, "Alternative for %s set to path %s with priority %s",
			    call->name, path, priority);
	else
		outcome_say(outcome,
			    "Alternative %s for %s registered with priority %s and not set to "
			    "default",
			    path, call->name, priority);
	outcome_change_text(call->heap, outcome, "name", call->name);
	outcome_change_text(call->heap, outcome, "link", link);
	outcome_change_text(call->heap, outcome, "path", path);
	outcome_change(call->heap, outcome, "priority", value_int(args->priority));
}

static void remove_path(struct state_call *call, struct outcome *outcome)
{
	const struct alternatives_args *args = call->args;
	const char *path = heap_strdup(call->heap, args->path);
	const char *const words[] = {tool(call->world), "--remove", call->name, path, NULL};
	struct group group = {0};
	autoerr struct err err = {0};

	if (!look_or_fail(call, args->path, &group, outcome))
		return;
	if (!group.has_path && group.exists) {
		outcome_say(outcome, "Alternative for %s is set to it's default path %s",
			    call->name, group.current);
		return;
	}
	if (!group.has_path) {
		outcome_fail(outcome, "Alternative for %s doesn't exist", call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Alternative for %s will be removed", call->name);
		return;
	}
	if (program_must(call->world, words, NULL, &err) || look(call, args->path, &group, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	outcome_change_text(call->heap, outcome, "path", group.current);
	if (*group.current)
		outcome_say(outcome, "Alternative for %s removed. Falling back to path %s",
			    call->name, group.current);
	else
		outcome_say(outcome, "Alternative for %s removed", call->name);
}

static void set(struct state_call *call, struct outcome *outcome)
{
	const struct alternatives_args *args = call->args;
	const char *path = heap_strdup(call->heap, args->path);
	const char *const words[] = {tool(call->world), "--set", call->name, path, NULL};
	struct group group = {0};
	autoerr struct err err = {0};

	if (!look_or_fail(call, args->path, &group, outcome))
		return;
	if (text_eq(group.current, path)) {
		outcome_say(outcome, "Alternative for %s already set to %s", call->name, path);
		return;
	}
	if (!group.has_path) {
		outcome_fail(outcome, "Alternative %s for %s doesn't exist", path, call->name);
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Alternative for %s will be set to path %s", call->name,
				path);
		return;
	}
	if (program_must(call->world, words, NULL, &err)) {
		outcome_fail(outcome, "Alternative for %s not updated: %s", call->name,
			     err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "path", path);
	outcome_say(outcome, "Alternative for %s set to path %s", call->name, path);
}

static void automatic(struct state_call *call, struct outcome *outcome)
{
	const char *const words[] = {tool(call->world), "--auto", call->name, NULL};
	struct group group = {0};
	autoerr struct err err = {0};

	if (!look_or_fail(call, (struct str){0}, &group, outcome))
		return;
	if (group.is_auto)
		outcome_say(outcome, "%s already in auto mode", call->name);
	else if (call->is_test)
		outcome_pending(outcome, "%s will be put in auto mode", call->name);
	else if (program_must(call->world, words, NULL, &err))
		outcome_fail_err(outcome, &err);
	else
		outcome_change_text(call->heap, outcome, "result", "auto");
}

#define ALTERNATIVES(symbol, state_name, arg_rows, fn)         \
	const struct state_def symbol = {                      \
		.name = "alternatives." state_name,            \
		.args = (arg_rows),                            \
		.args_size = sizeof(struct alternatives_args), \
		.apply = (fn),                                 \
	}

ALTERNATIVES(alternatives_install_def, "install", install_args, install);
ALTERNATIVES(alternatives_remove_def, "remove", path_args, remove_path);
ALTERNATIVES(alternatives_set_def, "set", path_args, set);
ALTERNATIVES(alternatives_auto_def, "auto", no_args, automatic);
