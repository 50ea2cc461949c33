/* group_state.h - group.present and group.absent.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def group_present_def, group_absent_def;
