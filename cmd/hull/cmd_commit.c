/* cmd_commit.c - hull commit: an image from a container.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/image.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

struct commit_opts {
	const char *author, *message, *compression;
	struct strlist changes;
	bool pause, pause_given, squash;
};

static const struct opt commit_opts[] = {
	{'a', "author", OPT_STRING, offsetof(struct commit_opts, author), "TEXT", "Who made it"},
	{'c', "change", OPT_LIST, offsetof(struct commit_opts, changes), "INSTRUCTION",
	 "Dockerfile instruction for the config"},
	{0, "compression", OPT_STRING, offsetof(struct commit_opts, compression), "NAME",
	 "Of the new layer: gzip (default), zstd or none"},
	{'m', "message", OPT_STRING, offsetof(struct commit_opts, message), "TEXT",
	 "Comment in the history"},
	{'p', "pause", OPT_FLAG, offsetof(struct commit_opts, pause), NULL,
	 "Freeze the container meanwhile (default true)",
	 offsetof(struct commit_opts, pause_given)},
	{0, "squash", OPT_FLAG, offsetof(struct commit_opts, squash), NULL,
	 "One layer of everything"},
	{0},
};

static int commit_run(void *context, void *opts_ptr, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	const struct commit_opts *opts = opts_ptr;
	cleanup(container_closep) struct container *container = NULL;
	cleanup(image_done) struct image image = {0};
	autoref struct reference name = {0};
	struct commit_options options = {
		.author = opts->author,
		.message = opts->message,
		.changes = opts->changes,
		.pause = opts->pause || !opts->pause_given,
		.squash = opts->squash,
		.compression = COMPRESSION_GZIP,
		.created_ns = -1,
		.clamp_mtime_ns = -1,
	};

	if (opts->compression && compression_parse(opts->compression, &options.compression, err))
		return -1;
	if (argc > 1) {
		if (reference_parse_tag(argv[1], &name, err))
			return -1;
		options.name = &name;
	}
	if (container_find(&hull->engine, argv[0], &container, err) ||
	    image_commit(&hull->engine, container, &options, &image, NULL, err))
		return -1;
	autofree char *line = xasprintf("%s\n", image.id.text);
	return output_text(line, err);
}

const struct command cmd_commit = {
	.name = "commit",
	.args = "CONTAINER [NAME[:TAG]]",
	.summary = "Make an image of a container's changes",
	.opts = commit_opts,
	.opts_size = sizeof(struct commit_opts),
	.min_args = 1,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = commit_run,
};
