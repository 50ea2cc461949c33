/* states_pkg.c - pkg.* and pkgrepo.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/banned.h"

static const struct state_def *const rows[] = {
	NULL,
};

const struct state_table states_pkg = {rows};
