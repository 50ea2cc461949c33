/* file_presence.c - file.absent, exists, missing, touch and rename: whether something is there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/file_put.h"
#include "states/place.h"

#include "base/banned.h"

struct no_args {
	char unused;
};
static const struct state_arg no_args[] = {{0}};

bool file_is_named(struct state_call *call, const char *path, struct outcome *outcome)
{
	if (*path)
		return true;
	outcome_fail(outcome, "Must provide name to file.%s", call->fun);
	return false;
}

bool file_is_absolute(struct state_call *call, const char *path, struct outcome *outcome)
{
	if (*path == '/')
		return true;
	if (file_is_named(call, path, outcome))
		outcome_fail(outcome, "Specified file %s is not an absolute path", path);
	return false;
}

/* ---- absent ---- */

static void absent_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const char *path = place_name(call->world, call->name);
	struct stat st;

	if (!file_is_absolute(call, path, outcome))
		return;
	if (text_eq(path, "/")) {
		outcome_fail(outcome, "Refusing to make \"/\" absent");
		return;
	}
	if (!place_stat(call->world, path, LINKS_KEPT, &st)) {
		outcome_say(outcome, "File %s is not present", path);
		return;
	}
	const char *kind = S_ISDIR(st.st_mode) ? "directory" : "file";
	if (!call->is_test && place_remove(call->world, path, &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	outcome_change_text(call->heap, outcome, "removed", path);
	if (call->is_test)
		outcome_pending(outcome, "%s %s is set for removal",
				S_ISDIR(st.st_mode) ? "Directory" : "File", path);
	else
		outcome_say(outcome, "Removed %s %s", kind, path);
}

const struct state_def state_file_absent = {.name = "file.absent",
					    .args = no_args,
					    .args_size = sizeof(struct no_args),
					    .apply = absent_apply};

/* ---- exists, missing ---- */

static void exists_apply(struct state_call *call, struct outcome *outcome)
{
	const char *path = place_name(call->world, call->name);

	if (!file_is_named(call, path, outcome))
		return;
	if (place_stat(call->world, path, LINKS_FOLLOWED, NULL))
		outcome_say(outcome, "Path %s exists", path);
	else
		outcome_fail(outcome, "Specified path %s does not exist", path);
}

const struct state_def state_file_exists = {.name = "file.exists",
					    .args = no_args,
					    .args_size = sizeof(struct no_args),
					    .apply = exists_apply};

static void missing_apply(struct state_call *call, struct outcome *outcome)
{
	const char *path = place_name(call->world, call->name);

	if (!file_is_named(call, path, outcome))
		return;
	if (place_stat(call->world, path, LINKS_FOLLOWED, NULL))
		outcome_fail(outcome, "Specified path %s exists", path);
	else
		outcome_say(outcome, "Path %s is missing", path);
}

const struct state_def state_file_missing = {.name = "file.missing",
					     .args = no_args,
					     .args_size = sizeof(struct no_args),
					     .apply = missing_apply};

/* ---- touch ---- */

struct touch_args {
	struct str atime, mtime;
	bool makedirs;
};

static const struct state_arg touch_args[] = {
	{"atime", ARG_STR, offsetof(struct touch_args, atime)},
	{"mtime", ARG_STR, offsetof(struct touch_args, mtime)},
	{"makedirs", ARG_BOOL, offsetof(struct touch_args, makedirs)},
	{0},
};

/* Seconds since 1970; not given: now, or what the other one says, as touch(1) of the reference. */
static bool touch_times(const struct touch_args *args, struct timespec times[2],
			struct outcome *outcome)
{
	const struct str texts[2] = {args->atime, args->mtime};

	for (int i = 0; i < 2; i++) {
		struct str text = texts[i];
		int64_t seconds;
		times[i] = (struct timespec){.tv_nsec = UTIME_NOW};
		if (!text.len || str_is(text, "None"))
			continue;
		if (!str_to_i64(str_cut(&text, '.'), &seconds)) {
			outcome_fail(outcome, "atime and mtime must be seconds since 1970");
			return false;
		}
		times[i] = (struct timespec){.tv_sec = seconds};
	}
	return true;
}

static int touch(struct world *world, const char *path, const struct timespec times[2], bool is_new,
		 struct err *err)
{
	autoclose int fd = -1;
	const struct look as_it_comes = {LOOK_KEPT, LOOK_KEPT, false, 0};

	if (is_new && place_write(world, path, LINKS_FOLLOWED, STR(""), &as_it_comes, err))
		return -1;
	if (beneath_open(world->rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err))
		return -1;
	return futimens(fd, times) ? file_err(err, "setting the times of", path) : 0;
}

/* The reference compares texts, and its times are floats: 1000000 is another one than 1000000.0. */
static bool time_differs(struct str asked, const struct timespec *is)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld.0", (long long)is->tv_sec);
	return asked.len && !str_is(asked, "None") && (is->tv_nsec || !str_is(asked, text));
}

