/* cmd_df.c - hull system df: what takes how much room.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/usage.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct df_opts {
	const char *format;
	bool verbose;
};

static const struct opt df_opts[] = {
	{0, "format", OPT_STRING, offsetof(struct df_opts, format), "FORMAT",
	 "'table', 'table TEMPLATE', 'json' or a Go template"},
	{'v', "verbose", OPT_FLAG, offsetof(struct df_opts, verbose), NULL, "One line a thing"},
	{0},
};

static const struct column sum_columns[] = {
	{"Type", "TYPE", true}, {"TotalCount", "TOTAL", true},        {"Active", "ACTIVE", true},
	{"Size", "SIZE", true}, {"Reclaimable", "RECLAIMABLE", true}, {0},
};

static const struct column image_columns[] = {
	{"Repository", "REPOSITORY", true},
	{"Tag", "TAG", true},
	{"ID", "IMAGE ID", true},
	{"CreatedSince", "CREATED", true},
	{"Size", "SIZE", true},
	{"SharedSize", "SHARED SIZE", true},
	{"UniqueSize", "UNIQUE SIZE", true},
	{"Containers", "CONTAINERS", true},
	{0},
};

static const struct column container_columns[] = {
	{"ID", "CONTAINER ID", true},
	{"Image", "IMAGE", true},
	{"Command", "COMMAND", true},
	{"LocalVolumes", "LOCAL VOLUMES", true},
	{"Size", "SIZE", true},
	{"RunningFor", "CREATED", true},
	{"Status", "STATUS", true},
	{"Names", "NAMES", true},
	{0},
};

static const struct column volume_columns[] = {
	{"Name", "VOLUME NAME", true}, {"Links", "LINKS", true}, {"Size", "SIZE", true}, {0}};

static const struct {
	const char *title;
	struct node *(*rows)(struct arena *arena, struct engine *engine, struct err *err);
	const struct column *columns;
} tables[] = {
	{"Images space usage:\n\n", usage_of_images, image_columns},
	{"\nContainers space usage:\n\n", usage_of_containers, container_columns},
	{"\nLocal Volumes space usage:\n\n", usage_of_volumes, volume_columns},
};

static int print_tables(struct hull *hull, struct err *err)
{
	autoarena struct arena arena = {0};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct node *rows = tables[i].rows(&arena, &hull->engine, err);
		if (!rows || output_text(tables[i].title, err) ||
		    output_rows(tables[i].columns, NULL, rows, err))
			return -1;
	}
	return 0;
}

static int df_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct df_opts *opts = opts_ptr;
	autoarena struct arena arena = {0};

	if (opts->verbose && opts->format)
		return err_set(err, ERR_INPUT, "--verbose does not go with --format");
	if (opts->verbose)
		return print_tables(hull, err);
	struct node *rows = usage_rows(&arena, &hull->engine, err);
	return rows ? output_rows(sum_columns, opts->format, rows, err) : -1;
}

const struct command cmd_system_df = {
	.name = "system df",
	.args = "",
	.summary = "Show what takes how much room",
	.opts = df_opts,
	.opts_size = sizeof(struct df_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = df_run,
};
