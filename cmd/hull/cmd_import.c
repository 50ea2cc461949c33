/* cmd_import.c - hull import: archives of images and root file systems come in.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/vec.h"
#include "image/image.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct import_opts {
	struct strlist changes;
	const char *message, *platform, *compression;
	bool quiet;
};

static const struct opt import_opts[] = {
	{'c', "change", OPT_LIST, offsetof(struct import_opts, changes), "INSTRUCTION",
	 "Dockerfile instruction for the config of a root file system"},
	{0, "compression", OPT_STRING, offsetof(struct import_opts, compression), "NAME",
	 "Of new layers: gzip (default), zstd or none"},
	{'m', "message", OPT_STRING, offsetof(struct import_opts, message), "TEXT",
	 "Comment in the history"},
	{0, "platform", OPT_STRING, offsetof(struct import_opts, platform), "OS/ARCH",
	 "Which of several to take, or what a root file system is for"},
	{'q', "quiet", OPT_FLAG, offsetof(struct import_opts, quiet), NULL,
	 "Print nothing but IDs"},
	{0},
};

/* The result is the IDs; what they are called is talk. */
static int print_images(const struct image_list *images, bool quiet, struct err *err)
{
	autobuf struct buf out = {0};

	vec_foreach(image, images) {
		buf_printf(&out, "%s\n", image->id.text);
		for (size_t i = 0; !quiet && i < image->names.n; i++) {
			autoref struct reference name = {0};
			if (reference_parse(image->names.items[i], &name, err))
				return -1;
			autofree char *familiar = reference_familiar(&name);
			log_info("imported image '%s'", familiar);
		}
	}
	return output_text(buf_text(&out), err);
}

static int import_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct import_opts *opts = opts_ptr;
	cleanup(image_list_done) struct image_list images = {0};
	autoref struct reference name = {0};
	struct import_options options = {
		.changes = opts->changes,
		.message = opts->message,
		.platform = opts->platform,
		.compression = COMPRESSION_GZIP,
		.created_ns = -1,
	};

	if (strstr(argv[0], "://"))
		return err_set(err, ERR_INPUT,
			       "'%s' is not fetched: import a file, a directory or '-'", argv[0]);
	if (opts->compression && compression_parse(opts->compression, &options.compression, err))
		return -1;
	if (argc > 1) {
		if (reference_parse_tag(argv[1], &name, err))
			return -1;
		options.name = &name;
	}
	if (image_import(hull->engine.store, argv[0], &options, &images, err)) {
		if (err->kind == ERR_CORRUPT || err->kind == ERR_LIMIT)
			hull->error_status = 2; /* the input file is wrong */
		return -1;
	}
	return print_images(&images, opts->quiet, err);
}

const struct command cmd_import = {
	.name = "import",
	.args = "FILE|DIRECTORY|- [NAME[:TAG]]",
	.summary = "Bring in an archive of images, or a root file system",
	.details =
		"An OCI layout (directory or archive), what 'docker save' writes and a tar of a root\n"
		"file system (plain, gzip, zstd, xz or bzip2) are told apart by their content.",
	.opts = import_opts,
	.opts_size = sizeof(struct import_opts),
	.min_args = 1,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = import_run,
};
