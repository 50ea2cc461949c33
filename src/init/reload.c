/* reload.c - the file read again while services run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/control.h"

#include <errno.h>
#include <stdio.h>

int reload_files(struct supervisor *supervisor, char *why_not, size_t size)
{
	snprintf(why_not, size, "'%s' cannot be read again yet", supervisor->model->file);
	return -EOPNOTSUPP;
}
