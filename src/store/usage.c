/* usage.c - how much of the disk the store takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/map.h"
#include "store/check.h"
#include "store/store_private.h"

#include "base/banned.h"

#define BLOCK_BYTES 512 /* of st_blocks: stat(2) */

struct measure {
	struct store *store;
	struct strlist dirs; /* still to be read, as paths below the store */
	struct map linked;   /* "INODE" of files with several links that were counted */
	dev_t dev;
	uint64_t bytes;
};

static void measure_done(struct measure *measure)
{
	strlist_done(&measure->dirs);
	map_done(&measure->linked);
}

static bool was_counted(struct measure *measure, const struct stat *st)
{
	char key[32];

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return false;
	snprintf(key, sizeof(key), "%llu", (unsigned long long)st->st_ino);
	if (map_has(&measure->linked, key))
		return true;
	map_set(&measure->linked, key, measure);
	return false;
}

static void count(struct measure *measure, const struct stat *st, const char *path)
{
	if (st->st_dev != measure->dev || was_counted(measure, st))
		return;
	measure->bytes += (uint64_t)st->st_blocks * BLOCK_BYTES;
	if (S_ISDIR(st->st_mode))
		strlist_add(&measure->dirs, path);
}

static int count_entries(struct measure *measure, const char *path, struct err *err)
{
	int fd = -1;

	/* Containers may write there: what is swapped for a link meanwhile leads nowhere else. */
	if (beneath_open(measure->store->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd,
			 err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		return 0;
	}
	cleanup(dir_closep) DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(err, "reading '%s'", path);
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct stat st;
		if (text_eq(entry->d_name, ".") || text_eq(entry->d_name, "..") ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		autofree char *below = xasprintf("%s/%s", path, entry->d_name);
		count(measure, &st, below);
	}
	return 0;
}

int usage_of(struct store *store, const char *path, uint64_t *ret_bytes, struct err *err)
{
	cleanup(measure_done) struct measure measure = {.store = store};
	struct stat st;

	if (fstatat(store->fd, path, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return err_sys(err, "examining '%s'", path);
		*ret_bytes = 0;
		return 0;
	}
	measure.dev = st.st_dev;
	count(&measure, &st, path);
	while (measure.dirs.n > 0) {
		autofree char *dir = measure.dirs.items[--measure.dirs.n];
		measure.dirs.items[measure.dirs.n] = NULL;
		if (count_entries(&measure, dir, err))
			return -1;
	}
	*ret_bytes = measure.bytes;
	return 0;
}

int store_usage(struct store *store, struct store_usage *ret_usage, struct err *err)
{
	struct store_usage usage = {0};
	struct sweep_result sweep;
	autoclose int lock = -1;

	if (store_sweep(store, true, &sweep, err) || store_lock_shared(store, &lock, err) ||
	    usage_of(store, "oci/blobs", &usage.blob_bytes, err) ||
	    usage_of(store, "layers", &usage.layer_bytes, err) ||
	    usage_of(store, ".", &usage.total_bytes, err))
		return -1;
	usage.reclaimable_bytes = sweep.bytes;
	/* Others work meanwhile: what came between two counts is not counted below zero. */
	if (usage.total_bytes > usage.blob_bytes + usage.layer_bytes)
		usage.other_bytes = usage.total_bytes - usage.blob_bytes - usage.layer_bytes;
	*ret_usage = usage;
	return 0;
}
