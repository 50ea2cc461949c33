/* svn.h - svn.latest.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state/function.h"

extern const struct state_def svn_latest_def;
