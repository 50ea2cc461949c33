/* cmd_shell.c - hull-init shell.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/banned.h"

static int shell_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_shell = {
	.name = "shell", .args = "", .summary = "shell", .run = shell_run, .max_args = -1};
