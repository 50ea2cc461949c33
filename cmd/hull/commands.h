/* commands.h - every command's struct, one line each.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"

extern const struct cmd cmd_commit;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_cp;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_export;
extern const struct cmd cmd_history;
extern const struct cmd cmd_image_inspect;
extern const struct cmd cmd_image_prune;
extern const struct cmd cmd_images;
extern const struct cmd cmd_import;
extern const struct cmd cmd_info;
extern const struct cmd cmd_inspect;
extern const struct cmd cmd_rmi;
extern const struct cmd cmd_system_check;
extern const struct cmd cmd_system_df;
extern const struct cmd cmd_system_prune;
extern const struct cmd cmd_tag;
extern const struct cmd cmd_version;
