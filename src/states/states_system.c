/* states_system.c - hosts, mounts, time zone, locale, sysctl, environment, alternatives, ACLs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/banned.h"

static const struct state_def *const rows[] = {
	NULL,
};

const struct state_table states_system = {rows};
