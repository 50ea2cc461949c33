/* snapshot.c - the container's file system as diff, commit and cp see it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/vec.h"
#include "layer/tree.h"
#include "oci/image_config.h"

#include "base/banned.h"

int container_open_snapshot(struct container *container, struct snapshot **ret_snapshot,
			    struct err *err)
{
	return snap_open(container->engine->store, container->dir, true, ret_snapshot, err);
}

static bool is_at_or_below(const char *path, const char *target)
{
	size_t len = strlen(target);

	return strncmp(path, target, len) == 0 && (!path[len] || path[len] == '/');
}

int container_unmount(struct container *container, struct err *err)
{
	cleanup(snap_closep) struct snapshot *snapshot = NULL;

	if (snap_open(container->engine->store, container->dir, false, &snapshot, err))
		return -1;
	return snap_unmount(snapshot, err);
}

static int add_size(const struct tree_visit *visit, void *arg, struct err *err)
{
	uint64_t *bytes = arg;

	if (S_ISREG(visit->st->st_mode) && visit->entry->type != ENTRY_HARDLINK)
		*bytes += (uint64_t)visit->st->st_size;
	return 0;
}

static int tree_size(const char *path, uint64_t *ret_bytes, struct err *err)
{
	static const struct tree_options options = {.no_xattrs = true, .one_fs = true};
	autoclose int fd = -1;
	uint64_t bytes = 0;

	if (dir_open_at(AT_FDCWD, path, &fd, err) || tree_walk(fd, &options, add_size, &bytes, err))
		return -1;
	*ret_bytes = bytes;
	return 0;
}

static int layers_size(struct container *container, uint64_t *ret_bytes, struct err *err)
{
	struct digest chain = {0};
	uint64_t bytes = 0;

	if (container->record.chain_id &&
	    digest_parse(str_of(container->record.chain_id), &chain, err))
		return -1;
	while (digest_is_set(&chain)) {
		struct layer_meta meta;
		if (store_layer_meta(container->engine->store, &chain, &meta, err))
			return -1;
		bytes += meta.content_bytes;
		chain = meta.parent;
	}
	*ret_bytes = bytes;
	return 0;
}

int container_size(struct container *container, uint64_t *ret_written, uint64_t *ret_whole,
		   struct err *err)
{
	autofree char *upper = path_join(container->dir, "upper");
	bool is_overlay = !access(upper, F_OK);
	uint64_t layers = 0, written = 0;

	if (layers_size(container, &layers, err) ||
	    tree_size(is_overlay ? upper : container->rootfs, &written, err))
		return -1;
	/* A copy holds the image's files as well. */
	*ret_whole = is_overlay ? written + layers : written;
	*ret_written = is_overlay ? written : written > layers ? written - layers : 0;
	return 0;
}

/* A mount point shows in the changes only because it had to be made: what was mounted is elsewhere.
 */
bool container_exclude(const char *path, void *arg)
{
	static const char *const ours[] = {"dev",       "proc",         "sys",
					   "etc/hosts", "etc/hostname", "etc/resolv.conf"};
	static const char *const init_ours[] = {"run", "tmp", "run/lock", "var/log/journal"};
	const struct container *container = arg;

	while (*path == '/')
		path++;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (is_at_or_below(path, ours[i]))
			return true;
	for (size_t i = 0; container->record.is_systemd && i < ARRAY_LEN(init_ours); i++)
		if (strncmp(path, init_ours[i], strlen(init_ours[i])) == 0 &&
		    path[strlen(init_ours[i])] == '/')
			return true;
	if (container->record.init && is_at_or_below(path, &INIT_TARGET[1]))
		return true;
	vec_foreach(mount, &container->record.mounts)
		if (is_at_or_below(path, mount->target + 1))
			return true;
	return false;
}

int container_run_config(const struct container *container, struct run_config *ret_config,
			 struct err *err)
{
	const struct record *record = &container->record;
	struct image_config image = {0};
	struct digest id = container_image_id(container);

	if (digest_is_set(&id) && store_read_config(container->engine->store, &id, &image, err))
		return -1;
	struct run_config config = {0};
	run_config_copy(&config, &image.config);
	image_config_done(&image);
	strlist_copy(&config.entrypoint, &record->entrypoint);
	strlist_copy(&config.cmd, &record->cmd);
	strlist_copy(&config.env, &record->env);
	strlist_copy(&config.labels, &record->labels);
	strlist_copy(&config.exposed_ports, &record->exposed);
	free(config.user);
	config.user = xstrdup(record->user);
	free(config.working_dir);
	config.working_dir = xstrdup(record->workdir);
	*ret_config = config;
	return 0;
}
