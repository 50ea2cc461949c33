/* cmd_export.c - hull export: an image as an archive, a container as a tree.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include "commands.h"

#include "base/banned.h"

struct export_opts {
	const char *output, *format, *compression, *name, *type;
};

static const struct opt export_opts[] = {
	{0, "compression", OPT_STRING, offsetof(struct export_opts, compression), "NAME",
	 "Of layers, or of a root file system: gzip, zstd or none"},
	{0, "format", OPT_STRING, offsetof(struct export_opts, format), "FORMAT",
	 "oci-archive (default for images), oci, docker-archive or rootfs (default for containers)"},
	{0, "name", OPT_STRING, offsetof(struct export_opts, name), "NAME",
	 "What the image is called in the archive"},
	{'o', "output", OPT_STRING, offsetof(struct export_opts, output), "FILE",
	 "Write to a file (or directory) instead of stdout"},
	{0, "type", OPT_STRING, offsetof(struct export_opts, type), "TYPE",
	 "'container' or 'image': only that"},
	{0},
};

static int export_container(struct container *container, const struct export_opts *opts,
			    const struct export_options *options, struct err *err)
{
	if (opts->format && options->format != EXPORT_ROOTFS)
		return err_set(
			err, ERR_INPUT,
			"a container is exported as a root file system: commit it first to have "
			"a '%s' of it",
			opts->format);
	if (opts->name)
		return err_set(err, ERR_INPUT, "a root file system has no name");
	return container_export(container, options->compression, opts->output, err);
}

/* What was typed is what it is called there, when it was a name. */
static char *typed_name(const struct image *image, const char *text)
{
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	if (reference_parse(text, &name, &ignored))
		return NULL;
	reference_default_tag(&name);
	char *canonical = reference_text(&name);
	if (strlist_has(&image->names, canonical))
		return canonical;
	free(canonical);
	return NULL;
}

static int export_image(struct hull *hull, const char *text, const struct export_opts *opts,
			struct export_options *options, struct err *err)
{
	cleanup(image_done) struct image image = {0};
	autofree char *name = NULL;

	if (store_find_image(hull->engine.store, text, &image, err))
		return -1;
	if (opts->name && options->format == EXPORT_ROOTFS)
		return err_set(err, ERR_INPUT, "a root file system has no name");
	name = opts->name ? xstrdup(opts->name) : typed_name(&image, text);
	options->name = name;
	return image_export(&hull->engine, &image, options, opts->output, err);
}

static int parse_options(const struct export_opts *opts, struct export_options *options,
			 struct err *err)
{
	if (opts->format && export_format_parse(opts->format, &options->format, err))
		return -1;
	if (opts->type && !text_eq(opts->type, "container") && !text_eq(opts->type, "image"))
		return err_set(err, ERR_INPUT, "--type is 'container' or 'image', not '%s'",
			       opts->type);
	if (!opts->compression)
		return 0;
	options->recompress = true;
	return compression_parse(opts->compression, &options->compression, err);
}

static int export_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	cleanup(container_closep) struct container *container = NULL;
	struct export_opts *opts = opts_ptr;
	struct export_options options = {.format = EXPORT_OCI_ARCHIVE};

	if (parse_options(opts, &options, err))
		return -1;
	if (!opts->output)
		opts->output = "-";
	if (!text_eq(opts->type, "image")) {
		if (container_find(&hull->engine, argv[0], &container, err) == 0)
			return export_container(container, opts, &options, err);
		if (err->kind != ERR_MISSING || opts->type)
			return -1;
		err_clear(err);
	}
	if (export_image(hull, argv[0], opts, &options, err) == 0)
		return 0;
	if (err->kind == ERR_MISSING && !opts->type &&
	    text_starts(err_text(err), "no such image")) {
		err_clear(err);
		return err_set(err, ERR_MISSING, "no such container or image '%s'", argv[0]);
	}
	return -1;
}

const struct command cmd_export = {
	.name = "export",
	.args = "CONTAINER|IMAGE",
	.summary = "Write an image as an archive, or a container's files as a tar",
	.opts = export_opts,
	.opts_size = sizeof(struct export_opts),
	.min_args = 1,
	.max_args = 1,
	.needs = CMD_NEEDS_ENGINE,
	.run = export_run,
};
