/* commands.h - every command's struct, one line each.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"

extern const struct cmd cmd_completion;
extern const struct cmd cmd_info;
extern const struct cmd cmd_version;
