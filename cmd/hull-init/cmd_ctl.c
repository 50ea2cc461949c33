/* cmd_ctl.c - hull-init ctl: what a running hull-init is asked.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

static int ctl_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	(void)context;
	(void)opts;
	return err_set(err, ERR_SYSTEM, "no control socket for '%s'", argc ? argv[0] : "");
}

const struct command cmd_ctl = {
	.name = "ctl",
	.args = "VERB [ARG...]",
	.summary = "Ask a running hull-init",
	.opt_flags = OPT_STOP_AT_ARG,
	.min_args = 0,
	.max_args = -1,
	.run = ctl_run,
};
