/* launch.c - a project's start: pillar, ssh keys, reconfigure.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/launch.h"

int launch_prepare(const struct model *model, const struct launch_options *options,
		   struct err *err)
{
	(void)model;
	(void)options;
	return err_set(err, ERR_SYSTEM, "projects cannot be launched yet");
}
