/* commands.c - the list of commands: a new one is one line here and one file beside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "base/banned.h"

const struct cmd *const commands[] = {
	&cmd_commit,
	&cmd_completion,
	&cmd_cp,
	&cmd_diff,
	&cmd_export,
	&cmd_history,
	&cmd_images,
	&cmd_import,
	&cmd_info,
	&cmd_inspect,
	&cmd_rmi,
	&cmd_tag,
	&cmd_version,
	NULL,
};

const struct cmd_alias command_aliases[] = {
	{"image", "ls", &cmd_images, "Look after images"},
	{"image", "list", &cmd_images},
	{"image", "rm", &cmd_rmi},
	{"image", "tag", &cmd_tag},
	{"image", "inspect", &cmd_image_inspect},
	{"image", "history", &cmd_history},
	{"image", "import", &cmd_import},
	{"image", "prune", &cmd_image_prune},
	{"system", "info", &cmd_info, "Look after the store"},
	{"system", "check", &cmd_system_check},
	{"system", "df", &cmd_system_df},
	{"system", "prune", &cmd_system_prune},
	{0},
};
