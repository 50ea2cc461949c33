/* file_recurse.c - file.recurse: a tree of files out of salt:// or of a directory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "state/limits.h"
#include "states/file_clean.h"
#include "states/file_put.h"
#include "states/file_template.h"
#include "states/file_tree.h"
#include "states/limits.h"
#include "value/list.h"

#include "base/banned.h"

struct recurse_args {
	struct list *source;
	struct str user, group;
	struct file_mode dir_mode, file_mode, sym_mode;
	bool clean;
	struct str template;
	struct value context, defaults;
	bool include_empty, replace;
	struct list *include_pat, *exclude_pat;
	struct value maxdepth;
	struct str backup;
	bool keep_symlinks, force_symlinks;
	struct value show_changes;
};

#define A(field) offsetof(struct recurse_args, field)
static const struct state_arg recurse_args[] = {
	{"source", ARG_LIST, A(source), .is_required = true},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"dir_mode", ARG_MODE, A(dir_mode)},
	{"file_mode", ARG_MODE, A(file_mode)},
	{"sym_mode", ARG_MODE, A(sym_mode)},
	{"clean", ARG_BOOL, A(clean)},
	{"template", ARG_STR, A(template)},
	{"context", ARG_VALUE, A(context)},
	{"defaults", ARG_VALUE, A(defaults)},
	{"include_empty", ARG_BOOL, A(include_empty)},
	{"replace", ARG_BOOL, A(replace), "true"},
	{"include_pat", ARG_LIST, A(include_pat)},
	{"exclude_pat", ARG_LIST, A(exclude_pat)},
	{"maxdepth", ARG_VALUE, A(maxdepth)},
	{"backup", ARG_STR, A(backup)},
	{"keep_symlinks", ARG_BOOL, A(keep_symlinks)},
	{"force_symlinks", ARG_BOOL, A(force_symlinks)},
	{"show_changes", ARG_VALUE, A(show_changes)},
	{"keep_source", ARG_IGNORED},
	{"win_owner", ARG_IGNORED},
	{"win_perms", ARG_IGNORED},
	{"win_deny_perms", ARG_IGNORED},
	{"win_inheritance", ARG_IGNORED},
	{0},
};
#undef A

struct recursing {
	struct state_call *call;
	const struct recurse_args *args;
	struct outcome *outcome;
	const char *path;   /* the target */
	const char *source; /* as it was written */
	struct perms dir, file;
	int64_t max_depth; /* < 0: none */
	struct dict *changes;
	struct dict *done; /* directories that were seen to */
	struct clean_request managed;
};

static void change(struct recursing *recursing, const char *path, struct dict *what)
{
	if (what->n)
		dict_set(recursing->call->heap, recursing->changes, path, value_of_dict(what));
}

static bool is_wanted(struct recursing *recursing, const char *rel)
{
	struct heap *heap = recursing->call->heap;
	const struct recurse_args *args = recursing->args;
	bool includes = args->include_pat && args->include_pat->n;

	if (includes && !patterns_match(heap, args->include_pat, rel))
		return false;
	return !patterns_match(heap, args->exclude_pat, rel);
}

/* ---- directories ---- */

/* As file.directory tells it: under its own name. Owner and mode that were set stand beside that,
 * too. */
static void change_dir(struct recursing *recursing, const char *path, struct dict *what)
{
	struct heap *heap = recursing->call->heap;
	struct dict *named = dict_new(heap);

	if (!what->n)
		return;
	dict_set(heap, named, path, value_of_dict(what));
	if (!recursing->call->is_test && !dict_get(what, "directory"))
		dict_update(heap, named, what);
	change(recursing, path, named);
}

