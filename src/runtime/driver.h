/* driver.h - an OCI runtime behind six functions; crun and runc today, a built-in one may join.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec, runtime.md; the command lines of runc(8) and crun(1). */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strlist.h"

struct runtime_driver;
struct runtime { /* a driver and where it keeps its state */
	const struct runtime_driver *driver;
	char *program;   /* absolute path */
	char *state_dir; /* --root of the runtime; made when missing */
};

struct runtime_stdio {
	int fds[3]; /* given to the container; -1: /dev/null. With a terminal only the runtime's own
		     */
	const char *console_path; /* AF_UNIX socket that gets the terminal's master (SCM_RIGHTS);
				     NULL: no terminal */
};

struct runtime_exec {
	const char *process_json; /* path of an OCI process object (spec_build_process) */
	struct runtime_stdio stdio;
	const char *pid_file; /* absolute; written by the runtime, left to the caller */
};

/* Both runtimes also print what they log on the standard error that they were given: when start or
 * exec fails, what arrived there is the runtime's own text, which the error already has. */
struct runtime_driver {
	const char *name;
	/* Makes and starts the container from bundle/config.json in one go; its first process
	 * becomes a child of the nearest subreaper. The message of the runtime's own log is the
	 * error. ERR_MISSING with sys_errno ENOENT: the command is not in the image (exit 127);
	 * ERR_DENIED with EACCES: not executable (126); everything else is ERR_SYSTEM. Nothing of a
	 * container that failed to start is left. */
	int (*start)(const struct runtime *runtime, const char *id, const char *bundle,
		     const struct runtime_stdio *stdio, pid_t *ret_pid, struct err *err);
	/* One more process in it, detached; errors as above. */
	int (*exec)(const struct runtime *runtime, const char *id, const struct runtime_exec *exec,
		    pid_t *ret_pid, struct err *err);
	/* ERR_MISSING when there is no such container or it is not running. */
	int (*kill)(const struct runtime *runtime, const char *id, int signal, bool all,
		    struct err *err);
	int (*pause)(const struct runtime *runtime, const char *id, bool pause, struct err *err);
	/* "created", "running", "paused", "stopped"; the caller frees; pid 0 when there is none.
	 * ERR_MISSING. */
	int (*state)(const struct runtime *runtime, const char *id, pid_t *ret_pid,
		     char **ret_status, struct err *err);
	int (*remove)(const struct runtime *runtime, const char *id,
		      struct err *err); /* force; fine when gone */
	/* What the runtime keeps of a container whose processes and cgroup are gone already: does
	 * not start the runtime for that. */
	int (*forget)(const struct runtime *runtime, const char *id, struct err *err);
};

/* `name`: NULL or "auto" chooses what works here for this kind of container (crun is quicker; on
 * hybrid hosts it gets a mount namespace of its own, and containers with systemd get runc); "crun",
 * "runc" or a path. ERR_MISSING names the Debian package. */
int runtime_open(const char *name, const char *state_dir, bool systemd, struct runtime *ret_runtime,
		 struct err *err) must_check;
void runtime_done(struct runtime *runtime);
#define autoruntime cleanup(runtime_done)
