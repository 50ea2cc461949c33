/* write.c - an image from its parts: config and manifest as blobs, then the record and the name.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "image/image_private.h"

#include "base/banned.h"

int image_created(int64_t asked, int64_t *ret_ns, struct err *err)
{
	int64_t ns = asked;

	if (ns < 0 && clock_source_date_epoch(&ns, err))
		return -1;
	*ret_ns = ns >= 0 ? ns : clock_now_ns();
	return 0;
}

int blob_compression(struct store *store, const struct digest *digest,
		     enum compression *ret_compression, struct err *err)
{
	autoreader struct reader *reader = NULL;
	int fd;

	if (store_open_blob(store, digest, &fd, NULL, err))
		return -1;
	return reader_decompress(reader_of_fd(fd), ret_compression, &reader, err);
}

static const enum media_type layer_types[] = {
	[COMPRESSION_NONE] = MEDIA_OCI_LAYER,      [COMPRESSION_GZIP] = MEDIA_OCI_LAYER_GZIP,
	[COMPRESSION_ZSTD] = MEDIA_OCI_LAYER_ZSTD, [COMPRESSION_XZ] = MEDIA_UNKNOWN,
	[COMPRESSION_BZIP2] = MEDIA_UNKNOWN,
};

static int describe_layer(struct store *store, const struct layer_meta *layer,
			  struct descriptor *descriptor, struct err *err)
{
	enum compression compression;

	if (!digest_is_set(&layer->blob))
		return err_set(err, ERR_MISSING, "layer %s has no blob", layer->chain_id.text);
	if (blob_compression(store, &layer->blob, &compression, err))
		return err_wrap(err, "layer %s", layer->chain_id.text);
	if (layer_types[compression] == MEDIA_UNKNOWN)
		return err_set(err, ERR_CORRUPT,
			       "layer blob %s is compressed by %s: images have gzip or zstd",
			       layer->blob.text, compression_name(compression));
	*descriptor = (struct descriptor){
		.type = layer_types[compression],
		.digest = layer->blob,
		.size = layer->blob_bytes,
	};
	return 0;
}

int image_put_manifest(struct store *store, struct lease *lease, const struct descriptor *config,
		       const struct layer_meta *layers, size_t n_layers,
		       struct descriptor *ret_manifest, struct err *err)
{
	autofree struct descriptor *described = xcalloc(n_layers + 1, sizeof(*described));
	struct manifest manifest = {
		.type = MEDIA_OCI_MANIFEST,
		.config = *config,
		.layers = described,
		.n_layers = n_layers,
	};
	struct descriptor written = {.type = MEDIA_OCI_MANIFEST};
	size_t len;

	for (size_t i = 0; i < n_layers; i++)
		if (describe_layer(store, &layers[i], &described[i], err))
			return -1;
	autofree char *text = manifest_write(&manifest, &len);
	written.size = len;
	if (store_put_blob(store, lease, text, len, &written.digest, err))
		return -1;
	*ret_manifest = written;
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): an image has that many parts */
int image_write(struct store *store, struct lease *lease, const struct image_config *config,
		const struct layer_meta *layers, size_t n_layers, const struct reference *name,
		struct image *ret_image, struct err *err)
{
	struct descriptor written = {.type = MEDIA_OCI_CONFIG}, manifest;
	size_t len;
	autofree char *text = image_config_write(config, &len);

	written.size = len;
	if (store_put_blob(store, lease, text, len, &written.digest, err) ||
	    image_put_manifest(store, lease, &written, layers, n_layers, &manifest, err) ||
	    store_add_image(store, &manifest, name, err))
		return -1;
	return ret_image ? store_find_image(store, manifest.digest.text, ret_image, err) : 0;
}

int layers_of_config(struct store *store, const struct image_config *config,
		     const struct manifest *manifest, struct layer_meta **ret_layers,
		     struct err *err)
{
	autofree struct layer_meta *layers = xcalloc(config->n_diff_ids + 1, sizeof(*layers));
	struct digest chain = {0};

	if (manifest && manifest->n_layers != config->n_diff_ids)
		return err_set(err, ERR_CORRUPT, "the manifest has %zu layers, the config %zu",
			       manifest->n_layers, config->n_diff_ids);
	for (size_t i = 0; i < config->n_diff_ids; i++) {
		chain = digest_chain(&chain, &config->diff_ids[i]);
		if (store_layer_meta(store, &chain, &layers[i], err))
			return -1;
		if (manifest) {
			layers[i].blob = manifest->layers[i].digest;
			layers[i].blob_bytes = manifest->layers[i].size;
		}
	}
	*ret_layers = steal(&layers);
	return 0;
}
