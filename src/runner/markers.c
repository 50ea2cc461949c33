/* markers.c - what an image asks for at its first start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/launch.h"

void launch_markers(int rootfd)
{
	(void)rootfd;
}

bool launch_has_markers(int rootfd)
{
	(void)rootfd;
	return false;
}

void launch_host_keys(int rootfd)
{
	(void)rootfd;
}
