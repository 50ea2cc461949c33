/* ini_options.h - ini.options_present.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def state_ini_options_present;
