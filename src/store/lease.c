/* lease.c - what running work and containers need kept, one file each.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   lease = line* ;  line = ("blob" | "layer") " " digest "\n"
 *
 * Lines are only ever appended, under the store's lock; a last line without its end is not there.
 * leases/work-<random> is alive while its owner holds the lock on it. leases/held-<name> is alive
 * until it is removed; it appears under that name with its first line, in the place of an older
 * one. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/log.h"
#include "store/store_private.h"

#include "base/banned.h"

struct lease {
	struct store *store;
	int fd;
	struct store_path path; /* where the file is now */
	struct store_path held; /* where a named one goes; "": not named */
	bool is_placed;         /* a named one has its name */
	bool is_synced;
	bool is_transient;
	uint64_t size;
	pthread_mutex_t lock; /* layers of one image come in on several threads */
};

int lease_begin(struct store *store, struct lease **ret_lease, struct err *err)
{
	struct store_path path = fresh_path("leases/work-");
	autoclose int lock = -1, fd = -1;
	struct lease *lease;

	if (store_lock_shared(store, &lock, err))
		return -1;
	fd = openat(store->fd, path.text, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "making '%s'", path.text);
	if (lock_fd(fd, LOCK_EXCLUSIVE, true, NULL, err)) {
		unlinkat(store->fd, path.text, 0);
		return err_wrap(err, "'%s'", path.text);
	}
	lease = xcalloc(1, sizeof(*lease));
	*lease = (struct lease){.store = store, .fd = steal_fd(&fd), .path = path};
	pthread_mutex_init(&lease->lock, NULL);
	*ret_lease = lease;
	return 0;
}

static int held_path(const char *name, struct store_path *ret_path, struct err *err)
{
	if (!*name || strchr(name, '/') || strlen(name) > LIMIT_STORE_NAME_BYTES)
		return err_set(err, ERR_INPUT, "'%s' cannot name a lease", name);
	*ret_path = path_format("leases/" LEASE_HELD "%s", name);
	return 0;
}

int lease_begin_named(struct store *store, const char *name, struct lease **ret_lease,
		      struct err *err)
{
	struct store_path held;

	if (held_path(name, &held, err) || lease_begin(store, ret_lease, err))
		return -1;
	(*ret_lease)->held = held;
	return 0;
}

void lease_set_transient(struct lease *lease)
{
	lease->is_transient = true;
}

int lease_remove_named(struct store *store, const char *name, struct err *err)
{
	struct store_path held;

	if (held_path(name, &held, err))
		return -1;
	if (unlinkat(store->fd, held.text, 0) && errno != ENOENT)
		return err_sys(err, "removing '%s'", held.text);
	return 0;
}

static int place(struct lease *lease, struct err *err)
{
	if (!*lease->held.text || lease->is_placed)
		return 0;
	if (renameat(lease->store->fd, lease->path.text, lease->store->fd, lease->held.text))
		return err_sys(err, "renaming '%s' to '%s'", lease->path.text, lease->held.text);
	lease->path = lease->held;
	lease->is_placed = true;
	return 0;
}

/* What was written of the line when the disk was full must not stand in front of the next one. */
static int append(struct lease *lease, const char *line, size_t len, struct err *err)
{
	if (lease->size + len > LIMIT_STORE_LEASE)
		return err_set(err, ERR_LIMIT, "'%s' is larger than %u bytes", lease->path.text,
			       LIMIT_STORE_LEASE);
	if (io_write_all(lease->fd, line, len, err)) {
		if (ftruncate(lease->fd, (off_t)lease->size))
			err_wrap(err, "undoing failed as well");
		return err_wrap(err, "writing '%s'", lease->path.text);
	}
	lease->size += len;
	lease->is_synced = false;
	return place(lease, err);
}

static int note(struct lease *lease, const char *kind, const struct digest *digest, struct err *err)
{
	int result;

	if (!lease)
		return 0;
	autofree char *line = xasprintf("%s %s\n", kind, digest->text);
	pthread_mutex_lock(&lease->lock);
	result = append(lease, line, strlen(line), err);
	pthread_mutex_unlock(&lease->lock);
	return result;
}

