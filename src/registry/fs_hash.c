/* fs_hash.c - the running hash of an upload, on a thread of its own when there is much to hash.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The thread follows the writer through the file: it reads back what is in the page cache, so no
 * ring of buffers is needed, nothing waits for anything, and a session that was found on disk
 * catches up the same way while more arrives. OpenSSL gives no state away: after a restart the
 * bytes are read again. */
#include "registry/storage_fs_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "registry/limits.h"

#include "base/banned.h"

struct fs_hashing {
	struct fs *fs;
	enum hash_algo algo;
	struct hash *hash;
	uint64_t at;          /* bytes hashed; the thread's while there is one */
	uint64_t inline_ends; /* offset from which this holder's bytes are worth a thread */
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int fd;          /* borrowed */
	uint64_t target; /* bytes written */
	bool is_pausing; /* as soon as possible */
	bool is_ending;  /* as soon as all is hashed */
	int sys_errno;   /* of the thread's reading */
};

struct fs_hashing *fs_hashing_new(struct fs *fs, enum hash_algo algo)
{
	struct fs_hashing *hashing = xcalloc(1, sizeof(*hashing));

	hashing->fs = fs;
	hashing->algo = algo;
	hashing->hash = hash_new(algo);
	hashing->inline_ends = LIMIT_FS_HASH_INLINE;
	pthread_mutex_init(&hashing->mutex, NULL);
	pthread_cond_init(&hashing->changed, NULL);
	return hashing;
}

/* The bytes from `at` to `end`. Returns errno, ENODATA when the file ends before; *at says how far
 * it came. */
static int hash_range(struct hash *hash, int fd, uint64_t *at, uint64_t end)
{
	autofree char *chunk = *at < end ? xmalloc(LIMIT_FS_HASH_CHUNK) : NULL;

	while (*at < end) {
		size_t want =
			end - *at < LIMIT_FS_HASH_CHUNK ? (size_t)(end - *at) : LIMIT_FS_HASH_CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)*at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : ENODATA;
		hash_update(hash, chunk, (size_t)n);
		*at += (uint64_t)n;
	}
	return 0;
}

/* Where the thread may go on to; false: it is to end. The mutex is held. */
static bool wait_for_bytes(struct fs_hashing *hashing)
{
	while (hashing->at == hashing->target && !hashing->is_pausing && !hashing->is_ending)
		pthread_cond_wait(&hashing->changed, &hashing->mutex);
	return !hashing->is_pausing && hashing->at < hashing->target;
}

static void *follow(void *arg)
{
	struct fs_hashing *hashing = arg;

	pthread_mutex_lock(&hashing->mutex);
	while (hashing->sys_errno == 0 && wait_for_bytes(hashing)) {
		uint64_t at = hashing->at, end = hashing->target;
		if (end - at > LIMIT_FS_WRITEBACK) /* a pause is not to wait for gigabytes */
			end = at + LIMIT_FS_WRITEBACK;
		pthread_mutex_unlock(&hashing->mutex);
		int failed = hash_range(hashing->hash, hashing->fd, &at, end);
		pthread_mutex_lock(&hashing->mutex);
		hashing->at = at;
		hashing->sys_errno = failed;
	}
	pthread_mutex_unlock(&hashing->mutex);
	return NULL;
}

/* Signals are the program's, not this thread's. */
static bool thread_starts(struct fs_hashing *hashing)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool started = pthread_create(&hashing->thread, NULL, follow, hashing) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* No thread to be had is no error: somebody hashes later. */
static void thread_start(struct fs_hashing *hashing, int fd, uint64_t target)
{
	hashing->fd = fd;
	hashing->target = target;
	hashing->is_pausing = hashing->is_ending = false;
	if (hashing->fs->n_hashers++ < LIMIT_FS_HASHERS)
		hashing->has_thread = thread_starts(hashing);
	if (!hashing->has_thread)
		hashing->fs->n_hashers--;
}

static void thread_end(struct fs_hashing *hashing, bool *flag)
{
	if (!hashing->has_thread)
		return;
	pthread_mutex_lock(&hashing->mutex);
	*flag = true;
	pthread_cond_signal(&hashing->changed);
	pthread_mutex_unlock(&hashing->mutex);
	pthread_join(hashing->thread, NULL);
	hashing->has_thread = false;
	hashing->fs->n_hashers--;
}

void fs_hashing_pause(struct fs_hashing *hashing)
{
	thread_end(hashing, &hashing->is_pausing);
	hashing->inline_ends = hashing->at + LIMIT_FS_HASH_INLINE;
}

void fs_hashing_free(struct fs_hashing *hashing)
{
	if (!hashing)
		return;
	fs_hashing_pause(hashing);
	hash_free(hashing->hash);
	pthread_cond_destroy(&hashing->changed);
	pthread_mutex_destroy(&hashing->mutex);
	free(hashing);
}

void fs_hashing_add(struct fs_hashing *hashing, int fd, const void *bytes, size_t len,
		    uint64_t offset)
{
	if (!hashing->has_thread && (hashing->at != offset || offset >= hashing->inline_ends))
		thread_start(hashing, fd, offset + len);
	if (!hashing->has_thread) {
		if (hashing->at == offset) {
			hash_update(hashing->hash, bytes, len);
			hashing->at += len;
		}
		return;
	}
	pthread_mutex_lock(&hashing->mutex);
	hashing->target = offset + len;
	pthread_cond_signal(&hashing->changed);
	pthread_mutex_unlock(&hashing->mutex);
}

int fs_hashing_end(struct fs_hashing *hashing, int fd, uint64_t size, enum hash_algo algo,
		   struct digest *ret_digest, struct err *err)
{
	thread_end(hashing, &hashing->is_ending);
	errno = hashing->sys_errno;
	if (errno)
		return err_sys(err, "reading an upload back");
	if (hashing->algo != algo) { /* nobody said so when it began: once more from the start */
		hash_free(hashing->hash);
		hashing->hash = hash_new(algo);
		hashing->algo = algo;
		hashing->at = 0;
	}
	errno = hash_range(hashing->hash, fd, &hashing->at, size);
	if (errno)
		return err_sys(err, "reading an upload back");
	*ret_digest = digest_of_hash(hashing->hash, algo);
	return 0;
}
