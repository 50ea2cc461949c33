/* cmd_check.c - hull-init check: reads the init files and starts nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "ini/load.h"

#include "prepare.h"

#include "base/banned.h"

struct check_opts {
	bool strict, quiet;
};

static const struct opt check_opts[] = {
	{'q', "quiet", OPT_FLAG, offsetof(struct check_opts, quiet), NULL, "No warnings"},
	{0, "strict", OPT_FLAG, offsetof(struct check_opts, strict), NULL,
	 "Unknown keys of circus' files are errors, and so is every warning"},
	{0},
};

static void lines_print(const char *front, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s%s\n", front, lines[i]);
}

static int check_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct init_context *init = context;
	const struct check_opts *o = opts;
	autostrlist struct strlist errors = {0};
	struct load_options options = {
		.file = argc ? argv[0] : default_file(init),
		.env = init->env,
		.strict = o->strict,
		.errors = &errors,
	};
	struct model *model;
	if (model_load(&options, &model, err)) {
		/* A file that cannot be read is the one error; main tells it. */
		if (err->kind != ERR_INPUT)
			return -1;
		lines_print("", (const char *const *)errors.items, errors.n);
		err_clear(err);
		return EXIT_WRONG;
	}
	size_t n_warnings = model->warnings.n;
	if (!o->quiet)
		lines_print("warning: ", model->warnings.items, n_warnings);
	bool is_good = !o->strict || !n_warnings;
	if (is_good)
		printf("%zu service%s, %zu file%s: ok\n", model->n_services,
		       model->n_services == 1 ? "" : "s", model->files.n,
		       model->files.n == 1 ? "" : "s");
	model_free(model);
	return is_good ? 0 : EXIT_WRONG;
}

const struct command cmd_check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "Check init files without starting anything",
	.details = "Every error is one line: file:line:column: what, nearest name. Exit status 0, "
		   "100 for\nwrong files, 111 when they cannot be read.",
	.opts = check_opts,
	.opts_size = sizeof(struct check_opts),
	.max_args = 1,
	.run = check_run,
};
