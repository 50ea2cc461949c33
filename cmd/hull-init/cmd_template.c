/* cmd_template.c - hull-init template: one file filled in from the environment.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/io.h"
#include "ini/parse.h"
#include "prepare.h"
#include "runner/files.h"

#include "base/banned.h"

struct template_opts {
	const char *user, *group, *mode, *check;
};
static const struct opt template_opts[] = {
	{'u', "user", OPT_STRING, offsetof(struct template_opts, user), "USER",
	 "Owner of DEST (that of SOURCE)"},
	{'g', "group", OPT_STRING, offsetof(struct template_opts, group), "GROUP", "Group of DEST"},
	{'m', "mode", OPT_STRING, offsetof(struct template_opts, mode), "MODE",
	 "Mode of DEST, octal (that of SOURCE)"},
	{'c', "check", OPT_STRING, offsetof(struct template_opts, check), "COMMAND",
	 "Run COMMAND with the new file's path first; a failure keeps the old DEST"},
	{0},
};

static int template_run(void *opaque, void *opts, int argc, char **argv, struct err *err)
{
	const struct init_context *context = opaque;
	const struct template_opts *given = opts;
	struct template_spec template = {
		.source = text_eq(argv[0], "-") ? "/dev/stdin" : argv[0],
		.dest = argc > 1 ? argv[1] : NULL,
		.user = given->user,
		.group = given->group,
		.mode = -1,
		.when = COPY_ALWAYS,
	};
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};

	if (given->mode && parse_mode(given->mode, &template.mode, err))
		return err_wrap(err, "--mode");
	if (given->check && parse_words(&arena, given->check, &template.check, err))
		return err_wrap(err, "--check");
	if (files_template_fill(&template, context->env, &text, err))
		return -1;
	if (template.dest)
		return files_template_put(&template, context->env, &text, err);
	return io_write_all(STDOUT_FILENO, text.ptr, text.len, err);
}

const struct command cmd_template = {
	.name = "template",
	.args = "SOURCE [DEST]",
	.summary = "Fill {{NAME}} in a file from the environment",
	.details = "Without DEST the text goes to stdout. A variable that is not set is an error.",
	.opts = template_opts,
	.opts_size = sizeof(struct template_opts),
	.min_args = 1,
	.max_args = 2,
	.run = template_run,
};
