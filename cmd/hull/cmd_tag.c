/* cmd_tag.c - hull tag: another name for an image.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "store/images.h"

#include "base/banned.h"

static int tag_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	cleanup(image_done) struct image image = {0};
	autoref struct reference name = {0};

	if (reference_parse_tag(argv[1], &name, err))
		return -1;
	if (store_find_image(hull->engine.store, argv[0], &image, err) ||
	    store_add_image(hull->engine.store, &image.manifest, &name, err))
		return -1;
	return 0;
}

const struct command cmd_tag = {
	.name = "tag",
	.args = "IMAGE NAME[:TAG]",
	.summary = "Give an image another name",
	.min_args = 2,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = tag_run,
};
