/* cmd_prune.c - hull system prune, image prune: what nobody needs goes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/size.h"
#include "image/usage.h"
#include "store/check.h"

#include "commands.h"
#include "image_filter.h"
#include "output.h"

#include "base/banned.h"

struct prune_opts {
	bool all, force, volumes;
	struct strlist filters;
};

static const struct opt system_prune_opts[] = {
	{'a', "all", OPT_FLAG, offsetof(struct prune_opts, all), NULL,
	 "All images that no container uses, not just those without a name"},
	{0, "filter", OPT_LIST, offsetof(struct prune_opts, filters), "KEY=VALUE",
	 "label, label! or until"},
	{'f', "force", OPT_FLAG, offsetof(struct prune_opts, force), NULL, "Do not ask"},
	{0, "volumes", OPT_FLAG, offsetof(struct prune_opts, volumes), NULL,
	 "Anonymous volumes that no container mounts, too"},
	{0},
};

static const struct opt image_prune_opts[] = {
	{'a', "all", OPT_FLAG, offsetof(struct prune_opts, all), NULL,
	 "All images that no container uses, not just those without a name"},
	{0, "filter", OPT_LIST, offsetof(struct prune_opts, filters), "KEY=VALUE",
	 "label, label! or until"},
	{'f', "force", OPT_FLAG, offsetof(struct prune_opts, force), NULL, "Do not ask"},
	{0},
};

static const struct opt container_prune_opts[] = {
	{0, "filter", OPT_LIST, offsetof(struct prune_opts, filters), "KEY=VALUE",
	 "label, label! or until"},
	{'f', "force", OPT_FLAG, offsetof(struct prune_opts, force), NULL, "Do not ask"},
	{0},
};

/* Anything but a yes is a no; nobody there is a no as well. */
static bool is_yes(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

static int ask(const struct prune_opts *opts, const char *warning, bool *ret_go_on, struct err *err)
{
	*ret_go_on = opts->force;
	if (opts->force)
		return 0;
	if (output_text(warning, err) ||
	    output_text("Are you sure you want to continue? [y/N] ", err) || output_flush(err))
		return -1;
	*ret_go_on = is_yes();
	return 0;
}

struct section { /* what goes of one kind, under a heading */
	const char *heading;
	struct buf lines;
};

static void add_line(const char *line, void *arg)
{
	struct section *section = arg;

	buf_printf(&section->lines, "%s\n", line);
}

static int print_section(struct section *section, struct err *err)
{
	autofree char *text = section->lines.len ? xasprintf("%s\n%s\n", section->heading,
							     buf_text(&section->lines))
						 : xstrdup("");

	buf_done(&section->lines);
	return output_text(text, err);
}

/* What the store and all in it takes now. */
static int measure(struct hull *hull, uint64_t *ret_bytes, struct err *err)
{
	struct store_usage usage;

	if (store_usage(hull->engine.store, &usage, err))
		return -1;
	*ret_bytes = usage.total_bytes;
	return 0;
}

static int finish(struct hull *hull, uint64_t before, struct err *err)
{
	struct sweep_result swept;
	char text[SIZE_TEXT_MAX];
	uint64_t n_swept, after;

	if (container_sweep(&hull->engine, false, &n_swept, err) ||
	    store_sweep(hull->engine.store, false, &swept, err) || measure(hull, &after, err))
		return -1;
	size_format(before > after ? before - after : 0, text);
	autofree char *line = xasprintf("Total reclaimed space: %s\n", text);
	return output_text(line, err);
}

static int prune_images(struct hull *hull, const struct prune_opts *opts,
			const struct image_filter *filter, struct err *err)
{
	struct section images = {"Deleted Images:"};

	if (image_prune(&hull->engine, opts->all, filter, add_line, &images, err)) {
		buf_done(&images.lines);
		return -1;
	}
	return print_section(&images, err);
}

static int prune_containers(struct hull *hull, const struct image_filter *filter, struct err *err)
{
	struct section containers = {"Deleted Containers:"};

	if (container_prune(&hull->engine, filter, add_line, &containers, err)) {
		buf_done(&containers.lines);
		return -1;
	}
	return print_section(&containers, err);
}

static int prune_volumes(struct hull *hull, struct err *err)
{
	struct section volumes = {"Deleted Volumes:"};

	if (volume_prune(&hull->engine, add_line, &volumes, err)) {
		buf_done(&volumes.lines);
		return -1;
	}
	return print_section(&volumes, err);
}

static int system_prune_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct prune_opts *opts = opts_ptr;
	cleanup(image_filter_words_done) struct image_filter_words words = {0};
	struct image_filter filter = {0};
	autobuf struct buf warning = {0};
	uint64_t before;
	bool go_on;

	if (image_filter_parse(hull->engine.store, &opts->filters, image_prune_filters, &words,
			       &filter, err))
		return -1;
	if (opts->volumes && filters_has(&words.filters, "until"))
		return err_set(err, ERR_INPUT, "the filter 'until' does not go with --volumes");
	buf_printf(&warning,
		   "WARNING! This will remove:\n"
		   "  - all stopped containers\n%s"
		   "  - all %s\n"
		   "  - everything that no image, container or running work needs\n\n",
		   opts->volumes ? "  - all anonymous volumes not used by at least one container\n"
				 : "",
		   opts->all ? "images without at least one container associated to them"
			     : "dangling images");
	if (ask(opts, buf_text(&warning), &go_on, err))
		return -1;
	if (!go_on)
		return 0;
	if (measure(hull, &before, err) || prune_containers(hull, &filter, err) ||
	    (opts->volumes && prune_volumes(hull, err)) || prune_images(hull, opts, &filter, err))
		return -1;
	return finish(hull, before, err);
}

