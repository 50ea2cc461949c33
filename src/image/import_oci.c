/* import_oci.c - images out of an OCI image layout, be it a directory or a tar.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, image-layout.md, image-index.md. */
#include "base/limits.h"
#include "doc/json.h"
#include "image/image_private.h"
#include "image/limits.h"
#include "oci/limits.h"

#include "base/banned.h"

/* ---- blobs ---- */

static char *blob_path(const struct digest *digest)
{
	const char *hex = digest_hex(digest);

	return xasprintf("blobs/%.*s/%s", (int)(hex - digest->text - 1), digest->text, hex);
}

static int open_blob(const struct archive *archive, const struct descriptor *blob,
		     struct reader **ret_reader, struct err *err)
{
	autofree char *path = blob_path(&blob->digest);
	autoreader struct reader *reader = NULL;
	uint64_t size;

	if (archive_open(archive, path, &reader, &size, err))
		return -1;
	if (size != blob->size)
		return err_set(err, ERR_CORRUPT, "blob %s has %llu bytes, not %llu",
			       blob->digest.text, (unsigned long long)size,
			       (unsigned long long)blob->size);
	*ret_reader = steal(&reader);
	return 0;
}

/* A manifest, index or config: small, and looked into before it is kept. */
static int read_blob(const struct archive *archive, const struct descriptor *blob, size_t max,
		     struct buf *ret_text, struct err *err)
{
	autofree char *path = blob_path(&blob->digest);
	enum hash_algo algo = digest_algo(&blob->digest);
	autohash struct hash *hash = NULL;
	autobuf struct buf text = {0};

	if (archive_read(archive, path, max, &text, err))
		return -1;
	hash = hash_new(algo);
	hash_update(hash, text.ptr, text.len);
	struct digest digest = digest_of_hash(hash, algo);
	if (text.len != blob->size || !digest_eq(&digest, &blob->digest))
		return err_set(err, ERR_CORRUPT, "'%s' is not what its name says: %zu bytes, %s",
			       path, text.len, digest.text);
	*ret_text = text;
	text = (struct buf){0};
	return 0;
}

static int keep_text(struct import *import, const struct buf *text, const struct descriptor *blob,
		     struct err *err)
{
	autoreader struct reader *reader = reader_of_bytes(buf_str(text));

	return import_blob(import, reader, blob, err);
}

static int keep_layer(struct import *import, const struct archive *archive,
		      const struct descriptor *layer, struct err *err)
{
	autoreader struct reader *reader = NULL;
	uint64_t size;

	if (store_has_blob(import->store, &layer->digest, &size) && size == layer->size) {
		if (lease_add_blob(import->lease, &layer->digest, err) == 0)
			return 0;
		if (err->kind != ERR_MISSING) /* swept since we looked */
			return -1;
		err_clear(err);
	}
	if (open_blob(archive, layer, &reader, err))
		return media_type_is_foreign(layer->type)
			       ? err_wrap(err, "a foreign layer, to be had elsewhere")
			       : -1;
	return import_blob(import, reader, layer, err);
}

/* ---- one image ---- */

/* Whether the blob unpacks to what the config says. */
static int check_diff_id(struct store *store, const struct digest *blob,
			 const struct digest *diff_id, struct err *err)
{
	autohash struct hash *hash = hash_new(digest_algo(diff_id));
	autofree char *block = xmalloc(LIMIT_IO_CHUNK);
	autoreader struct reader *reader = NULL;
	enum compression found;
	ssize_t n;
	int fd;

	if (store_open_blob(store, blob, &fd, NULL, err) ||
	    reader_decompress(reader_of_fd(fd), &found, &reader, err))
		return -1;
	while ((n = reader_read(reader, block, LIMIT_IO_CHUNK, err)) > 0)
		hash_update(hash, block, (size_t)n);
	if (n < 0)
		return err_wrap(err, "layer %s", blob->text);
	struct digest got = digest_of_hash(hash, digest_algo(diff_id));
	if (!digest_eq(&got, diff_id))
		return err_set(err, ERR_CORRUPT, "layer %s: expected diffID %s, got %s", blob->text,
			       diff_id->text, got.text);
	return 0;
}

