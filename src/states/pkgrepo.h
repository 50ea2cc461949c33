/* pkgrepo.h - pkgrepo.managed and absent: where packages come from, when an image is built.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def pkgrepo_managed_def, pkgrepo_absent_def;
