/* import_rootfs.c - a root file system as an image of one layer, in one pass.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/io.h"
#include "image/image_private.h"

#include "base/banned.h"

/* All but the layer: what the caller got wrong is said before the work. */
static int begin_config(const struct import *import, struct image_config *config, struct err *err)
{
	const struct import_options *options = import->options;
	cleanup(platform_done) struct platform platform = {0};
	autofree char *comment = NULL;
	char created[CLOCK_TEXT_MAX];
	int64_t created_ns;

	if (image_created(options->created_ns, &created_ns, err) ||
	    import_platform(import, &platform, err) ||
	    config_apply_changes(&config->config, &options->changes, err))
		return -1;
	clock_format_rfc3339(created_ns, created);
	comment = options->message ? xstrdup(options->message)
				   : xasprintf("Imported from %s", path_base(import->source));
	config->created = xstrdup(created);
	config->os = xstrdup(platform.os);
	config->architecture = xstrdup(platform.architecture);
	config->variant = xstrdup(platform.variant);
	config->os_version = xstrdup(platform.os_version);
	image_config_add_history(config, created, NULL, comment, false);
	return 0;
}

int import_rootfs(struct import *import, struct reader *tar, struct import_images *images,
		  struct err *err)
{
	struct pack_options options = {.compression = import->options->compression,
				       .clamp_mtime_ns = -1};
	struct descriptor written = {.type = MEDIA_OCI_CONFIG}, manifest;
	cleanup(image_config_done) struct image_config config = {0};
	struct layer_meta meta;
	size_t len;

	if (begin_config(import, &config, err) ||
	    snap_import_layer(import->store, import->lease, tar, NULL, &options, &meta, err))
		return -1;
	image_config_add_layer(&config, &meta.diff_id);
	autofree char *text = image_config_write(&config, &len);
	written.size = len;
	if (store_put_blob(import->store, import->lease, text, len, &written.digest, err) ||
	    image_put_manifest(import->store, import->lease, &written, &meta, 1, &manifest, err))
		return -1;
	import_images_add(images, &manifest, NULL);
	return 0;
}
