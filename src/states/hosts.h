/* hosts.h - host.present, host.absent, host.only: hosts(5).
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def host_present_def, host_absent_def, host_only_def;
