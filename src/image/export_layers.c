/* export_layers.c - the layers of an image as they go out: as the store has them, or compressed
 * anew in one pass. SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"
#include "image/export_private.h"

#include "base/banned.h"

void exported_done(struct exported *exported)
{
	for (size_t i = 0; i < exported->n_layers; i++)
		mem_close_at(&exported->layers[i].fd);
	free(exported->layers);
	manifest_done(&exported->manifest);
	image_config_done(&exported->config);
	buf_done(&exported->manifest_text);
	buf_done(&exported->config_text);
	workdir_free(exported->workdir);
}

static int copy_all(struct reader *from, struct writer *to, struct err *err)
{
	autofree char *block = xmalloc(LIMIT_IO_CHUNK);
	ssize_t n;

	while ((n = reader_read(from, block, LIMIT_IO_CHUNK, err)) > 0)
		if (writer_write(to, block, (size_t)n, err))
			return -1;
	return n < 0 ? -1 : writer_finish(to, err);
}

/* A file without a name in the workdir: it goes when it is closed. */
static int open_spool(struct exported *exported, struct store *store, int *ret_fd, struct err *err)
{
	if (!exported->workdir && workdir_new(store, &exported->workdir, err))
		return -1;
	int fd = openat(workdir_fd(exported->workdir), ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "making a file for a layer");
	*ret_fd = fd;
	return 0;
}

static int recompress(struct exported *exported, struct store *store, int from,
		      enum compression compression, struct exported_layer *layer, struct err *err)
{
	struct compress_options options = {0};
	autohash struct hash *hash = hash_new(HASH_SHA256);
	autoreader struct reader *reader = NULL;
	autowriter struct writer *writer = NULL;
	enum compression found;
	autoclose int spool = -1;

	layer->descriptor.size = 0;
	if (open_spool(exported, store, &spool, err)) {
		close(from);
		return -1;
	}
	if (reader_decompress(reader_of_fd(from), &found, &reader, err) ||
	    writer_compress(
		    writer_hash(writer_count(writer_to_borrowed_fd(spool), &layer->descriptor.size),
				hash),
		    compression, &options, &writer, err) ||
	    copy_all(reader, writer, err))
		return -1;
	if (lseek(spool, 0, SEEK_SET) < 0)
		return err_sys(err, "reading a layer again");
	layer->descriptor.digest = digest_of_hash(hash, HASH_SHA256);
	layer->fd = steal_fd(&spool);
	return 0;
}

static const enum media_type layer_types[] = {
	[COMPRESSION_NONE] = MEDIA_OCI_LAYER,
	[COMPRESSION_GZIP] = MEDIA_OCI_LAYER_GZIP,
	[COMPRESSION_ZSTD] = MEDIA_OCI_LAYER_ZSTD,
};

/* docker before 23 does not read zstd: an archive for it has such layers plain. */
static enum compression wanted_compression(const struct export_options *options,
					   enum compression present)
{
	if (options->recompress)
		return options->compression;
	if (options->format == EXPORT_DOCKER_ARCHIVE && present == COMPRESSION_ZSTD)
		return COMPRESSION_NONE;
	return present;
}

static int export_layer(struct exported *exported, struct store *store,
			const struct export_options *options, const struct descriptor *from,
			struct exported_layer *layer, struct err *err)
{
	enum compression present;
	uint64_t size;
	int fd;

	layer->descriptor = (struct descriptor){
		.type = media_type_to_oci(from->type), .digest = from->digest, .size = from->size};
	if (blob_compression(store, &from->digest, &present, err))
		return -1;
	enum compression wanted = wanted_compression(options, present);
	if (wanted >= ARRAY_LEN(layer_types))
		return err_set(err, ERR_INPUT,
			       "layers are compressed with gzip, zstd or none, not %s",
			       compression_name(wanted));
	if (store_open_blob(store, &from->digest, &fd, &size, err))
		return -1;
	if (wanted == present) {
		layer->fd = fd;
		return 0;
	}
	layer->descriptor.type = layer_types[wanted];
	if (recompress(exported, store, fd, wanted, layer, err))
		return err_wrap(err, "layer %s", from->digest.text);
	return 0;
}

int export_prepare(struct store *store, const struct image *image,
		   const struct export_options *options, struct exported *exported, struct err *err)
{
	const struct digest *id = &image->id;
	const struct digest *manifest = &image->manifest.digest;

	if (store_read_blob(store, manifest, LIMIT_MANIFEST_BYTES, &exported->manifest_text, err) ||
	    manifest_parse(manifest->text, buf_str(&exported->manifest_text), &exported->manifest,
			   err) ||
	    store_read_blob(store, id, LIMIT_CONFIG_BYTES, &exported->config_text, err) ||
	    image_config_parse(id->text, buf_str(&exported->config_text), &exported->config, err))
		return -1;
	if (exported->manifest.n_layers != exported->config.n_diff_ids)
		return err_set(err, ERR_CORRUPT, "the manifest has %zu layers, the config %zu",
			       exported->manifest.n_layers, exported->config.n_diff_ids);
	exported->layers = xcalloc(exported->manifest.n_layers + 1, sizeof(*exported->layers));
	for (size_t i = 0; i < exported->manifest.n_layers; i++) {
		exported->layers[i].fd = -1;
		exported->n_layers = i + 1;
		if (export_layer(exported, store, options, &exported->manifest.layers[i],
				 &exported->layers[i], err))
			return -1;
	}
	return 0;
}
