/* devices.c - device nodes of a container, and which of them its processes may open.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec, config-linux.md, "Devices" and "Allowed Device list". */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/io.h"
#include "runtime/limits.h"
#include "runtime/spec_private.h"

#include "base/banned.h"

struct device_sink {
	struct arena *arena;
	struct node *devices, *rules; /* rules NULL: everything is allowed already */
};

static struct node *rule_node(struct arena *arena, const struct default_device_rule *rule)
{
	struct node *map = node_new(arena, NODE_MAP);
	node_set(arena, map, "allow", node_new_bool(arena, rule->access != NULL));
	if (rule->type != 'a')
		node_set_text(arena, map, "type", rule->type == 'b' ? "b" : "c");
	if (rule->major >= 0)
		node_set(arena, map, "major", node_new_int(arena, rule->major));
	if (rule->minor >= 0)
		node_set(arena, map, "minor", node_new_int(arena, rule->minor));
	node_set_text(arena, map, "access", rule->access ? rule->access : "rwm");
	return map;
}

static void device_append(struct device_sink *sink, const char *path, const struct stat *st,
			  const char *access)
{
	struct arena *arena = sink->arena;
	char type = S_ISBLK(st->st_mode) ? 'b' : 'c';
	struct node *map = node_new(arena, NODE_MAP);
	node_set_text(arena, map, "path", path);
	node_set_text(arena, map, "type", type == 'b' ? "b" : "c");
	node_set(arena, map, "major", node_new_int(arena, major(st->st_rdev)));
	node_set(arena, map, "minor", node_new_int(arena, minor(st->st_rdev)));
	node_set(arena, map, "fileMode", node_new_int(arena, st->st_mode & 07777));
	node_set(arena, map, "uid", node_new_int(arena, st->st_uid));
	node_set(arena, map, "gid", node_new_int(arena, st->st_gid));
	node_append(sink->devices, map);
	if (!sink->rules)
		return;
	const struct default_device_rule rule = {type, (int)major(st->st_rdev),
						 (int)minor(st->st_rdev), access};
	node_append(sink->rules, rule_node(arena, &rule));
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* Of the host's /dev, as docker: what a container has of its own is left out. */
static bool is_own(const char *name)
{
	static const char *const own[] = {"pts", "shm", "fd", "mqueue", "console", ".lxc", ".udev"};
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return false;
}

static int directory_append(struct device_sink *sink, const char *host, const char *inside,
			    const char *access, int depth, struct err *err)
{
	autostrlist struct strlist names = {0};
	if (depth > LIMIT_DEVICE_DEPTH)
		return 0;
	if (dir_list(AT_FDCWD, host, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		autofree char *from = path_join(host, names.items[i]);
		autofree char *to = path_join(inside, names.items[i]);
		struct stat st;
		if (is_own(names.items[i]) || lstat(from, &st))
			continue;
		if (sink->devices->children.n >= LIMIT_DEVICES)
			return err_set(err, ERR_LIMIT, "'%s' has more than %u devices", host,
				       LIMIT_DEVICES);
		if (is_device(&st))
			device_append(sink, to, &st, access);
		else if (S_ISDIR(st.st_mode) &&
			 directory_append(sink, from, to, access, depth + 1, err))
			return -1;
	}
	return 0;
}

static int given_append(struct device_sink *sink, const struct spec_device *device, struct err *err)
{
	struct stat st; /* links such as /dev/disk/by-id/… are followed */
	const char *inside = device->container_path ? device->container_path : device->host_path;
	const char *access = device->access[0] ? device->access : "rwm";
	if (stat(device->host_path, &st)) {
		if (errno == ENOENT)
			return err_set(err, ERR_INPUT, "no device '%s' on this host",
				       device->host_path);
		return err_sys(err, "looking at device '%s'", device->host_path);
	}
	if (is_device(&st)) {
		device_append(sink, inside, &st, access);
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s' is not a device", device->host_path);
	size_t before = sink->devices->children.n;
	if (directory_append(sink, device->host_path, inside, access, 1, err))
		return -1;
	if (sink->devices->children.n == before)
		return err_set(err, ERR_INPUT, "no device below '%s'", device->host_path);
	return 0;
}

int devices_encode(struct arena *arena, const struct spec *spec, struct node *linux_map,
		   struct node *resources, struct err *err)
{
	struct device_sink sink = {arena, node_new(arena, NODE_LIST), NULL};
	struct node *rules = node_new(arena, NODE_LIST);
	if (spec->privileged) {
		const struct default_device_rule all = {'a', -1, -1, "rwm"};
		node_append(rules, rule_node(arena, &all));
		if (directory_append(&sink, "/dev", "/dev", "rwm", 1, err))
			return -1;
	} else {
		for (const struct default_device_rule *rule = default_device_rules; rule->type;
		     rule++)
			node_append(rules, rule_node(arena, rule));
		sink.rules = rules;
	}
	for (size_t i = 0; i < spec->n_devices; i++)
		if (given_append(&sink, &spec->devices[i], err))
			return -1;
	node_set(arena, linux_map, "devices", sink.devices);
	node_set(arena, resources, "devices", rules);
	return 0;
}
