/* commit.c - what changed in a snapshot, listed, or made into a layer.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "snap/snap_private.h"

#include "base/banned.h"

struct changed { /* where the changes are, and against what */
	struct stack stack;
	int fd;
	struct diff_options diff;
};

static void changed_done(struct changed *changed)
{
	stack_done(&changed->stack);
	mem_close_at(&changed->fd);
}

static int changed_open(const struct snapshot *snapshot,
			bool (*exclude)(const char *path, void *arg), void *exclude_arg,
			struct changed *changed, struct err *err)
{
	bool is_overlay = snapshot->driver == SNAP_OVERLAY;
	if (stack_open(snapshot->store, &snapshot->chain_id, &changed->stack, err) ||
	    dir_open_at(snapshot->dirfd, is_overlay ? "upper" : "rootfs", &changed->fd, err))
		return -1;
	changed->diff = (struct diff_options){
		.source = is_overlay ? DIFF_UPPER : DIFF_MERGED,
		.lower = stack_lower(&changed->stack),
		.exclude = exclude,
		.exclude_arg = exclude_arg,
	};
	return 0;
}

int snap_changes(struct snapshot *snapshot, bool (*exclude)(const char *path, void *arg),
		 void *exclude_arg, change_fn fn, void *arg, struct err *err)
{
	cleanup(changed_done) struct changed changed = {.fd = -1};
	if (changed_open(snapshot, exclude, exclude_arg, &changed, err))
		return -1;
	return diff_list(changed.fd, &changed.diff, fn, arg, err);
}

/* The changes as a blob; without any the blob is abandoned. */
static int changes_pack(const struct snapshot *snapshot, struct lease *lease,
			const struct changed *changed, const struct snap_commit_options *options,
			struct pack_result *ret_result, struct err *err)
{
	cleanup(ingest_freep) struct ingest *ingest = NULL;
	cleanup(pack_freep) struct pack *pack = NULL;
	if (ingest_begin_unhashed(snapshot->store, lease, &ingest, err) ||
	    pack_new(ingest_writer(ingest), &options->pack, &pack, err) ||
	    diff_pack(changed->fd, &changed->diff, pack, err) || pack_finish(pack, ret_result, err))
		return -1;
	if (!ret_result->n_entries)
		return 0;
	return ingest_commit_trusted(ingest, &ret_result->digest, ret_result->blob_bytes, err);
}

static struct layer_meta meta_of_pack(const struct snapshot *snapshot,
				      const struct pack_result *result)
{
	return (struct layer_meta){
		.chain_id = digest_chain(&snapshot->chain_id, &result->diff_id),
		.parent = snapshot->chain_id,
		.diff_id = result->diff_id,
		.blob = result->digest,
		.blob_bytes = result->blob_bytes,
		.tar_bytes = result->tar_bytes,
		.content_bytes = result->content_bytes,
		.n_entries = result->n_entries,
	};
}

/* The unpacked form made of the blob: the tree may be in use, and it is not ours to change. */
static int publish_blob(const struct snapshot *snapshot, struct lease *lease,
			const struct layer_meta *meta, struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	return unpack_blob(snapshot->store, meta, &unpacked, err) ||
			       unpacked_publish(snapshot->store, lease, &unpacked, err)
		       ? -1
		       : 0;
}

/* The upper directory itself becomes the layer. */
static int publish_upper(const struct snapshot *snapshot, struct lease *lease,
			 const struct changed *changed, int64_t clamp_mtime_ns,
			 const struct layer_meta *meta, struct err *err)
{
	cleanup(workdir_freep) struct workdir *workdir = NULL;
	if (diff_normalise_upper(changed->fd, &changed->diff, clamp_mtime_ns, err) ||
	    workdir_new(snapshot->store, &workdir, err))
		return -1;
	if (renameat(snapshot->dirfd, "upper", workdir_fd(workdir), UNPACKED_NAME)) {
		if (errno != EXDEV)
			return err_sys(err, "moving the upper directory into the store");
		log_debug("'%s' is on another file system than the store", snapshot->dir);
		return publish_blob(snapshot, lease, meta, err);
	}
	return store_publish_layer(snapshot->store, lease, workdir, UNPACKED_NAME, meta, err);
}

static int layer_publish(const struct snapshot *snapshot, struct lease *lease,
			 const struct changed *changed, const struct snap_commit_options *options,
			 const struct layer_meta *meta, struct err *err)
{
	if (store_has_layer(snapshot->store, &meta->chain_id))
		return lease_add_layer(lease, &meta->chain_id, err);
	if (options->consume && snapshot->driver == SNAP_OVERLAY)
		return publish_upper(snapshot, lease, changed, options->pack.clamp_mtime_ns, meta,
				     err);
	return publish_blob(snapshot, lease, meta, err);
}

int snap_commit(struct snapshot *snapshot, struct lease *lease,
		const struct snap_commit_options *options, struct layer_meta *ret_meta,
		struct err *err)
{
	cleanup(changed_done) struct changed changed = {.fd = -1};
	struct pack_result result = {0};
	if ((options->consume && snap_unmount(snapshot, err)) ||
	    changed_open(snapshot, options->exclude, options->exclude_arg, &changed, err))
		return -1;
	if (options->observe &&
	    diff_list(changed.fd, &changed.diff, options->observe, options->observe_arg, err))
		return -1;
	if (changes_pack(snapshot, lease, &changed, options, &result, err))
		return err_wrap(err, "packing the changes");
	struct layer_meta meta = {0};
	if (result.n_entries) {
		meta = meta_of_pack(snapshot, &result);
		if (layer_publish(snapshot, lease, &changed, options, &meta, err))
			return -1;
	}
	*ret_meta = meta;
	return 0;
}
