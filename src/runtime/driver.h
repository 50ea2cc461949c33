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
	char *state_dir; /* --root of the runtime */
};

struct runtime_stdio {
	int fds[3];         /* given to the container; -1: /dev/null. With a terminal: unused */
	int console_socket; /* listening AF_UNIX path's directory… see console_path; -1: none */
	const char *console_path; /* --console-socket; NULL: no terminal */
};

struct runtime_exec {
	const char *process_json; /* path of an OCI process object */
	struct runtime_stdio stdio;
	const char *pid_file;
};

struct runtime_driver {
	const char *name;
	/* Makes and starts the container from bundle/config.json in one go; its first process becomes a child
	 * of the nearest subreaper. The message of the runtime's own log is the error. ERR_MISSING with sys_errno
	 * ENOENT: the command is not in the image (exit 127); ERR_DENIED: not executable (126). */
	int (*start)(const struct runtime *runtime, const char *id, const char *bundle,
		     const struct runtime_stdio *stdio, pid_t *ret_pid, struct err *err);
	int (*exec)(const struct runtime *runtime, const char *id, const struct runtime_exec *exec, pid_t *ret_pid, struct err *err);
	int (*kill)(const struct runtime *runtime, const char *id, int signal, bool all, struct err *err);
	int (*pause)(const struct runtime *runtime, const char *id, bool pause, struct err *err);
	int (*state)(const struct runtime *runtime, const char *id, pid_t *ret_pid, char **ret_status, struct err *err);
	int (*remove)(const struct runtime *runtime, const char *id, struct err *err); /* force; fine when gone */
};

/* `name`: NULL or "auto" chooses what works here for this kind of container (crun is quicker; on hybrid
 * hosts it gets a mount namespace of its own, and containers with systemd get runc); "crun", "runc" or a
 * path. ERR_MISSING names the Debian package. */
int runtime_open(const char *name, const char *state_dir, bool systemd, struct runtime *ret_runtime, struct err *err) must_check;
void runtime_done(struct runtime *runtime);
