/* file_copy.c - file.copy: a file or a tree that is there already, once more elsewhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "states/file_put.h"
#include "states/file_tree.h"

#include "base/banned.h"

struct copy_args {
	struct str source;
	bool force, makedirs, preserve;
	struct str user, group;
	struct file_mode mode, dir_mode;
	bool subdir;
};

#define A(field) offsetof(struct copy_args, field)
static const struct state_arg copy_args[] = {
	{"source", ARG_STR, A(source), .is_required = true},
	{"force", ARG_BOOL, A(force)},
	{"makedirs", ARG_BOOL, A(makedirs)},
	{"preserve", ARG_BOOL, A(preserve)},
	{"user", ARG_STR, A(user)},
	{"group", ARG_STR, A(group)},
	{"mode", ARG_MODE, A(mode)},
	{"dir_mode", ARG_MODE, A(dir_mode)},
	{"subdir", ARG_BOOL, A(subdir)},
	{0},
};
#undef A

struct copying {
	struct state_call *call;
	const char *source, *path;
	struct perms perms;
	bool keeps_mode;
};

/* What a copy gets: what was asked for, else (preserve, mode: keep) what the original has. */
static struct look copy_look(const struct copying *copying, const struct stat *st)
{
	const struct copy_args *args = copying->call->args;
	struct look look = copying->perms.look;

	if (args->preserve) {
		look.uid = look.uid == LOOK_KEPT ? st->st_uid : look.uid;
		look.gid = look.gid == LOOK_KEPT ? st->st_gid : look.gid;
	}
	if (!look.has_mode || S_ISDIR(st->st_mode)) {
		look.has_mode = true;
		look.mode = st->st_mode & 07777;
	}
	return look;
}

static int copy_file(const struct copying *copying, const char *from, const char *to,
		     const struct stat *st, struct err *err)
{
	autobuf struct buf text = {0};
	struct look look = copy_look(copying, st);
	struct world *world = copying->call->world;

	return place_read(world, from, &text, NULL, err) ||
			       place_write(world, to, LINKS_FOLLOWED, buf_str(&text), &look, err)
		       ? -1
		       : 0;
}

static int copy_one(const struct copying *copying, const char *from, const char *to,
		    const struct stat *st, struct err *err)
{
	struct world *world = copying->call->world;
	const char *target;

	if (S_ISLNK(st->st_mode))
		return place_link_read(world, from, &target, err) ||
				       place_link_make(world, target, to, err)
			       ? -1
			       : 0;
	if (S_ISREG(st->st_mode))
		return copy_file(copying, from, to, st, err);
	if (!S_ISDIR(st->st_mode))
		return 0; /* FIFOs, sockets and devices are not contents */
	struct look look = copy_look(copying, st);
	return place_is_dir(world, to) ? 0 : place_make_dir(world, to, &look, err);
}

static int copy_entry(void *arg, const struct tree_entry *entry, struct err *err)
{
	const struct copying *copying = arg;
	const char *to = heap_printf(copying->call->heap, "%s/%s", copying->path, entry->rel);

	return copy_one(copying, entry->path, to, &entry->st, err) ? -1
								   : S_ISDIR(entry->st.st_mode);
}

static int copy_tree(struct copying *copying, const struct stat *st, struct err *err)
{
	struct state_call *call = copying->call;
	autoclose int fd = -1;

	if (!S_ISDIR(st->st_mode))
		return copy_one(copying, copying->source, copying->path, st, err);
	if (text_starts(copying->path, copying->source) &&
	    copying->path[strlen(copying->source)] == '/')
		return err_set(err, ERR_INPUT, "'%s' lies in '%s'", copying->path, copying->source);
	if (copy_one(copying, copying->source, copying->path, st, err) ||
	    place_open(call->world, copying->source, O_RDONLY | O_DIRECTORY, &fd, err))
		return -1;
	return tree_walk(call->heap, &fd, copying->source, copy_entry, copying, err);
}

