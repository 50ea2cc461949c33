/* launch.c - one run of a container: network, files, bundle, runtime; and all of that undone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/io.h"
#include "base/log.h"
#include "container/limits.h"
#include "container/settings.h"

#include "base/banned.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define EXIT_ENGINE  125
#define EXIT_DENIED  126
#define EXIT_MISSING 127

int launch_runtime(const struct container *container, struct runtime *ret_runtime, struct err *err)
{
	autofree char *state_dir = path_join(container->engine->run_dir, "runtime");

	return runtime_open(container->record.runtime, state_dir, container->record.is_systemd,
			    ret_runtime, err);
}

static char *cgroup_path(const struct container *container)
{
	return path_join("/hull", container->record.id);
}

int launch_identity(const struct container *container, const char *text,
		    struct user_identity *ret_identity, struct err *err)
{
	autoclose int root = -1;
	struct user_identity identity = {0};
	const struct strlist *groups = &container->record.group_adds;

	if (dir_open_at(AT_FDCWD, container->rootfs, &root, err) ||
	    userdb_resolve(root, text, &identity, err))
		return -1;
	for (size_t i = 0; i < groups->n; i++) {
		uint32_t gid;
		if (userdb_resolve_group(root, groups->items[i], &gid, err)) {
			user_identity_done(&identity);
			return err_wrap(err, "--group-add");
		}
		identity.extra_gids = xreallocarray(identity.extra_gids, identity.n_extra_gids + 1,
						    sizeof(*identity.extra_gids));
		identity.extra_gids[identity.n_extra_gids++] = gid;
	}
	*ret_identity = identity;
	return 0;
}

/* docker makes a missing WORKDIR, root's. */
static int workdir_make(const struct container *container, struct err *err)
{
	autoclose int root = -1;
	autoclose int dir = -1;

	if (text_eq(container->record.workdir, "/"))
		return 0;
	if (dir_open_at(AT_FDCWD, container->rootfs, &root, err) ||
	    beneath_make_dirs(root, container->record.workdir, 0755, &dir, err))
		return err_wrap(err, "making the working directory '%s'",
				container->record.workdir);
	return 0;
}

/* What docker adds under what was given: PATH, HOSTNAME, TERM, HOME. */
void launch_env(const struct container *container, const struct user_identity *identity, bool tty,
		struct strlist *env)
{
	strlist_env_set(env, DEFAULT_PATH);
	strlist_env_setf(env, "HOSTNAME", container->record.hostname);
	if (tty)
		strlist_env_set(env, "TERM=xterm");
	strlist_env_setf(env, "HOME", identity->home ? identity->home : "/");
	for (size_t i = 0; i < container->record.env.n; i++)
		strlist_env_set(env, container->record.env.items[i]);
}

static void limits_fill(const struct record *record, struct spec *spec)
{
	spec->memory_bytes = (uint64_t)record->memory;
	spec->nano_cpus = record->nano_cpus;
	spec->pids_limit = record->pids_limit;
	spec->devices = xcalloc(record->devices.n + 1, sizeof(*spec->devices));
	for (size_t i = 0; i < record->devices.n; i++)
		spec->n_devices +=
			device_split(record->devices.items[i], &spec->devices[spec->n_devices]);
	spec->ulimits = xcalloc(record->ulimits.n + 1, sizeof(*spec->ulimits));
	for (size_t i = 0; i < record->ulimits.n; i++)
		spec->n_ulimits +=
			ulimit_split(record->ulimits.items[i], &spec->ulimits[spec->n_ulimits]);
}

/* Texts and lists that the spec borrows stay the record's: launch_spec_done frees the others. */
int launch_spec_fill(struct container *container, const char *user, struct spec *spec,
		     struct err *err)
{
	const struct record *record = &container->record;

	spec->id = record->id;
	spec->rootfs = container->rootfs;
	spec->rootfs_read_only = record->read_only;
	spec->hostname = record->hostname;
	spec->tty = record->tty;
	spec->privileged = record->privileged;
	spec->cap_add = record->cap_add;
	spec->cap_drop = record->cap_drop;
	spec->seccomp = record->seccomp;
	spec->apparmor = record->apparmor;
	spec->no_new_privileges = record->no_new_privileges;
	spec->masked_add = record->masked;
	spec->annotations = record->annotations;
	spec->systemd = record->is_systemd ? SYSTEMD_YES : SYSTEMD_NO;
	spec->notify_socket = record->notify_socket;
	spec->cwd = record->workdir;
	limits_fill(record, spec);
	return launch_identity(container, user, &spec->user, err);
}

void launch_spec_done(struct spec *spec)
{
	for (size_t i = 0; i < spec->n_devices; i++) {
		free(spec->devices[i].host_path);
		free(spec->devices[i].container_path);
	}
	for (size_t i = 0; i < spec->n_ulimits; i++)
		free(spec->ulimits[i].name);
	free(spec->devices);
	free(spec->ulimits);
	strlist_done(&spec->env);
	mounts_done(spec);
	user_identity_done(&spec->user);
}

