/* states_ssh.c - ssh_auth.* and ssh_known_hosts.*.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/states.h"

#include "base/banned.h"

static const struct state_def *const rows[] = {
	NULL,
};

const struct state_table states_ssh = {rows};
