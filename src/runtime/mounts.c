/* mounts.c - what stands where in a container: ours, systemd's, the user's.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec, config.md, "mounts": order matters. */
#include <stdlib.h>

#include "runtime/spec_private.h"

#include "base/banned.h"

#define CGROUP_TARGET "/sys/fs/cgroup"

static struct node *mount_node(struct arena *arena, const char *target, const char *type,
			       const char *source)
{
	struct node *map = node_new(arena, NODE_MAP);
	node_set_text(arena, map, "destination", target);
	node_set_text(arena, map, "type", type);
	node_set_text(arena, map, "source", source);
	return map;
}

static void options_set(struct arena *arena, struct node *mount, const struct strlist *options)
{
	node_set(arena, mount, "options", node_new_texts(arena, options));
}

static void option_replace(struct strlist *options, const char *from, const char *to)
{
	for (size_t i = 0; i < options->n; i++) {
		if (strcmp(options->items[i], from) == 0) {
			free(options->items[i]);
			options->items[i] = xstrdup(to);
		}
	}
}

/* The user's mount replaces ours at the same place; one on /dev everything below it too. */
static bool is_replaced(const struct spec *spec, const char *target)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const char *theirs = spec->mounts[i].target;
		if (strcmp(theirs, target) == 0 ||
		    (strcmp(theirs, "/dev") == 0 && text_starts(target, "/dev/")))
			return true;
	}
	return false;
}

static bool is_read_only_system(const char *target)
{
	return strcmp(target, "/sys") == 0 || strcmp(target, CGROUP_TARGET) == 0;
}

static void defaults_append(struct arena *arena, const struct spec *spec,
			    const struct default_mount *table, struct node *list)
{
	for (const struct default_mount *mount = table; mount->target; mount++) {
		if (is_replaced(spec, mount->target))
			continue;
		if (spec->systemd == SYSTEMD_YES && strcmp(mount->target, CGROUP_TARGET) == 0)
			continue; /* cgroup_append knows better */
		struct node *map = mount_node(arena, mount->target, mount->type, mount->source);
		autostrlist struct strlist options = {0};
		strlist_split(&options, str_of(mount->options), ',');
		if (spec->privileged && is_read_only_system(mount->target))
			option_replace(&options, "ro", "rw");
		options_set(arena, map, &options);
		node_append(list, map);
	}
}

/* An init wants a subtree that it may write. cgroup2: the namespace's own root. Elsewhere the
 * delegated directory is bound there; a v1 host's other hierarchies stay read-only around it. */
static int cgroup_append(struct arena *arena, const struct spec *spec, struct node *list,
			 struct err *err)
{
	if (spec->systemd != SYSTEMD_YES || is_replaced(spec, CGROUP_TARGET))
		return 0;
	enum cgroup_layout layout = cgroup_layout();
	autostrlist struct strlist options = {0};
	strlist_split(&options, STR("nosuid,noexec,nodev,relatime"), ',');
	if (layout != CGROUP_HYBRID) {
		struct node *map = mount_node(arena, CGROUP_TARGET, "cgroup", "cgroup");
		strlist_add(&options, layout == CGROUP_V2 ? "rw" : "ro");
		options_set(arena, map, &options);
		node_append(list, map);
		if (layout == CGROUP_V2)
			return 0;
	}
	autofree char *source = cgroup_delegated_path(spec->cgroup_path);
	if (!source)
		return err_set(
			err, ERR_INPUT,
			"systemd in a container needs cgroup2 or a cgroup hierarchy name=systemd "
			"on the host");
	struct node *map = mount_node(
		arena, layout == CGROUP_HYBRID ? CGROUP_TARGET : CGROUP_TARGET "/systemd", "bind",
		source);
	autostrlist struct strlist bind_options = {0};
	strlist_split(&bind_options, STR("rbind,rprivate,rw,nosuid,noexec,nodev"), ',');
	options_set(arena, map, &bind_options);
	node_append(list, map);
	return 0;
}

