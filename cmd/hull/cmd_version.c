/* cmd_version.c - hull version: what this is and what it runs containers with.
 * SPDX-License-Identifier: Apache-2.0 */
#include <sys/utsname.h>

#include "oci/manifest.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct version_opts {
	const char *format;
};

static const struct opt version_opts[] = {
	{'f', "format", OPT_STRING, offsetof(struct version_opts, format), "FORMAT",
	 "Go template, or 'json'"},
	{0},
};

static void runtime_version(struct arena *arena, struct node *map, const char *runtime_name)
{
	struct runtime runtime = {0};
	autoerr struct err ignored = {0};

	if (runtime_open(runtime_name, "/run/hull", false, &runtime, &ignored))
		return;
	node_set_text(arena, map, "Runtime", runtime.driver->name);
	node_set_text(arena, map, "RuntimePath", runtime.program);
	runtime_done(&runtime);
}

static int version_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct version_opts *opts = opts_ptr;
	autoarena struct arena arena = {0};
	struct utsname host;
	struct platform platform = platform_host();

	if (uname(&host))
		return err_sys(err, "asking the kernel for its name");
	struct node *client = node_new(&arena, NODE_MAP);
	node_set_text(&arena, client, "Version", HULL_VERSION);
	node_set_text(&arena, client, "Os", platform.os);
	node_set_text(&arena, client, "Arch", platform.architecture);
	node_set_text(&arena, client, "KernelVersion", host.release);
	runtime_version(&arena, client, hull->runtime);
	platform_done(&platform);
	struct node *root = node_new(&arena, NODE_MAP);
	node_set(&arena, root, "Client", client);
	if (opts->format)
		return output_object(opts->format, root, err);

	autobuf struct buf out = {0};
	buf_puts(&out, "Hullwright\n");
	node_foreach(item, client)
		buf_printf(&out, " %.*s:%*s%s\n", STR_ARG(item->key), (int)(16 - item->key.len), "",
			   node_text(item));
	return output_text(buf_text(&out), err);
}

const struct command cmd_version = {
	.name = "version",
	.args = "",
	.summary = "Show the version of the program and of its runtime",
	.opts = version_opts,
	.opts_size = sizeof(struct version_opts),
	.run = version_run,
};
