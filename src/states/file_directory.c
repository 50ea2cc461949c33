/* file_directory.c - file.directory: a directory, who owns it, and what may be in it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/file_clean.h"
#include "states/file_put.h"
#include "states/file_tree.h"
#include "value/list.h"

#include "base/banned.h"

struct directory_args {
	struct str user, group;
	struct value recurse;
	struct value max_depth;
	struct file_mode dir_mode, file_mode;
	bool makedirs, clean;
	struct list *exclude_pat;
	bool follow_symlinks, force;
	struct str backupname;
	bool allow_symlink, children_only;
};

#define A(field) offsetof(struct directory_args, field)
static const struct state_arg directory_args[] = {
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"owner", ARG_STR, A(user), .alias_of = "user"},
	{"recurse", ARG_VALUE, A(recurse)},
	{"max_depth", ARG_VALUE, A(max_depth)},
	{"dir_mode", ARG_MODE, A(dir_mode)},
	{"mode", ARG_MODE, A(dir_mode), .alias_of = "dir_mode"},
	{"file_mode", ARG_MODE, A(file_mode)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"clean", ARG_BOOL, A(clean)},
	{"exclude_pat", ARG_LIST, A(exclude_pat)},
	{"follow_symlinks", ARG_BOOL, A(follow_symlinks)},
	{"force", ARG_BOOL, A(force)},
	{"backupname", ARG_STR, A(backupname)},
	{"allow_symlink", ARG_BOOL, A(allow_symlink), "true"},
	{"children_only", ARG_BOOL, A(children_only)},
	{"win_owner", ARG_IGNORED},
	{"win_perms", ARG_IGNORED},
	{"win_deny_perms", ARG_IGNORED},
	{"win_inheritance", ARG_IGNORED},
	{"win_perms_reset", ARG_IGNORED},
	{0},
};
#undef A

struct directory { /* one run of the state */
	struct state_call *call;
	const struct directory_args *args;
	const char *path;
	struct perms dir, file; /* of entries: as far as `recurse` says so */
	int64_t max_depth;      /* < 0: none */
	bool recurses, ignores_files, ignores_dirs, is_silent;
	struct dict *changes;
	struct dict *last; /* what was changed last: the reference tells it beside the paths */
};

static void change(struct directory *directory, const char *path, struct dict *what)
{
	struct heap *heap = directory->call->heap;

	dict_set(heap, directory->changes, path, value_of_dict(what));
	if (!directory->call->is_test && !dict_get(what, "directory"))
		dict_update(heap, directory->last, what);
}

/* ---- what the arguments ask for ---- */

static bool has_word(const struct list *list, const char *word)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (value_is_string(list->items[i]) && str_is(value_bytes(list->items[i]), word))
			return true;
	return false;
}

static bool check_words(const struct list *recurse, struct outcome *outcome)
{
	static const char *const words[] = {"user",         "group",       "mode",
					    "ignore_files", "ignore_dirs", "silent"};

	for (size_t i = 0; recurse && i < recurse->n; i++) {
		bool known = false;
		for (size_t j = 0; j < ARRAY_LEN(words); j++)
			known = known || (value_is_string(recurse->items[i]) &&
					  str_is(value_bytes(recurse->items[i]), words[j]));
		if (!known) {
			outcome_fail(outcome,
				     "Types for \"recurse\" limited to \"user\", \"group\", "
				     "\"mode\", \"ignore_files\", \"ignore_dirs\", \"silent\".");
			return false;
		}
	}
	return true;
}

static const struct list *recurse_words(const struct directory_args *args)
{
	return value_is_sequence(args->recurse) ? args->recurse.list : NULL;
}

static bool read_recurse(struct directory *directory, struct outcome *outcome)
{
	const struct directory_args *args = directory->args;
	const struct list *recurse = recurse_words(args);

	directory->recurses = recurse && recurse->n > 0;
	directory->ignores_files = has_word(recurse, "ignore_files");
	directory->ignores_dirs = has_word(recurse, "ignore_dirs");
	directory->is_silent = has_word(recurse, "silent");
	directory->max_depth = args->max_depth.kind == VALUE_INT ? args->max_depth.integer : -1;
	if (!recurse && args->recurse.kind != VALUE_UNDEFINED && args->recurse.kind != VALUE_NONE)
		outcome_fail(outcome, "\"recurse\" must be formed as a list of strings");
	else if (!check_words(recurse, outcome))
		return false;
	else if (directory->ignores_files && directory->ignores_dirs)
		outcome_fail(outcome, "Must not specify \"recurse\" options \"ignore_files\" and "
				      "\"ignore_dirs\" at the same time.");
	else
		return true;
	return false;
}

