/* cmd_start.c - hull-init start: users, directories, copies, templates, keys and waits; no service.
 * SPDX-License-Identifier: Apache-2.0 */
#include "prepare.h"

#include "base/banned.h"

struct start_opts {
	const char *file;
};
static const struct opt start_opts[] = {
	{'f', "file", OPT_STRING, offsetof(struct start_opts, file), "FILE",
	 "Read FILE instead of " INIT_FILE},
	{0},
};

static int start_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct start_opts *start = opts;
	automodel struct model *model = NULL;

	(void)argc, (void)argv;
	if (prepare_model(context, start->file, &model, err))
		return -1;
	return prepare_boot(model, NULL);
}

const struct command cmd_start = {
	.name = "start",
	.args = "",
	.summary = "Make users, directories, copies and templates, then end",
	.opts = start_opts,
	.opts_size = sizeof(struct start_opts),
	.run = start_run,
};
