/* prefill.c - filling empty directories so that a kill at any moment does no harm.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/prefill.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/strlist.h"

#include "base/banned.h"

#define GROWING  ".hull-copy"
#define COMPLETE ".hull-copied"

void target_lock(int dir)
{
	while (flock(dir, LOCK_EX) && errno == EINTR)
		continue;
}

static int is_empty(int target, bool *ret_empty, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (dir_list(target, ".", &names, err))
		return -1;
	*ret_empty = true;
	for (size_t i = 0; i < names.n; i++)
		if (!text_eq(names.items[i], "lost+found") && !text_eq(names.items[i], GROWING))
			*ret_empty = false;
	return 0;
}

static bool exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The target may belong to others: what has our name there and is not ours (a link to /etc, whose
 * entries would be moved here) is content like any other. -1: so it is, or there is none. */
static int open_complete(int target)
{
	autoclose int fd =
		openat(target, COMPLETE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() ? steal_fd(&fd) : -1;
}

/* The entries of the complete copy to their places. What somebody put there meanwhile is theirs. */
static int move_up(int copy, int target, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (dir_list(copy, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (exists(target, names.items[i]))
			continue;
		if (renameat(copy, names.items[i], target, names.items[i]))
			return file_err(err, "moving", names.items[i]);
	}
	return tree_remove_at(target, COMPLETE, err);
}

static int grow(int source, int target, const struct tree_options *options, int *ret_copy,
		struct err *err)
{
	if (tree_remove_at(target, GROWING, err))
		return -1;
	if (mkdirat(target, GROWING, 0700))
		return file_err(err, "making directory", GROWING);
	autoclose int copy =
		openat(target, GROWING, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (copy < 0)
		return file_err(err, "opening directory", GROWING);
	if (tree_copy_inside(source, copy, options, err))
		return -1;
	/* Complete has to mean complete after a power failure, too. */
	if (syncfs(copy) && errno != ENOSYS)
		return err_sys(err, "syncing");
	if (renameat(target, GROWING, target, COMPLETE))
		return file_err(err, "renaming", GROWING);
	*ret_copy = steal_fd(&copy);
	return 0;
}

int prefill(int source, int target, const struct tree_options *options,
	    const struct ownership *given, bool *ret_filled, struct err *err)
{
	bool empty;

	target_lock(target);
	autoclose int copy = open_complete(target);
	if (copy < 0) {
		if (is_empty(target, &empty, err))
			return -1;
		if (!empty || source < 0) {
			*ret_filled = empty;
			return 0;
		}
		if (grow(source, target, options, &copy, err))
			return -1;
	}
	if (source >= 0 && attributes_copy(source, target, given, err))
		return -1;
	if (move_up(copy, target, err))
		return -1;
	*ret_filled = true;
	return 0;
}
