/* sweep.c - what crashes left behind, and containers whose owner is gone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/proc.h"

#include "base/banned.h"

struct sweep {
	struct engine *engine;
	bool dry;
	uint64_t n;
};

/* A directory without a record whose lock nobody holds: its creator died in the middle. */
static int sweep_unfinished(struct sweep *sweep, const char *id, struct err *err)
{
	cleanup(container_closep) struct container *container = container_alloc(sweep->engine, id);
	bool taken = false;
	autoclose int lock = -1;

	if (dir_open_at(AT_FDCWD, container->dir, &container->dirfd, err) ||
	    lock_file_at(container->dirfd, FILE_LOCK, LOCK_EXCLUSIVE, false, &lock, &taken, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	if (!taken || !faccessat(container->dirfd, "record.json", F_OK, 0))
		return 0;
	sweep->n++;
	return sweep->dry ? 0 : container_destroy(container, false, err);
}

static bool owner_is_gone(const struct record *record)
{
	return record->owner_pid &&
	       !proc_is_alive((pid_t)record->owner_pid, (uint64_t)record->owner_start);
}

static int sweep_container(struct sweep *sweep, const char *id, struct err *err)
{
	cleanup(container_closep) struct container *container = NULL;

	/* Opening brings a container without its monitor in line already. */
	if (container_open(sweep->engine, id, &container, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return sweep_unfinished(sweep, id, err);
	}
	if (!owner_is_gone(&container->record))
		return 0;
	sweep->n++;
	return sweep->dry ? 0 : container_remove(container, true, true, err);
}

static int sweep_containers(struct sweep *sweep, const struct strlist *names, struct err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		autoerr struct err one = {0};
		if (!id_is_whole(names->items[i]) || !sweep_container(sweep, names->items[i], &one))
			continue;
		log_debug("sweeping container %s: %s", names->items[i], err_text(&one));
		if (!err_is_set(err))
			err_move(err, &one);
	}
	return err_is_set(err) ? -1 : 0;
}

/* RUN/<id> of a container that is no more: its network namespace may still be bound there. */
static int sweep_run_dirs(struct sweep *sweep, const struct strlist *containers, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (dir_list(AT_FDCWD, sweep->engine->run_dir, &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err); /* nothing has run since the host was started */
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (!id_is_whole(names.items[i]) || strlist_has(containers, names.items[i]))
			continue;
		sweep->n++;
		if (sweep->dry)
			continue;
		cleanup(container_closep) struct container *gone =
			container_alloc(sweep->engine, names.items[i]);
		gone->record.id = xstrdup(names.items[i]);
		gone->record.network = xstrdup("bridge");
		if (launch_cleanup(gone, err))
			return -1;
	}
	return 0;
}

static int sweep_leases(struct sweep *sweep, const struct strlist *containers, struct err *err)
{
	autostrlist struct strlist names = {0};
	static const char held[] = "held-", prefix[] = "held-container-"; /* store/lease.c */

	if (dir_list(store_dirfd(sweep->engine->store), "leases", &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		const char *id = names.items[i] + strlen(prefix);
		if (!text_starts(names.items[i], prefix) || strlist_has(containers, id))
			continue;
		sweep->n++;
		if (!sweep->dry &&
		    lease_remove_named(sweep->engine->store, names.items[i] + strlen(held), err))
			return -1;
	}
	return 0;
}

static int sweep_volumes(struct sweep *sweep, struct err *err)
{
	autostrlist struct strlist names = {0};
	int store = store_dirfd(sweep->engine->store);

	if (dir_list(store, "volumes", &names, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		autofree char *path = path_join("volumes", names.items[i]);
		autofree char *key = xasprintf("volume-%s", names.items[i] + strlen(".new-"));
		bool taken = false;
		autoclose int lock = -1;
		if (!text_starts(names.items[i], ".new-"))
			continue;
		if (store_lock_key(sweep->engine->store, key, false, &lock, &taken, err))
			return -1;
		sweep->n += taken;
		if (taken && !sweep->dry && tree_remove_at(store, path, err))
			return -1;
	}
	return 0;
}

int container_sweep(struct engine *engine, bool dry, uint64_t *ret_n, struct err *err)
{
	struct sweep sweep = {.engine = engine, .dry = dry};
	autostrlist struct strlist names = {0};
	autoclose int lock = -1;
	autoclose int dir = -1;

	/* Nobody creates meanwhile: what has no container now is a leftover. */
	if (containers_dirfd(engine, &dir, err) || names_lock(engine, &lock, err) ||
	    dir_list(dir, ".", &names, err) || sweep_containers(&sweep, &names, err) ||
	    sweep_leases(&sweep, &names, err) || sweep_run_dirs(&sweep, &names, err) ||
	    sweep_volumes(&sweep, err) || names_sweep(engine, dry, &sweep.n, err))
		return -1;
	*ret_n = sweep.n;
	return 0;
}
