/* file_links.c - file.symlink and file.hardlink.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/accounts.h"
#include "states/file_put.h"

#include "base/banned.h"

struct link_args {
	struct str target;
	bool force, atomic, inherits;
	struct str backupname;
	bool makedirs;
	struct str user, group;
	struct file_mode mode;
};

#define A(field) offsetof(struct link_args, field)
#define LINK_ARGS                                                                           \
	{"target", ARG_STR, A(target), .is_required = true}, {"force", ARG_BOOL, A(force)}, \
		{"makedirs", ARG_BOOL, A(makedirs)}, {"user", ARG_STR, A(user)},            \
		{"owner", ARG_STR, A(user), .alias_of = "user"},                            \
	{                                                                                   \
		"group", ARG_STR, A(group)                                                  \
	}
static const struct state_arg symlink_args[] = {
	LINK_ARGS,
	{"backupname", ARG_STR, A(backupname)},
	{"mode", ARG_MODE, A(mode)},
	{"atomic", ARG_BOOL, A(atomic)},
	{"inherit_user_and_group", ARG_BOOL, A(inherits)},
	{"dir_mode", ARG_IGNORED},
	{"follow_symlinks", ARG_IGNORED},
	{"copy_on_symlink", ARG_IGNORED},
	{"disallow_copy_and_unlink", ARG_IGNORED},
	{"win_owner", ARG_IGNORED},
	{"win_perms", ARG_IGNORED},
	{"win_deny_perms", ARG_IGNORED},
	{"win_inheritance", ARG_IGNORED},
	{0},
};

static const struct state_arg hardlink_args[] = {
	LINK_ARGS,
	{"dir_mode", ARG_MODE, A(mode)},
	{0},
};
#undef LINK_ARGS
#undef A

struct linking {
	const char *path, *target;
	struct perms perms; /* of the link, and of directories made for it */
	bool has_old;
	struct stat old;
	const char *old_target; /* of an old link */
};

static const char *owner_text(struct heap *heap, const struct perms *perms)
{
	return heap_printf(heap, "%s:%s", perms->user, perms->group);
}

static const char *old_owner_text(struct state_call *call, const struct stat *st)
{
	return heap_printf(call->heap, "%s:%s", accounts_user_name(call->world, st->st_uid),
			   accounts_group_name(call->world, st->st_gid));
}

/* All that is wrong with the arguments in one comment: sentences, when it is more than one thing.
 */
static bool link_sound(const struct linking *linking, unsigned unknown, bool wants_target,
		       struct outcome *outcome)
{
	autobuf struct buf why = {0};
	int n = 0;
	const struct {
		bool is_wrong;
		const char *before, *word, *behind;
	} faults[] = {
		{unknown & PERMS_NO_USER, "User ", linking->perms.user, " does not exist"},
		{unknown & PERMS_NO_GROUP, "Group ", linking->perms.group, " does not exist"},
		{*linking->path != '/', "Specified file ", linking->path,
		 " is not an absolute path"},
		{wants_target && *linking->target != '/', "Specified target ", linking->target,
		 " is not an absolute path"},
	};

	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (faults[i].is_wrong)
			buf_printf(&why, "%s%s%s%s", n++ ? ". " : "", faults[i].before,
				   faults[i].word, faults[i].behind);
	if (n)
		outcome_fail(outcome, "%s%s", buf_text(&why), n > 1 ? "." : "");
	return n == 0;
}

