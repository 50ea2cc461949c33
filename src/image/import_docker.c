/* import_docker.c - images out of what `docker save` writes.
 * SPDX-License-Identifier: Apache-2.0
 * Source: moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format":
 *
 *   manifest.json   [{"Config": "<id>.json", "RepoTags": ["a:1"], "Layers": ["<x>/layer.tar", …]}]
 *
 * The config's bytes are kept, so the image keeps its ID; layers are verified by their diffIDs. */
#include "doc/fields.h"
#include "doc/json.h"
#include "image/image_private.h"
#include "image/limits.h"
#include "oci/limits.h"

#include "base/banned.h"

struct saved { /* one item of manifest.json */
	char *config;
	struct strlist tags, layers;
};

static const struct field saved_fields[] = {
	F_TEXT(struct saved, config, "Config", .required = true),
	F_TEXTS(struct saved, tags, "RepoTags"),
	F_TEXTS(struct saved, layers, "Layers"),
	{0},
};

static void saved_done(struct saved *saved)
{
	fields_done(saved_fields, saved);
}

/* "<hex>.json" or "blobs/sha256/<hex>": a name that tells its digest must tell the truth. */
static int check_config_name(const char *path, const struct digest *id, struct err *err)
{
	const char *base = strrchr(path, '/');
	size_t n_hex;

	base = base ? base + 1 : path;
	n_hex = strspn(base, "0123456789abcdef");
	if (n_hex != 64 || strncmp(base, digest_hex(id), n_hex) == 0)
		return 0;
	return err_set(err, ERR_CORRUPT, "'%s' is not what its name says: %s", path, id->text);
}

static int read_config(struct import *import, const struct archive *archive,
		       const struct saved *saved, struct image_config *ret_config,
		       struct descriptor *ret_written, struct err *err)
{
	struct descriptor written = {.type = MEDIA_OCI_CONFIG};
	cleanup(image_config_done) struct image_config config = {0};
	autobuf struct buf text = {0};

	if (archive_read(archive, saved->config, LIMIT_CONFIG_BYTES, &text, err))
		return -1;
	written.digest = digest_of_bytes(text.ptr, text.len);
	written.size = text.len;
	if (check_config_name(saved->config, &written.digest, err) ||
	    image_config_parse(saved->config, buf_str(&text), &config, err))
		return -1;
	if (config.n_diff_ids != saved->layers.n)
		return err_set(err, ERR_CORRUPT, "manifest.json lists %zu layers, '%s' has %zu",
			       saved->layers.n, saved->config, config.n_diff_ids);
	if (store_put_blob(import->store, import->lease, text.ptr, text.len, &written.digest, err))
		return -1;
	*ret_config = steal(&config);
	*ret_written = written;
	return 0;
}

/* One that is unpacked here already is as good as the archive's. */
static bool has_layer(struct import *import, const struct digest *chain, struct layer_meta *meta)
{
	autoerr struct err ignored = {0};

	return store_layer_meta(import->store, chain, meta, &ignored) == 0 &&
	       digest_is_set(&meta->blob) && lease_add_layer(import->lease, chain, &ignored) == 0 &&
	       lease_add_blob(import->lease, &meta->blob, &ignored) == 0;
}

static int import_layer(struct import *import, const struct archive *archive, const char *path,
			const struct digest *parent, const struct digest *diff_id,
			struct layer_meta *ret_meta, struct err *err)
{
	struct pack_options options = {.compression = import->options->compression,
				       .clamp_mtime_ns = -1};
	struct digest chain = digest_chain(parent, diff_id);
	autoreader struct reader *reader = NULL;
	uint64_t size;

	if (has_layer(import, &chain, ret_meta))
		return 0;
	if (archive_open(archive, path, &reader, &size, err))
		return -1;
	if (snap_import_layer(import->store, import->lease, reader, parent, &options, ret_meta,
			      err))
		return err_wrap(err, "'%s'", path);
	if (!digest_eq(&ret_meta->diff_id, diff_id))
		return err_set(err, ERR_CORRUPT, "'%s': expected %s, got %s", path, diff_id->text,
			       ret_meta->diff_id.text);
	return 0;
}

static int import_layers(struct import *import, const struct archive *archive,
			 const struct saved *saved, const struct image_config *config,
			 struct layer_meta *layers, struct err *err)
{
	for (size_t i = 0; i < config->n_diff_ids; i++)
		if (import_layer(import, archive, saved->layers.items[i],
				 i ? &layers[i - 1].chain_id : NULL, &config->diff_ids[i],
				 &layers[i], err))
			return -1;
	return 0;
}

static int add_names(const struct saved *saved, const struct descriptor *manifest,
		     struct import_images *images, struct err *err)
{
	import_images_add(images, manifest, NULL);
	for (size_t i = 0; i < saved->tags.n; i++) {
		autoref struct reference name = {0};
		if (reference_parse(saved->tags.items[i], &name, err))
			return err_wrap(err, "manifest.json");
		reference_default_tag(&name);
		autofree char *text = reference_text(&name);
		import_images_add(images, manifest, text);
	}
	return 0;
}

static int import_saved(struct import *import, const struct archive *archive,
			const struct saved *saved, struct import_images *images, struct err *err)
{
	cleanup(image_config_done) struct image_config config = {0};
	struct descriptor written, manifest;

	if (read_config(import, archive, saved, &config, &written, err))
		return -1;
	autofree struct layer_meta *layers = xcalloc(config.n_diff_ids + 1, sizeof(*layers));
	if (import_layers(import, archive, saved, &config, layers, err) ||
	    image_put_manifest(import->store, import->lease, &written, layers, config.n_diff_ids,
			       &manifest, err))
		return -1;
	return add_names(saved, &manifest, images, err);
}

int import_docker(struct import *import, const struct archive *archive,
		  struct import_images *images, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};
	struct node *root = NULL;

	if (import->options->changes.n)
		return err_set(
			err, ERR_INPUT,
			"--change goes with a root file system; this is an archive of images");
	if (archive_read(archive, "manifest.json", LIMIT_ARCHIVE_TEXT, &text, err) ||
	    json_parse(&arena, "manifest.json", buf_str(&text), &root, err))
		return -1;
	if (root->kind != NODE_LIST || !root->children.n)
		return err_at(err, root->pos, "this must be a list of images");
	if (root->children.n > LIMIT_ARCHIVE_IMAGES)
		return err_set(err, ERR_LIMIT, "manifest.json: more than %u images",
			       LIMIT_ARCHIVE_IMAGES);
	node_foreach(item, root) {
		cleanup(saved_done) struct saved saved = {0};
		if (item->kind != NODE_MAP)
			return err_at(err, item->pos, "this must be a map, not %s",
				      node_kind_name(item->kind));
		if (fields_decode(saved_fields, FIELDS_OPEN, item, &saved, err) ||
		    import_saved(import, archive, &saved, images, err))
			return -1;
	}
	return 0;
}
