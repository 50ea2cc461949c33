/* layers.c - the layers of an image, ready to stand below something new.
 * SPDX-License-Identifier: Apache-2.0 */
#include "image/image_private.h"

#include "base/banned.h"

int image_layers(struct store *store, struct lease *lease, const struct image *image,
		 struct layer_meta **ret_layers, size_t *ret_n, struct err *err)
{
	cleanup(manifest_done) struct manifest manifest = {0};
	cleanup(image_config_done) struct image_config config = {0};
	struct digest chain;

	if (lease_add_blob(lease, &image->manifest.digest, err) ||
	    store_read_manifest(store, &image->manifest.digest, &manifest, err) ||
	    store_read_config(store, &image->id, &config, err) ||
	    snap_unpack_image(store, lease, &manifest, &config, &chain, err) ||
	    layers_of_config(store, &config, &manifest, ret_layers, err))
		return err_wrap(err, "image %s", image->id.text);
	*ret_n = config.n_diff_ids;
	return 0;
}