static bool link_look(struct state_call *call, struct linking *linking, bool wants_target,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	struct str user = args->user, group = args->group;

	linking->path = place_name(call->world, call->name);
	linking->target = args->target.len ? args->target.ptr : "";
	if (!file_is_named(call, linking->path, outcome))
		return false;
	linking->has_old = *linking->path == '/' &&
			   place_stat(call->world, linking->path, LINKS_KEPT, &linking->old);
	bool is_link = linking->has_old && S_ISLNK(linking->old.st_mode);
	if (args->inherits && is_link) {
		if (!user.len)
			user = str_of(accounts_user_name(call->world, linking->old.st_uid));
		if (!group.len)
			group = str_of(accounts_group_name(call->world, linking->old.st_gid));
	}
	unsigned unknown = perms_resolve_all(call, user, group, &linking->perms);
	linking->perms.look.has_mode = args->mode.is_given;
	linking->perms.look.mode = args->mode.mode;
	if (!link_sound(linking, unknown, wants_target, outcome))
		return false;
	if (is_link && place_link_read(call->world, linking->path, &linking->old_target, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	return true;
}

/* The directory that the link will be in; false: told. */
static bool link_parent(struct state_call *call, const struct linking *linking, const char *kind,
			struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	const char *dir = place_dir(call->heap, linking->path);

	if (place_is_dir(call->world, dir))
		return true;
	if (!args->makedirs)
		outcome_fail(outcome, "Directory %s for %s is not present", dir, kind);
	else if (place_make_dirs(call->world, dir, &linking->perms.look, &err))
		outcome_fail_err(outcome, &err);
	else
		return true;
	return false;
}

/* What stands in the way goes, or is put aside; false: it stays, told. */
static bool link_clear(struct state_call *call, const struct linking *linking,
		       struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	struct heap *heap = call->heap;
	const char *aside = args->backupname.ptr;
	mode_t type = linking->old.st_mode & S_IFMT;

	if (!args->backupname.len) {
		if (args->force || (args->atomic && type != S_IFDIR))
			return !place_remove(call->world, linking->path, &err) ||
			       (outcome_fail_err(outcome, &err), false);
		outcome_fail(outcome, "%s exists where the symlink %s should be",
			     type == S_IFREG   ? "File"
			     : type == S_IFDIR ? "Directory"
					       : "File system entry",
			     linking->path);
		return false;
	}
	if (*aside != '/' && strchr(aside, '/')) {
		outcome_fail(outcome, "Backupname must be an absolute path or a file name: %s",
			     aside);
		return false;
	}
	if (*aside != '/') {
		const char *dir = place_dir(heap, place_normal(heap, linking->path));
		aside = heap_printf(heap, "%s/%s", text_eq(dir, "/") ? "" : dir, aside);
	}
	bool is_taken = place_stat(call->world, aside, LINKS_KEPT, NULL);
	if (is_taken && !args->force) {
		outcome_fail(outcome,
			     "Symlink & backup dest exists and Force not set. %s -> %s - backup: "
			     "%s",
			     linking->path, linking->target, aside);
		return false;
	}
	if ((is_taken && place_remove(call->world, aside, &err)) ||
	    place_rename(call->world, linking->path, aside, &err)) {
		outcome_fail(outcome, "Unable to rename %s to backup %s -> : %s", linking->path,
			     aside, err_text(&err));
		return false;
	}
	return true;
}

/* It leads there already: its owner may still be another. */
static void link_kept(struct state_call *call, const struct linking *linking,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};
	const char *owner = owner_text(call->heap, &linking->perms);
	const char *old_owner = old_owner_text(call, &linking->old);

	if (text_eq(owner, old_owner)) {
		if (call->is_test)
			outcome_say(outcome, "The symlink %s is present", linking->path);
		else
			outcome_say(outcome, "Symlink %s is present and owned by %s", linking->path,
				    owner);
		return;
	}
	if (call->is_test) {
		outcome_change_text(call->heap, outcome, "ownership", old_owner);
		outcome_pending(outcome,
				"The symlink %s is present, but the ownership of the symlink would "
				"be changed from %s to %s",
				linking->path, old_owner, owner);
		return;
	}
	if (place_set_look(call->world, linking->path, LINKS_KEPT, &linking->old,
			   &linking->perms.look, &err)) {
		outcome_fail(outcome, "Failed to set ownership of symlink %s to %s: %s",
			     linking->path, owner, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "ownership", owner);
	outcome_say(outcome, "Set ownership of symlink %s to %s", linking->path, owner);
}

static void link_make(struct state_call *call, const struct linking *linking,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct stat st;

	if (place_link_make(call->world, linking->target, linking->path, &err)) {
		outcome_fail(outcome, "Unable to create new symlink %s -> %s: %s", linking->path,
			     linking->target, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "new", linking->path);
	outcome_say(outcome, "Created new symlink %s -> %s", linking->path, linking->target);
	if (place_stat(call->world, linking->path, LINKS_KEPT, &st) &&
	    place_set_look(call->world, linking->path, LINKS_KEPT, &st, &linking->perms.look, &err))
		outcome_fail(outcome, ", but was unable to set ownership to %s",
			     owner_text(call->heap, &linking->perms));
}

static void link_would(struct state_call *call, const struct linking *linking,
		       struct outcome *outcome)
{
	const struct link_args *args = call->args;
	const char *path = linking->path, *dir = place_dir(call->heap, path);

	if (linking->old_target && text_eq(linking->old_target, linking->target)) {
		link_kept(call, linking, outcome);
	} else if (linking->old_target) {
		outcome_change_text(call->heap, outcome, "change", path);
		outcome_pending(outcome, "Link %s target is set to be changed to %s", path,
				linking->target);
	} else if (!linking->has_old) {
		outcome_change_text(call->heap, outcome, "new", path);
		outcome_pending(outcome, "Symlink %s to %s is set for creation", path,
				linking->target);
	} else if (args->force) {
		outcome_pending(outcome,
				"The file or directory %s is set for removal to make way for a new "
				"symlink targeting %s",
				path, linking->target);
	} else {
		outcome_fail(outcome,
			     "File or directory exists where the symlink %s should be. Did you "
			     "mean to use force?",
			     path);
	}
	if (place_is_dir(call->world, dir))
		return;
	if (args->makedirs)
		outcome_say(outcome, "%s will be created", dir);
	else
		outcome_say(outcome, "Directory %s for symlink is not present", dir);
}

static void symlink_apply(struct state_call *call, struct outcome *outcome)
{
	struct linking linking = {0};

	if (!link_look(call, &linking, false, outcome))
		return;
	if (call->is_test) {
		link_would(call, &linking, outcome);
		return;
	}
	if (!link_parent(call, &linking, "symlink", outcome))
		return;
	if (linking.old_target && text_eq(place_normal(call->heap, linking.old_target),
					  place_normal(call->heap, linking.target)))
		link_kept(call, &linking, outcome);
	else if (!linking.has_old || linking.old_target || link_clear(call, &linking, outcome))
		link_make(call, &linking, outcome);
}

const struct state_def state_file_symlink = {.name = "file.symlink",
					     .args = symlink_args,
					     .args_size = sizeof(struct link_args),
					     .apply = symlink_apply};

/* ---- hardlink ---- */

static int hardlink(struct world *world, const char *target, const char *path, struct err *err)
{
	autoclose int from_dir = -1;
	autoclose int to_dir = -1;
	const char *from_name, *to_name;

	if (beneath_parent(world->rootfd, target, &from_dir, &from_name, err) ||
	    beneath_parent(world->rootfd, path, &to_dir, &to_name, err))
		return -1;
	if (linkat(from_dir, from_name, to_dir, to_name, 0))
		return err_sys(err, "linking '%s' to '%s'", path, target);
	return 0;
}

enum hardlink_way { HARDLINK_FREE, HARDLINK_SAME, HARDLINK_OTHER, HARDLINK_FILE };

/* What stands where the link shall be. false: it cannot be made, told. */
static bool hardlink_way(struct state_call *call, const struct linking *linking,
			 enum hardlink_way *ret_way, struct outcome *outcome)
{
	struct stat target, name;
	const char *directory = NULL;
	bool has_target = place_stat(call->world, linking->target, LINKS_FOLLOWED, &target);

	*ret_way = HARDLINK_FREE;
	if (place_is_dir(call->world, linking->path))
		directory = "to";
	/* The trial looks at the target first. */
	if (has_target && S_ISDIR(target.st_mode) && (!directory || call->is_test))
		directory = "from";
	if (!has_target && (!directory || call->is_test))
		outcome_fail(outcome, "Target %s for hard link does not exist", linking->target);
	else if (directory)
		outcome_fail(outcome, "Unable to hard link %s directory %s", directory,
			     text_eq(directory, "to") ? linking->path : linking->target);
	if (!has_target || directory)
		return false;
	if (!linking->has_old || !place_stat(call->world, linking->path, LINKS_FOLLOWED, &name))
		return true;
	place_stat(call->world, linking->target, LINKS_KEPT, &target);
	if (linking->old.st_nlink <= 1)
		*ret_way = HARDLINK_FILE;
	else if (linking->old.st_ino == target.st_ino && linking->old.st_dev == target.st_dev)
		*ret_way = HARDLINK_SAME;
	else
		*ret_way = HARDLINK_OTHER;
	return true;
}

static void hardlink_would(struct state_call *call, const struct linking *linking,
			   enum hardlink_way way, struct outcome *outcome)
{
	const struct link_args *args = call->args;
	const char *path = linking->path, *target = linking->target;

	switch (way) {
	case HARDLINK_FREE:
		outcome_change_text(call->heap, outcome, "new", path);
		outcome_pending(outcome, "Hard link %s to %s is set for creation", path, target);
		return;
	case HARDLINK_SAME:
		outcome_say(outcome, "The hard link %s is presently targetting %s", path, target);
		return;
	case HARDLINK_OTHER:
		outcome_change_text(call->heap, outcome, "change", path);
		outcome_pending(outcome, "Link %s target is set to be changed to %s", path, target);
		return;
	case HARDLINK_FILE:
		if (args->force)
			outcome_pending(outcome,
					"The file or directory %s is set for removal to make way "
					"for a new hard link targeting %s",
					path, target);
		else
			outcome_fail(outcome,
				     "File or directory exists where the hard link %s should be. "
				     "Did you mean to use force?",
				     path);
	}
}

static void hardlink_make(struct state_call *call, const struct linking *linking,
			  enum hardlink_way way, struct outcome *outcome)
{
	autoerr struct err err = {0};
	bool changes = way == HARDLINK_OTHER;
	const char *made = changes ? "Set target of" : "Created new";
	const char *unable = changes ? "Unable to set target of" : "Unable to create new";

	if ((way != HARDLINK_FREE && place_remove(call->world, linking->path, &err)) ||
	    hardlink(call->world, linking->target, linking->path, &err)) {
		outcome_fail(outcome, "%s hard link %s -> %s: %s", unable, linking->path,
			     linking->target, err_text(&err));
		return;
	}
	if (way == HARDLINK_FILE)
		outcome_change_text(call->heap, outcome, "forced",
				    "File for hard link was forcibly replaced");
	outcome_change_text(call->heap, outcome, "new", linking->path);
	outcome_say(outcome, "%s hard link %s -> %s", made, linking->path, linking->target);
}

static void hardlink_apply(struct state_call *call, struct outcome *outcome)
{
	const struct link_args *args = call->args;
	struct linking linking = {0};
	enum hardlink_way way;

	if (!link_look(call, &linking, true, outcome) ||
	    !hardlink_way(call, &linking, &way, outcome))
		return;
	if (call->is_test)
		hardlink_would(call, &linking, way, outcome);
	else if (!link_parent(call, &linking, "hard link", outcome))
		return;
	else if (way == HARDLINK_FILE && !args->force)
		outcome_fail(outcome, "File exists where the hard link %s should be", linking.path);
	else if (way == HARDLINK_SAME)
		outcome_say(outcome, "Target of hard link %s is already pointing to %s",
			    linking.path, linking.target);
	else
		hardlink_make(call, &linking, way, outcome);
}

const struct state_def state_file_hardlink = {.name = "file.hardlink",
					      .args = hardlink_args,
					      .args_size = sizeof(struct link_args),
					      .apply = hardlink_apply};
