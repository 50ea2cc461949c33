/* cmd_start.c - hull-init start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/banned.h"

static int start_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_start = {
	.name = "start", .args = "", .summary = "start", .run = start_run, .max_args = -1};
