/* ingest.c - a blob on its way in: written in tmp/, verified, synced, renamed to its digest.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "store/store_private.h"

#include "base/banned.h"

struct ingest {
	struct writer writer;
	struct store *store;
	struct lease *lease; /* borrowed; may be NULL */
	struct hash *hash;   /* NULL: the caller knows the digest */
	struct store_path path;
	int fd;
	uint64_t size;
	uint64_t flushed; /* bytes that the kernel was told to write back */
	bool is_named;    /* path is there */
};

static int ingest_write(struct writer *writer, const void *data, size_t len, struct err *err)
{
	struct ingest *ingest = (struct ingest *)writer;

	if (io_write_all(ingest->fd, data, len, err))
		return err_wrap(err, "writing a blob after %llu bytes",
				(unsigned long long)ingest->size);
	if (ingest->hash)
		hash_update(ingest->hash, data, len);
	ingest->size += len;
	/* Begin writing back early, or the sync at the end waits for everything at once. */
	if (ingest->size - ingest->flushed >= LIMIT_STORE_WRITE_BEHIND) {
		sync_file_range(ingest->fd, (off_t)ingest->flushed,
				(off_t)(ingest->size - ingest->flushed), SYNC_FILE_RANGE_WRITE);
		ingest->flushed = ingest->size;
	}
	return 0;
}

/* The writer is lent: one that took it ends nothing when it is finished or closed. */
static int ingest_finish(struct writer *writer, struct err *err)
{
	(void)writer, (void)err;
	return 0;
}

static void ingest_close(struct writer *writer) {}

static const struct writer_ops ingest_ops = {ingest_write, ingest_finish, ingest_close};

int ingest_begin_unhashed(struct store *store, struct lease *lease, struct ingest **ret_ingest,
			  struct err *err)
{
	cleanup(ingest_freep) struct ingest *ingest = xcalloc(1, sizeof(*ingest));
	autoclose int lock = -1;

	*ingest =
		(struct ingest){.writer = {&ingest_ops}, .store = store, .lease = lease, .fd = -1};
	if (store_lock_shared(store, &lock, err))
		return -1;
	ingest->path = fresh_path("tmp/blob-");
	ingest->fd =
		openat(store->fd, ingest->path.text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (ingest->fd < 0)
		return err_sys(err, "making '%s'", ingest->path.text);
	ingest->is_named = true;
	/* Nobody else can have it: the sweep waits for the lock that we share. */
	if (lock_fd(ingest->fd, LOCK_EXCLUSIVE, true, NULL, err))
		return err_wrap(err, "locking '%s'", ingest->path.text);
	*ret_ingest = steal(&ingest);
	return 0;
}

int ingest_begin(struct store *store, struct lease *lease, struct ingest **ret_ingest,
		 struct err *err)
{
	if (ingest_begin_unhashed(store, lease, ret_ingest, err))
		return -1;
	(*ret_ingest)->hash = hash_new(HASH_SHA256);
	return 0;
}

struct writer *ingest_writer(struct ingest *ingest)
{
	return &ingest->writer;
}

static int publish(struct ingest *ingest, const struct digest *digest, struct err *err)
{
	struct store *store = ingest->store;
	struct store_path path = blob_path(digest);
	autoclose int lock = -1;

	if (journal_settle(store, ingest->fd, digest->text, err) ||
	    store_lock_shared(store, &lock, err) || lease_note_blob(ingest->lease, digest, err))
		return -1;
	/* Over one that is there: the same bytes, or sound ones in the place of damaged ones. */
	if (renameat(store->fd, ingest->path.text, store->fd, path.text))
		return err_sys(err, "renaming '%s' to blob %s", ingest->path.text, digest->text);
	ingest->is_named = false;
	/* store_add_image syncs the directory of the sha256 ones; others are rare. */
	if (digest_algo(digest) != HASH_SHA256)
		return record_sync_dir(store, "oci/blobs/sha512", err);
	return 0;
}

static int check_size(const struct ingest *ingest, const char *what, uint64_t size, struct err *err)
{
	if (size != UINT64_MAX && size != ingest->size)
		return err_set(err, ERR_CORRUPT, "%s has %llu bytes, not %llu", what,
			       (unsigned long long)ingest->size, (unsigned long long)size);
	return 0;
}

/* A digest of another algorithm than ours is known only by reading again. */
static int hash_again(const struct ingest *ingest, enum hash_algo algo, struct digest *ret_digest,
		      struct err *err)
{
	autohash struct hash *hash = hash_new(algo);
	char block[64 << 10];
	uint64_t pos = 0;

	while (pos < ingest->size) {
		ssize_t n = pread(ingest->fd, block, sizeof(block), (off_t)pos);
		if (n <= 0)
			return err_sys(err, "reading '%s' again", ingest->path.text);
		hash_update(hash, block, (size_t)n);
		pos += (uint64_t)n;
	}
	*ret_digest = digest_of_hash(hash, algo);
	return 0;
}

static int digest_of_ingest(struct ingest *ingest, const struct digest *expected,
			    struct digest *ret_digest, struct err *err)
{
	enum hash_algo algo = expected ? digest_algo(expected) : HASH_SHA256;

	if (!ingest->hash || algo != HASH_SHA256)
		return hash_again(ingest, algo, ret_digest, err);
	*ret_digest = digest_of_hash(ingest->hash, HASH_SHA256);
	hash_free(steal(&ingest->hash));
	return 0;
}

int ingest_commit(struct ingest *ingest, const struct digest *expected, uint64_t size,
		  struct digest *ret_digest, uint64_t *ret_size, struct err *err)
{
	struct digest digest;

	if (check_size(ingest, expected ? expected->text : "the blob", size, err) ||
	    digest_of_ingest(ingest, expected, &digest, err))
		return -1;
	if (expected && !digest_eq(expected, &digest))
		return err_set(err, ERR_CORRUPT, "expected %s, got %s", expected->text,
			       digest.text);
	if (publish(ingest, &digest, err))
		return -1;
	if (ret_digest)
		*ret_digest = digest;
	if (ret_size)
		*ret_size = ingest->size;
	return 0;
}

int ingest_commit_trusted(struct ingest *ingest, const struct digest *digest, uint64_t size,
			  struct err *err)
{
	if (check_size(ingest, digest->text, size, err))
		return -1;
	return publish(ingest, digest, err);
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	if (ingest->is_named)
		unlinkat(ingest->store->fd, ingest->path.text, 0);
	mem_close_at(&ingest->fd);
	hash_free(ingest->hash);
	err_clear(&ingest->writer.failure);
	free(ingest);
}
