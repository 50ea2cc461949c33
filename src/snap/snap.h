/* snap.h - root file systems made of layers: an overlay mount, or a copy where overlay is missing.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A snapshot lives in one directory (of a container, or a workdir):
 *   snapshot.json   driver, top chain ID, volatile
 *   upper/ work/    overlay: what was changed; empty/ stands below it when there are no layers
 *   rootfs/         the mount point, or the copy itself
 * Mounted with redirect_dir=off, metacopy=off, index=off (a diff must see plain files), xino=auto;
 * `volatile` for builds: no sync, and a snapshot that was not unmounted cleanly is not used again.
 */
#pragma once

#include <stdbool.h>

#include "layer/diff.h"
#include "store/store.h"

enum snap_driver { SNAP_AUTO, SNAP_OVERLAY, SNAP_COPY };

struct snapshot;
struct snap_options {
	enum snap_driver driver; /* AUTO: overlay when the kernel and the file system take it
				  * (HULL_SNAPSHOTTER or --storage-driver overrides) */
	bool is_volatile;
};
int snap_driver_parse(const char *name, enum snap_driver *ret_driver, struct err *err) must_check;
/* Makes and mounts a snapshot of the layers up to `chain_id` (unset: an empty root, "scratch") in
 * the existing directory `dir` (absolute). */
int snap_create(struct store *store, const char *dir, const struct digest *chain_id,
		const struct snap_options *options, struct snapshot **ret_snapshot,
		struct err *err) must_check;
/* An existing one; mounted when it is not (after a reboot). */
int snap_open(struct store *store, const char *dir, bool mount, struct snapshot **ret_snapshot,
	      struct err *err) must_check;
const char *snap_rootfs(const struct snapshot *snapshot); /* absolute path; borrowed */
const struct digest *snap_chain_id(const struct snapshot *snapshot);
enum snap_driver snap_driver_used(const struct snapshot *snapshot);
/* Fine when it is not mounted; ERR_EXISTS when a process is still in it. A volatile one may be
 * opened again. */
int snap_unmount(struct snapshot *snapshot, struct err *err) must_check;
/* Unmounts and removes everything in `dir` that a snapshot made. */
int snap_remove(struct store *store, const char *dir, struct err *err) must_check;
void snap_close(struct snapshot *snapshot); /* stays mounted */
DEFINE_FREEP(struct snapshot, snap_close)

/* What changed against the layers, in path order. `exclude` as in diff_options. */
int snap_changes(struct snapshot *snapshot, bool (*exclude)(const char *path, void *arg),
		 void *exclude_arg, change_fn fn, void *arg, struct err *err) must_check;

struct snap_commit_options {
	struct pack_options pack;
	bool consume; /* the snapshot is spent: its upper directory becomes the layer by rename */
	bool (*exclude)(const char *path, void *arg);
	void *exclude_arg;
	change_fn observe; /* sees every change as it is written (reports); may be NULL */
	void *observe_arg;
};
/* Makes a layer of the changes: blob and unpacked form, published. ret_meta->n_entries is 0 and
 * nothing is published when nothing changed. With `consume` an overlay is unmounted first; without,
 * the unpacked form is made of the blob, so that both agree although the container may run. */
int snap_commit(struct snapshot *snapshot, struct lease *lease,
		const struct snap_commit_options *options, struct layer_meta *ret_meta,
		struct err *err) must_check;

/* Makes sure that all layers of an image are unpacked; returns the top chain ID (unset: no layers).
 */
struct manifest;
struct image_config;
int snap_unpack_image(struct store *store, struct lease *lease, const struct manifest *manifest,
		      const struct image_config *config, struct digest *ret_chain_id,
		      struct err *err) must_check;
/* Unpacks one layer from an open tar stream of any compression (borrowed, read to its end) over
 * `parent` (NULL or unset: none) and publishes it; the blob too when `ingest_as` asks for one: gzip
 * and zstd are stored as they came, others are compressed as it says. NULL: the blob is in the
 * store already. Fills the meta. */
int snap_import_layer(struct store *store, struct lease *lease, struct reader *archive,
		      const struct digest *parent, const struct pack_options *ingest_as,
		      struct layer_meta *ret_meta, struct err *err) must_check;
/* For store_check: unpack again, compare fs/ with the blob, make the blob again from fs/
 * (ERR_CORRUPT when it does not come out as it must: another tool wrote it). */
int snap_check_unpack(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err) must_check;
int snap_check_verify(struct store *store, const struct layer_meta *meta, char **ret_why, void *arg,
		      struct err *err) must_check;
int snap_check_repack(struct store *store, const struct layer_meta *meta, void *arg,
		      struct err *err) must_check;