/* As the reference has it: `new` is told even of what is there and has the right times. */
static void touch_would(struct state_call *call, const char *path, const struct stat *st,
			struct outcome *outcome)
{
	const struct touch_args *args = call->args;
	bool differs = st && (time_differs(args->atime, &st->st_atim) ||
			      time_differs(args->mtime, &st->st_mtim));

	outcome_change_text(call->heap, outcome, differs ? "touched" : "new", path);
	if (!st)
		outcome_pending(outcome, "File %s is set to be created", path);
	else if (differs)
		outcome_pending(outcome, "Times set to be updated on file %s", path);
	else
		outcome_say(outcome, "File %s exists and has the correct times", path);
}

static void touch_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct touch_args *args = call->args;
	const char *path = place_name(call->world, call->name);
	struct file_put parents = {.path = path,
				   .makedirs = args->makedirs,
				   .perms.look = {LOOK_KEPT, LOOK_KEPT, false, 0}};
	struct timespec times[2];
	struct stat st;

	if (!file_is_absolute(call, path, outcome) || !touch_times(args, times, outcome))
		return;
	bool is_new = !place_stat(call->world, path, LINKS_FOLLOWED, &st);
	bool is_dir = !is_new && S_ISDIR(st.st_mode);
	if (call->is_test) {
		touch_would(call, path, is_new ? NULL : &st, outcome);
		return;
	}
	outcome_change_text(call->heap, outcome, is_new ? "new" : "touched", path);
	if (is_new && !args->makedirs && !place_is_dir(call->world, place_dir(call->heap, path))) {
		outcome->changes = (struct value){0};
		outcome_fail(outcome, "Directory not present to touch file %s", path);
		return;
	}
	if (is_new && !file_make_parents(call, &parents, outcome))
		return;
	if (touch(call->world, path, times, is_new, &err)) {
		outcome->changes = (struct value){0};
		outcome_fail_err(outcome, &err);
	} else if (is_new) {
		outcome_say(outcome, "Created empty file %s", path);
	} else {
		outcome_say(outcome, "Updated times on %s %s", is_dir ? "directory" : "file", path);
	}
}

const struct state_def state_file_touch = {.name = "file.touch",
					   .args = touch_args,
					   .args_size = sizeof(struct touch_args),
					   .apply = touch_apply};

/* ---- rename ---- */

struct rename_args {
	struct str source;
	bool force, makedirs;
	struct file_mode dir_mode;
};

static const struct state_arg rename_args[] = {
	{"source", ARG_STR, offsetof(struct rename_args, source), .is_required = true},
	{"force", ARG_BOOL, offsetof(struct rename_args, force)},
	{"makedirs", ARG_BOOL, offsetof(struct rename_args, makedirs)},
	{"dir_mode", ARG_MODE, offsetof(struct rename_args, dir_mode)},
	{0},
};

/* Whether there is anything to be done; what there is to be said about it is said. */
static bool rename_needed(struct state_call *call, const char *source, const char *path,
			  bool *ret_in_the_way, struct outcome *outcome)
{
	const struct rename_args *args = call->args;

	if (!file_is_absolute(call, path, outcome))
		return false;
	if (!*source || !place_stat(call->world, source, LINKS_KEPT, NULL)) {
		outcome_say(outcome, "Source file \"%s\" has already been moved out of place",
			    source);
		return false;
	}
	*ret_in_the_way = place_stat(call->world, path, LINKS_KEPT, NULL);
	if (!*ret_in_the_way || args->force)
		return true;
	outcome_say(outcome, "The target file \"%s\" exists and will not be overwritten", path);
	return false;
}

static void rename_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct rename_args *args = call->args;
	const char *path = place_name(call->world, call->name);
	const char *source = place_name(call->world, heap_strdup(call->heap, args->source));
	struct look look = {LOOK_KEPT, LOOK_KEPT, args->dir_mode.is_given, args->dir_mode.mode};
	const char *dir = place_dir(call->heap, path);
	bool in_the_way;

	if (!rename_needed(call, source, path, &in_the_way, outcome))
		return;
	if (call->is_test) {
		outcome_pending(outcome, "File \"%s\" is set to be moved to \"%s\"", source, path);
		return;
	}
	if (!place_is_dir(call->world, dir)) {
		if (!args->makedirs) {
			outcome_fail(outcome, "The target directory %s is not present", dir);
			return;
		}
		if (place_make_dirs(call->world, dir, &look, &err)) {
			outcome_fail_err(outcome, &err);
			return;
		}
	}
	struct stat st;
	bool replaces_tree =
		in_the_way && place_stat(call->world, path, LINKS_KEPT, &st) && S_ISDIR(st.st_mode);
	if ((replaces_tree && place_remove(call->world, path, &err)) ||
	    place_rename(call->world, source, path, &err)) {
		outcome_fail(outcome, "Failed to move \"%s\" to \"%s\": %s", source, path,
			     err_text(&err));
		return;
	}
	outcome_say(outcome, "Moved \"%s\" to \"%s\"", source, path);
	outcome_change_text(call->heap, outcome, path, source);
}

const struct state_def state_file_rename = {.name = "file.rename",
					    .args = rename_args,
					    .args_size = sizeof(struct rename_args),
					    .apply = rename_apply};
