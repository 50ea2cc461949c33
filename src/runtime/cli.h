/* cli.h - the command line that runc and crun share; for this folder only.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runc(8), crun(1). */
#pragma once

#include "runtime/driver.h"

extern const struct runtime_driver driver_crun, driver_runc;

struct cli { /* how a program is called, beyond its words */
	const struct runtime *runtime;
	/* As proc_options has it; NULL: none. The argument is the path of the pid file when a
	 * container is started, else NULL. */
	int (*before_exec)(void *pid_file);
};

/* crun.c: what crun needs around it, as before_exec; on a hybrid host also the other. */
int crun_prepare(void *pid_file);
int crun_prepare_hybrid(void *pid_file);

/* The functions of struct runtime_driver, by running the program. */
int cli_start(const struct cli *cli, const char *id, const char *bundle,
	      const struct runtime_stdio *stdio, pid_t *ret_pid, struct err *err) must_check;
int cli_exec(const struct cli *cli, const char *id, const struct runtime_exec *exec, pid_t *ret_pid,
	     struct err *err) must_check;
int cli_kill(const struct cli *cli, const char *id, int signal, bool all,
	     struct err *err) must_check;
int cli_pause(const struct cli *cli, const char *id, bool pause, struct err *err) must_check;
int cli_state(const struct cli *cli, const char *id, pid_t *ret_pid, char **ret_status,
	      struct err *err) must_check;
int cli_remove(const struct cli *cli, const char *id, struct err *err) must_check;
int cli_forget(const struct runtime *runtime, const char *id, struct err *err) must_check;

/* What a runtime's log says, as one error of ours: `log` is its JSON lines, `talk` what it printed.
 */
int cli_error(struct str log, struct str talk, const char *doing, struct err *err);