/* One that is missing is made, one that is there gets its owner and mode. false: failed, told. */
static bool put_dir(struct recursing *recursing, const char *path)
{
	struct state_call *call = recursing->call;
	autoerr struct err err = {0};
	struct dict *what = dict_new(call->heap);

	clean_keep(call, &recursing->managed, path);
	if (place_is_dir(call->world, path)) {
		if (!perms_apply(call, path, LINKS_FOLLOWED, &recursing->dir, what,
				 recursing->outcome))
			return false;
	} else {
		if (!call->is_test &&
		    place_make_dirs(call->world, path, &recursing->dir.look, &err)) {
			outcome_fail_err(recursing->outcome, &err);
			return false;
		}
		dict_set(call->heap, what, "directory", value_literal("new"));
	}
	change_dir(recursing, path, what);
	return true;
}

/* The directories between the target and what is called `rel` in it, each once. */
static bool put_parents(struct recursing *recursing, const char *rel)
{
	struct heap *heap = recursing->call->heap;
	const char *top = text_eq(recursing->path, "/") ? "" : recursing->path;

	for (const char *slash = strchr(rel, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *dir = heap_printf(heap, "%s/%.*s", top, (int)(slash - rel), rel);
		if (dict_get(recursing->done, dir))
			continue;
		dict_set(heap, recursing->done, dir, value_none());
		if (!put_dir(recursing, dir))
			return false;
	}
	return true;
}

/* ---- files and links ---- */

static bool render(struct recursing *recursing, const struct tree_entry *entry, const char *path,
		   struct str *text)
{
	const struct recurse_args *args = recursing->args;
	const char *source =
		heap_printf(recursing->call->heap, "%s/%s", recursing->source, entry->rel);
	struct template_request template = {.engine = args->template,
					    .context = args->context,
					    .defaults = args->defaults,
					    .name = path,
					    .source = source,
					    .user = args->user,
					    .group = args->group};

	if (!template_wanted(&template))
		return true;
	return template_render(recursing->call, &template, *text, text, recursing->outcome);
}

static int put_file(struct recursing *recursing, const struct tree_entry *entry, const char *path,
		    struct err *err)
{
	struct state_call *call = recursing->call;
	const struct recurse_args *args = recursing->args;
	autobuf struct buf text = {0};
	struct dict *what = dict_new(call->heap);
	struct file_put put = {.path = path,
			       .perms = recursing->file,
			       .has_source = true,
			       .show_changes = args->show_changes,
			       .backup = args->backup};

	clean_keep(call, &recursing->managed, path);
	if (!args->replace && place_stat(call->world, path, LINKS_FOLLOWED, NULL)) {
		if (!perms_apply(call, path, LINKS_FOLLOWED, &put.perms, what, recursing->outcome))
			return -1;
		change(recursing, path, what);
		return 0;
	}
	if (file_read_at(entry->dirfd, entry->name, LIMIT_SOURCE, &text, err))
		return -1;
	if (args->file_mode.is_keep) {
		put.perms.look.has_mode = true;
		put.perms.look.mode = entry->st.st_mode & 07777;
	}
	put.contents = buf_str(&text);
	if (!render(recursing, entry, path, &put.contents) ||
	    file_put(call, &put, what, recursing->outcome) == PUT_FAILED)
		return -1;
	change(recursing, path, what);
	return 0;
}

static int put_link(struct recursing *recursing, const struct tree_entry *entry, const char *path,
		    struct err *err)
{
	struct state_call *call = recursing->call;
	char target[LIMIT_LINK + 1];
	const char *old = NULL;
	struct stat st;

	clean_keep(call, &recursing->managed, path);
	ssize_t len = readlinkat(entry->dirfd, entry->name, target, sizeof(target) - 1);
	if (len < 0)
		return file_err(err, "reading link", entry->path);
	target[len] = '\0';
	bool exists = place_stat(call->world, path, LINKS_KEPT, &st);
	if (exists && S_ISLNK(st.st_mode) && place_link_read(call->world, path, &old, err))
		return -1;
	if (old && text_eq(old, target))
		return 0;
	if (exists && !old && !recursing->args->force_symlinks)
		return err_set(err, ERR_EXISTS, "File exists where the symlink %s should be", path);
	if (!call->is_test) {
		if (exists && !old && place_remove(call->world, path, err))
			return -1;
		if (place_link_make(call->world, target, path, err))
			return -1;
	}
	struct dict *what = dict_new(call->heap);
	dict_set(call->heap, what, "new", value_cstr(call->heap, path));
	change(recursing, path, what);
	return 0;
}

/* What a link leads to is what is copied, unless links are kept. */
static int put_behind_link(struct recursing *recursing, const struct tree_entry *entry,
			   const char *path, struct err *err);

static int visit(void *arg, const struct tree_entry *entry, struct err *err)
{
	struct recursing *recursing = arg;
	const char *path =
		heap_printf(recursing->call->heap, "%s/%s",
			    text_eq(recursing->path, "/") ? "" : recursing->path, entry->rel);

	if (S_ISDIR(entry->st.st_mode)) {
		if (recursing->max_depth >= 0 && entry->depth >= recursing->max_depth)
			return 0;
		if (recursing->args->include_empty && is_wanted(recursing, entry->rel) &&
		    !put_parents(recursing, heap_printf(recursing->call->heap, "%s/", entry->rel)))
			return -1;
		return 1;
	}
	if (!is_wanted(recursing, entry->rel))
		return 0;
	if (!put_parents(recursing, entry->rel))
		return -1;
	if (S_ISLNK(entry->st.st_mode))
		return recursing->args->keep_symlinks
			       ? put_link(recursing, entry, path, err)
			       : put_behind_link(recursing, entry, path, err);
	return S_ISREG(entry->st.st_mode) ? put_file(recursing, entry, path, err) : 0;
}

static int put_behind_link(struct recursing *recursing, const struct tree_entry *entry,
			   const char *path, struct err *err)
{
	autobuf struct buf text = {0};
	autoerr struct err why = {0};
	const char *file;
	const char *source =
		heap_printf(recursing->call->heap, "%s/%s", recursing->source, entry->rel);
	struct dict *what = dict_new(recursing->call->heap);
	struct file_put put = {.path = path,
			       .perms = recursing->file,
			       .has_source = true,
			       .show_changes = recursing->args->show_changes,
			       .backup = recursing->args->backup};

	/* By the source's own root, so that no link leads out of it; broken ones are passed by. */
	if (source_read(recursing->call->world, source, &text, &file, &why))
		return 0;
	clean_keep(recursing->call, &recursing->managed, path);
	put.contents = buf_str(&text);
	if (!render(recursing, entry, path, &put.contents) ||
	    file_put(recursing->call, &put, what, recursing->outcome) == PUT_FAILED)
		return -1;
	change(recursing, path, what);
	return 0;
}

/* ---- the state ---- */

static bool open_source(struct recursing *recursing, int *ret_fd)
{
	struct state_call *call = recursing->call;
	const struct list *sources = recursing->args->source;
	autoerr struct err err = {0};

	for (size_t i = 0; i < sources->n; i++) {
		if (!value_is_string(sources->items[i]))
			continue;
		recursing->source = place_name(
			call->world, heap_strdup(call->heap, value_bytes(sources->items[i])));
		err_clear(&err);
		if (source_open_dir(call->world, recursing->source, ret_fd, &err) == 0)
			return true;
	}
	if (err.kind == ERR_MISSING || !err_is_set(&err))
		outcome_fail(recursing->outcome,
			     "Recurse failed: none of the specified sources were found");
	else
		outcome_fail(recursing->outcome, "Recurse failed: %s", err_text(&err));
	return false;
}

static bool remove_rest(struct recursing *recursing)
{
	struct state_call *call = recursing->call;
	autoerr struct err err = {0};
	struct list *removed;

	if (!recursing->args->clean || !place_is_dir(call->world, recursing->path))
		return true;
	recursing->managed.path = recursing->path;
	recursing->managed.exclude_pat = recursing->args->exclude_pat;
	clean_keep_related(call, &recursing->managed);
	if (clean_directory(call, &recursing->managed, &removed, &err)) {
		outcome_fail_err(recursing->outcome, &err);
		return false;
	}
	if (removed->n)
		dict_set(call->heap, recursing->changes, "removed", value_of_list(removed));
	return true;
}

static void say_what(struct buf *text, struct str path, struct value what)
{
	const struct value *dir = what.kind == VALUE_DICT ? dict_get_str(what.dict, path) : NULL;

	if (value_is_sequence(what)) {
		for (size_t i = 0; i < what.list->n; i++)
			buf_printf(text, "%s%.*s", i ? "\n" : "",
				   STR_ARG(value_bytes(what.list->items[i])));
	} else if (dir && dir->kind == VALUE_DICT) {
		buf_puts(text, "The following files will be changed:\n");
		dict_foreach(entry, dir->dict) buf_printf(
			text, "%.*s: %.*s - %.*s\n", STR_ARG(path),
			STR_ARG(value_bytes(entry->key)), STR_ARG(value_bytes(entry->value)));
	} else {
		buf_printf(text,
			   "The file %.*s is set to be changed\nNote: No changes made, actual "
			   "changes may\nbe different due to other states.",
			   STR_ARG(path));
	}
}

/* A block a file, as the reference's test run prints them. */
static void say_would(struct recursing *recursing)
{
	autobuf struct buf text = {0};

	dict_foreach(entry, recursing->changes)
	{
		struct str key = value_bytes(entry->key);
		buf_printf(&text, "%s#### %.*s ####\n", text.len ? "\n\n" : "", STR_ARG(key));
		say_what(&text, key, entry->value);
	}
	outcome_pending(recursing->outcome, "%s", buf_text(&text));
}

static bool prepare(struct recursing *recursing)
{
	struct state_call *call = recursing->call;
	const struct recurse_args *args = recursing->args;
	struct outcome *outcome = recursing->outcome;
	struct template_request template = {
		.engine = args->template, .context = args->context, .defaults = args->defaults};
	struct stat st;

	if (!file_is_absolute(call, recursing->path, outcome) ||
	    !file_template_check(&template, outcome) ||
	    !perms_resolve(call, args->user, args->group, args->dir_mode, &recursing->dir,
			   outcome) ||
	    !perms_resolve(call, args->user, args->group, args->file_mode, &recursing->file,
			   outcome))
		return false;
	if (!place_stat(call->world, recursing->path, LINKS_FOLLOWED, &st) || S_ISDIR(st.st_mode))
		return true;
	outcome_fail(outcome, "The path %s exists and is not a directory", recursing->path);
	return false;
}

static void recurse_apply(struct state_call *call, struct outcome *outcome)
{
	const struct recurse_args *args = call->args;
	struct recursing recursing = {
		.call = call,
		.args = args,
		.outcome = outcome,
		.path = place_dir_name(call->world, call->name),
		.max_depth = args->maxdepth.kind == VALUE_INT ? args->maxdepth.integer : -1,
		.changes = outcome_changes(call, outcome),
		.done = dict_new(call->heap)};
	autoerr struct err err = {0};
	autoclose int fd = -1;

	if (!prepare(&recursing) || !open_source(&recursing, &fd) ||
	    !put_dir(&recursing, recursing.path))
		return;
	if (entries_walk(call->heap, &fd, recursing.path, visit, &recursing, &err)) {
		if (err_is_set(&err))
			outcome_fail_err(outcome, &err);
		return;
	}
	if (!remove_rest(&recursing))
		return;
	if (!recursing.changes->n)
		outcome_say(outcome, "The directory %s is in the correct state", recursing.path);
	else if (call->is_test)
		say_would(&recursing);
	else
		outcome_say(outcome, "Recursively updated %s", recursing.path);
}

const struct state_def state_file_recurse = {.name = "file.recurse",
					     .args = recurse_args,
					     .args_size = sizeof(struct recurse_args),
					     .apply = recurse_apply};
