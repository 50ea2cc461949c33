/* store.h - the local content store: an OCI image layout, unpacked layers beside it, names, leases.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   VERSION                 layout number
 *   oci/                    oci-layout, index.json, blobs/sha256/…: always a valid OCI image layout
 *   layers/<chain hex>/     fs/ (overlayfs form), meta.json; immutable once renamed into place
 *   l/<short>               links to layers' fs, for short lowerdir strings
 *   images/<manifest hex>   one record an image (manifest descriptor, image id); a root of liveness
 *   names/<escaped ref>     one file a tag: the manifest descriptor; a root; index.json follows
 * them leases/<id>             what running work and containers need kept; a root
 *   cache/<kind>/<key>      answers of earlier builds; not roots
 *   containers/<id>/        records of containers (module container)
 *   tmp/<unique>/           everything under construction; its lock file is held by the owner
 *   lock/                   store, names, per-key locks
 *
 * Any number of processes work at once. Everything is written beside, synced, renamed; a record
 * never points at something not yet durable. A crash leaves garbage, never a lie; the sweep removes
 * it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/strlist.h"
#include "base/writer.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "oci/reference.h"

struct store;
/* `root` is made when missing (0711, root's). A layout of another version is ERR_CORRUPT by name.
 */
int store_open(const char *root, struct store **ret_store, struct err *err) must_check;
void store_close(struct store *store);
DEFINE_FREEP(struct store, store_close)
const char *store_root(const struct store *store);
int store_dirfd(const struct store *store); /* borrowed */

/* ---- work: leases keep what is being used or made from the sweep ---- */
struct lease; /* dies with the process unless made persistent */
int lease_begin(struct store *store, struct lease **ret_lease, struct err *err) must_check;
/* A named lease that outlives the process (containers); replaced when it exists. */
int lease_begin_named(struct store *store, const char *name, struct lease **ret_lease,
		      struct err *err) must_check;
/* For the lease of what a crash ends anyway (a container that goes with its first run): it is not
 * made durable. */
void lease_set_transient(struct lease *lease);
int lease_remove_named(struct store *store, const char *name, struct err *err) must_check;
/* From here on the blob (manifest: with all it names) or layer (with its parents) stays.
 * ERR_MISSING when it is not there. */
int lease_add_blob(struct lease *lease, const struct digest *digest, struct err *err) must_check;
int lease_add_layer(struct lease *lease, const struct digest *chain_id, struct err *err) must_check;
/* Makes a named lease durable: call it before the record that relies on it. Others: nothing to do.
 */
int lease_commit(struct lease *lease, struct err *err) must_check;
/* NULL is fine; a named one stays, committed as well as may be. Threads may share a lease until
 * then. */
void lease_end(struct lease *lease);
DEFINE_FREEP(struct lease, lease_end)

/* ---- blobs ---- */
struct ingest; /* a blob being received */
/* `lease` may be NULL: then the next sweep takes the blob unless an image holds it by then. */
int ingest_begin(struct store *store, struct lease *lease, struct ingest **ret_ingest,
		 struct err *err) must_check;
/* For whoever hashes the bytes himself (a pack) and ends with ingest_commit_trusted: hashes
 * nothing. */
int ingest_begin_unhashed(struct store *store, struct lease *lease, struct ingest **ret_ingest,
			  struct err *err) must_check;
/* Borrowed. A writer around it may take it: finishing and closing it do nothing. */
struct writer *ingest_writer(struct ingest *ingest);
/* `expected` (may be NULL) and `size` (UINT64_MAX: any) are verified: ERR_CORRUPT names both
 * digests. The content is durable when it returns; the name is with the image that holds it
 * (store_add_image). ret_digest and ret_size may be NULL. */
int ingest_commit(struct ingest *ingest, const struct digest *expected, uint64_t size,
		  struct digest *ret_digest, uint64_t *ret_size, struct err *err) must_check;
int ingest_commit_trusted(struct ingest *ingest, const struct digest *digest, uint64_t size,
			  struct err *err) must_check;
void ingest_free(struct ingest *ingest); /* abandons when not committed */
DEFINE_FREEP(struct ingest, ingest_free)
int store_put_blob(struct store *store, struct lease *lease, const void *data, size_t len,
		   struct digest *ret_digest, struct err *err) must_check;
bool store_has_blob(struct store *store, const struct digest *digest,
		    uint64_t *ret_size); /* ret_size may be NULL */
int store_open_blob(struct store *store, const struct digest *digest, int *ret_fd,
		    uint64_t *ret_size, struct err *err) must_check;
/* Small blobs (manifests, configs), digest verified. */
int store_read_blob(struct store *store, const struct digest *digest, size_t max,
		    struct buf *ret_buf, struct err *err) must_check;

/* ---- unpacked layers ---- */
struct layer_meta {
	struct digest chain_id, parent; /* parent unset: a bottom layer */
	struct digest diff_id;
	struct digest blob; /* the compressed form in oci/blobs; unset: none was made */
	uint64_t blob_bytes, tar_bytes, content_bytes, n_entries;
};
bool store_has_layer(struct store *store, const struct digest *chain_id);
int store_layer_meta(struct store *store, const struct digest *chain_id,
		     struct layer_meta *ret_meta, struct err *err) must_check;
int store_open_layer(struct store *store, const struct digest *chain_id, int *ret_fd,
		     struct err *err) must_check; /* its fs/ */
/* The short absolute path for lowerdir=; caller frees. */
int store_layer_path(struct store *store, const struct digest *chain_id, char **ret_path,
		     struct err *err) must_check;
/* A directory in tmp/, locked by us, swept when we die. */
struct workdir;
int workdir_new(struct store *store, struct workdir **ret_workdir, struct err *err) must_check;
int workdir_fd(const struct workdir *workdir);
const char *workdir_path(const struct workdir *workdir);
void workdir_free(struct workdir *workdir); /* removes what is left in it */
DEFINE_FREEP(struct workdir, workdir_free)
/* Publishes workdir/`name` (overlayfs form) as the layer: syncs its files (many: the file system),
 * renames. After a power cut it is there whole or not at all; it is durable with the lease that
 * holds it (lease_commit). When another process was first, ours is dropped and that is success. */
int store_publish_layer(struct store *store, struct lease *lease, struct workdir *workdir,
			const char *name, const struct layer_meta *meta,
			struct err *err) must_check;
/* Serialises the making of one thing (a layer, a build step, an image) between processes; waits. */
int store_lock_key(struct store *store, const char *key, bool wait, int *ret_fd, bool *ret_taken,
		   struct err *err) must_check;