/* The same bytes already; for a directory nobody looks. */
static bool is_same(struct state_call *call, const struct copying *copying, const struct stat *from,
		    const struct stat *to)
{
	autobuf struct buf a = {0}, b = {0};
	autoerr struct err err = {0};

	return S_ISREG(from->st_mode) && S_ISREG(to->st_mode) && from->st_size == to->st_size &&
	       place_read(call->world, copying->source, &a, NULL, &err) == 0 &&
	       place_read(call->world, copying->path, &b, NULL, &err) == 0 &&
	       str_eq(buf_str(&a), buf_str(&b));
}

/* Whether there is anything to be copied; what there is to be said about it is said. */
static bool copy_needed(struct copying *copying, const struct stat *from, bool *ret_replaces,
			struct outcome *outcome)
{
	struct state_call *call = copying->call;
	const struct copy_args *args = call->args;
	struct stat to;

	*ret_replaces = false;
	if (!place_stat(call->world, copying->path, LINKS_FOLLOWED, &to))
		return true;
	if (S_ISDIR(to.st_mode) && args->subdir) {
		copying->path = heap_printf(call->heap, "%s/%s", copying->path,
					    place_base(copying->source));
		if (!place_stat(call->world, copying->path, LINKS_FOLLOWED, &to))
			return true;
	}
	if (!args->force) {
		outcome_say(outcome, "The target file \"%s\" exists and will not be overwritten",
			    copying->path);
		return false;
	}
	if (is_same(call, copying, from, &to)) {
		outcome_say(outcome, "The target file \"%s\" is already a copy of \"%s\"",
			    copying->path, copying->source);
		return false;
	}
	*ret_replaces = S_ISDIR(to.st_mode) != S_ISDIR(from->st_mode);
	return true;
}

static bool copy_parents(const struct copying *copying, struct outcome *outcome)
{
	struct state_call *call = copying->call;
	const struct copy_args *args = call->args;
	struct file_put put = {.path = copying->path,
			       .perms = copying->perms,
			       .makedirs = args->makedirs,
			       .dir_mode = args->dir_mode};
	const char *dir = place_dir(call->heap, copying->path);

	if (!args->makedirs && !place_is_dir(call->world, dir)) {
		outcome_fail(outcome, "The target directory %s is not present", dir);
		return false;
	}
	return file_make_parents(call, &put, outcome);
}

static void copy_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct copy_args *args = call->args;
	struct copying copying = {
		.call = call,
		.path = place_name(call->world, call->name),
		.source = place_name(call->world, heap_strdup(call->heap, args->source))};
	struct stat from;
	bool replaces;

	if (!file_is_absolute(call, copying.path, outcome))
		return;
	if (!place_stat(call->world, copying.source, LINKS_FOLLOWED, &from)) {
		outcome_fail(outcome, "Source file \"%s\" is not present", copying.source);
		return;
	}
	if (!perms_resolve(call, args->user, args->group, args->mode, &copying.perms, outcome) ||
	    !copy_needed(&copying, &from, &replaces, outcome))
		return;
	if (call->is_test) {
		outcome_change_text(call->heap, outcome, copying.path, copying.source);
		outcome_pending(outcome, "File \"%s\" is set to be copied to \"%s\"",
				copying.source, copying.path);
		return;
	}
	if (!copy_parents(&copying, outcome))
		return;
	if ((replaces && place_remove(call->world, copying.path, &err)) ||
	    copy_tree(&copying, &from, &err)) {
		outcome_fail(outcome, "Failed to copy \"%s\" to \"%s\": %s", copying.source,
			     copying.path, err_text(&err));
		return;
	}
	outcome_change_text(call->heap, outcome, copying.path, copying.source);
	outcome_say(outcome, "Copied \"%s\" to \"%s\"", copying.source, copying.path);
}

const struct state_def state_file_copy = {.name = "file.copy",
					  .args = copy_args,
					  .args_size = sizeof(struct copy_args),
					  .apply = copy_apply};
