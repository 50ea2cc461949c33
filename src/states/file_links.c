/* file_links.c - file.symlink and file.hardlink.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/accounts.h"
#include "states/file_put.h"

#include "base/banned.h"

struct link_args {
	struct str target;
	bool force;
	struct str backupname;
	bool makedirs;
	struct str user, group;
	struct file_mode mode, dir_mode;
};

#define A(field) offsetof(struct link_args, field)
static const struct state_arg link_args[] = {
	{"target", ARG_STR, A(target), .is_required = true},
	{"force", ARG_BOOL, A(force)},
	{"backupname", ARG_STR, A(backupname)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"mode", ARG_MODE, A(mode)},
	{"dir_mode", ARG_MODE, A(dir_mode), .alias_of = "mode"},
	{"follow_symlinks", ARG_IGNORED},
	{"copy_on_symlink", ARG_IGNORED},
	{"disallow_copy_and_unlink", ARG_IGNORED},
	{"atomic", ARG_IGNORED},
	{"inherit_user_and_group", ARG_IGNORED},
	{"win_owner", ARG_IGNORED},
	{"win_perms", ARG_IGNORED},
	{"win_deny_perms", ARG_IGNORED},
	{"win_inheritance", ARG_IGNORED},
	{0},
};
#undef A

struct linking {
	const char *path, *target;
	struct perms perms; /* of the link: owner alone; of directories made for it */
	bool has_old;
	struct stat old;
	const char *old_target; /* of an old link */
};

