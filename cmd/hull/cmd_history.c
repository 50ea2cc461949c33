/* cmd_history.c - hull history: the steps an image was made by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct history_opts {
	bool human, human_given, no_trunc, quiet;
	const char *format;
};

static const struct opt history_opts[] = {
	{0, "format", OPT_STRING, offsetof(struct history_opts, format), "FORMAT",
	 "'table', 'table TEMPLATE', 'json' or a Go template"},
	{'H', "human", OPT_FLAG, offsetof(struct history_opts, human), NULL,
	 "Sizes and times for people (default true)", offsetof(struct history_opts, human_given)},
	{0, "no-trunc", OPT_FLAG, offsetof(struct history_opts, no_trunc), NULL,
	 "Show whole IDs and commands"},
	{'q', "quiet", OPT_FLAG, offsetof(struct history_opts, quiet), NULL, "Show IDs alone"},
	{0, "platform", OPT_UNSUPPORTED, 0, "OS/ARCH", "the store keeps one platform of an image"},
	{0},
};

static const struct column history_columns[] = {
	{"ID", "IMAGE", true},
	{"CreatedSince", "CREATED", true},
	{"CreatedAt", "CREATED AT", false},
	{"CreatedBy", "CREATED BY", true},
	{"Size", "SIZE", true},
	{"Comment", "COMMENT", true},
	{0},
};

static int history_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct history_opts *opts = opts_ptr;
	struct image_history_options options = {.human = opts->human || !opts->human_given,
						.no_trunc = opts->no_trunc};
	cleanup(image_done) struct image image = {0};
	autoarena struct arena arena = {0};

	if (store_find_image(hull->engine.store, argv[0], &image, err))
		return -1;
	struct node *rows = image_history(&arena, hull->engine.store, &image, &options, err);
	if (!rows)
		return -1;
	if (opts->quiet && !opts->format)
		return output_rows(history_columns, "{{.ID}}", rows, err);
	return output_rows(history_columns, opts->format, rows, err);
}

const struct command cmd_history = {
	.name = "history",
	.args = "IMAGE",
	.summary = "Show the steps that an image was made by",
	.opts = history_opts,
	.opts_size = sizeof(struct history_opts),
	.min_args = 1,
	.max_args = 1,
	.needs = CMD_NEEDS_ENGINE,
	.run = history_run,
};
