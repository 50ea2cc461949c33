/* driver.c - which OCI runtime is used, and how it is called on this kind of host.
 * SPDX-License-Identifier: Apache-2.0
 *
 * On a hybrid host crun does without cgroup2 (crun.c) and cannot give an init its subtree there, so
 * containers with systemd get runc. */
#include "runtime/driver.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/proc.h"
#include "runtime/cli.h"
#include "runtime/spec.h"

#include "base/banned.h"

static struct cli cli_of(const struct runtime *runtime)
{
	struct cli cli = {.runtime = runtime};
	if (runtime->driver == &driver_crun)
		cli.before_exec =
			cgroup_layout() == CGROUP_HYBRID ? crun_prepare_hybrid : crun_prepare;
	return cli;
}

static int driver_start(const struct runtime *runtime, const char *id, const char *bundle,
			const struct runtime_stdio *stdio, pid_t *ret_pid, struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_start(&cli, id, bundle, stdio, ret_pid, err);
}

static int driver_exec(const struct runtime *runtime, const char *id,
		       const struct runtime_exec *exec, pid_t *ret_pid, struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_exec(&cli, id, exec, ret_pid, err);
}

static int driver_kill(const struct runtime *runtime, const char *id, int signal, bool all,
		       struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_kill(&cli, id, signal, all, err);
}

static int driver_pause(const struct runtime *runtime, const char *id, bool pause, struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_pause(&cli, id, pause, err);
}

static int driver_state(const struct runtime *runtime, const char *id, pid_t *ret_pid,
			char **ret_status, struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_state(&cli, id, ret_pid, ret_status, err);
}

static int driver_remove(const struct runtime *runtime, const char *id, struct err *err)
{
	const struct cli cli = cli_of(runtime);
	return cli_remove(&cli, id, err);
}

#define DRIVER_FUNCTIONS                                                                        \
	.start = driver_start, .exec = driver_exec, .kill = driver_kill, .pause = driver_pause, \
	.state = driver_state, .remove = driver_remove, .forget = cli_forget
const struct runtime_driver driver_crun = {.name = "crun", DRIVER_FUNCTIONS};
const struct runtime_driver driver_runc = {.name = "runc", DRIVER_FUNCTIONS};

static bool is_auto(const char *name)
{
	return !name || !*name || strcmp(name, "auto") == 0;
}

/* crun cannot do it, see the top of the file. */
static bool needs_runc(bool systemd)
{
	return systemd && cgroup_layout() == CGROUP_HYBRID;
}

static int program_find(const char *name, bool systemd, char **ret_path, struct err *err)
{
	if (!is_auto(name)) {
		if (!proc_find(name, ret_path, err)) {
			if (!strchr(name, '/') || !access(*ret_path, X_OK))
				return 0;
			err_sys(err, "no OCI runtime '%s'", name);
			return -1;
		}
		return err_wrap(err, "no OCI runtime '%s' (package %s)", name, name);
	}
	if (!needs_runc(systemd) && !proc_find("crun", ret_path, err))
		return 0;
	err_clear(err);
	if (!proc_find("runc", ret_path, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	if (needs_runc(systemd))
		return err_set(
			err, ERR_MISSING,
			"no OCI runtime for systemd on this host: install runc (package runc)");
	return err_set(err, ERR_MISSING,
		       "no OCI runtime: install crun or runc (packages crun, runc)");
}

int runtime_open(const char *name, const char *state_dir, bool systemd, struct runtime *ret_runtime,
		 struct err *err)
{
	autofree char *program = NULL;
	if (program_find(name, systemd, &program, err))
		return -1;
	/* Any other program is expected to speak runc's command line, as all runtimes do. */
	bool is_crun = text_starts(path_base(program), "crun");
	if (is_crun && needs_runc(systemd))
		return err_set(
			err, ERR_INPUT,
			"crun cannot run systemd on a host with cgroup v1 and v2: use --runtime runc");
	if (dir_make_all(AT_FDCWD, state_dir, 0700, err))
		return -1;
	*ret_runtime = (struct runtime){
		.driver = is_crun ? &driver_crun : &driver_runc,
		.program = steal(&program),
		.state_dir = xstrdup(state_dir),
	};
	return 0;
}

void runtime_done(struct runtime *runtime)
{
	free(runtime->program);
	free(runtime->state_dir);
	*runtime = (struct runtime){0};
}