/* An owner for all that is in it, but which? Told behind the work, and only when there was some. */
static void miss_owner(const struct directory *directory, struct outcome *outcome)
{
	const struct directory_args *args = directory->args;
	const struct list *words = recurse_words(args);
	const char *missing = NULL;

	if (has_word(words, "user") && !args->user.len)
		missing = "user";
	if (has_word(words, "group") && !args->group.len)
		missing = "group";
	if (missing)
		outcome_fail(outcome,
			     "%s not specified, but configured as a target for recursive "
			     "ownership management",
			     missing);
}

/* The perms of entries: only what `recurse` names. */
static void narrow(struct directory *directory, const struct perms *all)
{
	const struct directory_args *args = directory->args;
	const struct list *words = recurse_words(args);
	bool mode = has_word(words, "mode");
	struct perms entry = {.look = {LOOK_KEPT, LOOK_KEPT, false, 0}};

	if (has_word(words, "user")) {
		entry.user = all->user;
		entry.look.uid = all->look.uid;
	}
	if (has_word(words, "group")) {
		entry.group = all->group;
		entry.look.gid = all->look.gid;
	}
	directory->dir = directory->file = entry;
	directory->dir.look.has_mode = mode && args->dir_mode.is_given;
	directory->dir.look.mode = args->dir_mode.mode;
	/* The reference: without a file_mode the directories' counts. */
	const struct file_mode *file =
		args->file_mode.is_given ? &args->file_mode : &args->dir_mode;
	directory->file.look.has_mode = mode && file->is_given;
	directory->file.look.mode = file->mode;
}

/* ---- what is in the way ---- */

