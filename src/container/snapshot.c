/* snapshot.c - the container's file system as diff, commit and cp see it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include "base/vec.h"
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
