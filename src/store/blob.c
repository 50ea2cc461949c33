/* blob.c - content by its digest, in oci/blobs.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/store_private.h"

#include "base/banned.h"

struct store_path blob_path(const struct digest *digest)
{
	/* "sha256:HEX" is "sha256/HEX": image-spec, image-layout.md, "Blobs". */
	struct str algorithm = str_of(digest->text);

	algorithm.len = strcspn(digest->text, ":");
	return path_format("oci/blobs/%.*s/%s", STR_ARG(algorithm), digest_hex(digest));
}

bool digest_of_name(const char *name, struct digest *ret_digest)
{
	struct err why = {0};
	autofree char *text = xasprintf("%s:%s", strlen(name) == 128 ? "sha512" : "sha256", name);
	bool is_digest = digest_parse(str_of(text), ret_digest, &why) == 0;

	err_clear(&why);
	return is_digest;
}

bool store_has_blob(struct store *store, const struct digest *digest, uint64_t *ret_size)
{
	struct store_path path = blob_path(digest);
	struct stat st;

	if (fstatat(store->fd, path.text, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	return true;
}

int store_open_blob(struct store *store, const struct digest *digest, int *ret_fd,
		    uint64_t *ret_size, struct err *err)
{
	struct store_path path = blob_path(digest);
	autoclose int fd = openat(store->fd, path.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_MISSING, "blob %s is not in the store", digest->text);
	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "opening blob %s", digest->text);
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int check_content(const struct digest *digest, const struct buf *buf, struct err *err)
{
	autohash struct hash *hash = hash_new(digest_algo(digest));
	struct digest got;

	hash_update(hash, buf_text(buf), buf->len);
	got = digest_of_hash(hash, digest_algo(digest));
	if (!digest_eq(&got, digest))
		return err_set(err, ERR_CORRUPT, "blob %s: its content is %s", digest->text,
			       got.text);
	return 0;
}

int store_read_blob(struct store *store, const struct digest *digest, size_t max,
		    struct buf *ret_buf, struct err *err)
{
	autoclose int fd = -1;
	uint64_t size = 0;
	autobuf struct buf buf = {.max = max};

	if (store_open_blob(store, digest, &fd, &size, err))
		return -1;
	if (size > max)
		return err_set(err, ERR_LIMIT, "blob %s is larger than %zu bytes", digest->text,
			       max);
	buf_reserve(&buf, (size_t)size);
	if (io_read_all(fd, &buf, err))
		return err_wrap(err, "reading blob %s", digest->text);
	if (check_content(digest, &buf, err))
		return -1;
	buf_done(ret_buf);
	*ret_buf = steal(&buf);
	return 0;
}

/* Whether the very bytes are there already: a damaged blob is written anew. */
static bool has_bytes(struct store *store, const struct digest *digest, const void *data,
		      size_t len)
{
	autobuf struct buf there = {0};
	struct err why = {0};
	uint64_t size;
	bool is_same = store_has_blob(store, digest, &size) && size == len &&
		       store_read_blob(store, digest, len, &there, &why) == 0 && there.len == len &&
		       (len == 0 || memcmp(there.ptr, data, len) == 0);

	err_clear(&why);
	return is_same;
}

int store_put_blob(struct store *store, struct lease *lease, const void *data, size_t len,
		   struct digest *ret_digest, struct err *err)
{
	struct digest digest = digest_of_bytes(data, len);
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	autoclose int lock = -1;

	if (store_lock_shared(store, &lock, err))
		return -1;
	if (has_bytes(store, &digest, data, len)) {
		if (lease_note_blob(lease, &digest, err))
			return -1;
		*ret_digest = digest;
		return 0;
	}
	if (ingest_begin_unhashed(store, lease, &ingest, err) ||
	    writer_write(ingest_writer(ingest), data, len, err) ||
	    ingest_commit_trusted(ingest, &digest, len, err))
		return err_wrap(err, "storing blob %s", digest.text);
	*ret_digest = digest;
	return 0;
}
