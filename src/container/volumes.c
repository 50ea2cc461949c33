/* volumes.c - named and anonymous volumes: directories of the store, filled once from the image.
 * SPDX-License-Identifier: Apache-2.0
 *
 * STORE/volumes/<name>/ is the volume itself. A new one is filled beside and renamed into place, so
 * that a crash leaves a whole volume or none. */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/random.h"
#include "base/vec.h"
#include "layer/tree.h"

#include "base/banned.h"

#define VOLUMES_DIR "volumes"

static int volumes_dirfd(struct engine *engine, int *ret_fd, struct err *err)
{
	int store = store_dirfd(engine->store);

	if (dir_make_all(store, VOLUMES_DIR, 0711, err))
		return -1;
	return dir_open_at(store, VOLUMES_DIR, ret_fd, err);
}

/* tree_copy leaves the root's own attributes alone. */
static int copy_root_attributes(int from, int to, struct err *err)
{
	char names[4096], value[4096];
	struct stat st;

	if (fstat(from, &st) || fchown(to, st.st_uid, st.st_gid) || fchmod(to, st.st_mode & 07777))
		return err_sys(err, "giving a volume its owner and mode");
	ssize_t len = flistxattr(from, names, sizeof(names));
	for (const char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, sizeof(value));
		if (text_starts(name, "trusted.overlay.") || size < 0)
			continue;
		if (fsetxattr(to, name, value, (size_t)size, 0) && errno != ENOTSUP)
			return err_sys(err, "giving a volume the attribute '%s'", name);
	}
	return 0;
}

static int fill(const struct container *container, const struct record_mount *mount, int to,
		struct err *err)
{
	autoclose int root = -1;
	autoclose int from = -1;
	struct tree_copy_options options = {.merge_attributes = true};

	if (mount->no_copy)
		return 0;
	if (dir_open_at(AT_FDCWD, container->rootfs, &root, err))
		return -1;
	if (beneath_open(root, mount->target, O_RDONLY | O_DIRECTORY, 0, &from, err)) {
		if (err->kind != ERR_MISSING && err->sys_errno != ENOTDIR)
			return -1;
		err_clear(err); /* the image has nothing there */
		return 0;
	}
	return copy_root_attributes(from, to, err) || tree_copy(from, to, &options, err) ? -1 : 0;
}

static int make_filled(const struct container *container, const struct record_mount *mount,
		       int volumes, struct err *err)
{
	autoclose int dir = -1;
	autofree char *fresh = xasprintf(".new-%s", mount->name);

	if (tree_remove_at(volumes, fresh, err))
		return -1;
	if (mkdirat(volumes, fresh, 0755))
		return err_sys(err, "making volume '%s'", mount->name);
	if (dir_open_at(volumes, fresh, &dir, err))
		return -1;
	if (fill(container, mount, dir, err))
		return err_wrap(err, "filling volume '%s'", mount->name);
	if (renameat(volumes, fresh, volumes, mount->name))
		return err_sys(err, "making volume '%s'", mount->name);
	return 0;
}

static int volume_ensure(struct container *container, struct record_mount *mount, int volumes,
			 struct err *err)
{
	struct strlist names = {0};
	autofree char *key = xasprintf("volume-%s", mount->name);
	autoclose int lock = -1;

	if (store_lock_key(container->engine->store, key, true, &lock, NULL, err))
		return -1;
	if (dir_list(volumes, mount->name, &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return make_filled(container, mount, volumes, err);
	}
	bool is_empty = !names.n;
	strlist_done(&names);
	if (!is_empty)
		return 0;
	autoclose int dir = -1;
	if (dir_open_at(volumes, mount->name, &dir, err) || fill(container, mount, dir, err))
		return err_wrap(err, "filling volume '%s'", mount->name);
	return 0;
}

int volumes_create(struct container *container, struct err *err)
{
	autoclose int volumes = -1;

	vec_foreach(mount, &container->record.mounts) {
		if (mount->type != RECORD_MOUNT_VOLUME)
			continue;
		if (volumes < 0 && volumes_dirfd(container->engine, &volumes, err))
			return -1;
		if (!mount->name) {
			char name[ID_LEN + 1];
			random_hex(name, ID_LEN);
			mount->name = xstrdup(name);
		}
		if (volume_ensure(container, mount, volumes, err))
			return -1;
		free(mount->source);
		mount->source = xasprintf("%s/" VOLUMES_DIR "/%s",
					  store_root(container->engine->store), mount->name);
	}
	return 0;
}

int volumes_remove_anonymous(struct container *container, struct err *err)
{
	autoclose int volumes = -1;

	vec_foreach(mount, &container->record.mounts) {
		if (mount->type != RECORD_MOUNT_VOLUME || !mount->is_anonymous || !mount->name)
			continue;
		if (volumes < 0 && volumes_dirfd(container->engine, &volumes, err))
			return -1;
		if (tree_remove_at(volumes, mount->name, err))
			return err_wrap(err, "removing volume '%s'", mount->name);
	}
	return 0;
}
