/* file_copy.c - file.copy: a file or a tree that is there already, once more elsewhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/file_states.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/io.h"
#include "state/limits.h"
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
	{"owner", ARG_STR, A(user), .alias_of = "user"},
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
	struct perms perms;             /* of the copy, and of the directories above it */
	const struct tree_entry *entry; /* what is in a directory, and keeps its times; else NULL */
};

static int copy_file(const struct copying *copying, const char *from, const char *to,
		     const struct stat *st, const struct look *look, struct err *err)
{
	autobuf struct buf text = {0};
	autoclose int fd = -1;
	struct world *world = copying->call->world;
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	const struct tree_entry *entry = copying->entry;

	/* In a tree by the walk's descriptor: its owner may put a link there meanwhile. */
	if (entry ? file_read_at(entry->dirfd, entry->name, LIMIT_SOURCE, &text, err)
		  : place_read(world, from, &text, NULL, err))
		return -1;
	if (place_write(world, to, LINKS_KEPT, buf_str(&text), look, err))
		return -1;
	if (!entry)
		return 0;
	if (place_open(world, to, O_RDONLY | O_NOFOLLOW, &fd, err))
		return -1;
	return futimens(fd, times) ? file_err(err, "setting the times of", to) : 0;
}

/* The original's, but nobody becomes another user by a copy of his program. */
static uint32_t copied_mode(const struct look *look, const struct stat *st)
{
	uint32_t mode = st->st_mode & 07777;

	if (look->uid != st->st_uid)
		mode &= ~(uint32_t)S_ISUID;
	if (look->gid != st->st_gid && !S_ISDIR(st->st_mode))
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

static int copy_one(const struct copying *copying, const char *from, const char *to,
		    const struct stat *st, struct err *err)
{
	struct world *world = copying->call->world;
	struct look look = copying->perms.look;
	const char *target;
	struct stat made;

	if (copying->entry || !look.has_mode)
		look.mode = copied_mode(&look, st);
	look.has_mode = true;
	if (S_ISREG(st->st_mode))
		return copy_file(copying, from, to, st, &look, err);
	if (S_ISDIR(st->st_mode))
		return place_make_dir(world, to, &look, err);
	if (!S_ISLNK(st->st_mode))
		return 0; /* FIFOs, sockets and devices are not contents */
	if (place_link_read(world, from, &target, err) || place_link_make(world, target, to, err))
		return -1;
	return place_stat(world, to, LINKS_KEPT, &made)
		       ? place_set_look(world, to, LINKS_KEPT, &made, &look, err)
		       : 0;
}

static int copy_entry(void *arg, const struct tree_entry *entry, struct err *err)
{
	struct copying *copying = arg;
	const char *to = heap_printf(copying->call->heap, "%s/%s", copying->path, entry->rel);

	copying->entry = entry;
	return copy_one(copying, entry->path, to, &entry->st, err) ? -1
								   : S_ISDIR(entry->st.st_mode);
}

static int copy_tree(struct copying *copying, const struct stat *st, struct err *err)
{
	struct state_call *call = copying->call;
	autoclose int fd = -1;

	if (S_ISREG(st->st_mode))
		return copy_one(copying, copying->source, copying->path, st, err);
	if (!S_ISDIR(st->st_mode))
		return err_set(err, ERR_INPUT, "'%s' is neither a file nor a directory",
			       copying->source);
	if (copy_one(copying, copying->source, copying->path, st, err) ||
	    place_open(call->world, copying->source, O_RDONLY | O_DIRECTORY, &fd, err))
		return -1;
	return entries_walk(call->heap, &fd, copying->source, copy_entry, copying, err);
}

/* The same bytes, owner and mode already: a copy made again would change nothing. */
static bool is_copied(struct state_call *call, const struct copying *copying,
		      const struct stat *from, const struct stat *to)
{
	autobuf struct buf a = {0}, b = {0};
	autoerr struct err err = {0};
	const struct look *look = &copying->perms.look;
	uint32_t mode = look->has_mode ? look->mode : copied_mode(look, from);

	return S_ISREG(from->st_mode) && S_ISREG(to->st_mode) && from->st_size == to->st_size &&
	       look->uid == to->st_uid && look->gid == to->st_gid &&
	       mode == (to->st_mode & 07777) &&
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

	if (args->subdir && place_is_dir(call->world, copying->path))
		copying->path = heap_printf(call->heap, "%s/%s", copying->path,
					    place_base(copying->source));
	*ret_replaces = place_stat(call->world, copying->path, LINKS_KEPT, &to);
	if (!*ret_replaces)
		return true;
	if (!args->force) {
		outcome_say(outcome, "The target file \"%s\" exists and will not be overwritten",
			    copying->path);
		return false;
	}
	if (is_copied(call, copying, from, &to)) {
		outcome_say(outcome, "The target file \"%s\" is already a copy of \"%s\"",
			    copying->path, copying->source);
		return false;
	}
	/* A file over a file is renamed over it. */
	*ret_replaces = !S_ISREG(to.st_mode) || !S_ISREG(from->st_mode);
	return true;
}

/* Either way: a tree into itself has no end, and its own directory would be removed for it. */
static bool is_inside(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b), len = len_a < len_b ? len_a : len_b;

	return memcmp(a, b, len) == 0 && (len_a == len_b || (len_a > len_b ? a : b)[len] == '/');
}

