/* cmd_dump.c - hull-init dump: the effective model, and where each value came from.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/io.h"
#include "ini/load.h"

#include "prepare.h"

#include "base/banned.h"

struct dump_opts {
	bool json;
};

static const struct opt dump_opts[] = {
	{0, "json", OPT_FLAG, offsetof(struct dump_opts, json), NULL,
	 "JSON, which is the only form there is"},
	{0},
};

static int dump_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct init_context *init = context;
	struct load_options options = {.file = argc ? argv[0] : default_file(init),
				       .env = init->env};
	autobuf struct buf text = {.max = (size_t)1 << 30};
	struct model *model;
	(void)opts;
	if (model_load(&options, &model, err))
		return -1;
	model_dump(model, &text);
	model_free(model);
	return io_write_all(STDOUT_FILENO, buf_text(&text), text.len, err);
}

const struct command cmd_dump = {
	.name = "dump",
	.args = "[FILE]",
	.summary = "Show the effective model and where each value came from",
	.details =
		"Values of variables whose names say PASS, SECRET, TOKEN or KEY are shown as ***.",
	.opts = dump_opts,
	.opts_size = sizeof(struct dump_opts),
	.max_args = 1,
	.run = dump_run,
};
