/* cmd_rmi.c - hull rmi: images and names go, and what only they held.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "image/image.h"
#include "store/check.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct rmi_opts {
	bool force, no_prune;
};

static const struct opt rmi_opts[] = {
	{'f', "force", OPT_FLAG, offsetof(struct rmi_opts, force), NULL,
	 "Also when a stopped container uses it, or it has several names"},
	{0, "no-prune", OPT_FLAG, offsetof(struct rmi_opts, no_prune), NULL,
	 "Leave the layers for a later prune"},
	{0},
};

static void tell(const char *line, void *arg)
{
	buf_printf(arg, "%s\n", line);
}

static int rmi_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct rmi_opts *opts = opts_ptr;
	autobuf struct buf out = {0};
	struct sweep_result swept;
	int status = 0;

	for (int i = 0; i < argc; i++) {
		autoerr struct err failed = {0};
		if (image_remove(&hull->engine, argv[i], opts->force, tell, &out, &failed) == 0)
			continue;
		log_error("%s", err_text(&failed));
		status = 1;
	}
	if (output_text(buf_text(&out), err))
		return -1;
	if (out.len && !opts->no_prune && store_sweep(hull->engine.store, false, &swept, err))
		return -1;
	return status;
}

const struct command cmd_rmi = {
	.name = "rmi",
	.args = "IMAGE [IMAGE...]",
	.summary = "Remove images and names of images",
	.opts = rmi_opts,
	.opts_size = sizeof(struct rmi_opts),
	.min_args = 1,
	.max_args = -1,
	.needs = CMD_NEEDS_ENGINE,
	.run = rmi_run,
};
