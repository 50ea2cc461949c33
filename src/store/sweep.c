/* sweep.c - removing what nothing holds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Under the exclusive lock nobody can take hold of what is about to go. Trees are only moved away
 * there, and removed when others may work again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "store/check.h"
#include "store/store_private.h"

#include "base/banned.h"

struct sweep {
	struct store *store;
	struct marks marks;
	bool dry;
	struct strlist buried; /* trees to remove at the end */
	struct sweep_result result;
};

static void sweep_done(struct sweep *sweep)
{
	marks_done(&sweep->marks);
	strlist_done(&sweep->buried);
}

static int drop_file(struct sweep *sweep, const char *path, uint64_t *n, struct err *err)
{
	uint64_t bytes;

	if (usage_of(sweep->store, path, &bytes, err))
		return -1;
	if (!sweep->dry && unlinkat(sweep->store->fd, path, 0) && errno != ENOENT)
		return err_sys(err, "removing '%s'", path);
	sweep->result.bytes += bytes;
	(*n)++;
	return 0;
}

static int drop_tree(struct sweep *sweep, const char *path, uint64_t *n, struct err *err)
{
	struct store_path buried;
	uint64_t bytes;

	if (usage_of(sweep->store, path, &bytes, err))
		return -1;
	if (!sweep->dry) {
		if (dead_bury(sweep->store, path, &buried, err))
			return -1;
		strlist_add(&sweep->buried, buried.text);
	}
	sweep->result.bytes += bytes;
	(*n)++;
	return 0;
}

/* Drops the entries of a directory that are no digest, or one that is not marked. */
static int sweep_unmarked(struct sweep *sweep, const char *dir, const struct map *marked,
			  int (*drop)(struct sweep *, const char *, uint64_t *, struct err *),
			  uint64_t *n, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(sweep->store, dir, &names, err))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct store_path path = path_format("%s/%s", dir, names.items[i]);
		struct digest digest;
		if (digest_of_name(names.items[i], &digest) && map_has(marked, digest.text))
			continue;
		if (drop(sweep, path.text, n, err))
			return -1;
	}
	return 0;
}

static int sweep_dead(struct sweep *sweep, struct err *err)
{
	cleanup(dead_list_done) struct dead_list dead = {0};

	if (dead_collect(sweep->store, !sweep->dry, &dead, err))
		return -1;
	for (size_t i = 0; i < dead.n; i++) {
		const struct dead_entry *entry = &dead.items[i];
		if ((entry->is_tree ? drop_tree : drop_file)(sweep, entry->path,
							     &sweep->result.n_others, err))
			return -1;
	}
	return 0;
}

/* Links cost nothing and are made again when asked for: they are not counted. */
static int sweep_links(struct sweep *sweep, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(sweep->store, "l", &names, err))
		return -1;
	for (size_t i = 0; i < names.n && !sweep->dry; i++) {
		struct store_path path = path_format("l/%s", names.items[i]);
		if (faccessat(sweep->store->fd, path.text, F_OK, 0) && errno == ENOENT &&
		    unlinkat(sweep->store->fd, path.text, 0) && errno != ENOENT)
			return err_sys(err, "removing '%s'", path.text);
	}
	return 0;
}

/* Who waits for a key's lock opened the file before: lock_file_at sees that it is gone. */
static int sweep_locks(struct sweep *sweep, struct err *err)
{
	autostrlist struct strlist names = {0};

	if (record_list(sweep->store, "lock", &names, err))
		return -1;
	for (size_t i = 0; i < names.n && !sweep->dry; i++) {
		struct store_path path = path_format("lock/%s", names.items[i]);
		autoclose int fd = -1;
		bool is_free;
		if (!text_starts(names.items[i], "key-"))
			continue;
		if (lock_file_at(sweep->store->fd, path.text, LOCK_EXCLUSIVE, false, &fd, &is_free,
				 err))
			return -1;
		if (is_free && unlinkat(sweep->store->fd, path.text, 0) && errno != ENOENT)
			return err_sys(err, "removing '%s'", path.text);
	}
	return 0;
}

static int sweep_answers_of(struct sweep *sweep, const char *kind, struct err *err)
{
	int64_t oldest = clock_now_ns() / NS_PER_SEC - (int64_t)LIMIT_STORE_CACHE_DAYS * 24 * 3600;
	struct store_path dir = path_format("cache/%s", kind);
	autostrlist struct strlist keys = {0};

	if (record_list(sweep->store, dir.text, &keys, err))
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		struct store_path path = path_format("%s/%s", dir.text, keys.items[i]);
		struct stat st;
		if (fstatat(sweep->store->fd, path.text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtim.tv_sec < oldest &&
		    drop_file(sweep, path.text, &sweep->result.n_others, err))
			return -1;
	}
	return 0;
}

static int sweep_answers(struct sweep *sweep, struct err *err)
{
	autostrlist struct strlist kinds = {0};

	if (record_list(sweep->store, "cache", &kinds, err))
		return -1;
	for (size_t i = 0; i < kinds.n; i++)
		if (sweep_answers_of(sweep, kinds.items[i], err))
			return -1;
	return 0;
}

static int sweep_all(struct sweep *sweep, struct err *err)
{
	struct sweep_result *result = &sweep->result;

	/* The dead first: layers that go are buried among them. */
	if (marks_collect(sweep->store, &sweep->marks, err) || sweep_dead(sweep, err) ||
	    sweep_unmarked(sweep, "oci/blobs/sha256", &sweep->marks.blobs, drop_file,
			   &result->n_blobs, err) ||
	    sweep_unmarked(sweep, "oci/blobs/sha512", &sweep->marks.blobs, drop_file,
			   &result->n_blobs, err) ||
	    sweep_unmarked(sweep, "layers", &sweep->marks.layers, drop_tree, &result->n_layers,
			   err) ||
	    sweep_answers(sweep, err))
		return -1;
	return sweep_links(sweep, err) || sweep_locks(sweep, err) ? -1 : 0;
}

static int sweep_locked(struct sweep *sweep, struct err *err)
{
	autoclose int lock = -1;

	if (sweep->dry ? store_lock_shared(sweep->store, &lock, err)
		       : store_lock_exclusive(sweep->store, &lock, err))
		return -1;
	return sweep_all(sweep, err);
}

int store_sweep(struct store *store, bool dry, struct sweep_result *ret_result, struct err *err)
{
	cleanup(sweep_done) struct sweep sweep = {.store = store, .dry = dry};
	autoclose int lock = -1;

	/* One at a time: what is buried is removed by who buried it, or by the one after. */
	if (!dry && lock_file_at(store->fd, "lock/sweep", LOCK_EXCLUSIVE, true, &lock, NULL, err))
		return -1;
	if (sweep_locked(&sweep, err))
		return -1;
	for (size_t i = 0; i < sweep.buried.n; i++)
		if (dead_remove_tree(store, sweep.buried.items[i], err))
			return -1;
	*ret_result = sweep.result;
	return 0;
}