static int bundle_write(struct container *container, const char *netns, const char *cgroup,
			struct err *err)
{
	cleanup(launch_spec_done) struct spec spec = {.netns = netns, .cgroup_path = cgroup};
	autofree char *json = NULL;

	if (launch_spec_fill(container, container->record.user, &spec, err))
		return -1;
	autostrlist struct strlist words = {0};
	if (container->record.init) {
		strlist_add(&words, INIT_TARGET);
		strlist_add(&words, "--");
	}
	strlist_add_all(&words, &container->record.args);
	spec.args = words;
	spec.tty_rows = container->rows;
	spec.tty_columns = container->columns;
	launch_env(container, &spec.user, spec.tty, &spec.env);
	if (mounts_prepare(container, &spec, err) || spec_build(&spec, &json, err))
		return -1;
	return file_write_at(container->dirfd, FILE_CONFIG, json, strlen(json), 0600, FILE_NO_SYNC,
			     err);
}

static int host_prepare(struct container *container, const char *cgroup, struct err *err)
{
	autofree char *delegated = NULL;

	if (apparmor_is_on() && apparmor_load(err))
		return -1;
	if (container->record.is_systemd && cgroup_delegate(cgroup, &delegated, err))
		return -1;
	return workdir_make(container, err);
}

static int launch(struct container *container, const struct runtime *runtime,
		  const struct runtime_stdio *stdio, pid_t *ret_pid, int *ret_exit_code,
		  struct err *err)
{
	autofree char *cgroup = cgroup_path(container);
	autofree char *netns = NULL;

	*ret_exit_code = EXIT_ENGINE;
	if (host_prepare(container, cgroup, err) || network_setup(container, &netns, err) ||
	    network_write_files(container, err) || bundle_write(container, netns, cgroup, err))
		return -1;
	if (!runtime->driver->start(runtime, container->record.id, container->dir, stdio, ret_pid,
				    err))
		return 0;
	if (err->kind == ERR_MISSING && err->sys_errno == ENOENT)
		*ret_exit_code = EXIT_MISSING;
	else if (err->kind == ERR_DENIED && err->sys_errno == EACCES)
		*ret_exit_code = EXIT_DENIED;
	return -1;
}

int launch_start(struct container *container, const struct runtime_stdio *stdio, pid_t *ret_pid,
		 int *ret_exit_code, struct err *err)
{
	struct runtime runtime = {0};
	autoerr struct err second = {0};

	*ret_exit_code = EXIT_ENGINE;
	if (launch_runtime(container, &runtime, err))
		return -1;
	int failed = launch(container, &runtime, stdio, ret_pid, ret_exit_code, err);
	runtime_done(&runtime);
	if (failed && launch_cleanup(container, &second))
		log_debug("undoing the start: %s", err_text(&second));
	return failed;
}

static void keep_first(struct err *first, struct err *next)
{
	if (!err_is_set(first))
		err_move(first, next);
	err_clear(next);
}

int launch_cleanup(struct container *container, struct err *err)
{
	autofree char *cgroup = cgroup_path(container);
	autoerr struct err next = {0};
	autoerr struct err first = {0};
	struct runtime runtime = {0};

	/* Whoever still lives in the cgroup is killed; then the runtime has nothing left to do. */
	if (cgroup_remove(cgroup, &next))
		keep_first(&first, &next);
	if (launch_runtime(container, &runtime, &next) ||
	    runtime.driver->forget(&runtime, container->record.id, &next))
		keep_first(&first, &next);
	runtime_done(&runtime);
	if (network_teardown(container, &next))
		keep_first(&first, &next);
	if (tree_remove_at(AT_FDCWD, container->run_dir, &next))
		keep_first(&first, &next);
	if (!err_is_set(&first))
		return 0;
	err_move(err, &first);
	return -1;
}

/* "oom_kill 1": memory.events of cgroup2, memory.oom_control of v1. */
static bool counts_oom_kill(const char *path)
{
	autobuf struct buf text = {0};
	autoerr struct err ignored = {0};

	if (file_read_at(AT_FDCWD, path, LIMIT_STATE_BYTES, &text, &ignored))
		return false;
	struct str rest = buf_str(&text);
	while (rest.ptr) {
		struct str count = str_cut(&rest, '\n');
		struct str key = str_cut(&count, ' ');
		if (str_is(key, "oom_kill"))
			return !str_is(count, "0");
	}
	return false;
}

bool launch_was_oom_killed(const struct container *container)
{
	autofree char *cgroup = cgroup_path(container);
	autofree char *v2 = xasprintf("/sys/fs/cgroup%s/memory.events", cgroup);
	autofree char *v1 = xasprintf("/sys/fs/cgroup/memory%s/memory.oom_control", cgroup);

	return counts_oom_kill(v2) || counts_oom_kill(v1);
}
