/* commands.h - every command's struct, one line each.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"

extern const struct cmd cmd_commit;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_container_inspect;
extern const struct cmd cmd_container_prune;
extern const struct cmd cmd_cp;
extern const struct cmd cmd_create;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_exec;
extern const struct cmd cmd_export;
extern const struct cmd cmd_history;
extern const struct cmd cmd_image_inspect;
extern const struct cmd cmd_image_prune;
extern const struct cmd cmd_images;
extern const struct cmd cmd_import;
extern const struct cmd cmd_info;
extern const struct cmd cmd_inspect;
extern const struct cmd cmd_kill;
extern const struct cmd cmd_logs;
extern const struct cmd cmd_pause;
extern const struct cmd cmd_promote;
extern const struct cmd cmd_ps;
extern const struct cmd cmd_rename;
extern const struct cmd cmd_restart;
extern const struct cmd cmd_rm;
extern const struct cmd cmd_rmi;
extern const struct cmd cmd_run;
extern const struct cmd cmd_stage;
extern const struct cmd cmd_start;
extern const struct cmd cmd_step;
extern const struct cmd cmd_stop;
extern const struct cmd cmd_system_check;
extern const struct cmd cmd_system_df;
extern const struct cmd cmd_system_prune;
extern const struct cmd cmd_tag;
extern const struct cmd cmd_unpause;
extern const struct cmd cmd_version;
extern const struct cmd cmd_wait;
