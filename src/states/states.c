/* states.c - the list of the families.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/banned.h"

/* One a line, so that two new families do not meet in a line. */
/* clang-format off */
const struct state_table *const states_all[] = {
	&states_file,
	&states_archive,
	&states_text,
	&states_cmd,
	&states_user,
	&states_ssh,
	&states_pkg,
	&states_service,
	&states_cron,
	&states_git,
	&states_system,
	&states_module,
	NULL,
};
/* clang-format on */
