/* grains_state.h - grains.*: values in /etc/salt/grains, as the run's grains show them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def grains_exists_def, grains_present_def, grains_absent_def,
	grains_append_def, grains_list_present_def, grains_list_absent_def;
