/* copy.c - the merged view of layers as plain files, for where there is no overlay.
 * SPDX-License-Identifier: Apache-2.0
 *
 * From the bottom up, each layer in three passes: what it hides is removed, its files are copied
 * over the rest, and its whiteouts, which came along as devices, are taken out again. The
 * directories of layer and copy are walked side by side by descriptor, so a link in either is never
 * followed. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"
#include "layer/attributes.h"
#include "layer/limits.h"
#include "layer/listing.h"
#include "layer/tree.h"
#include "snap/snap_private.h"

#include "base/banned.h"

enum pass { PASS_HIDE, PASS_CLEAN };

static int all_remove(int dirfd, struct err *err)
{
	autolisting struct listing names = {0};
	if (listing_read(dirfd, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (tree_remove_at(dirfd, names.items[i].name, err))
			return -1;
	return 0;
}

static int pass_directory(int layer, int root, enum pass pass, unsigned depth, struct err *err);

static int pass_inner(int layer, int root, const char *name, enum pass pass, unsigned depth,
		      struct err *err)
{
	autoclose int layer_inner = -1, root_inner = -1;
	struct stat st;
	if (fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW)) /* nothing is below: nothing to hide */
		return errno == ENOENT ? 0 : err_sys(err, "looking at '%s'", name);
	if (!S_ISDIR(st.st_mode))
		return tree_remove_at(root, name, err);
	if (listing_open(layer, name, &layer_inner, err) ||
	    listing_open(root, name, &root_inner, err))
		return -1;
	if (pass == PASS_HIDE && fd_is_opaque(layer_inner))
		return all_remove(root_inner, err);
	return pass_directory(layer_inner, root_inner, pass, depth + 1, err);
}

static int pass_name(int layer, int root, const char *name, enum pass pass, unsigned depth,
		     struct err *err)
{
	struct stat st, there;
	if (fstatat(layer, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(err, "looking at '%s'", name);
	if (S_ISDIR(st.st_mode))
		return pass_inner(layer, root, name, pass, depth, err);
	if (stat_is_whiteout(&st))
		return tree_remove_at(root, name, err);
	/* A file that takes a directory's place. */
	if (pass == PASS_HIDE && !fstatat(root, name, &there, AT_SYMLINK_NOFOLLOW) &&
	    S_ISDIR(there.st_mode))
		return tree_remove_at(root, name, err);
	return 0;
}

static int pass_directory(int layer, int root, enum pass pass, unsigned depth, struct err *err)
{
	autolisting struct listing names = {0};
	struct stat st;
	if (depth > LIMIT_PATH_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %u directories deep", LIMIT_PATH_DEPTH);
	if (listing_read(layer, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (pass_name(layer, root, names.items[i].name, pass, depth, err))
			return -1;
	if (pass != PASS_CLEAN) /* taking whiteouts out has moved its time */
		return 0;
	if (fstat(layer, &st))
		return err_sys(err, "looking at a directory of a layer");
	return attributes_set_time(root, -1, ".", stat_mtime_ns(&st), err);
}

int copy_layers(const struct stack *stack, int rootfd, struct err *err)
{
	const struct tree_copy_options options = {.merge_attributes = true};
	for (size_t i = stack->n; i-- > 0;)
		if (pass_directory(stack->fds[i], rootfd, PASS_HIDE, 1, err) ||
		    tree_copy(stack->fds[i], rootfd, &options, err) ||
		    pass_directory(stack->fds[i], rootfd, PASS_CLEAN, 1, err))
			return err_wrap(err, "copying layer %s", stack->chain_ids[i].text);
	return stack_root_attributes(stack, rootfd, err);
}
