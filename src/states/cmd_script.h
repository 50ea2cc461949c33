/* cmd_script.h - cmd.script: a file of the tree, run as a program.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "states/cmd_run.h"

void cmd_script_apply(struct state_call *call, struct outcome *outcome);
