/* boot.c - the steps before anything starts, in their order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/boot.h"

#include "base/banned.h"

int boot_file_variables(struct model *model, struct err *err)
{
	return 0;
}

int boot_run(const struct model *model, struct err *err)
{
	return 0;
}