/* Unpacking verifies; a layer that was unpacked before was so from the blob that its meta names. */
static int check_layers(struct store *store, const struct manifest *manifest,
			const struct image_config *config, struct err *err)
{
	struct digest chain = {0};

	for (size_t i = 0; i < config->n_diff_ids; i++) {
		const struct digest *blob = &manifest->layers[i].digest;
		struct layer_meta meta;
		chain = digest_chain(&chain, &config->diff_ids[i]);
		if (store_layer_meta(store, &chain, &meta, err))
			return -1;
		if (!digest_eq(&meta.blob, blob) &&
		    check_diff_id(store, blob, &config->diff_ids[i], err))
			return -1;
	}
	return 0;
}

static int keep_image(struct import *import, const struct archive *archive,
		      const struct descriptor *entry, struct err *err)
{
	autobuf struct buf text = {0}, config_text = {0};
	cleanup(manifest_done) struct manifest manifest = {0};
	cleanup(image_config_done) struct image_config config = {0};
	struct digest chain;

	if (read_blob(archive, entry, LIMIT_MANIFEST_BYTES, &text, err) ||
	    manifest_parse(entry->digest.text, buf_str(&text), &manifest, err) ||
	    read_blob(archive, &manifest.config, LIMIT_CONFIG_BYTES, &config_text, err) ||
	    image_config_parse(manifest.config.digest.text, buf_str(&config_text), &config, err))
		return -1;
	if (manifest.n_layers != config.n_diff_ids)
		return err_set(err, ERR_CORRUPT, "manifest %s has %zu layers, its config %zu",
			       entry->digest.text, manifest.n_layers, config.n_diff_ids);
	for (size_t i = 0; i < manifest.n_layers; i++)
		if (keep_layer(import, archive, &manifest.layers[i], err))
			return -1;
	if (keep_text(import, &config_text, &manifest.config, err) ||
	    keep_text(import, &text, entry, err))
		return -1;
	if (snap_unpack_image(import->store, import->lease, &manifest, &config, &chain, err))
		return -1;
	return check_layers(import->store, &manifest, &config, err);
}

/* Indexes lead to the manifest for our platform. */
static int resolve(struct import *import, const struct archive *archive,
		   const struct descriptor *entry, int depth, struct descriptor *ret_manifest,
		   struct err *err)
{
	cleanup(index_done) struct index index = {0};
	autobuf struct buf text = {0};
	const struct descriptor *chosen;

	if (media_type_is_manifest(entry->type)) {
		*ret_manifest = (struct descriptor){
			.type = entry->type, .digest = entry->digest, .size = entry->size};
		return 0;
	}
	if (entry->type == MEDIA_DOCKER_SCHEMA1)
		return err_set(err, ERR_INPUT,
			       "%s is docker's image manifest schema 1, which nobody writes any "
			       "more: push the image again with a current tool",
			       entry->digest.text);
	if (!media_type_is_index(entry->type))
		return err_set(err, ERR_INPUT,
			       "%s is of type '%s': neither a manifest nor an index",
			       entry->digest.text,
			       entry->type_text ? entry->type_text : media_type_text(entry->type));
	if (depth >= LIMIT_INDEX_DEPTH)
		return err_set(err, ERR_LIMIT, "more than %d indexes inside one another",
			       LIMIT_INDEX_DEPTH);
	if (read_blob(archive, entry, LIMIT_MANIFEST_BYTES, &text, err) ||
	    index_parse(entry->digest.text, buf_str(&text), &index, err) ||
	    index_choose(&index, import->options->platform, &chosen, err))
		return -1;
	return resolve(import, archive, chosen, depth + 1, ret_manifest, err);
}

/* ---- the entries of index.json ---- */

/* The full name that an entry tells. A bare tag ("latest"), as umoci and skopeo write it for a
 * directory, names no repository: then the image comes without a name. */
