/* cmd.h - the commands of hull-init, one file each: cmd_x.c, persona_x.c.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/command.h"
#include "init/entry.h"

struct init_context {
	struct entry entry;
	const char *const *env;
};

/* Exit statuses of our own: a wrong call or file, and the system. */
#define EXIT_WRONG  100
#define EXIT_SYSTEM 111

/* command.needs: signals stay blocked, for a loop that reads them, and orphans come to us. Other
 * commands get back what the entry found. */
#define COMMAND_IS_INIT 1

extern const struct command cmd_manage, cmd_check, cmd_dump, cmd_ctl, cmd_launch, cmd_daemon,
	cmd_start, cmd_shell, cmd_wait, cmd_template;

/* The wrapper's options as rows of a table of n. */
const struct opt *wrap_opts(struct opt *rows, size_t n);
/* For words that begin with an option and did not run a program: what they ask for, or what is
 * wrong with them (ERR_INPUT). */
int wrap_tell(int argc, char **argv, bool *ret_wants_help, struct buf *help,
	      struct err *err) must_check;

/* Called by another name: the words are that program's. */
int persona_tini(struct init_context *context, int argc, char **argv);
int persona_dumb_init(struct init_context *context, int argc, char **argv);
int persona_circusctl(struct init_context *context, int argc, char **argv);
int persona_circusd(struct init_context *context, int argc, char **argv);
int persona_launch(struct init_context *context, int argc, char **argv);
