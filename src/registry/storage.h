/* storage.h - where a registry's bytes are: content by digest, links, tags, uploads.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The driver is the truth, the index (index.h) a cache of it. The interface has no rename, no
 * append to what is published and no lock between nodes, so that an object store fits: each call
 * publishes something whole, "expect" arguments are compare-and-swap, and what a call acknowledged
 * is durable. Names and digests were checked by the caller. Safe from any thread. Calls block.
 *
 * Errors: ERR_MISSING, ERR_EXISTS, ERR_CORRUPT as told; ERR_SYSTEM with sys_errno ENOSPC or EDQUOT:
 * no room (storage_is_full). Nothing half-done is visible after any error or crash. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/reader.h"
#include "base/strlist.h"
#include "oci/digest.h"

struct storage;
struct upload; /* an open session: one holder at a time */

/* How a blob is handed out. Exactly one of the three. */
struct blob_body {
	uint64_t size;
	int fd; /* >= 0: a plain file, sendable by the kernel; the caller closes it */
	/* fd -1, url NULL: bytes by storage_blob_reader */
	char *url; /* the driver prefers that clients fetch it there (307); owned */
};
#define UPLOAD_ID_MAX 40
struct upload_facts {
	char id[UPLOAD_ID_MAX];
	uint64_t offset;        /* bytes received */
	int64_t last_change_ns; /* real time */
};
struct manifest_files { /* what one PUT of a manifest publishes, the tags last */
	const char *repository;
	const struct digest *digest;
	struct str bytes;
	const char *media_type;  /* kept beside when the bytes do not tell it; NULL: they do */
	const char *const *tags; /* NULL-terminated; NULL: none */
};

struct storage_ops {
	const char *name; /* "filesystem" */
	void (*close)(struct storage *storage);

	/* Content. A blob is there whole or not at all. */
	int (*blob_stat)(struct storage *storage, const struct digest *digest, uint64_t *ret_size,
			 struct err *err);
	int (*blob_open)(struct storage *storage, const struct digest *digest,
			 struct blob_body *ret_body, struct err *err);
	int (*blob_reader)(struct storage *storage, const struct digest *digest, uint64_t offset,
			   uint64_t len, struct reader **ret_reader, struct err *err);
	/* The one for the collector: after a crash it may be back. */
	int (*blob_remove)(struct storage *storage, const struct digest *digest, struct err *err);
	/* Out of sight, kept for the operator; the digest is unknown afterwards. */
	int (*blob_quarantine)(struct storage *storage, const struct digest *digest,
			       struct err *err);

	/* Uploads: sessions survive a restart of the server. */
	int (*upload_start)(struct storage *storage, const char *repository, enum hash_algo hint,
			    struct upload **ret_upload, struct err *err);
	/* ERR_MISSING; ERR_EXISTS: another request holds it. */
	int (*upload_open)(struct storage *storage, const char *repository, const char *id,
			   struct upload **ret_upload, struct err *err);
	int (*upload_stat)(struct storage *storage, const char *repository, const char *id,
			   struct upload_facts *ret_facts, struct err *err);
	void (*upload_facts)(const struct upload *upload, struct upload_facts *ret_facts);
	/* Hashing and writing overlap; it may return before either is done with the bytes. */
	int (*upload_write)(struct upload *upload, const void *data, size_t len, struct err *err);
	/* Content and the repository's link to it, durable. The session is over, whatever it
	 * returns, but after a full disk. ERR_CORRUPT: another digest. Content that is there
	 * already and sound is kept. `upload` stays the caller's, for upload_close. */
	int (*upload_commit)(struct upload *upload, const struct digest *digest, uint64_t *ret_size,
			     struct err *err);
	/* Lets go of it (always, also after upload_commit; NULL is fine); what was received stays
	 * for the next holder. */
	void (*upload_close)(struct upload *upload);
	/* ERR_MISSING; ERR_EXISTS: a request holds it. */
	int (*upload_cancel)(struct storage *storage, const char *repository, const char *id,
			     struct err *err);
	/* Removes sessions that nobody has touched since (real time); dry: only tells. */
	int (*upload_purge)(struct storage *storage, int64_t older_than_ns, bool dry,
			    void (*told)(const char *repository, const char *id, void *arg),
			    void *arg, struct err *err);

