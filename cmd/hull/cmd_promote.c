/* cmd_promote.c - hull promote: a candidate that proved itself gets its final tag.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stage/stage.h"

#include "commands.h"
#include "output.h"

#include "base/banned.h"

static int promote_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	struct hull *hull = context;
	autoref struct reference target = {0};

	if (stage_promote(&hull->engine, argv[0], argc > 1 ? argv[1] : NULL, &target, err))
		return -1;
	autofree char *name = reference_familiar(&target);
	autofree char *line = xasprintf("%s\n", name);
	return output_text(line, err);
}

const struct command cmd_promote = {
	.name = "promote",
	.args = "IMAGE[:candidate] [TARGET]",
	.summary = "Give a candidate its final tag (latest unless TARGET says otherwise)",
	.min_args = 1,
	.max_args = 2,
	.needs = CMD_NEEDS_ENGINE,
	.run = promote_run,
};
