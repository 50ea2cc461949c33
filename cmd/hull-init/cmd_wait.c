/* cmd_wait.c - hull-init wait.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/banned.h"

static int wait_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_wait = {
	.name = "wait", .args = "", .summary = "wait", .run = wait_run, .max_args = -1};