	/* Repositories. layer: the right to see a blob there. revision: a manifest by digest. What
	 * is to be removed and is not there: ERR_MISSING. */
	int (*put_manifest)(struct storage *storage, const struct manifest_files *files,
			    struct err *err);
	int (*link_layer)(struct storage *storage, const char *repository,
			  const struct digest *digest, struct err *err);
	int (*unlink_layer)(struct storage *storage, const char *repository,
			    const struct digest *digest, struct err *err);
	int (*drop_layer)(struct storage *storage, const char *repository,
			  const struct digest *digest,
			  struct err *err); /* as unlink_layer, but after a crash it may be back */
	int (*has_layer)(struct storage *storage, const char *repository,
			 const struct digest *digest, bool *ret_has, struct err *err);
	/* ret_media_type: NULL when the bytes tell it. ERR_MISSING: not a revision there. */
	int (*get_revision)(struct storage *storage, const char *repository,
			    const struct digest *digest, char **ret_media_type, struct err *err);
	int (*unlink_revision)(struct storage *storage, const char *repository,
			       const struct digest *digest, struct err *err);
	int (*get_tag)(struct storage *storage, const char *repository, const char *tag,
		       struct digest *ret_digest, struct err *err);
	/* expect NULL: whatever is there. ERR_EXISTS: it is another one by now. */
	int (*remove_tag)(struct storage *storage, const char *repository, const char *tag,
			  const struct digest *expect, struct err *err);
	/* A repository with nothing in it any more disappears. */
	int (*prune_repository)(struct storage *storage, const char *repository, struct err *err);

	/* Walking, for the index. `told` returns -1 with err set to stop. Order: any. Things that
	 * are not what they should be (an empty link) are passed over and told to the storage's
	 * `odd`. A repository that is not there has nothing. walk_repositories ends with ERR_DENIED
	 * when all was told but something there may be a repository that cannot be named. */
	int (*walk_repositories)(struct storage *storage,
				 int (*told)(const char *repository, void *arg, struct err *err),
				 void *arg, struct err *err);
	int (*walk_blobs)(struct storage *storage,
			  int (*told)(const struct digest *digest, uint64_t size, void *arg,
				      struct err *err),
			  void *arg, struct err *err);
	int (*walk_layers)(struct storage *storage, const char *repository,
			   int (*told)(const struct digest *digest, void *arg, struct err *err),
			   void *arg, struct err *err);
	int (*walk_revisions)(struct storage *storage, const char *repository,
			      int (*told)(const struct digest *digest, void *arg, struct err *err),
			      void *arg, struct err *err);
	int (*walk_tags)(struct storage *storage, const char *repository,
			 int (*told)(const char *tag, const struct digest *digest, void *arg,
				     struct err *err),
			 void *arg, struct err *err);

	/* Room that is left, for readiness and the floor (0 unknown). */
	int (*free_bytes)(struct storage *storage, uint64_t *ret_bytes, struct err *err);
};
struct storage { /* the first member of each driver */
	const struct storage_ops *ops;
	/* Told by walks, each on its own thread; set before the first walk. NULL: nobody asks. */
	void (*odd)(const char *path, const char *what, void *arg);
	void *odd_arg;
};

/* The reference registry's tree below `root` (made, 0750, when missing): docker/registry/v2/…, and
 * hull/ beside it for what is ours. ERR_EXISTS: another server has it. */
struct storage_fs_options {
	bool read_only;       /* no lock is taken; for reading tools beside a running server */
	uint64_t floor_bytes; /* uploads are refused as full below that; 0: none */
};
int storage_fs_open(const char *root, const struct storage_fs_options *options,
		    struct storage **ret_storage, struct err *err) must_check;
/* The descriptor of hull/, where the index lives; borrowed. -1: read_only and there is none. */
int storage_fs_own_dir(const struct storage *storage);

static inline bool storage_is_full(const struct err *err)
{
	return err->kind == ERR_SYSTEM && (err->sys_errno == ENOSPC || err->sys_errno == EDQUOT);
}
static inline void storage_close(struct storage *storage)
{
	if (storage)
		storage->ops->close(storage);
}
