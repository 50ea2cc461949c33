/* cmd_daemon.c - hull-init daemon.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/banned.h"

static int daemon_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_daemon = {
	.name = "daemon", .args = "", .summary = "daemon", .run = daemon_run, .max_args = -1};
