/* mounts.c - the record's mounts as the bundle wants them, their sources there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/vec.h"

#include "base/banned.h"

struct spec_mounts {
	struct spec_mount *items;
	size_t n, cap;
};

static void spec_mount_done(struct spec_mount *mount)
{
	free(mount->source);
	free(mount->target);
	free(mount->type);
	strlist_done(&mount->options);
}

static void bind_add(struct spec_mounts *mounts, const char *source, const char *target)
{
	struct spec_mount *mount = vec_add(mounts);

	mount->kind = MOUNT_BIND;
	mount->source = xstrdup(source);
	mount->target = xstrdup(target);
}

/* docker makes a missing host path of -v a directory; --mount was checked when it was made. */
static int source_ensure(const struct record_mount *mount, struct err *err)
{
	struct stat st;

	if (!stat(mount->source, &st))
		return 0;
	if (errno != ENOENT || !mount->make_source)
		return err_sys(err, "mount source '%s'", mount->source);
	if (dir_make_all(AT_FDCWD, mount->source, 0755, err))
		return err_wrap(err, "making the mount source '%s'", mount->source);
	return 0;
}

static void tmpfs_prepare(struct spec_mounts *mounts, const struct record_mount *mount)
{
	struct spec_mount *tmpfs = vec_add(mounts);

	tmpfs->kind = MOUNT_TMPFS;
	tmpfs->target = xstrdup(mount->target);
	strlist_copy(&tmpfs->options, &mount->options);
	if (mount->read_only)
		strlist_add(&tmpfs->options, "ro");
}

static void bind_prepare(struct spec_mounts *mounts, const struct record_mount *mount)
{
	struct spec_mount *bind = vec_add(mounts);

	bind->kind = MOUNT_BIND;
	bind->source = xstrdup(mount->source);
	bind->target = xstrdup(mount->target);
	if (mount->no_recursive)
		strlist_add(&bind->options, "bind");
	if (mount->propagation)
		strlist_add(&bind->options, mount->propagation);
	if (mount->read_only)
		strlist_add(&bind->options, "ro");
}

static int record_mount_prepare(struct spec_mounts *mounts, const struct record_mount *mount,
				struct err *err)
{
	if (mount->type == RECORD_MOUNT_TMPFS) {
		tmpfs_prepare(mounts, mount);
		return 0;
	}
	if (source_ensure(mount, err))
		return -1;
	bind_prepare(mounts, mount);
	return 0;
}

/* The files that we write: unless something else was mounted there by hand. */
static int files_prepare(struct spec_mounts *mounts, const struct container *container,
			 struct err *err)
{
	static const struct {
		const char *file, *target;
	} files[] = {{FILE_HOSTS, "/etc/hosts"},
		     {FILE_RESOLV, "/etc/resolv.conf"},
		     {FILE_HOSTNAME, "/etc/hostname"}};
	const struct record *record = &container->record;
	struct container *other = NULL;

	/* Who shares another container's network shares its names. */
	if (text_starts(record->network, "container:") &&
	    container_open(container->engine, record->network + strlen("container:"), &other, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autofree char *path = path_join(other ? other->dir : container->dir, files[i].file);
		if (!record_mount_find(record, files[i].target))
			bind_add(mounts, path, files[i].target);
	}
	container_close(other);
	return 0;
}

static void shm_prepare(struct spec_mounts *mounts, const struct record *record)
{
	if (record_mount_find(record, "/dev/shm"))
		return;
	struct spec_mount *shm = vec_add(mounts);
	shm->kind = MOUNT_TMPFS;
	shm->target = xstrdup("/dev/shm");
	strlist_add(&shm->options, "mode=1777");
	strlist_addf(&shm->options, "size=%lld", (long long)record->shm_size);
}

/* At the root, which every image has: only one file has to be made there, and nobody sees it. */
static void init_prepare(struct spec_mounts *mounts, const struct record *record)
{
	if (!record->init)
		return;
	bind_add(mounts, record->init, INIT_TARGET);
	strlist_add(&mounts->items[mounts->n - 1].options, "ro");
}

int mounts_prepare(struct container *container, struct spec *spec, struct err *err)
{
	struct spec_mounts mounts = {0};
	int failed = files_prepare(&mounts, container, err);

	shm_prepare(&mounts, &container->record);
	init_prepare(&mounts, &container->record);
	vec_foreach(mount, &container->record.mounts) {
		if (failed)
			break;
		failed = record_mount_prepare(&mounts, mount, err);
	}
	spec->mounts = mounts.items;
	spec->n_mounts = mounts.n;
	return failed ? failed : mount_points_make(container, spec, err);
}

void mounts_done(struct spec *spec)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		spec_mount_done(&spec->mounts[i]);
	free(spec->mounts);
	spec->mounts = NULL;
	spec->n_mounts = 0;
}
