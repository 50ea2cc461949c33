/* cmd_yaml.c - hull-state yaml: what a text of YAML means to state files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shown.h"
#include "tool.h"
#include "value/yaml.h"

#include "base/banned.h"

struct yaml_opts {
	const char *out;
};

static const struct opt yaml_opts[] = {
	{0, "out", OPT_STRING, offsetof(struct yaml_opts, out), "FORMAT", "json (default) or yaml"},
	{0},
};

static int yaml_run(void *context, void *opts_raw, int argc, char **argv, struct err *err)
{
	struct tool *tool = context;
	const struct yaml_opts *opts = opts_raw;
	autoheap struct heap heap = {0};
	autobuf struct buf text = {0};
	struct diags findings = {0};
	autodiag struct diag diag = {0};
	struct marked_options options = {.file = text_eq(argv[0], "-") ? "<stdin>" : argv[0],
					 .warnings = &findings};
	struct marked *root = NULL;

	if (tool_read(argv[0], &text, err))
		return -1;
	int failed = marked_parse(&heap.arena, buf_str(&text), &options, &root, &diag);
	if (failed)
		diags_take(&findings, &diag);
	tool_tell(tool, NULL, &findings);
	diags_clear(&findings);
	if (failed)
		return EXIT_NOT_COMPILED;
	return value_show(&heap, value_from_marked(&heap, root), opts->out, "json", err);
}

const struct command cmd_yaml = {
	.name = "yaml",
	.args = "FILE",
	.summary = "Print what a text of YAML means to state files and pillars",
	.opts = yaml_opts,
	.opts_size = sizeof(struct yaml_opts),
	.min_args = 1,
	.max_args = 1,
	.run = yaml_run,
};