static bool copy_parents(const struct copying *copying, const struct stat *from,
			 struct outcome *outcome)
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
	if (!put.perms.look.has_mode) {
		put.perms.look.has_mode = true;
		put.perms.look.mode = from->st_mode & 07777;
	}
	return file_make_parents(call, &put, outcome);
}

/* Who shall own the copy: as asked for, or (preserve) as the original. */
static bool copy_perms(struct copying *copying, const struct stat *from, struct outcome *outcome)
{
	struct state_call *call = copying->call;
	const struct copy_args *args = call->args;

	if (args->preserve) {
		copying->perms.look =
			(struct look){from->st_uid, from->st_gid, true, from->st_mode & 07777};
		return true;
	}
	unsigned unknown = perms_resolve_all(call, args->user, args->group, &copying->perms);
	copying->perms.look.has_mode = args->mode.is_given && !args->mode.is_keep;
	copying->perms.look.mode = args->mode.mode;
	return perms_are_known(call, &copying->perms, unknown, outcome);
}

static void copy_made(struct copying *copying, const struct stat *from, struct outcome *outcome)
{
	struct state_call *call = copying->call;
	const struct copy_args *args = call->args;
	struct stat st = *from;

	outcome_change_text(call->heap, outcome, copying->path, copying->source);
	outcome_say(outcome, "Copied \"%s\" to \"%s\"", copying->source,
		    place_name(call->world, call->name));
	st.st_uid = geteuid();
	st.st_gid = getegid();
	if (!args->preserve)
		perms_differ(call, &copying->perms, &st, outcome_changes(call, outcome));
}

static void copy_apply(struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};
	const struct copy_args *args = call->args;
	struct copying copying = {
		.call = call,
		.path = place_name(call->world, call->name),
		.source = place_name(call->world, args->source.len ? args->source.ptr : "")};
	struct stat from;
	bool replaces;

	if (!file_is_absolute(call, copying.path, outcome))
		return;
	if (!*copying.source || !place_stat(call->world, copying.source, LINKS_FOLLOWED, &from)) {
		outcome_fail(outcome, "Source file \"%s\" is not present", copying.source);
		return;
	}
	if (!copy_perms(&copying, &from, outcome) ||
	    !copy_needed(&copying, &from, &replaces, outcome))
		return;
	if (call->is_test) {
		outcome_pending(outcome, "File \"%s\" is set to be copied to \"%s\"",
				copying.source, copying.path);
		return;
	}
	if (is_inside(copying.path, copying.source)) {
		outcome_fail(outcome, "Failed to copy \"%s\" to \"%s\": the one lies in the other",
			     copying.source, copying.path);
		return;
	}
	if (!copy_parents(&copying, &from, outcome))
		return;
	if ((replaces && place_remove(call->world, copying.path, &err)) ||
	    copy_tree(&copying, &from, &err))
		outcome_fail(outcome, "Failed to copy \"%s\" to \"%s\": %s", copying.source,
			     copying.path, err_text(&err));
	else
		copy_made(&copying, &from, outcome);
}

const struct state_def state_file_copy = {.name = "file.copy",
					  .args = copy_args,
					  .args_size = sizeof(struct copy_args),
					  .apply = copy_apply};