static char *name_of_entry(const struct descriptor *entry)
{
	const char *text = strlist_env_get(&entry->annotations, ANNOTATION_IMAGE_NAME);
	autoref struct reference name = {0};
	autoerr struct err ignored = {0};

	if (!text) {
		text = strlist_env_get(&entry->annotations, ANNOTATION_REF_NAME);
		if (!text || !strpbrk(text, ":/"))
			return NULL;
	}
	if (reference_parse(text, &name, &ignored))
		return NULL;
	reference_default_tag(&name);
	return reference_text(&name);
}

/* What tells that two entries are one image for several platforms. */
static const char *group_of_entry(const struct descriptor *entry)
{
	const char *text = strlist_env_get(&entry->annotations, ANNOTATION_IMAGE_NAME);

	if (!text)
		text = strlist_env_get(&entry->annotations, ANNOTATION_REF_NAME);
	return text ? text : "";
}

static bool is_same_group(const struct descriptor *a, const struct descriptor *b)
{
	const char *group = group_of_entry(a);

	if (!text_eq(group, group_of_entry(b)))
		return false;
	return group[0] || (a->platform.os && b->platform.os);
}

static int import_group(struct import *import, const struct archive *archive,
			const struct index *group, struct import_images *images, struct err *err)
{
	const struct descriptor *entry = &group->entries[0];
	autofree char *name = name_of_entry(entry);
	struct descriptor manifest;

	if ((group->n_entries > 1 || import->options->platform) &&
	    index_choose(group, import->options->platform, &entry, err))
		return -1;
	if (resolve(import, archive, entry, 0, &manifest, err) ||
	    keep_image(import, archive, &manifest, err))
		return name ? err_wrap(err, "image '%s'", name) : -1;
	import_images_add(images, &manifest, name);
	return 0;
}

static int import_entries(struct import *import, const struct archive *archive,
			  const struct index *index, struct import_images *images, struct err *err)
{
	autofree struct descriptor *entries = xcalloc(index->n_entries + 1, sizeof(*entries));
	autofree bool *is_done = xcalloc(index->n_entries + 1, sizeof(*is_done));

	for (size_t i = 0; i < index->n_entries; i++) {
		struct index group = {.entries = entries}; /* borrows */
		if (is_done[i])
			continue;
		entries[group.n_entries++] = index->entries[i];
		for (size_t j = i + 1; j < index->n_entries; j++)
			if (!is_done[j] && is_same_group(&index->entries[i], &index->entries[j])) {
				is_done[j] = true;
				entries[group.n_entries++] = index->entries[j];
			}
		if (import_group(import, archive, &group, images, err))
			return -1;
	}
	return 0;
}

static int check_layout(const struct archive *archive, struct err *err)
{
	autoarena struct arena arena = {0};
	autobuf struct buf text = {0};
	struct node *root = NULL;

	if (archive_read(archive, "oci-layout", LIMIT_ARCHIVE_TEXT, &text, err) ||
	    json_parse(&arena, "oci-layout", buf_str(&text), &root, err))
		return -1;
	const char *version = node_get_text(root, "imageLayoutVersion");
	if (!version || !text_starts(version, "1."))
		return err_set(err, ERR_INPUT,
			       "oci-layout: layouts of version 1 are read, this one is '%s'",
			       version ? version : "");
	return 0;
}

int import_oci(struct import *import, const struct archive *archive, struct import_images *images,
	       struct err *err)
{
	cleanup(index_done) struct index index = {0};
	autobuf struct buf text = {0};

	if (import->options->changes.n)
		return err_set(
			err, ERR_INPUT,
			"--change goes with a root file system; this is an archive of images");
	if (check_layout(archive, err) ||
	    archive_read(archive, "index.json", LIMIT_ARCHIVE_TEXT, &text, err) ||
	    index_parse("index.json", buf_str(&text), &index, err))
		return -1;
	if (!index.n_entries)
		return err_set(err, ERR_INPUT, "its index.json names no image");
	return import_entries(import, archive, &index, images, err);
}
