/* virtualenv.h - virtualenv.managed, where the image has Python.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def virtualenv_managed_def;
