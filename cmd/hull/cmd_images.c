/* cmd_images.c - hull images: what is in the store, one line a name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "image_filter.h"
#include "output.h"

#include "base/banned.h"

struct images_opts {
	bool all, digests, no_trunc, quiet;
	struct strlist filters;
	const char *format;
};

static const struct opt images_opts[] = {
	{'a', "all", OPT_FLAG, offsetof(struct images_opts, all), NULL,
	 "Show all images (there are no hidden ones)"},
	{0, "digests", OPT_FLAG, offsetof(struct images_opts, digests), NULL, "Show digests"},
	{'f', "filter", OPT_LIST, offsetof(struct images_opts, filters), "KEY=VALUE",
	 "before, dangling, label, reference, since or until"},
	{0, "format", OPT_STRING, offsetof(struct images_opts, format), "FORMAT",
	 "'table', 'table TEMPLATE', 'json' or a Go template"},
	{0, "no-trunc", OPT_FLAG, offsetof(struct images_opts, no_trunc), NULL, "Show whole IDs"},
	{'q', "quiet", OPT_FLAG, offsetof(struct images_opts, quiet), NULL, "Show IDs alone"},
	{0, "tree", OPT_UNSUPPORTED, 0, NULL, "use 'hull history IMAGE' for the layers of one"},
	{0},
};

#define N_COLUMNS     11
#define COLUMN_DIGEST 2

static const struct column images_columns[N_COLUMNS + 1] = {
	{"Repository", "REPOSITORY", true},
	{"Tag", "TAG", true},
	[COLUMN_DIGEST] = {"Digest", "DIGEST", false},
	{"ID", "IMAGE ID", true},
	{"CreatedSince", "CREATED", true},
	{"CreatedAt", "CREATED AT", false},
	{"Size", "SIZE", true},
	{"VirtualSize", "VIRTUAL SIZE", false},
	{"SharedSize", "SHARED SIZE", false},
	{"UniqueSize", "UNIQUE SIZE", false},
	{"Containers", "CONTAINERS", false},
	{0},
};

static int images_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	struct images_opts *opts = opts_ptr;
	struct column columns[ARRAY_LEN(images_columns)];
	cleanup(image_filter_words_done) struct image_filter_words words = {0};
	struct image_row_options options = {.no_trunc = opts->no_trunc};
	autoarena struct arena arena = {0};

	if (image_filter_parse(hull->engine.store, &opts->filters, image_list_filters, &words,
			       &options.filter, err))
		return -1;
	if (argc)
		strlist_add(&words.references, argv[0]);
	struct node *rows = image_rows(&arena, hull->engine.store, &options, err);
	if (!rows)
		return -1;
	memcpy(columns, images_columns, sizeof(columns));
	columns[COLUMN_DIGEST].by_default = opts->digests;
	if (opts->quiet && !opts->format)
		return output_rows(columns, "{{.ID}}", rows, err);
	return output_rows(columns, opts->format, rows, err);
}

const struct command cmd_images = {
	.name = "images",
	.args = "[REPOSITORY[:TAG]]",
	.summary = "List images",
	.opts = images_opts,
	.opts_size = sizeof(struct images_opts),
	.max_args = 1,
	.needs = CMD_NEEDS_ENGINE,
	.run = images_run,
};