int lease_note_blob(struct lease *lease, const struct digest *digest, struct err *err)
{
	return note(lease, "blob", digest, err);
}

int lease_note_layer(struct lease *lease, const struct digest *chain_id, struct err *err)
{
	return note(lease, "layer", chain_id, err);
}

int lease_add_blob(struct lease *lease, const struct digest *digest, struct err *err)
{
	autoclose int lock = -1;

	if (store_lock_shared(lease->store, &lock, err))
		return -1;
	if (!store_has_blob(lease->store, digest, NULL))
		return err_set(err, ERR_MISSING, "blob %s is not in the store", digest->text);
	return lease_note_blob(lease, digest, err);
}

int lease_add_layer(struct lease *lease, const struct digest *chain_id, struct err *err)
{
	autoclose int lock = -1;

	if (store_lock_shared(lease->store, &lock, err))
		return -1;
	if (!store_has_layer(lease->store, chain_id))
		return err_set(err, ERR_MISSING, "layer %s is not in the store", chain_id->text);
	return lease_note_layer(lease, chain_id, err);
}

int lease_commit(struct lease *lease, struct err *err)
{
	static const char *const dirs[] = {"layers", "leases"};
	autoclose int lock = -1;

	if (!*lease->held.text || (lease->is_placed && lease->is_synced))
		return 0;
	/* The names of the layers first: publishing them left that to us. */
	if (store_lock_shared(lease->store, &lock, err) || place(lease, err) ||
	    journal_settle(lease->store, lease->fd, lease->path.text, err) ||
	    journal_sync_dirs(lease->store, dirs, ARRAY_LEN(dirs), err))
		return -1;
	lease->is_synced = true;
	return 0;
}

void lease_end(struct lease *lease)
{
	struct err why = {0};

	if (!lease)
		return;
	if (*lease->held.text) {
		if (lease->is_transient ? place(lease, &why) : lease_commit(lease, &why))
			log_debug("lease '%s': %s", lease->held.text, err_text(&why));
		err_clear(&why);
	}
	if (!lease->is_placed)
		unlinkat(lease->store->fd, lease->path.text, 0);
	mem_close_at(&lease->fd);
	pthread_mutex_destroy(&lease->lock);
	free(lease);
}

int lease_is_alive(struct store *store, const char *name, bool *ret_alive, struct err *err)
{
	struct store_path path = path_format("leases/%s", name);
	bool is_free;

	if (text_starts(name, LEASE_HELD)) {
		*ret_alive = true;
		return 0;
	}
	autoclose int fd = openat(store->fd, path.text, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret_alive = false;
		return 0;
	}
	if (fd < 0)
		return err_sys(err, "opening '%s'", path.text);
	if (lock_fd(fd, LOCK_EXCLUSIVE, false, &is_free, err))
		return err_wrap(err, "'%s'", path.text);
	*ret_alive = !is_free;
	return 0;
}

static int read_line(const char *path, struct str line, lease_line_fn fn, void *arg,
		     struct err *err)
{
	struct str kind = str_cut(&line, ' ');
	bool is_layer = str_is(kind, "layer");
	struct digest digest;

	if (!is_layer && !str_is(kind, "blob"))
		return err_set(err, ERR_CORRUPT,
			       "'%s' has a line that holds neither blob nor layer", path);
	if (digest_parse(line, &digest, err)) {
		err->kind = ERR_CORRUPT;
		return err_wrap(err, "'%s'", path);
	}
	return fn(is_layer, &digest, arg, err);
}

int lease_read(struct store *store, const char *name, lease_line_fn fn, void *arg, struct err *err)
{
	struct store_path path = path_format("leases/%s", name);
	autobuf struct buf text = {0};
	struct str rest;

	if (record_read(store, path.text, LIMIT_STORE_LEASE + 1, &text, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	rest = buf_str(&text);
	while (rest.len > 0 && memchr(rest.ptr, '\n', rest.len))
		if (read_line(path.text, str_cut(&rest, '\n'), fn, arg, err))
			return -1;
	return 0;
}
