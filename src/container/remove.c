/* remove.c - undoing: everything that create and start made, in reverse; nothing else removes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each step is fine with what is gone already, so that a removal that was interrupted, or is done
 * by two at once, comes to the same end. */
#include "container/container_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "container/limits.h"

#include "base/banned.h"

#define EXIT_KILLED  137
#define EXIT_UNKNOWN 255

static int containers_remove_dir(struct container *container, struct err *err)
{
	autoclose int dir = -1;

	if (containers_dirfd(container->engine, &dir, err))
		return -1;
	return tree_remove_at(dir, path_base(container->dir), err);
}

int container_destroy(struct container *container, bool volumes, struct err *err)
{
	struct engine *engine = container->engine;
	const char *id = path_base(container->dir);
	autofree char *lease = container_lease_name(id);

	/* started: runtime, network, cgroup; RUN/<id> goes last of these */
	if (!access(container->run_dir, F_OK) && launch_cleanup(container, err))
		return -1;
	/* created: snapshot, volumes, directory with the record, name, lease */
	if (snap_remove(engine->store, container->dir, err))
		return -1;
	if (volumes && volumes_remove_anonymous(container, err))
		return -1;
	if (containers_remove_dir(container, err))
		return -1;
	if (container->record.name)
		name_release(engine, container->record.name, id);
	if (lease_remove_named(engine->store, lease, err) && err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	return 0;
}

static int remove_locked(struct container *container, bool force, bool volumes, struct err *err)
{
	enum container_state state = container_settled_state(container);
	bool is_underway = state == CONTAINER_RUNNING || state == CONTAINER_PAUSED ||
			   state == CONTAINER_RESTARTING;

	if (is_underway && !force)
		return err_set(
			err, ERR_EXISTS,
			"cannot remove container '%s': it is %s: stop it first, or use --force",
			container->record.name, container_state_name(state));
	if (is_underway && container_stop(container, 0, err))
		return -1;
	if (container_await_monitor(container, NULL, err))
		return -1;
	if (container_destroy(container, volumes || container->record.remove, err))
		return err_wrap(err, "removing container '%s'", container->record.name);
	return 0;
}

int container_remove(struct container *container, bool force, bool volumes, struct err *err)
{
	if (container_lock(container, err))
		return -1;
	int failed = remove_locked(container, force, volumes, err);
	container_unlock(container);
	return failed;
}

/* ---- what a killed monitor left ---- */

static int kill_leftover(const struct container *container)
{
	int pidfd = container_pidfd(container);

	if (pidfd < 0)
		return EXIT_UNKNOWN;
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	close(pidfd);
	return EXIT_KILLED;
}

static int record_end(struct container *container, int exit_code, struct err *err)
{
	struct run_state *state = &container->state;
	char text[16], now[CLOCK_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%d\n", exit_code);

	free(state->status);
	state->status = xstrdup("exited");
	state->pid = state->pid_start = 0;
	state->exit_code = exit_code;
	free(state->error);
	state->error = xstrdup("its monitor was killed, or the host went down");
	clock_format_rfc3339(clock_now_ns(), now); /* noticed; when it was, nobody knows */
	free(state->finished_at);
	state->finished_at = xstrdup(now);
	container_mark(container, FILE_PAUSED, false);
	if (file_write_at(container->dirfd, FILE_EXIT, text, (size_t)len, 0600, FILE_NO_SYNC, err))
		return -1;
	return state_write(container->dirfd, state, true, err);
}

static int reconcile_locked(struct container *container, struct err *err)
{
	autoerr struct err first = {0};

	if (container_refresh(container, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 1;
	}
	bool is_underway = text_eq(container->state.status, "running") ||
			   text_eq(container->state.status, "restarting");
	if (!is_underway || container_has_monitor(container))
		return 0; /* another was first */
	int exit_code = kill_leftover(container);
	if (launch_cleanup(container, &first) || container_unmount(container, &first))
		log_debug("container %s: %s", container->record.name, err_text(&first));
	if (record_end(container, exit_code, err))
		return -1;
	if (!container->record.remove && !container->record.owner_pid)
		return 0;
	return container_destroy(container, true, err) ? -1 : 1;
}

int container_reconcile(struct container *container, struct err *err)
{
	if (container->lock_fd >= 0)
		return reconcile_locked(container, err);
	if (container_lock(container, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 1;
	}
	int result = reconcile_locked(container, err);
	container_unlock(container);
	return result;
}
