/* cmd_info.c - hull info: the store, the host and what containers run with here.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/vec.h"
#include "store/images.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct info_opts {
	const char *format;
};

static const struct opt info_opts[] = {
	{'f', "format", OPT_STRING, offsetof(struct info_opts, format), "FORMAT",
	 "Go template, or 'json'"},
	{0},
};

static int count_containers(struct hull *hull, struct arena *arena, struct node *root,
			    struct err *err)
{
	struct container_list list = {0};
	int64_t running = 0, paused = 0, stopped = 0;

	if (container_list(&hull->engine, &list, err))
		return -1;
	vec_foreach(it, &list) {
		enum container_state state = container_state(*it, NULL);
		running += state == CONTAINER_RUNNING || state == CONTAINER_RESTARTING;
		paused += state == CONTAINER_PAUSED;
	}
	stopped = (int64_t)list.n - running - paused;
	node_set(arena, root, "Containers", node_new_int(arena, (int64_t)list.n));
	node_set(arena, root, "ContainersRunning", node_new_int(arena, running));
	node_set(arena, root, "ContainersPaused", node_new_int(arena, paused));
	node_set(arena, root, "ContainersStopped", node_new_int(arena, stopped));
	container_list_done(&list);
	return 0;
}

static int count_images(struct hull *hull, struct arena *arena, struct node *root, struct err *err)
{
	struct image_list list = {0};
	if (store_list_images(hull->engine.store, &list, err))
		return -1;
	node_set(arena, root, "Images", node_new_int(arena, (int64_t)list.n));
	image_list_done(&list);
	return 0;
}

static int describe_host(struct hull *hull, struct arena *arena, struct node *root, struct err *err)
{
	static const char *const layouts[] = {
		[CGROUP_V2] = "2", [CGROUP_HYBRID] = "hybrid", [CGROUP_V1] = "1"};
	struct utsname host;
	struct sysinfo memory;
	struct runtime runtime = {0};
	autoerr struct err no_runtime = {0};

	if (uname(&host) || sysinfo(&memory))
		return err_sys(err, "asking the kernel about this host");
	if (!runtime_open(hull->runtime, hull->engine.run_dir, false, &runtime, &no_runtime))
		node_set_text(arena, root, "DefaultRuntime", runtime.driver->name);
	else
		node_set_text(arena, root, "RuntimeError", err_text(&no_runtime));
	runtime_done(&runtime);
	node_set_text(arena, root, "CgroupVersion", layouts[cgroup_layout()]);
	node_set(arena, root, "AppArmor", node_new_bool(arena, apparmor_is_on()));
	node_set_text(arena, root, "KernelVersion", host.release);
	node_set_text(arena, root, "Architecture", host.machine);
	node_set_text(arena, root, "Name", host.nodename);
	node_set(arena, root, "NCPU", node_new_int(arena, get_nprocs()));
	node_set(arena, root, "MemTotal",
		 node_new_int(arena, (int64_t)memory.totalram * memory.mem_unit));
	return 0;
}

static int info_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct info_opts *opts = opts_ptr;
	autoarena struct arena arena = {0};
	struct node *root = node_new(&arena, NODE_MAP);

	node_set_text(&arena, root, "ServerVersion", HULL_VERSION);
	if (count_containers(hull, &arena, root, err) || count_images(hull, &arena, root, err))
		return -1;
	node_set_text(&arena, root, "Root", hull->root);
	node_set_text(&arena, root, "Driver", hull->storage_driver ? hull->storage_driver : "auto");
	if (describe_host(hull, &arena, root, err))
		return -1;
	if (opts->format)
		return output_object(opts->format, root, err);

	autobuf struct buf out = {0};
	node_foreach(item, root) {
		buf_printf(&out, "%.*s: ", STR_ARG(item->key));
		if (item->kind == NODE_INT)
			buf_printf(&out, "%lld\n", (long long)item->integer);
		else if (item->kind == NODE_BOOL)
			buf_printf(&out, "%s\n", item->boolean ? "yes" : "no");
		else
			buf_printf(&out, "%s\n", node_text(item));
	}
	return output_text(buf_text(&out), err);
}

const struct command cmd_info = {
	.name = "info",
	.args = "",
	.summary = "Show the store, the host and the runtime",
	.opts = info_opts,
	.opts_size = sizeof(struct info_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = info_run,
};