/* The directory that the link will be in; false: told. */
static bool link_parent(struct state_call *call, const struct linking *linking,
			struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	const char *dir = place_dir(call->heap, linking->path);
	struct look look = linking->perms.look;

	if (place_is_dir(call->world, dir))
		return true;
	look.has_mode = args->mode.is_given;
	look.mode = args->mode.mode;
	if (!args->makedirs) {
		outcome_fail(outcome, "Directory %s for symlink is not present", dir);
		return false;
	}
	if (place_make_dirs(call->world, dir, &look, &err) == 0)
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

/* What stands in the way goes, or is put aside; false: it stays, told. */
static bool link_clear(struct state_call *call, const struct linking *linking,
		       struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	const char *kind = S_ISDIR(linking->old.st_mode) ? "Directory" : "File";

	if (args->backupname.len) {
		const char *aside = heap_strdup(call->heap, args->backupname);
		if (*aside != '/')
			aside = heap_printf(call->heap, "%s/%s",
					    place_dir(call->heap, linking->path), aside);
		bool is_taken = place_stat(call->world, aside, LINKS_KEPT, NULL);
		if (is_taken && !args->force) {
			outcome_fail(outcome, "%s exists where the backup target %.*s should go",
				     kind, STR_ARG(args->backupname));
			return false;
		}
		if ((is_taken && place_remove(call->world, aside, &err)) ||
		    place_rename(call->world, linking->path, aside, &err)) {
			outcome_fail_err(outcome, &err);
			return false;
		}
		return true;
	}
	if (!args->force) {
		outcome_fail(outcome, "%s exists where the symlink %s should be", kind,
			     linking->path);
		return false;
	}
	if (place_remove(call->world, linking->path, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	outcome_change_text(call->heap, outcome, "forced", "Symlink was forcibly replaced");
	return true;
}

static bool link_owner_differs(const struct linking *linking)
{
	const struct look *look = &linking->perms.look;

	return (linking->perms.user && look->uid != linking->old.st_uid) ||
	       (linking->perms.group && look->gid != linking->old.st_gid);
}

static void say_owner(struct state_call *call, const struct linking *linking,
		      struct outcome *outcome, const char *fmt_present)
{
	uint32_t uid = linking->perms.user ? linking->perms.look.uid : linking->old.st_uid;
	uint32_t gid = linking->perms.group ? linking->perms.look.gid : linking->old.st_gid;

	outcome_say(outcome, "%s %s %s:%s", linking->path, fmt_present,
		    accounts_user_name(call->world, uid), accounts_group_name(call->world, gid));
}

/* It leads there already: its owner may still be another. */
static void link_kept(struct state_call *call, const struct linking *linking,
		      struct outcome *outcome)
{
	autoerr struct err err = {0};
	autofree char *subject = xasprintf("Symlink %s", linking->path);
	struct linking named = *linking;

	named.path = subject;
	if (!link_owner_differs(linking)) {
		say_owner(call, &named, outcome, "is present and owned by");
		return;
	}
	const char *owner = heap_printf(
		call->heap, "%s:%s",
		linking->perms.user ? linking->perms.user
				    : accounts_user_name(call->world, linking->old.st_uid),
		linking->perms.group ? linking->perms.group
				     : accounts_group_name(call->world, linking->old.st_gid));
	if (!call->is_test && place_set_look(call->world, linking->path, LINKS_KEPT, &linking->old,
					     &linking->perms.look, &err)) {
		outcome_fail(outcome, "Failed to set ownership of symlink %s to %s: %s",
			     linking->path, owner, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "ownership", owner);
	if (call->is_test)
		outcome_pending(outcome, "Ownership of symlink %s would be changed to %s",
				linking->path, owner);
	else
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
		outcome_fail(outcome, ", but was unable to set ownership: %s", err_text(&err));
}

static void link_would(struct state_call *call, const struct linking *linking,
		       struct outcome *outcome)
{
	const struct link_args *args = call->args;
	const char *kind = S_ISDIR(linking->old.st_mode) ? "directory" : "file";

	outcome_change_text(call->heap, outcome, linking->has_old ? "change" : "new",
			    linking->path);
	if (!linking->has_old)
		outcome_pending(outcome, "Symlink %s to %s is set for creation", linking->path,
				linking->target);
	else if (linking->old_target)
		outcome_pending(outcome, "Symlink %s target is set to be changed to %s",
				linking->path, linking->target);
	else if (args->backupname.len)
		outcome_pending(outcome,
				"Symlink & backup .%s and the file or directory will be renamed",
				linking->path);
	else if (args->force)
		outcome_pending(outcome,
				"The %s %s is set for removal to make way for a new symlink "
				"targeting %s",
				kind, linking->path, linking->target);
	else
		outcome_pending(outcome,
				"File or directory exists where the symlink %s should be. Did you "
				"mean to use force?",
				linking->path);
}

static bool link_look(struct state_call *call, struct linking *linking, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct link_args *args = call->args;
	struct file_mode none = {0};

	linking->path = place_name(call->world, call->name);
	linking->target = heap_strdup(call->heap, args->target);
	if (*linking->target == '~')
		linking->target = place_name(call->world, linking->target);
	if (!file_is_absolute(call, linking->path, outcome) ||
	    !perms_resolve(call, args->user, args->group, none, &linking->perms, outcome))
		return false;
	linking->has_old = place_stat(call->world, linking->path, LINKS_KEPT, &linking->old);
	if (linking->has_old && S_ISLNK(linking->old.st_mode) &&
	    place_link_read(call->world, linking->path, &linking->old_target, &err)) {
		outcome_fail_err(outcome, &err);
		return false;
	}
	return true;
}

static void symlink_apply(struct state_call *call, struct outcome *outcome)
{
	struct linking linking = {0};

	if (!link_look(call, &linking, outcome))
		return;
	if (linking.old_target && text_eq(linking.old_target, linking.target)) {
		link_kept(call, &linking, outcome);
		return;
	}
	if (call->is_test) {
		link_would(call, &linking, outcome);
		return;
	}
	if (!link_parent(call, &linking, outcome))
		return;
	if (linking.has_old && !linking.old_target && !link_clear(call, &linking, outcome))
		return;
	link_make(call, &linking, outcome);
}

const struct state_def state_file_symlink = {.name = "file.symlink",
					     .args = link_args,
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

/* Whether it is to be made; what there is to be said about it is said. */
static bool hardlink_needed(struct state_call *call, struct linking *linking,
			    struct outcome *outcome)
{
	const struct link_args *args = call->args;
	struct stat target;

	if (*linking->target != '/') {
		outcome_fail(outcome, "Specified target %s is not an absolute path",
			     linking->target);
	} else if (!place_stat(call->world, linking->target, LINKS_FOLLOWED, &target)) {
		outcome_fail(outcome, "Target %s for hard link does not exist", linking->target);
	} else if (S_ISDIR(target.st_mode)) {
		outcome_fail(outcome, "Unable to hard link from directory %s", linking->target);
	} else if (linking->has_old && S_ISDIR(linking->old.st_mode)) {
		outcome_fail(outcome, "Unable to hard link to directory %s", linking->path);
	} else if (linking->has_old && linking->old.st_ino == target.st_ino &&
		   linking->old.st_dev == target.st_dev) {
		outcome_say(outcome, "Target of hard link %s is already pointing to %s",
			    linking->path, linking->target);
	} else if (linking->has_old && !args->force) {
		outcome_fail(outcome, "File exists where the hard link %s should be",
			     linking->path);
	} else {
		return true;
	}
	return false;
}

static void hardlink_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	struct linking linking = {0};

	if (!link_look(call, &linking, outcome) || !hardlink_needed(call, &linking, outcome))
		return;
	if (call->is_test) {
		outcome_change_text(call->heap, outcome, linking.has_old ? "change" : "new",
				    linking.path);
		outcome_pending(outcome, "Hard link %s to %s is set for creation", linking.path,
				linking.target);
		return;
	}
	if (!link_parent(call, &linking, outcome))
		return;
	if ((linking.has_old && place_remove(call->world, linking.path, &err)) ||
	    hardlink(call->world, linking.target, linking.path, &err)) {
		outcome_fail(outcome, "Unable to create new hard link %s -> %s: %s", linking.path,
			     linking.target, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, "new", linking.path);
	outcome_say(outcome, "Created new hard link %s -> %s", linking.path, linking.target);
}

const struct state_def state_file_hardlink = {.name = "file.hardlink",
					      .args = link_args,
					      .args_size = sizeof(struct link_args),
					      .apply = hardlink_apply};
