/* project.c - the configuration of a project.
 * SPDX-License-Identifier: Apache-2.0 */
#include "project/project.h"

#include "base/banned.h"

int project_load(struct world *world, const char *name, const struct project_options *options,
		 struct project *ret_project, struct diags *warnings, struct diag *diag)
{
	struct src_pos nowhere = {0};

	return diag_set(diag, ERR_MISSING, nowhere, "no project '%s'", name);
}