static bool clear_way(struct directory *directory, const struct stat *st, struct outcome *outcome)
{
	struct state_call *call = directory->call;
	const struct directory_args *args = directory->args;
	autoerr struct err err = {0};
	struct stat behind;
	bool is_file = place_stat(call->world, directory->path, LINKS_FOLLOWED, &behind) &&
		       S_ISREG(behind.st_mode);

	if (args->backupname.len) {
		const char *aside = heap_strdup(call->heap, args->backupname);
		if (*aside != '/')
			aside = heap_printf(call->heap, "%s/%s",
					    place_dir(call->heap, directory->path), aside);
		if (place_stat(call->world, aside, LINKS_KEPT, NULL) && !args->force) {
			outcome_fail(outcome, "File exists where the backup target %.*s should go",
				     STR_ARG(args->backupname));
			return false;
		}
		if (!call->is_test && place_rename(call->world, directory->path, aside, &err)) {
			outcome_fail_err(outcome, &err);
			return false;
		}
		return true;
	}
	if (!args->force) {
		outcome_fail(outcome,
			     is_file || S_ISLNK(st->st_mode)
				     ? "Specified location %s exists and is a %s"
				     : "Specified location %s exists and is not a directory",
			     directory->path, is_file ? "file" : "symlink");
		return false;
	}
	if (!call->is_test && place_remove(call->world, directory->path, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	dict_set(call->heap, directory->changes, "forced",
		 value_printf(call->heap, "%s %s forcibly replaced",
			      S_ISLNK(st->st_mode) && !is_file ? "Symlink" : "File",
			      call->is_test ? "would be" : "was"));
	return true;
}

/* ---- a new one ---- */

static void make_new(struct directory *directory, const struct perms *perms,
		     struct outcome *outcome)
{
	struct state_call *call = directory->call;
	autoerr struct err err = {0};
	struct dict *what = dict_new(call->heap);
	const char *parent = place_dir(call->heap, directory->path);

	dict_set(call->heap, what, "directory", value_literal("new"));
	change(directory, directory->path, what);
	if (call->is_test)
		return;
	if (!place_is_dir(call->world, parent)) {
		if (!directory->args->makedirs)
			outcome_fail(outcome, "No directory to create %s in", directory->path);
		else if (place_make_dirs(call->world, parent, &perms->look, &err))
			outcome_fail_err(outcome, &err);
		if (outcome->result == RESULT_FALSE)
			return;
	}
	if (place_make_dir(call->world, directory->path, &perms->look, &err))
		outcome_fail(outcome, "Failed to create directory %s: %s", directory->path,
			     err_text(&err));
}

/* ---- what is in it ---- */

static int entry_set(const struct tree_entry *entry, const struct look *look, struct err *err)
{
	bool is_link = S_ISLNK(entry->st.st_mode);
	uint32_t mode = look->has_mode ? look->mode : entry->st.st_mode & 07777;
	bool chowns = (look->uid != LOOK_KEPT && look->uid != entry->st.st_uid) ||
		      (look->gid != LOOK_KEPT && look->gid != entry->st.st_gid);

	if (chowns &&
	    fchownat(entry->dirfd, entry->name, look->uid, look->gid, AT_SYMLINK_NOFOLLOW))
		return file_err(err, "setting the owner of", entry->path);
	/* A suid file of somebody does not become another's by a kept mode. */
	bool again = chowns && (look->has_mode || !entry->st.st_uid) && (mode & 06000);
	if (is_link || (mode == (entry->st.st_mode & 07777) && !again))
		return 0;
	autoclose int fd = openat(entry->dirfd, entry->name,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 ? fchmodat(entry->dirfd, entry->name, mode, AT_SYMLINK_NOFOLLOW)
		   : fchmod(fd, mode))
		return file_err(err, "setting the mode of", entry->path);
	return 0;
}

/* To the reference a link to a directory is one of the directories. */
static bool counts_as_dir(const struct tree_entry *entry)
{
	struct stat st = entry->st;

	return S_ISDIR(st.st_mode) ||
	       (S_ISLNK(st.st_mode) && !fstatat(entry->dirfd, entry->name, &st, 0) &&
		S_ISDIR(st.st_mode));
}

static int visit(void *arg, const struct tree_entry *entry, struct err *err)
{
	struct directory *directory = arg;
	struct state_call *call = directory->call;
	bool is_dir = S_ISDIR(entry->st.st_mode);
	bool is_deep = directory->max_depth >= 0 && entry->depth >= directory->max_depth;
	const struct perms *perms = is_dir ? &directory->dir : &directory->file;

	if (is_dir && is_deep)
		return 0;
	if (counts_as_dir(entry) ? directory->ignores_dirs : directory->ignores_files)
		return is_dir;
	struct dict *what = dict_new(call->heap);
	if (!perms_differ(call, perms, &entry->st, what))
		return is_dir;
	change(directory, entry->path, what);
	if (!call->is_test && entry_set(entry, &perms->look, err))
		return -1;
	return is_dir;
}

static bool recurse(struct directory *directory, struct outcome *outcome)
{
	struct state_call *call = directory->call;
	autoerr struct err err = {0};
	autoclose int fd = -1;

	if (place_check_links(call->world, directory->path, LINKS_FOLLOWED, &err) == 0 &&
	    place_open(call->world, directory->path, O_RDONLY | O_DIRECTORY, &fd, &err) == 0 &&
	    entries_walk(call->heap, &fd, directory->path, visit, directory, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

/* ---- one that is there ---- */

static bool set_own(struct directory *directory, const struct perms *perms, struct outcome *outcome)
{
	struct dict *what = dict_new(directory->call->heap);
	enum place_links links = directory->args->follow_symlinks ? LINKS_FOLLOWED : LINKS_KEPT;

	if (directory->args->children_only)
		return true;
	if (!perms_apply(directory->call, directory->path, links, perms, what, outcome))
		return false;
	if (what->n)
		change(directory, directory->path, what);
	return true;
}

static bool clean(struct directory *directory, struct list **ret_removed, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct clean_request request = {.path = directory->path,
					.exclude_pat = directory->args->exclude_pat,
					.changes = directory->changes};

	*ret_removed = NULL;
	if (!directory->args->clean)
		return true;
	clean_keep_related(directory->call, &request);
	if (clean_directory(directory->call, &request, ret_removed, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

/* What was done is told by path and, beside the paths, as what came last. */
static void tell_changes(struct directory *directory, struct list *removed)
{
	struct heap *heap = directory->call->heap;

	if (directory->is_silent && directory->changes->n) {
		dict_clear(directory->changes);
		dict_set(heap, directory->changes, "recursion", value_literal("Changes silenced"));
	}
	dict_update(heap, directory->changes, directory->last);
	if (removed && removed->n)
		dict_set(heap, directory->changes, "removed", value_of_list(removed));
}

static void update(struct directory *directory, const struct perms *perms, struct outcome *outcome)
{
	struct list *removed = NULL;

	if (!set_own(directory, perms, outcome))
		return;
	if (directory->is_silent)
		dict_clear(directory->last);
	if ((directory->recurses && !recurse(directory, outcome)) ||
	    !clean(directory, &removed, outcome) || directory->call->is_test)
		return;
	tell_changes(directory, removed);
	if (directory->changes->n)
		miss_owner(directory, outcome);
	if (outcome->result == RESULT_FALSE)
		return;
	if (removed && removed->n)
		outcome_say(outcome, "Files cleaned from directory %s", directory->path);
	else if (directory->changes->n)
		outcome_say(outcome,
			    directory->args->children_only ? "Directory %s/* updated"
							   : "Directory %s updated",
			    directory->path);
}

/* A line for each thing that would change. */
static void say_would(struct directory *directory, struct outcome *outcome)
{
	autobuf struct buf text = {0};

	buf_puts(&text, "The following files will be changed:\n");
	dict_foreach(entry, directory->changes)
	{
		if (entry->value.kind != VALUE_DICT)
			continue;
		dict_foreach(what, entry->value.dict) buf_printf(
			&text, "%.*s: %.*s - %.*s\n", STR_ARG(value_bytes(entry->key)),
			STR_ARG(value_bytes(what->key)), STR_ARG(value_bytes(what->value)));
	}
	outcome_pending(outcome, "%s", buf_text(&text));
}

/* What is no directory, and a link to one when links are not to be. */
static bool is_in_the_way(const struct directory *directory, const struct stat *st, bool is_dir)
{
	const struct directory_args *args = directory->args;

	return !is_dir || (S_ISLNK(st->st_mode) && (!args->allow_symlink || args->force));
}

static void directory_apply(struct state_call *call, struct outcome *outcome)
{
	struct directory directory = {.call = call,
				      .args = call->args,
				      .path = place_dir_name(call->world, call->name),
				      .changes = outcome_changes(call, outcome),
				      .last = dict_new(call->heap)};
	const struct directory_args *args = call->args;
	struct perms perms;
	struct stat st;

	if (!file_is_named(call, directory.path, outcome))
		return;
	if (args->clean && args->max_depth.kind != VALUE_UNDEFINED &&
	    args->max_depth.kind != VALUE_NONE) {
		outcome_fail(outcome, "Cannot specify both max_depth and clean");
		return;
	}
	if (!perms_resolve(call, args->user, args->group, args->dir_mode, &perms, outcome) ||
	    !file_is_absolute(call, directory.path, outcome) || !read_recurse(&directory, outcome))
		return;
	narrow(&directory, &perms);
	bool is_dir = place_is_dir(call->world, directory.path);
	if (place_stat(call->world, directory.path, LINKS_KEPT, &st) &&
	    is_in_the_way(&directory, &st, is_dir)) {
		if (!clear_way(&directory, &st, outcome))
			return;
		is_dir = false;
	}
	if (!is_dir)
		make_new(&directory, &perms, outcome);
	else
		update(&directory, &perms, outcome);
	if (outcome->result == RESULT_FALSE)
		return;
	if (call->is_test && directory.changes->n)
		say_would(&directory, outcome);
	else if (!directory.changes->n)
		outcome_say(outcome, "The directory %s is in the correct state", directory.path);
}

const struct state_def state_file_directory = {.name = "file.directory",
					       .args = directory_args,
					       .args_size = sizeof(struct directory_args),
					       .apply = directory_apply};
