/* control.c - the control socket.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/control.h"

#include <errno.h>

int control_open(struct supervisor *supervisor, struct control **ret_control)
{
	*ret_control = NULL;
	return supervisor->stopping ? -EBUSY : -EOPNOTSUPP;
}

const char *control_path(const struct control *control)
{
	return control ? "off" : NULL;
}

void control_close(struct control *control)
{
	(void)control;
}
