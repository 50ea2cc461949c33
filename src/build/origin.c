/* origin.c - where COPY takes from: the context, or the files of a stage or an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "base/io.h"
#include "build/build_private.h"

#include "base/banned.h"

void origin_done(struct origin_root *root)
{
	mem_close_at(&root->fd);
	workdir_free(root->workdir);
	free(root->name);
	*root = (struct origin_root){.fd = -1};
}

/* The mount is detached as soon as we hold its root: it goes with the descriptor, however we end.
 */
static int mount_layers(struct build *build, const struct tip *tip, struct origin_root *root,
			struct err *err)
{
	struct store *store = build->engine->store;
	const struct digest *chain = tip_chain(tip);
	const struct digest none = {0};
	const struct snap_options options = {.driver = build->engine->snap_driver,
					     .is_volatile = true};
	cleanup(snap_closep) struct snapshot *snapshot = NULL;

	if (workdir_new(store, &root->workdir, err) ||
	    snap_create(store, workdir_path(root->workdir), chain ? chain : &none, &options,
			&snapshot, err))
		return -1;
	int failed = dir_open_at(AT_FDCWD, snap_rootfs(snapshot), &root->fd, err);
	if (umount2(snap_rootfs(snapshot), MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL &&
	    !failed)
		return err_sys(err, "detaching '%s'", snap_rootfs(snapshot));
	return failed;
}

static int open_context(struct build *build, struct origin_root *root, struct err *err)
{
	root->name = xstrdup("the build context");
	if (build->context_fd < 0)
		return workdir_new(build->engine->store, &root->workdir, err) ||
				       dir_open_at(workdir_fd(root->workdir), ".", &root->fd, err)
			       ? -1
			       : 0;
	return dir_open_at(build->context_fd, ".", &root->fd, err);
}

int origin_open(struct step *step, const char *from, struct origin_root *ret_root, struct err *err)
{
	struct build *build = step->build;
	cleanup(origin_done) struct origin_root root = {.fd = -1};
	cleanup(tip_done) struct tip image = {0};
	struct stage *stage = NULL;

	if (!from) {
		if (open_context(build, &root, err))
			return -1;
	} else {
		if (plan_find_from(build, step->stage, step->instruction, from, &stage, err))
			return -1;
		if (stage ? stage_build(build, stage, err)
			  : base_of_image(build, from, NULL, step->instruction->pos, &image, err))
			return -1;
		root.name = xasprintf("%s '%s'", stage ? "stage" : "image", from);
		if (mount_layers(build, stage ? &stage->tip : &image, &root, err))
			return -1;
	}
	*ret_root = root;
	root = (struct origin_root){.fd = -1};
	return 0;
}