static bool has_any(const struct strlist *options, const char *const *words)
{
	for (; *words; words++)
		if (strlist_has(options, *words))
			return true;
	return false;
}

static struct node *bind_encode(struct arena *arena, const struct spec_mount *mount)
{
	static const char *const kinds[] = {"bind", "rbind", NULL};
	static const char *const propagations[] = {"private", "rprivate", "slave", "rslave",
						   "shared",  "rshared",  NULL};
	struct node *map = mount_node(arena, mount->target, "bind", mount->source);
	autostrlist struct strlist options = {0};
	if (!has_any(&mount->options, kinds))
		strlist_add(&options, "rbind");
	if (!has_any(&mount->options, propagations))
		strlist_add(&options, "rprivate");
	strlist_add_all(&options, &mount->options);
	options_set(arena, map, &options);
	return map;
}

static struct node *user_encode(struct arena *arena, const struct spec_mount *mount)
{
	static const char *const types[] = {[MOUNT_TMPFS] = "tmpfs", [MOUNT_PROC] = "proc"};
	if (mount->kind == MOUNT_BIND)
		return bind_encode(arena, mount);
	const char *type = mount->kind == MOUNT_OTHER ? mount->type : types[mount->kind];
	struct node *map =
		mount_node(arena, mount->target, type, mount->source ? mount->source : type);
	autostrlist struct strlist options = {0};
	if (mount->kind != MOUNT_OTHER) /* the user's words come later and win */
		strlist_split(&options, STR("nosuid,noexec,nodev"), ',');
	strlist_add_all(&options, &mount->options);
	options_set(arena, map, &options);
	return map;
}

static size_t path_depth(const char *path)
{
	size_t n = 0;
	for (; *path; path++)
		n += *path == '/';
	return n;
}

struct sorted_mount {
	const struct spec_mount *mount;
	size_t depth, position;
};

static int mount_compare(const void *a, const void *b)
{
	const struct sorted_mount *x = a, *y = b;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

/* Parents before what stands below them, else as they were given. */
static void users_append(struct arena *arena, const struct spec *spec, struct node *list)
{
	if (!spec->n_mounts)
		return;
	autofree struct sorted_mount *sorted = xcalloc(spec->n_mounts, sizeof(*sorted));
	for (size_t i = 0; i < spec->n_mounts; i++)
		sorted[i] = (struct sorted_mount){&spec->mounts[i],
						  path_depth(spec->mounts[i].target), i};
	qsort(sorted, spec->n_mounts, sizeof(*sorted), mount_compare);
	for (size_t i = 0; i < spec->n_mounts; i++)
		node_append(list, user_encode(arena, sorted[i].mount));
}

static int users_check(const struct spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct spec_mount *mount = &spec->mounts[i];
		if (mount->target[0] != '/' || strcmp(mount->target, "/") == 0)
			return err_set(err, ERR_INPUT, "cannot mount on '%s' in the container",
				       mount->target);
		if (mount->kind == MOUNT_BIND && (!mount->source || mount->source[0] != '/'))
			return err_set(err, ERR_INPUT,
				       "the source of the mount on '%s' is not an absolute path",
				       mount->target);
	}
	return 0;
}

int mounts_encode(struct arena *arena, const struct spec *spec, struct node **ret_list,
		  struct err *err)
{
	if (users_check(spec, err))
		return -1;
	struct node *list = node_new(arena, NODE_LIST);
	defaults_append(arena, spec, default_mounts, list);
	if (spec->systemd == SYSTEMD_YES)
		defaults_append(arena, spec, systemd_mounts, list);
	if (cgroup_append(arena, spec, list, err))
		return -1;
	if (spec->notify_socket) {
		struct spec_mount notify = {.source = (char *)spec->notify_socket,
					    .target = (char *)NOTIFY_TARGET};
		node_append(list, bind_encode(arena, &notify));
	}
	users_append(arena, spec, list);
	*ret_list = list;
	return 0;
}
