/* file_node.c - file.mknod: a device or a FIFO.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Salt's documentation, "salt.states.file", mknod. */
#include "states/file_states.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/file_perms.h"

#include "base/banned.h"

struct node_args {
	struct str ntype;
	int64_t major, minor;
	struct str user, group;
	struct file_mode mode;
};

#define A(field) offsetof(struct node_args, field)
static const struct state_arg node_args[] = {
	{"ntype", ARG_STR, A(ntype), .is_required = true},
	{"major", ARG_INT, A(major)},
	{"minor", ARG_INT, A(minor)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"mode", ARG_MODE, A(mode), "0600"},
	{0},
};
#undef A

struct node_kind {
	const char *letter, *name, *sentence; /* as comments have them */
	mode_t type;
};

static const struct node_kind node_kinds[] = {
	{"c", "character device", "Character device", S_IFCHR},
	{"b", "block device", "Block device", S_IFBLK},
	{"p", "fifo pipe", "Fifo pipe", S_IFIFO},
};

static void node_make(struct state_call *call, const char *path, const struct node_kind *kind,
		      const struct perms *perms, struct outcome *outcome)
{
	const struct node_args *args = call->args;
	autoclose int dirfd = -1;
	autoerr struct err err = {0};
	const char *name;
	struct stat st;
	dev_t device = makedev((unsigned)args->major, (unsigned)args->minor);

	if (place_check_links(call->world, path, LINKS_KEPT, &err) ||
	    beneath_parent(call->world->rootfd, path, &dirfd, &name, &err)) {
		outcome_fail_err(outcome, &err);
	} else if (mknodat(dirfd, name, kind->type | args->mode.mode, device) == 0) {
		outcome_change_text(
			call->heap, outcome, "new",
			heap_printf(call->heap, "%s %s created.", kind->sentence, path));
		if (place_stat(call->world, path, LINKS_KEPT, &st) &&
		    place_set_look(call->world, path, LINKS_KEPT, &st, &perms->look, &err))
			outcome_fail_err(outcome, &err);
	} else if (errno == EEXIST) {
		outcome_fail(outcome, "File %s exists and cannot be overwritten", path);
	} else {
		file_err(&err, "making node", path);
		outcome_fail_err(outcome, &err);
	}
}

/* It is there: its numbers must be those, its owner and mode are made so. */
static void node_keep(struct state_call *call, const char *path, const struct node_kind *kind,
		      const struct stat *st, const struct perms *perms, struct outcome *outcome)
{
	const struct node_args *args = call->args;
	struct dict *changes = outcome_changes(call, outcome);

	if (kind->type != S_IFIFO &&
	    (major(st->st_rdev) != args->major || minor(st->st_rdev) != args->minor)) {
		outcome_fail(outcome,
			     "%s %s exists and has a different major/minor %u/%u. Refusing to "
			     "continue",
			     kind->sentence, path, major(st->st_rdev), minor(st->st_rdev));
		return;
	}
	if (!perms_apply(call, path, LINKS_FOLLOWED, perms, changes, outcome))
		return;
	if (!changes->n)
		outcome_say(outcome, "%s %s is in the correct state", kind->sentence, path);
	else if (call->is_test)
		outcome_pending(outcome, "%s", "");
}

static void mknod_apply(struct state_call *call, struct outcome *outcome)
{
	const struct node_args *args = call->args;
	const char *path = place_name(call->world, call->name);
	const struct node_kind *kind = NULL;
	struct perms perms;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(node_kinds); i++)
		if (str_is(args->ntype, node_kinds[i].letter))
			kind = &node_kinds[i];
	if (!file_is_named(call, path, outcome))
		return;
	if (!kind) {
		outcome_fail(outcome,
			     "Node type unavailable: '%.*s'. Available node types are character "
			     "('c'), block ('b'), and pipe ('p')",
			     STR_ARG(args->ntype));
		return;
	}
	bool exists = place_stat(call->world, path, LINKS_FOLLOWED, &st);
	if (exists && S_ISREG(st.st_mode)) {
		outcome_fail(outcome, "File %s exists and is not a %s. Refusing to continue", path,
			     kind->name);
		return;
	}
	bool is_kind = exists && (st.st_mode & S_IFMT) == kind->type;
	if (call->is_test && !is_kind) {
		outcome_pending(outcome, "%s %s is set to be created", kind->sentence, path);
		return;
	}
	if (!perms_resolve(call, args->user, args->group, args->mode, &perms, outcome))
		return;
	if (is_kind)
		node_keep(call, path, kind, &st, &perms, outcome);
	else
		node_make(call, path, kind, &perms, outcome);
}

const struct state_def state_file_mknod = {.name = "file.mknod",
					   .args = node_args,
					   .args_size = sizeof(struct node_args),
					   .apply = mknod_apply};
