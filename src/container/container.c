/* container.c - one container, opened: where it is, what it is, what it does right now.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/proc.h"

#include "base/banned.h"

#define EXIT_UNKNOWN 255 /* docker's, when nobody saw the end */

struct container *container_alloc(struct engine *engine, const char *id)
{
	struct container *container = xcalloc(1, sizeof(*container));

	container->engine = engine;
	container->dir = xasprintf("%s/containers/%s", store_root(engine->store), id);
	container->run_dir = path_join(engine->run_dir, id);
	container->rootfs = path_join(container->dir, "rootfs");
	container->dirfd = container->lock_fd = -1;
	return container;
}

void container_close(struct container *container)
{
	if (!container)
		return;
	container_unlock(container);
	if (container->dirfd >= 0)
		close(container->dirfd);
	container_record_done(&container->record);
	state_done(&container->state);
	free(container->dir);
	free(container->run_dir);
	free(container->rootfs);
	free(container);
}

int container_refresh(struct container *container, struct err *err)
{
	struct record record = {0};
	struct run_state state = {0};

	if (container_record_read(container->dirfd, &record, err))
		return -1;
	if (state_read(container->dirfd, &state, err)) {
		container_record_done(&record);
		return -1;
	}
	container_record_done(&container->record);
	state_done(&container->state);
	container->record = record;
	container->state = state;
	return 0;
}

static bool is_underway(const struct run_state *state)
{
	return text_eq(state->status, "running") || text_eq(state->status, "restarting");
}

int container_open(struct engine *engine, const char *id, struct container **ret_container,
		   struct err *err)
{
	cleanup(container_closep) struct container *container = container_alloc(engine, id);

	if (dir_open_at(AT_FDCWD, container->dir, &container->dirfd, err) ||
	    container_refresh(container, err)) {
		if (err->kind != ERR_MISSING)
			return err_wrap(err, "container %.*s", SHORT_ID_LEN, id);
		err_clear(err);
		return err_set(err, ERR_MISSING, "no such container: %s", id);
	}
	if (is_underway(&container->state) && !container_has_monitor(container)) {
		int gone = container_reconcile(container, err);
		if (gone < 0)
			return -1;
		if (gone)
			return err_set(err, ERR_MISSING, "no such container: %s", id);
	}
	*ret_container = steal(&container);
	return 0;
}

int container_find(struct engine *engine, const char *text, struct container **ret_container,
		   struct err *err)
{
	autofree char *id = NULL;

	if (name_resolve(engine, text, &id, err))
		return -1;
	if (!container_open(engine, id, ret_container, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	return err_set(err, ERR_MISSING, "no such container: %s", text);
}

bool container_has_monitor(const struct container *container)
{
	autoclose int fd = openat(container->dirfd, FILE_EXIT, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && lock_is_held(fd);
}

int container_await_monitor(struct container *container, int *ret_exit_code, struct err *err)
{
	autoclose int fd = openat(container->dirfd, FILE_EXIT, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	char text[16] = "";
	int64_t code;

	if (fd < 0 && errno != ENOENT)
		return err_sys(err, "opening the exit status of container '%s'",
			       container->record.name);
	if (fd >= 0 && lock_fd(fd, LOCK_SHARED, true, NULL, err))
		return -1;
	/* The monitor of a --rm container has unlinked the file, but what it wrote is still in
	 * ours. */
	if (fd >= 0 && pread(fd, text, sizeof(text) - 1, 0) < 0)
		return err_sys(err, "reading the exit status of container '%s'",
			       container->record.name);
	if (ret_exit_code)
		*ret_exit_code =
			str_to_i64(str_trim(str_of(text)), &code) ? (int)code : EXIT_UNKNOWN;
	return 0;
}

int container_lock(struct container *container, struct err *err)
{
	if (!lock_file_at(container->dirfd, FILE_LOCK, LOCK_EXCLUSIVE, true, &container->lock_fd,
			  NULL, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err); /* removed while we waited */
	return err_set(err, ERR_MISSING, "no such container: %s", container->record.name);
}

void container_unlock(struct container *container)
{
	if (container->lock_fd >= 0)
		close(container->lock_fd);
	container->lock_fd = -1;
}

bool container_mark(struct container *container, const char *name, bool on)
{
	if (!on)
		return unlinkat(container->dirfd, name, 0) == 0 || errno == ENOENT;
	autoclose int fd = openat(container->dirfd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return fd >= 0;
}

bool container_is_marked(const struct container *container, const char *name)
{
	return faccessat(container->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *container_id(const struct container *container)
{
	return container->record.id;
}

const char *container_name(const struct container *container)
{
	return container->record.name;
}

const char *container_rootfs(const struct container *container)
{
	return container->rootfs;
}

const char *container_dir(const struct container *container)
{
	return container->dir;
}

const char *container_owner(const struct container *container)
{
	return container->record.owner;
}

bool container_has_terminal(const struct container *container)
{
	return container->record.tty;
}

struct digest container_image_id(const struct container *container)
{
	struct digest digest = {0};
	autoerr struct err ignored = {0};

	if (container->record.image_id &&
	    digest_parse(str_of(container->record.image_id), &digest, &ignored))
		return (struct digest){0};
	return digest;
}

static const char *const state_names[] = {
	[CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",   [CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_EXITED] = "exited",   [CONTAINER_DEAD] = "dead"};

const char *container_state_name(enum container_state state)
{
	return state_names[state];
}

enum container_state container_state(struct container *container, int *ret_exit_code)
{
	autoerr struct err gone = {0};
	enum container_state state = CONTAINER_CREATED;

	/* What cannot be read any more was removed meanwhile: the last we knew, ended. */
	bool is_gone = container_refresh(container, &gone) != 0;
	while (state < CONTAINER_DEAD && !text_eq(container->state.status, state_names[state]))
		state++;
	if (is_underway(&container->state) && (is_gone || !container_has_monitor(container))) {
		err_clear(&gone);
		if (is_gone || container_reconcile(container, &gone) > 0)
			state = CONTAINER_DEAD;
		else
			state = CONTAINER_EXITED;
	}
	if (state == CONTAINER_RUNNING && container_is_marked(container, FILE_PAUSED))
		state = CONTAINER_PAUSED;
	if (ret_exit_code)
		*ret_exit_code = (int)container->state.exit_code;
	return state;
}

static bool is_alive(const struct container *container)
{
	const struct run_state *state = &container->state;

	return state->pid > 0 && proc_is_alive((pid_t)state->pid, (uint64_t)state->pid_start);
}

pid_t container_pid(struct container *container)
{
	autoerr struct err ignored = {0};

	if (container_refresh(container, &ignored) || !is_alive(container))
		return 0;
	return (pid_t)container->state.pid;
}

int container_pidfd(const struct container *container)
{
	if (container->state.pid <= 0)
		return -1;
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)container->state.pid, 0);
	/* Checked after opening: a number used again would be another process by now. */
	if (fd >= 0 && !is_alive(container)) {
		close(fd);
		return -1;
	}
	return fd;
}
