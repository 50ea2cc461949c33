/* commands.c - the list of commands: a new one is one line here and one file beside.
 * SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include "base/banned.h"

const struct cmd *const commands[] = {
	&cmd_completion,
	&cmd_info,
	&cmd_version,
	NULL,
};

const struct cmd_alias command_aliases[] = {
	{"system", "info", &cmd_info, "Look after the store"},
	{0},
};
