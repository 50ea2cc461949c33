/* journal.c - how few syncs make what we wrote durable on this file system.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sync waits for the disk to empty its cache: 0.2 ms on a quiet one, 4 ms and more on a busy one.
 * A file system with one sequential journal (ext4 with a journal, xfs) commits changes of names and
 * inodes in the order in which they were made, and flushes the disk with each commit. So a file
 * whose data was written out (sync_file_range that waits; no flush) and that is renamed then is
 * complete whenever its new name is seen after a power cut, and one sync at the end makes all of it
 * durable. Elsewhere (btrfs logs file by file) each file and directory gets a sync of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/store_private.h"

#include "base/banned.h"

/* ext4 may be made without a journal: /sys/fs/ext4/DEVICE/journal_task is there only with one. */
static bool ext4_has_journal(int fd)
{
	struct stat st;
	char target[256];

	if (fstat(fd, &st))
		return false;
	autofree char *device =
		xasprintf("/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	ssize_t len = readlink(device, target, sizeof(target) - 1);
	if (len <= 0)
		return false;
	target[len] = '\0';
	const char *name = strrchr(target, '/');
	autofree char *task = xasprintf("/sys/fs/ext4/%s/journal_task", name ? name + 1 : target);
	return access(task, F_OK) == 0;
}

static bool find_journal(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	/* tmpfs: nothing is durable there whatever we do. */
	return fs.f_type == XFS_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC ||
	       (fs.f_type == EXT4_SUPER_MAGIC && ext4_has_journal(fd));
}

bool journal_is_one(struct store *store)
{
	int journal = atomic_load(&store->journal);

	if (journal == JOURNAL_UNKNOWN) {
		journal = find_journal(store->fd) ? JOURNAL_ONE : JOURNAL_OTHER;
		atomic_store(&store->journal, journal);
	}
	return journal == JOURNAL_ONE;
}

int journal_settle(struct store *store, int fd, const char *what, struct err *err)
{
	const unsigned wait =
		SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	if (journal_is_one(store) ? sync_file_range(fd, 0, 0, wait) : fdatasync(fd))
		return err_sys(err, "syncing '%s'", what);
	return 0;
}

int journal_sync_dirs(struct store *store, const char *const *paths, size_t n, struct err *err)
{
	for (size_t i = journal_is_one(store) ? n - 1 : 0; i < n; i++)
		if (record_sync_dir(store, paths[i], err))
			return -1;
	return 0;
}
