/* tool.h - hull-state's commands: the words and the world they share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/command.h"
#include "doc/diag.h"
#include "state/world.h"

/* Exit statuses (hull-state(8)). */
enum {
	EXIT_DONE = 0,
	EXIT_NOT_COMPILED = 1,
	EXIT_STATE_FAILED = 2,
	EXIT_PENDING = 4,
	EXIT_USAGE = 64
};

struct tool { /* what the program was told before the command's name */
	bool debug;
	bool log_is_json;
	char *const *env;
};

/* To stdout at once; a closed pipe is an error. */
int tool_print(struct str text, struct err *err) must_check;
/* A finding with its secrets masked; `world` NULL: none are known. */
void tool_write_finding(struct world *world, const struct diag *finding, bool as_json,
			struct buf *buf);
/* Findings to stderr: text, or a JSON object a line with --log-format json. Secrets masked. */
void tool_tell(const struct tool *tool, struct world *world, const struct diags *findings);
void tool_tell_one(const struct tool *tool, struct world *world, const struct diag *finding);
/* A text file whole, or stdin for "-". */
int tool_read(const char *path, struct buf *ret_text, struct err *err) must_check;

extern const struct program state_program;
extern const struct command cmd_apply, cmd_archive, cmd_check, cmd_deploy, cmd_deploy_all,
	cmd_fixperms, cmd_init, cmd_link, cmd_list, cmd_pillar, cmd_render, cmd_report,
	cmd_reset_perms, cmd_rollback, cmd_run_task, cmd_unlink, cmd_version, cmd_yaml;