static int image_prune_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct prune_opts *opts = opts_ptr;
	cleanup(image_filter_words_done) struct image_filter_words words = {0};
	struct image_filter filter = {0};
	uint64_t before;
	bool go_on;

	if (image_filter_parse(hull->engine.store, &opts->filters, image_prune_filters, &words,
			       &filter, err) ||
	    ask(opts,
		opts->all ? "WARNING! This will remove all images without at least one container "
			    "associated to them.\n"
			  : "WARNING! This will remove all dangling images.\n",
		&go_on, err))
		return -1;
	if (!go_on)
		return 0;
	if (measure(hull, &before, err) || prune_images(hull, opts, &filter, err))
		return -1;
	return finish(hull, before, err);
}

static int container_prune_run(void *context, void *opts_ptr, int argc, char **argv,
			       struct err *err)
{
	struct hull *hull = context;
	const struct prune_opts *opts = opts_ptr;
	cleanup(image_filter_words_done) struct image_filter_words words = {0};
	struct image_filter filter = {0};
	uint64_t before;
	bool go_on;

	if (image_filter_parse(hull->engine.store, &opts->filters, container_prune_filters, &words,
			       &filter, err) ||
	    ask(opts, "WARNING! This will remove all stopped containers.\n", &go_on, err))
		return -1;
	if (!go_on)
		return 0;
	if (measure(hull, &before, err) || prune_containers(hull, &filter, err))
		return -1;
	return finish(hull, before, err);
}

const struct command cmd_system_prune = {
	.name = "system prune",
	.args = "",
	.summary = "Remove what nobody needs",
	.opts = system_prune_opts,
	.opts_size = sizeof(struct prune_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = system_prune_run,
};

const struct command cmd_image_prune = {
	.name = "image prune",
	.args = "",
	.summary = "Remove images that nobody needs",
	.opts = image_prune_opts,
	.opts_size = sizeof(struct prune_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = image_prune_run,
};

const struct command cmd_container_prune = {
	.name = "container prune",
	.args = "",
	.summary = "Remove containers that do not run",
	.opts = container_prune_opts,
	.opts_size = sizeof(struct prune_opts),
	.needs = CMD_NEEDS_ENGINE,
	.run = container_prune_run,
};
