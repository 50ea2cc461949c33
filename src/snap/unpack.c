/* unpack.c - a layer's tar made into its unpacked form in the store.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/log.h"
#include "oci/image_config.h"
#include "snap/snap_private.h"

#include "base/banned.h"

void unpacked_done(struct unpacked *unpacked)
{
	workdir_free(unpacked->workdir);
	*unpacked = (struct unpacked){0};
}

static int unpack_into(struct store *store, struct reader *tar, const struct digest *parent,
		       int workfd, struct apply_result *ret_result, struct err *err)
{
	autostack struct stack stack = {0};
	autoclose int rootfd = -1;
	if (stack_open(store, parent, &stack, err))
		return -1;
	if (mkdirat(workfd, UNPACKED_NAME, 0755))
		return err_sys(err, "making a directory for the layer");
	if (dir_open_at(workfd, UNPACKED_NAME, &rootfd, err) ||
	    stack_root_attributes(&stack, rootfd, err))
		return -1;
	const struct apply_options options = {.form = APPLY_OVERLAY, .lower = stack_lower(&stack)};
	return layer_apply(tar, rootfd, &options, ret_result, err);
}

int unpack_tar(struct store *store, struct reader *tar, const struct digest *parent,
	       struct unpacked *ret_unpacked, struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	struct apply_result result = {0};
	if (workdir_new(store, &unpacked.workdir, err) ||
	    unpack_into(store, tar, parent, workdir_fd(unpacked.workdir), &result, err))
		return -1;
	unpacked.meta = (struct layer_meta){
		.chain_id = digest_chain(parent, &result.diff_id),
		.diff_id = result.diff_id,
		.tar_bytes = result.tar_bytes,
		.content_bytes = result.bytes,
		.n_entries = result.n_entries,
	};
	if (parent)
		unpacked.meta.parent = *parent;
	*ret_unpacked = steal(&unpacked);
	return 0;
}

int unpacked_publish(struct store *store, struct lease *lease, struct unpacked *unpacked,
		     struct err *err)
{
	return store_publish_layer(store, lease, unpacked->workdir, UNPACKED_NAME, &unpacked->meta,
				   err);
}

int unpack_blob(struct store *store, const struct layer_meta *meta, struct unpacked *ret_unpacked,
		struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	cleanup(reader_closep) struct reader *tar = NULL;
	enum compression found = COMPRESSION_NONE;
	int fd = -1;
	uint64_t size = 0;
	if (store_open_blob(store, &meta->blob, &fd, &size, err) ||
	    reader_decompress(reader_of_fd(fd), &found, &tar, err) ||
	    unpack_tar(store, tar, &meta->parent, &unpacked, err))
		return err_wrap(err, "unpacking layer %s", meta->blob.text);
	if (digest_is_set(&meta->diff_id) && !digest_eq(&meta->diff_id, &unpacked.meta.diff_id))
		return err_set(err, ERR_CORRUPT, "layer %s holds %s, not %s as its image says",
			       meta->blob.text, unpacked.meta.diff_id.text, meta->diff_id.text);
	unpacked.meta.blob = meta->blob;
	unpacked.meta.blob_bytes = size;
	*ret_unpacked = steal(&unpacked);
	return 0;
}

/* One process unpacks a layer, the others wait for it. */
static int layer_ensure(struct store *store, struct lease *lease, const struct layer_meta *meta,
			struct err *err)
{
	autounpacked struct unpacked unpacked = {0};
	autofree char *key = xasprintf("layer-%s", digest_hex(&meta->chain_id));
	autoclose int lock = -1;
	bool is_taken = false;
	if (store_has_layer(store, &meta->chain_id))
		return lease_add_layer(lease, &meta->chain_id, err);
	if (store_lock_key(store, key, true, &lock, &is_taken, err))
		return -1;
	if (store_has_layer(store, &meta->chain_id))
		return lease_add_layer(lease, &meta->chain_id, err);
	log_debug("unpacking layer %s", meta->blob.text);
	return unpack_blob(store, meta, &unpacked, err) ||
			       unpacked_publish(store, lease, &unpacked, err)
		       ? -1
		       : 0;
}

int snap_unpack_image(struct store *store, struct lease *lease, const struct manifest *manifest,
		      const struct image_config *config, struct digest *ret_chain_id,
		      struct err *err)
{
	struct layer_meta meta = {0};
	if (manifest->n_layers != config->n_diff_ids)
		return err_set(err, ERR_CORRUPT, "the manifest has %zu layers, its config %zu",
			       manifest->n_layers, config->n_diff_ids);
	for (size_t i = 0; i < manifest->n_layers; i++) {
		meta.parent = meta.chain_id;
		meta.diff_id = config->diff_ids[i];
		meta.chain_id = digest_chain(&meta.parent, &meta.diff_id);
		meta.blob = manifest->layers[i].digest;
		if (layer_ensure(store, lease, &meta, err))
			return -1;
	}
	*ret_chain_id = meta.chain_id;
	return 0;
}
