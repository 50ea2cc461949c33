/* cmd_template.c - hull-init template.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/banned.h"

static int template_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "not built in yet");
}

const struct command cmd_template = {
	.name = "template", .args = "", .summary = "template", .run = template_run, .max_args = -1};
