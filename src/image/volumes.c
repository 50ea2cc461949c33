/* volumes.c - the volumes in the store, who uses them, and the end of those nobody does.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "image/image_private.h"
#include "image/usage.h"
#include "layer/tree.h"

#include "base/banned.h"

#define VOLUMES_DIR      "volumes"
#define ANONYMOUS_DIGITS 64

void volume_list_done(struct volume_list *list)
{
	vec_foreach(it, list)
		free(it->name);
	vec_done(list);
}

static int add_bytes(const struct tree_visit *visit, void *bytes, struct err *err)
{
	(void)err;
	if (visit->entry->type == ENTRY_FILE)
		*(uint64_t *)bytes += visit->entry->size;
	return 0;
}

static int measure(int volumes, const char *name, uint64_t *ret_bytes, struct err *err)
{
	struct tree_options options = {.no_xattrs = true};
	autoclose int fd = -1;
	uint64_t bytes = 0;

	if (dir_open_at(volumes, name, &fd, err) || tree_walk(fd, &options, add_bytes, &bytes, err))
		return -1;
	*ret_bytes = bytes;
	return 0;
}

/* The mounts of a container that are volumes count as one use each. */
static void count_uses(const struct node *inspected, struct volume_list *volumes)
{
	const struct node *mounts = node_get(inspected, "Mounts");

	if (!mounts || mounts->kind != NODE_LIST)
		return;
	node_foreach(mount, mounts) {
		const char *name = node_get_text(mount, "Name");
		if (!name || !text_eq(node_get_text(mount, "Type"), "volume"))
			continue;
		vec_foreach(it, volumes)
			it->n_users += text_eq(it->name, name);
	}
}

static int count_users(struct engine *engine, struct volume_list *volumes, struct err *err)
{
	struct container_list containers = {0};
	autoarena struct arena arena = {0};

	if (container_list(engine, &containers, err))
		return -1;
	vec_foreach(it, &containers)
		count_uses(container_inspect(&arena, *it), volumes);
	container_list_done(&containers);
	return 0;
}

static int open_volumes(struct engine *engine, int *ret_fd, struct err *err)
{
	if (dir_open_at(store_dirfd(engine->store), VOLUMES_DIR, ret_fd, err) == 0)
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	*ret_fd = -1;
	return 0;
}

static int add_volume(int volumes, const char *name, struct volume_list *list, struct err *err)
{
	struct volume volume = {0};

	if (name[0] == '.') /* being made */
		return 0;
	if (measure(volumes, name, &volume.bytes, err))
		return -1;
	volume.name = xstrdup(name);
	volume.is_anonymous = strlen(name) == ANONYMOUS_DIGITS &&
			      strspn(name, "0123456789abcdef") == ANONYMOUS_DIGITS;
	vec_push(list, volume);
	return 0;
}

int volume_list(struct engine *engine, struct volume_list *ret_list, struct err *err)
{
	cleanup(volume_list_done) struct volume_list list = {0};
	autostrlist struct strlist names = {0};
	autoclose int volumes = -1;

	if (open_volumes(engine, &volumes, err))
		return -1;
	if (volumes >= 0 && dir_list(volumes, ".", &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (add_volume(volumes, names.items[i], &list, err))
			return -1;
	if (count_users(engine, &list, err))
		return -1;
	*ret_list = steal(&list);
	return 0;
}

int volume_prune(struct engine *engine, prune_tell tell, void *arg, struct err *err)
{
	cleanup(volume_list_done) struct volume_list list = {0};
	autoclose int volumes = -1;

	if (volume_list(engine, &list, err) || open_volumes(engine, &volumes, err))
		return -1;
	vec_foreach(it, &list) {
		if (!it->is_anonymous || it->n_users)
			continue;
		if (tree_remove_at(volumes, it->name, err))
			return err_wrap(err, "removing volume '%s'", it->name);
		tell(it->name, arg);
	}
	return 0;
}
