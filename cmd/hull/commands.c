/* commands.c - the list of commands: a new one is one line here and one file beside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "base/banned.h"

/* clang-format off: one a line, so that two new commands do not meet in a line */
const struct cmd *const commands[] = {
	&cmd_commit,
	&cmd_completion,
	&cmd_cp,
	&cmd_create,
	&cmd_diff,
	&cmd_exec,
	&cmd_export,
	&cmd_history,
	&cmd_images,
	&cmd_import,
	&cmd_info,
	&cmd_inspect,
	&cmd_kill,
	&cmd_logs,
	&cmd_pause,
	&cmd_ps,
	&cmd_rename,
	&cmd_restart,
	&cmd_rm,
	&cmd_rmi,
	&cmd_run,
	&cmd_start,
	&cmd_stop,
	&cmd_tag,
	&cmd_unpause,
	&cmd_version,
	&cmd_wait,
	NULL,
};
/* clang-format on */

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
	{"container", "create", &cmd_create, "Look after containers"},
	{"container", "exec", &cmd_exec},
	{"container", "kill", &cmd_kill},
	{"container", "logs", &cmd_logs},
	{"container", "pause", &cmd_pause},
	{"container", "list", &cmd_ps},
	{"container", "rename", &cmd_rename},
	{"container", "restart", &cmd_restart},
	{"container", "rm", &cmd_rm},
	{"container", "run", &cmd_run},
	{"container", "start", &cmd_start},
	{"container", "stop", &cmd_stop},
	{"container", "unpause", &cmd_unpause},
	{"container", "wait", &cmd_wait},
	{"container", "ls", &cmd_ps},
	{0},
};
