/* fs_sync.c - group commit: who waits for the disk shares one round with all who wait.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No thread of its own: the first who finds no round running runs one for everybody in the queue,
 * itself included; those who come meanwhile wait for the next. Alone, it costs nothing more. */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "registry/limits.h"

#include "base/banned.h"

#define XFS_MAGIC 0x58465342 /* linux/magic.h does not have it */

struct fs_round_entry {
	enum fs_sync_kind kind;
	const int *fds;
	size_t n;
	bool is_done;
	int sys_errno; /* 0: durable */
	struct fs_round_entry *next;
};

static int kernel_sync(void *arg, int fd, enum fs_sync_kind kind)
{
	(void)arg;
	if (kind == FS_SYNC_ALL)
		return syncfs(fd);
	if (kind == FS_SYNC_CHECK)
		return sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE);
	return kind == FS_SYNC_FILE ? fdatasync(fd) : fsync(fd);
}

static int kernel_rename(void *arg, int from_dirfd, const char *from, int to_dirfd, const char *to,
			 unsigned flags)
{
	(void)arg;
	return renameat2(from_dirfd, from, to_dirfd, to, flags);
}

static ssize_t kernel_write(void *arg, int fd, const void *bytes, size_t len, uint64_t offset)
{
	(void)arg;
	return pwrite(fd, bytes, len, (off_t)offset);
}

const struct fs_calls fs_kernel_calls = {kernel_sync, kernel_rename, kernel_write, NULL};

/* syncfs(2) is only as good as the file system's sync_fs: FUSE passes none on, for example. */
static bool may_sync_all(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && (st.f_type == EXT4_SUPER_MAGIC || st.f_type == XFS_MAGIC ||
					 st.f_type == BTRFS_SUPER_MAGIC);
}

void fs_rounds_open(struct fs *fs)
{
	struct fs_rounds *rounds = &fs->rounds;

	pthread_mutex_init(&rounds->mutex, NULL);
	pthread_cond_init(&rounds->over, NULL);
	rounds->last = &rounds->first;
	rounds->may_sync_all = may_sync_all(fs->tmpfd);
}

void fs_rounds_close(struct fs *fs)
{
	pthread_cond_destroy(&fs->rounds.over);
	pthread_mutex_destroy(&fs->rounds.mutex);
}

static int sync_one(const struct fs *fs, int fd, enum fs_sync_kind kind)
{
	return fs->calls.sync(fs->calls.arg, fd, kind) ? errno : 0;
}

struct wanted {
	dev_t dev;
	ino_t ino;
	int fd;
	enum fs_sync_kind kind;
};
struct round {
	struct wanted *items;
	size_t n, cap;
	size_t n_dirs;
};

/* Commits into one repository share directories. */
static void add_wanted(struct round *round, int fd, enum fs_sync_kind kind)
{
	struct stat st = {0};

	if (kind == FS_SYNC_DIR && fstat(fd, &st))
		st.st_ino = 0; /* never merged */
	vec_foreach(wanted, round) {
		if (st.st_ino && wanted->ino == st.st_ino && wanted->dev == st.st_dev)
			return;
	}
	vec_push(round, (struct wanted){st.st_dev, st.st_ino, fd, kind});
	round->n_dirs += kind == FS_SYNC_DIR;
}

/* The whole file system at once is cheaper (one journal transaction, one flush) as long as nobody
 * else keeps the disk busy. */
static bool is_all_cheaper(const struct fs *fs, const struct round *round)
{
	return fs->rounds.may_sync_all &&
	       (round->n_dirs >= LIMIT_FS_SYNCFS_DIRS ||
		round->n - round->n_dirs >= LIMIT_FS_SYNCFS_FILES) &&
	       clock_monotonic_ns() >= fs->rounds.no_sync_all_until;
}

/* syncfs(2) tells of an error once: one of bytes that were written in the background, or by the
 * round before, has been told to somebody else. The descriptor through which a file was written
 * keeps its own account (errseq), and asking it costs no access to the disk. Directories are in the
 * journal, whose failure ends all later syncs. */
static int check_files(const struct fs *fs, const struct round *round)
{
	int failed = 0;

	vec_foreach(file, round) {
		if (file->kind == FS_SYNC_FILE && !failed)
			failed = sync_one(fs, file->fd, FS_SYNC_CHECK);
	}
	return failed;
}

/* Slow: longer than syncing each would have taken, as far as that is known. */
static int sync_all(struct fs *fs, const struct round *round)
{
	int64_t began = clock_monotonic_ns();
	int failed = sync_one(fs, fs->tmpfd, FS_SYNC_ALL);
	int64_t ended = clock_monotonic_ns(), took = ended - began;

	if (took > LIMIT_FS_SYNCFS_SLOW_NS && took > fs->rounds.one_took_ns * (int64_t)round->n)
		fs->rounds.no_sync_all_until = ended + LIMIT_FS_SYNCFS_REST_NS;
	return failed ? failed : check_files(fs, round);
}

/* All files are started before the first is waited for. */
static int sync_each(struct fs *fs, const struct round *round)
{
	int64_t began = clock_monotonic_ns();
	int failed = 0;

	vec_foreach(file, round) {
		if (file->kind == FS_SYNC_FILE)
			sync_file_range(file->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	vec_foreach(wanted, round) {
		if (!failed)
			failed = sync_one(fs, wanted->fd, wanted->kind);
	}
	if (round->n) {
		int64_t took = (clock_monotonic_ns() - began) / (int64_t)round->n;
		fs->rounds.one_took_ns = (3 * fs->rounds.one_took_ns + took) / 4;
	}
	return failed;
}

static int sync_entries(struct fs *fs, const struct fs_round_entry *first)
{
	struct round round = {0};

	for (const struct fs_round_entry *entry = first; entry; entry = entry->next) {
		for (size_t i = 0; i < entry->n; i++)
			add_wanted(&round, entry->fds[i], entry->kind);
	}
	int failed = is_all_cheaper(fs, &round) ? sync_all(fs, &round) : sync_each(fs, &round);
	vec_done(&round);
	return failed;
}

/* The mutex is held, and given up while the disk works. */
static void run_round(struct fs *fs)
{
	struct fs_rounds *rounds = &fs->rounds;
	struct fs_round_entry *first = rounds->first;

	rounds->first = NULL;
	rounds->last = &rounds->first;
	rounds->n_waiting = 0;
	rounds->is_running = true;
	pthread_mutex_unlock(&rounds->mutex);
	int failed = sync_entries(fs, first);
	pthread_mutex_lock(&rounds->mutex);
	rounds->is_running = false;
	for (struct fs_round_entry *entry = first, *next; entry; entry = next) {
		next = entry->next; /* its owner may be gone once it is done */
		entry->sys_errno = failed;
		entry->is_done = true;
	}
	pthread_cond_broadcast(&rounds->over);
}

int fs_sync(struct fs *fs, enum fs_sync_kind kind, const int *fds, size_t n, struct err *err)
{
	struct fs_rounds *rounds = &fs->rounds;
	struct fs_round_entry entry = {.kind = kind, .fds = fds, .n = n};

	if (n == 0)
		return 0;
	pthread_mutex_lock(&rounds->mutex);
	*rounds->last = &entry;
	rounds->last = &entry.next;
	rounds->n_waiting++;
	while (!entry.is_done) {
		if (rounds->is_running)
			pthread_cond_wait(&rounds->over, &rounds->mutex);
		else
			run_round(fs);
	}
	pthread_mutex_unlock(&rounds->mutex);
	errno = entry.sys_errno;
	return errno ? err_sys(err, "syncing to disk") : 0;
}
