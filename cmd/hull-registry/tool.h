/* tool.h - hull-registry's commands: the words they share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/command.h"

#define DEFAULT_CONFIG "/etc/hull-registry/hull-registry.yml"

struct tool { /* what the program was told before the command's name */
	bool debug;
	bool log_is_json;
	char *const *env;
};

/* The file to read: --config, or the word behind the command (not both), or the environment's
 * HULL_REGISTRY_CONFIG or REGISTRY_CONFIGURATION_PATH, or the default. */
int tool_config(const char *option, int argc, char **argv, const char **ret_path,
		struct err *err) must_check;
/* To stdout at once; a closed pipe is an error. */
int tool_print(const char *text, struct err *err) must_check;
int tool_printf(struct err *err, const char *fmt, ...) printf_like(2, 3) must_check;
/* A password: asked for twice on a terminal without showing it, else the first line of stdin. */
int tool_read_password(const char *account, char **ret_password, struct err *err) must_check;

extern const struct program registry_program;
extern const struct command cmd_serve, cmd_check, cmd_init, cmd_gc, cmd_verify, cmd_reindex,
	cmd_why, cmd_user_add, cmd_user_passwd, cmd_user_del, cmd_user_list, cmd_acl_explain,
	cmd_version;
