/* cmd_version.c - hull-state version.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include "base/banned.h"

static int version_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return tool_print(STR("hull-state version " HULL_VERSION "\n"), err);
}

const struct command cmd_version = {
	.name = "version",
	.summary = "Print the version",
	.run = version_run,
};
