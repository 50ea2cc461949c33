/* markers.c - what an image asks for at its first start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/launch.h"

int launch_markers(const struct model *model, struct err *err)
{
	(void)model;
	(void)err;
	return 0;
}
