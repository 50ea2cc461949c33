/* commands.h - every command's struct, one line each.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cmd.h"

extern const struct command cmd_commit;
extern const struct command cmd_completion;
extern const struct command cmd_container_inspect;
extern const struct command cmd_container_prune;
extern const struct command cmd_cp;
extern const struct command cmd_create;
extern const struct command cmd_diff;
extern const struct command cmd_exec;
extern const struct command cmd_export;
extern const struct command cmd_history;
extern const struct command cmd_image_inspect;
extern const struct command cmd_image_prune;
extern const struct command cmd_images;
extern const struct command cmd_import;
extern const struct command cmd_info;
extern const struct command cmd_inspect;
extern const struct command cmd_kill;
extern const struct command cmd_logs;
extern const struct command cmd_pause;
extern const struct command cmd_promote;
extern const struct command cmd_ps;
extern const struct command cmd_rename;
extern const struct command cmd_restart;
extern const struct command cmd_rm;
extern const struct command cmd_rmi;
extern const struct command cmd_run;
extern const struct command cmd_stage;
extern const struct command cmd_start;
extern const struct command cmd_step;
extern const struct command cmd_stop;
extern const struct command cmd_system_check;
extern const struct command cmd_system_df;
extern const struct command cmd_system_prune;
extern const struct command cmd_tag;
extern const struct command cmd_unpause;
extern const struct command cmd_version;
extern const struct command cmd_wait;
