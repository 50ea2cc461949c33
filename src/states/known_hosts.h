/* known_hosts.h - ssh_known_hosts.present and absent.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def known_hosts_present_def, known_hosts_absent_def;
